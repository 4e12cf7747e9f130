#include <utility>

#include "tablet/block/block.h"

namespace anystore::tablet {
namespace {

/// The fault of bytes that `TakeEntry` takes nothing from.
std::unexpected<Fault> WhyNoEntry(std::string_view bytes, std::uint64_t offset) {
  std::string_view rest = bytes;
  const auto at = [&] { return offset + (bytes.size() - rest.size()); };
  std::uint32_t common = 0;
  if (const Unpacked taken = TakeUint32(rest, common); taken != Unpacked::kOk)
    return NotTaken(taken, at(), "the number of common bytes");
  std::string_view raw;
  if (const Unpacked taken = TakeRaw(rest, raw); taken != Unpacked::kOk)
    return NotTaken(taken, at(), "a key");
  return NotTaken(TakeRaw(rest, raw), at(), "a value");
}

/// Follows the restart points while the entries are read.
class RestartFollower {
 public:
  explicit RestartFollower(const Block& block) : block_(block) {}

  /// An entry begins at `offset`.
  OrFault<void> Meet(std::size_t offset, const WrittenEntry& entry) {
    if (next_ == 0 && offset == 0 && block_.restart_count() == 0)
      return Wrong(FaultKind::kRestart, 0, "entries without a restart point");
    if (next_ == block_.restart_count() || block_.restart(next_) > offset) {
      if (offset != 0) return {};
      return Wrong(FaultKind::kRestart, 0,
                   "the first restart point is " + std::to_string(block_.restart(0)) + ", not 0");
    }
    if (block_.restart(next_) < offset) return Misplaced(offset);
    if (entry.common != 0) {
      return Wrong(FaultKind::kRestart, offset,
                   "the entry of restart point " + std::to_string(next_) +
                       " shares bytes with the one before");
    }
    ++next_;
    return {};
  }
  /// There are no more entries.
  OrFault<void> Finish() {
    if (next_ == block_.restart_count()) return {};
    return Misplaced(block_.entries().size());
  }

 private:
  [[nodiscard]] std::unexpected<Fault> Misplaced(std::size_t offset) const {
    return Wrong(FaultKind::kRestart, offset,
                 "restart point " + std::to_string(next_) + " is " +
                     std::to_string(block_.restart(next_)) + ", where no entry begins");
  }

  const Block& block_;
  std::uint32_t next_ = 0;
};

/// Puts the key of an entry together from that of the one before, and checks what it says.
OrFault<void> ExtendKey(std::string& key, const WrittenEntry& entry, bool first,
                        std::uint64_t key_bytes_max, std::size_t offset) {
  if (entry.common > key.size()) {
    return Wrong(FaultKind::kPrefix, offset,
                 std::to_string(entry.common) + " bytes in common with a key of " +
                     std::to_string(key.size()));
  }
  if (entry.key_bytes() > key_bytes_max) {
    return Wrong(FaultKind::kLimit, offset,
                 "a key of " + std::to_string(entry.key_bytes()) + " bytes, allowed are " +
                     std::to_string(key_bytes_max));
  }
  if (!first && entry.suffix <= std::string_view(key).substr(entry.common)) {
    return Wrong(FaultKind::kOrder, offset, "the key does not come after the one before");
  }
  key.resize(entry.common);
  key.append(entry.suffix);
  return {};
}

}  // namespace

OrFault<CheckedBlock> CheckBlock(std::string_view payload, const BlockRules& rules) {
  CheckedBlock checked;
  auto divided = Block::Divide(payload);
  if (!divided.has_value()) return std::unexpected(std::move(divided).error());
  checked.block = *divided;
  RestartFollower restarts(checked.block);
  const std::string_view entries = checked.block.entries();
  std::string_view rest = entries;
  WrittenEntry entry;
  while (!rest.empty()) {
    const std::size_t offset = entries.size() - rest.size();
    if (!TakeEntry(rest, entry)) return WhyNoEntry(rest, offset);
    const bool first = checked.entries == 0;
    if (auto extended = ExtendKey(checked.last_key, entry, first, rules.key_bytes_max, offset);
        !extended.has_value())
      return std::unexpected(std::move(extended).error());
    if (auto met = restarts.Meet(offset, entry); !met.has_value())
      return std::unexpected(std::move(met).error());
    if (first) checked.first_key = checked.last_key;
    ++checked.entries;
    const bool deleted = IsDeleted(entry, rules.java_tombstones);
    checked.deleted += deleted ? 1 : 0;
    checked.key_bytes += checked.last_key.size();
    checked.value_bytes += deleted ? 0 : entry.value.size();
  }
  if (auto finished = restarts.Finish(); !finished.has_value())
    return std::unexpected(std::move(finished).error());
  return checked;
}

}  // namespace anystore::tablet
