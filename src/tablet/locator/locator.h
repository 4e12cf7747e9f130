/// `Locator`: a hash table beside a tablet, which says where a key is, or that it is nowhere, with
/// one probe (docs/formats/tablet-locator.md).
#pragma once

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string_view>
#include <utility>

#include "anystore/value.h"
#include "base/byte_order.h"

namespace anystore::tablet {

/// Appended to the name of a tablet.
inline constexpr std::string_view kLocatorSuffix = ".locator";

inline constexpr std::string_view kLocatorMagic = "anylocat";
inline constexpr std::uint32_t kLocatorVersion = 1;
inline constexpr std::size_t kLocatorHeaderBytes = 64;
inline constexpr std::size_t kLineBytes = 64;
/// A line: the tags, a byte of flags, three of zero, the positions.
inline constexpr std::size_t kLineSlots = 10;
inline constexpr std::size_t kFlagsAt = 10;
inline constexpr std::size_t kPositionsAt = 14;
inline constexpr std::size_t kPositionBytes = 5;
inline constexpr unsigned kPositionBits = 8 * kPositionBytes;
/// No key stands further behind its own line.
inline constexpr std::size_t kChainMax = 32;
/// Some key that should be in the line stands in one behind it.
inline constexpr unsigned char kOverflowFlag = 1;
/// Three quarters of the slots are used.
inline constexpr std::uint64_t kKeysPerTwoLines = 15;

/// The tablet that a locator belongs to. A tablet is never changed in place, so another one of the
/// same size, date and index is the same.
struct TabletIdentity {
  std::uint64_t file_bytes = 0;
  std::int64_t modified_ns = 0;
  std::uint64_t fingerprint = 0;  // of its footer and index

  friend bool operator==(const TabletIdentity&, const TabletIdentity&) = default;
};

/// The fingerprint of a tablet.
[[nodiscard]] std::uint64_t FingerprintOf(std::string_view footer, std::string_view index) noexcept;

/// The hash of a key, which the format fixes: XXH3 of 64 bits.
[[nodiscard]] std::uint64_t LocatorHash(std::string_view key) noexcept;

/// The first whole entry at or before a key's: from there on it can be read.
struct EntryPosition {
  std::uint64_t block = 0;
  std::uint64_t offset = 0;  // in the payload

  friend bool operator==(const EntryPosition&, const EntryPosition&) = default;
};

/// What one must know of a table to look something up.
struct LocatorShape {
  std::uint64_t line_count = 0;
  unsigned offset_bits = 0;
};

/// One line of the table.
class LocatorLine {
 public:
  explicit LocatorLine(const char* bytes) noexcept : bytes_(bytes) {}

  /// A bit for each slot with this tag.
  [[nodiscard]] unsigned Match(unsigned char tag) const noexcept {
    constexpr unsigned kSlots = (1U << kLineSlots) - 1;
#if defined(__SSE2__)
    __m128i tags;
    std::memcpy(&tags, bytes_, sizeof(tags));
    const __m128i same = _mm_cmpeq_epi8(tags, _mm_set1_epi8(static_cast<char>(tag)));
    return static_cast<unsigned>(_mm_movemask_epi8(same)) & kSlots;
#else
    unsigned same = 0;
    for (std::size_t slot = 0; slot < kLineSlots; ++slot)
      same |= static_cast<unsigned>(static_cast<unsigned char>(bytes_[slot]) == tag) << slot;
    return same & kSlots;
#endif
  }
  [[nodiscard]] bool overflows() const noexcept {
    return (static_cast<unsigned char>(bytes_[kFlagsAt]) & kOverflowFlag) != 0;
  }
  [[nodiscard]] std::uint64_t position(std::size_t slot) const noexcept {
    // The last slot ends with the line, so what stands in front is read with it.
    return base::LoadLittle<std::uint64_t>(bytes_ + kPositionsAt - 3 + kPositionBytes * slot) >>
           24U;
  }

 private:
  const char* bytes_;
};

/// The tag of a hash; 0 is an empty slot's.
[[nodiscard]] inline unsigned char TagOf(std::uint64_t hash) noexcept {
  const auto tag = static_cast<unsigned char>(hash);
  return tag == 0 ? 1 : tag;
}
/// The first line that may have a hash.
[[nodiscard]] inline std::uint64_t LineOf(std::uint64_t hash, std::uint64_t line_count) noexcept {
  __extension__ using Wide = unsigned __int128;
  return static_cast<std::uint64_t>(Wide{hash} * line_count >> 64U);
}

/// Calls `visit(position)` for each place where a key of this hash may be, until it returns true.
/// Mostly that is the one place, or, for one key in 30 that is nowhere, a wrong one. `line(at)`
/// gives a line.
template <class Line, class Visit>
void ForEachPlace(const LocatorShape& shape, std::uint64_t hash, Line&& line, Visit&& visit) {
  const unsigned char tag = TagOf(hash);
  std::uint64_t at = LineOf(hash, shape.line_count);
  for (std::size_t lines = 0; lines < kChainMax; ++lines) {
    const LocatorLine here = line(at);
    for (unsigned match = here.Match(tag); match != 0; match &= match - 1) {
      const std::uint64_t position =
          here.position(static_cast<std::size_t>(std::countr_zero(match)));
      if (visit(EntryPosition{.block = position >> shape.offset_bits,
                              .offset = position & ((1ULL << shape.offset_bits) - 1)}))
        return;
    }
    if (!here.overflows()) return;
    at = at + 1 == shape.line_count ? 0 : at + 1;
  }
}

/// Threads: immutable.
class Locator {
 public:
  /// Takes the bytes of a locator, if they are one of this tablet and not damaged.
  [[nodiscard]] static std::optional<Locator> Take(Value bytes, const TabletIdentity& tablet);

  [[nodiscard]] std::uint64_t bytes() const noexcept { return bytes_.size(); }

  /// As `ForEachPlace`.
  template <class Visit>
  void ForEach(std::uint64_t hash, Visit&& visit) const {
    ForEachPlace(
        shape_, hash, [this](std::uint64_t at) { return LocatorLine(lines_ + kLineBytes * at); },
        std::forward<Visit>(visit));
  }

 private:
  Locator() = default;

  Value bytes_ = {};
  const char* lines_ = nullptr;
  LocatorShape shape_ = {};
};

}  // namespace anystore::tablet
