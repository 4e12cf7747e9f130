#include "tablet/log/running_crc.h"

#include <array>

#include "base/crc.h"

namespace anystore::tablet {
namespace {

// A CRC is a polynomial over GF(2) modulo that of IEEE 802.3, here with the coefficient of x^0 in
// the highest bit. That of A followed by B is crc(A) * x^(8 * |B|) + crc(B), so
// crc(B) = crc(AB) + crc(A) * x^(8 * |B|).
constexpr std::uint32_t kPolynomial = 0xedb88320;
constexpr std::uint32_t kOne = 0x80000000;

constexpr std::uint32_t TimesX(std::uint32_t factor) {
  return (factor >> 1U) ^ ((factor & 1U) != 0 ? kPolynomial : 0);
}

constexpr std::uint32_t Multiply(std::uint32_t a, std::uint32_t b) {
  std::uint32_t product = 0;
  for (; a != 0; a <<= 1U, b = TimesX(b)) {
    if ((a & kOne) != 0) product ^= b;
  }
  return product;
}

using Powers = std::array<std::uint32_t, 256>;

/// The powers 0 to 255 of `base`.
constexpr Powers PowersOf(std::uint32_t base) {
  Powers powers = {kOne};
  for (std::size_t i = 1; i < powers.size(); ++i) powers[i] = Multiply(powers[i - 1], base);
  return powers;
}

constexpr std::uint32_t kByte = kOne >> 8U;  // x^8
constexpr Powers kBytes = PowersOf(kByte);
constexpr Powers k256Bytes = PowersOf(Multiply(kBytes[255], kByte));

}  // namespace

void RunningCrc::Reset(std::string_view bytes) {
  bytes_ = bytes;
  beginnings_.reserve(bytes.size() + 1);
  beginnings_.assign(1, 0);
}

std::uint32_t RunningCrc::Of(std::size_t at, std::size_t size) {
  const std::size_t end = at + size;
  for (std::size_t i = beginnings_.size() - 1; i < end; ++i) {
    beginnings_.push_back(base::ExtendCrc32(beginnings_.back(), bytes_.substr(i, 1)));
  }
  std::uint32_t before = Multiply(beginnings_[at], kBytes[size & 0xffU]);
  for (std::size_t left = size >> 8U; left > 0;) {
    const std::size_t step = left < kBytes.size() ? left : kBytes.size() - 1;
    before = Multiply(before, k256Bytes[step]);
    left -= step;
  }
  return beginnings_[end] ^ before;
}

}  // namespace anystore::tablet
