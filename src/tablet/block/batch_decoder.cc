#include "tablet/block/batch_decoder.h"

#include <algorithm>
#include <utility>

namespace anystore::tablet {

void BatchDecoder::Enter(std::string_view entries, std::size_t offset, std::string_view previous) {
  entries_ = entries;
  offset_ = std::min(offset, entries.size());
  previous_.assign(previous);
}

std::expected<std::span<const TabletEntry>, std::size_t> BatchDecoder::Next() {
  const std::string_view entries = entries_;
  const char* at = entries.data() + offset_;
  const char* const end = entries.data() + entries.size();
  std::string_view key = previous_;  // of the entry before
  arena_.Clear();
  std::size_t count = 0;
  const std::size_t most = std::exchange(batch_size_, std::min(2 * batch_size_, kBatch));
  while (count < most && at != end) {
    // Where the next entry begins is only known when this one was read, so nothing else would get
    // its bytes ahead of time over the end of a page.
    __builtin_prefetch(at + kPrefetchBytes);
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
    if (java_tombstones_) entry.deleted = IsDeleted(entry, true);
    key = entry.key;
    at = next.at;
    ++count;
  }
  offset_ = static_cast<std::size_t>(at - entries.data());
  if (count > 0) previous_.assign(key);
  return std::span<const TabletEntry>(batch_).first(count);
}

}  // namespace anystore::tablet
