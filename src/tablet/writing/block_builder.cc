#include "tablet/writing/block_builder.h"

#include "base/byte_order.h"
#include "tablet/format/constants.h"

namespace anystore::tablet {

void BlockBuilder::Add(const TabletEntry& entry, std::size_t shared) {
  std::size_t common = shared < shared_bytes_min_ ? 0 : shared;
  if (until_restart_ == 0) {
    restarts_.push_back(static_cast<std::uint32_t>(payload_.size()));
    until_restart_ = restart_interval_;
    common = 0;
  }
  --until_restart_;
  ++entries_;
  AppendUint(payload_, common);
  AppendRaw(payload_, entry.key.substr(common));
  if (entry.deleted) {
    payload_.push_back(kNil);
  } else {
    AppendRaw(payload_, entry.value);
  }
}

std::size_t BlockBuilder::size() const noexcept {
  return payload_.size() + kRestartBytes * (restarts_.size() + 1);
}

std::string_view BlockBuilder::Finish() {
  for (const std::uint32_t restart : restarts_) base::AppendBig(payload_, restart);
  base::AppendBig(payload_, static_cast<std::uint32_t>(restarts_.size()));
  return payload_;
}

void BlockBuilder::Clear() {
  payload_.clear();
  restarts_.clear();
  entries_ = 0;
  until_restart_ = 0;
}

}  // namespace anystore::tablet
