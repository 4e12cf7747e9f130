#include "tablet/format/snappy_2013.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/byte_order.h"
#include "base/varint.h"

// One pass over the input: at each position the hash of the next four bytes finds the last position
// with that hash. When the same bytes stand there, all that agrees is a copy, and the pass goes on
// behind it; otherwise it goes on with the next byte.
//
// The compressed blocks of the files kept from then (tests/interop) fix the multiplier; a table of
// 1024 or 2048 slots for 659 bytes; that every position is tried, also after many without a copy;
// that those inside of a copy are not entered; that a copy may begin 7 bytes before the end; the
// short copy up to a length of 8 and an offset of 589, at least; and a literal of 61 to 256 bytes.
// They have no copy that is longer or reaches farther. So the other sizes of the table, copies that
// begin 4 to 6 bytes before the end, the greatest offset, the bounds of the short copy, pieces of
// 64, and longer literals are as in golang/snappy of February 2013 (ce8acff), the only encoder in
// Go then.

namespace anystore::tablet {
namespace {

constexpr std::size_t kCopyMin = 4;  // what is hashed
constexpr std::uint32_t kHashMultiplier = 0x1e35a7bd;
constexpr unsigned kSlotBitsMin = 8;
constexpr unsigned kSlotBitsMax = 14;
constexpr std::size_t kOffsetMax = 32767;

// The lowest two bits of an element's first byte.
constexpr unsigned kLiteral = 0;
constexpr unsigned kShortCopy = 1;
constexpr unsigned kLongCopy = 2;

constexpr std::size_t kShortCopyMax = 11;
constexpr std::size_t kShortOffsetMax = 2047;
constexpr std::size_t kLongCopyMax = 64;

void AppendByte(std::string& out, std::size_t byte) { out.push_back(static_cast<char>(byte)); }

/// Nothing, for no bytes.
void AppendLiteral(std::string& out, std::string_view bytes) {
  if (bytes.empty()) return;
  const std::size_t last = bytes.size() - 1;
  if (last < 60) {
    AppendByte(out, last << 2U | kLiteral);
  } else {
    std::size_t width = 1;
    while (width < 4 && last >> (8 * width) != 0) ++width;
    AppendByte(out, (59 + width) << 2U | kLiteral);
    for (std::size_t i = 0; i < width; ++i) AppendByte(out, last >> (8 * i));
  }
  out.append(bytes);
}

void AppendCopy(std::string& out, std::size_t offset, std::size_t length) {
  while (length > 0) {
    // Also of what is left behind pieces of 64.
    if (length >= kCopyMin && length <= kShortCopyMax && offset <= kShortOffsetMax) {
      AppendByte(out, (offset >> 8U) << 5U | (length - kCopyMin) << 2U | kShortCopy);
      AppendByte(out, offset);
      return;
    }
    const std::size_t piece = std::min(length, kLongCopyMax);
    AppendByte(out, (piece - 1) << 2U | kLongCopy);
    AppendByte(out, offset);
    AppendByte(out, offset >> 8U);
    length -= piece;
  }
}

/// As many slots as there are bytes, rounded up to a power of two, within bounds.
unsigned SlotBits(std::size_t size) noexcept {
  unsigned bits = kSlotBitsMin;
  while (bits < kSlotBitsMax && std::size_t{1} << bits < size) ++bits;
  return bits;
}

}  // namespace

void AppendSnappy2013(std::string& out, std::string_view raw) {
  base::AppendVarint(out, raw.size());
  const unsigned bits = SlotBits(raw.size());
  // Each one more than the position, so that 0 is none.
  std::vector<std::uint32_t> slots(std::size_t{1} << bits);
  std::size_t literal = 0;  // where what is not written begins
  std::size_t at = 0;
  while (at + kCopyMin <= raw.size()) {
    const auto bytes = base::LoadLittle<std::uint32_t>(raw.data() + at);
    std::uint32_t& slot = slots[(bytes * kHashMultiplier) >> (32 - bits)];
    const std::size_t offset = slot == 0 ? 0 : at + 1 - slot;
    slot = static_cast<std::uint32_t>(at + 1);
    if (offset == 0 || offset > kOffsetMax ||
        base::LoadLittle<std::uint32_t>(raw.data() + at - offset) != bytes) {
      ++at;
      continue;
    }
    std::size_t end = at + kCopyMin;
    while (end < raw.size() && raw[end] == raw[end - offset]) ++end;
    AppendLiteral(out, raw.substr(literal, at - literal));
    AppendCopy(out, offset, end - at);
    literal = at = end;
  }
  AppendLiteral(out, raw.substr(literal));
}

}  // namespace anystore::tablet
