#include "tablet/block/batch_decoder.h"

#include <algorithm>
#include <utility>

#include "tablet/block/prefetch.h"

namespace anystore::tablet {
namespace {

/// So much is asked for with each entry.
constexpr std::size_t kPrefetchBytes = 128;

/// How far ahead of an entry. Where the next one begins is only known when this one was read, so
/// nothing else would get its bytes ahead of time over the end of a page, or behind a value that
/// nobody reads. Large entries are taken to be as large as this one.
std::size_t AheadOf(std::size_t entry_bytes) noexcept {
  constexpr std::size_t kLarge = 512;
  constexpr std::size_t kEntries = 8;
  constexpr std::size_t kBytes = 3072;
  return entry_bytes < kLarge ? kBytes : kEntries * entry_bytes;
}

}  // namespace

void BatchDecoder::Enter(std::string_view entries, std::size_t offset, std::string_view previous) {
  entries_ = entries;
  offset_ = std::min(offset, entries.size());
  joined_.assign(previous);
  previous_ = joined_;
}

std::expected<std::span<const TabletEntry>, std::size_t> BatchDecoder::Next() {
  const std::string_view entries = entries_;
  const char* at = entries.data() + offset_;
  const char* const end = entries.data() + entries.size();
  std::string_view key = previous_;  // of the entry before
  arena_.Clear();
  std::size_t count = 0;
  const std::size_t most = NextSize();
  while (count < most && at != end) {
    TabletEntry& entry = batch_[count];
    const EntryEnd next = ReadEntry(at, end, entry);
    if (next.at == nullptr || next.common > key.size()) [[unlikely]]
      return std::unexpected(static_cast<std::size_t>(at - entries.data()));
    if (next.common != 0) {
      const std::size_t bytes = next.common + entry.key.size();
      const char* const joined = arena_.Join(key.substr(0, next.common), entry.key);
      if (joined == nullptr) break;
      entry.key = {joined, bytes};
    }
    Prefetch(at + AheadOf(static_cast<std::size_t>(next.at - at)), kPrefetchBytes);
    if (java_tombstones_) TakeJavaTombstone(entry);
    key = entry.key;
    at = next.at;
    ++count;
  }
  offset_ = static_cast<std::size_t>(at - entries.data());
  expected_ -= std::min<std::uint64_t>(expected_, count);
  if (count > 0) Remember(key);
  return batch_.First(count);
}

std::size_t BatchDecoder::NextSize() noexcept {
  if (expected_ > 0) return std::min<std::uint64_t>(expected_, kBatch);
  return std::exchange(batch_size_, std::min(2 * batch_size_, kBatch));
}

void BatchDecoder::Remember(std::string_view key) {
  previous_ = key;
  if (!arena_.Has(key)) return;
  joined_.assign(key);
  previous_ = joined_;
}

}  // namespace anystore::tablet
