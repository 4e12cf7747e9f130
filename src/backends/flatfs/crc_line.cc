#include "backends/flatfs/crc_line.h"

#include <array>
#include <charconv>
#include <cstdint>

#include "base/crc.h"

namespace anystore::flatfs {
namespace {

constexpr std::string_view kTitle = "crc32c ";
constexpr std::size_t kDigits = 8;
static_assert(kTitle.size() + kDigits + 1 == kCrcLineBytes);

std::string LineOf(std::string_view text) {
  std::array<char, kDigits> digits{};
  const auto [end, error] =
      std::to_chars(digits.data(), digits.data() + digits.size(), base::Crc32c(text), 16);
  const auto count = static_cast<std::size_t>(end - digits.data());
  return std::string(kTitle).append(kDigits - count, '0').append(digits.data(), count) + "\n";
}

}  // namespace

std::string WithCrcLine(std::string text) {
  const std::string line = LineOf(text);
  return std::move(text.append(line));
}

std::optional<std::string_view> WithoutCrcLine(std::string_view text) {
  if (text.size() < kCrcLineBytes) return std::nullopt;
  const std::string_view body = text.substr(0, text.size() - kCrcLineBytes);
  if (text.substr(body.size()) != LineOf(body)) return std::nullopt;
  return body;
}

}  // namespace anystore::flatfs
