#include "tablet/block/block.h"

#include <algorithm>

#include "tablet/block/halving.h"
#include "tablet/block/prefetch.h"
#include "tablet/block/shared_bytes.h"

namespace anystore::tablet {
namespace {

/// Whether the restart point `at` is one whose key comes after `key`. One that is damaged does.
bool StartsAfter(const Block& block, std::uint32_t at, std::string_view key) noexcept {
  const std::size_t offset = block.restart(at);
  if (offset >= block.entries().size()) return true;
  std::string_view rest = block.entries().substr(offset);
  std::uint32_t common = 0;
  std::string_view first;
  const bool whole =
      TakeUint32(rest, common) == Unpacked::kOk && TakeRaw(rest, first) == Unpacked::kOk;
  return !whole || first > key;
}

/// Where a search ends that has found nothing.
enum class Until : std::uint8_t { kEnd, kRunEnd };

/// `FindFrom` and `FindInRun`.
template <Until kUntil>
EntryPlace Find(std::string_view entries, std::size_t offset, std::string_view key) noexcept {
  const char* const begin = entries.data();
  const char* const end = begin + entries.size();
  const char* const first = begin + std::min(offset, entries.size());
  const char* at = first;
  // Invariant: the entry before, if there is one, comes before `key` and shares `shared` bytes
  // with it.
  std::size_t shared = 0;
  EntryPlace place;
  TabletEntry entry;
  while (at != end) {
    const EntryEnd next = ReadEntry(at, end, entry);
    place.damaged = next.at == nullptr;
    if (place.damaged || (kUntil == Until::kRunEnd && next.common == 0 && at != first)) break;
    // One that has more in common with the entry before than `key` has comes before it, too.
    if (next.common <= shared) {
      const std::string_view wanted = key.substr(next.common);
      const std::size_t more = SharedBytes(entry.key, wanted);
      const bool ended = more == entry.key.size();
      place.equal = ended && more == wanted.size();
      const bool before =
          more < wanted.size() && (ended || static_cast<unsigned char>(entry.key[more]) <
                                                static_cast<unsigned char>(wanted[more]));
      if (!before) {
        place.next = static_cast<std::size_t>(next.at - begin);
        place.entry = {.common = static_cast<std::uint32_t>(next.common),
                       .suffix = entry.key,
                       .value = entry.value,
                       .deleted = entry.deleted};
        break;
      }
      shared = next.common + more;
    }
    at = next.at;
  }
  place.offset = static_cast<std::size_t>(at - begin);
  if (at == end) place.next = place.offset;
  return place;
}

}  // namespace

OrFault<Block> Block::Divide(std::string_view payload) {
  if (payload.size() < kRestartBytes) {
    return Wrong(FaultKind::kRestart, 0,
                 "a payload of " + std::to_string(payload.size()) +
                     " bytes has no room for the count of its restart points");
  }
  const std::size_t count_at = payload.size() - kRestartBytes;
  const auto count = base::LoadBig<std::uint32_t>(payload.data() + count_at);
  if (count > count_at / kRestartBytes) {
    return Wrong(FaultKind::kRestart, count_at,
                 "a payload of " + std::to_string(payload.size()) + " bytes has no room for " +
                     std::to_string(count) + " restart points");
  }
  Block block;
  block.entries_ = payload.substr(0, count_at - kRestartBytes * count);
  block.restart_count_ = count;
  return block;
}

std::uint32_t Block::RestartBefore(std::size_t offset) const noexcept {
  const std::uint32_t behind = FirstWhere(std::uint32_t{0}, restart_count_,
                                          [&](std::uint32_t at) { return restart(at) > offset; });
  return behind == 0 ? 0 : behind - 1;
}

EntryPlace FindFrom(std::string_view entries, std::size_t offset, std::string_view key) noexcept {
  return Find<Until::kEnd>(entries, offset, key);
}

EntryPlace FindInRun(std::string_view entries, std::size_t offset, std::string_view key) noexcept {
  return Find<Until::kRunEnd>(entries, offset, key);
}

EntryPlace FindIn(const Block& block, std::string_view key, std::size_t prefetch_bytes) noexcept {
  const std::uint32_t behind =
      FirstWhere(std::uint32_t{0}, block.restart_count(),
                 [&](std::uint32_t at) { return StartsAfter(block, at, key); });
  const std::size_t run = behind == 0 ? 0 : block.restart(behind - 1);
  Prefetch(block.entries().data() + run, prefetch_bytes);
  return FindFrom(block.entries(), run, key);
}

}  // namespace anystore::tablet
