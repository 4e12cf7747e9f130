#include "tablet/locator/locator_builder.h"

#include <algorithm>
#include <bit>
#include <limits>
#include <string>

#include "base/crc.h"
#include "tablet/locator/block_keys.h"
#include "tablet/locator/locator_header.h"

namespace anystore::tablet {
namespace {

/// Places keys in lines that are all empty in the beginning.
class LineFiller {
 public:
  LineFiller(char* lines, std::uint64_t line_count) : lines_(lines), line_count_(line_count) {}

  /// False: every line that may have it is full.
  bool Place(std::uint64_t hash, std::uint64_t position) {
    std::uint64_t at = LineOf(hash, line_count_);
    for (std::size_t lines = 0; lines < kChainMax; ++lines) {
      char* const line = lines_ + kLineBytes * at;
      const unsigned empty = LocatorLine(line).Match(0);
      if (empty != 0) {
        const auto slot = static_cast<std::size_t>(std::countr_zero(empty));
        line[slot] = static_cast<char>(TagOf(hash));
        char* const to = line + kPositionsAt + kPositionBytes * slot;
        for (std::size_t i = 0; i < kPositionBytes; ++i)
          to[i] = static_cast<char>(position >> (8 * i));
        return true;
      }
      line[kFlagsAt] = static_cast<char>(kOverflowFlag);
      at = at + 1 == line_count_ ? 0 : at + 1;
    }
    return false;
  }

 private:
  char* lines_;
  std::uint64_t line_count_;
};

/// What the first reading finds out.
struct Extents {
  std::uint64_t entries = 0;
  std::uint64_t offset_max = 0;
};

Result<Extents> Measure(const Tablet& tablet) {
  Extents extents;
  for (std::size_t block = 0; block < tablet.index().size(); ++block) {
    ANYSTORE_ASSIGN_OR_RETURN(const LoadedBlock loaded, tablet.Load(block, Keep::kNo));
    const bool whole =
        ForEachKey(loaded.block.entries(), [&](std::string_view /*key*/, std::size_t run) {
          ++extents.entries;
          extents.offset_max = std::max<std::uint64_t>(extents.offset_max, run);
        });
    if (!whole) return tablet.DamageIn(block, 0);
  }
  return extents;
}

/// Fills the lines; false when a chain would become too long.
Result<bool> Fill(const Tablet& tablet, LineFiller filler, unsigned offset_bits) {
  bool placed = true;
  for (std::size_t block = 0; block < tablet.index().size() && placed; ++block) {
    ANYSTORE_ASSIGN_OR_RETURN(const LoadedBlock loaded, tablet.Load(block, Keep::kNo));
    const bool whole =
        ForEachKey(loaded.block.entries(), [&](std::string_view key, std::size_t run) {
          const std::uint64_t position = std::uint64_t{block} << offset_bits | run;
          placed = placed && filler.Place(LocatorHash(key), position);
        });
    if (!whole) return tablet.DamageIn(block, 0);
  }
  return placed;
}

}  // namespace

Result<Value> BuildLocator(const Tablet& tablet) {
  ANYSTORE_ASSIGN_OR_RETURN(const Extents extents, Measure(tablet));
  const auto offset_bits = static_cast<unsigned>(std::bit_width(extents.offset_max));
  const auto block_bits = static_cast<unsigned>(std::bit_width(tablet.index().size()));
  std::uint64_t line_count = extents.entries * 2 / kKeysPerTwoLines + 1;
  if (offset_bits + block_bits > kPositionBits ||
      line_count > std::numeric_limits<std::uint32_t>::max() / 2) {
    return Error(Code::kUnsupported, "the tablet is too large for a locator");
  }
  // Keys of one hash go behind each other; larger tables do not help against very many of those.
  for (int attempt = 0; attempt < 3; ++attempt, line_count = line_count * 3 / 2 + 1) {
    char* data = nullptr;
    const std::size_t lines_bytes = kLineBytes * line_count;
    ANYSTORE_ASSIGN_OR_RETURN(Value bytes,
                              Value::Allocate(kLocatorHeaderBytes + lines_bytes, &data));
    char* const lines = data + kLocatorHeaderBytes;
    std::fill_n(lines, lines_bytes, '\0');
    ANYSTORE_ASSIGN_OR_RETURN(const bool filled,
                              Fill(tablet, LineFiller(lines, line_count), offset_bits));
    if (!filled) continue;
    StoreLocatorHeader(data, {.tablet = tablet.Identity(),
                              .entries = extents.entries,
                              .line_count = static_cast<std::uint32_t>(line_count),
                              .offset_bits = static_cast<std::uint8_t>(offset_bits),
                              .lines_crc = base::Crc32c({lines, lines_bytes})});
    return bytes;
  }
  return Error(Code::kUnsupported, "the keys of the tablet have too many equal hashes");
}

}  // namespace anystore::tablet
