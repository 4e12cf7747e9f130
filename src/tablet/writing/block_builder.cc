#include "tablet/writing/block_builder.h"

#include <cstring>

#include "base/byte_order.h"
#include "tablet/format/constants.h"

namespace anystore::tablet {
namespace {

/// A number, the size of the suffix, the size of the value.
constexpr std::size_t kEntryHeadMax = 15;

char* StoreBytes(char* to, std::string_view bytes) noexcept {
  // Not memcpy: an empty view may lie nowhere.
  return to + bytes.copy(to, bytes.size());
}

}  // namespace

void BlockBuilder::Begin(const OutBuffer& out) noexcept {
  begin_ = out.size();
  restarts_.clear();
  entries_ = 0;
  until_restart_ = 0;
}

void BlockBuilder::Add(OutBuffer& out, const TabletEntry& entry, std::size_t shared) {
  std::size_t common = shared < shared_bytes_min_ ? 0 : shared;
  if (until_restart_ == 0) {
    restarts_.push_back(static_cast<std::uint32_t>(out.size() - begin_));
    until_restart_ = restart_interval_;
    common = 0;
  }
  --until_restart_;
  ++entries_;
  const std::string_view suffix = entry.key.substr(common);
  char* to = out.Room(kEntryHeadMax + suffix.size() + entry.value.size());
  to = StoreUint(to, common);
  to = StoreBytes(StoreRawSize(to, suffix.size()), suffix);
  if (entry.deleted) {
    *to++ = kNil;
  } else {
    to = StoreBytes(StoreRawSize(to, entry.value.size()), entry.value);
  }
  out.Commit(to);
}

std::size_t BlockBuilder::size(const OutBuffer& out) const noexcept {
  return out.size() - begin_ + kRestartBytes * (restarts_.size() + 1);
}

std::string_view BlockBuilder::Finish(OutBuffer& out) {
  char* to = out.Room(kRestartBytes * (restarts_.size() + 1));
  for (const std::uint32_t restart : restarts_) {
    base::StoreBig(to, restart);
    to += kRestartBytes;
  }
  base::StoreBig(to, static_cast<std::uint32_t>(restarts_.size()));
  out.Commit(to + kRestartBytes);
  return out.view(begin_);
}

}  // namespace anystore::tablet
