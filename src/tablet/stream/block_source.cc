#include "tablet/stream/block_source.h"

namespace anystore::tablet {
namespace {

/// A block in memory of our own was found right before.
Error Changed() { return {Code::kInternal, "a block has changed in memory since it was checked"}; }

}  // namespace

Result<std::span<const TabletEntry>> BlockSource::Next() {
  const auto batch = decoder_.Next();
  if (!batch.has_value()) return Changed();
  return *batch;
}

Status BlockSource::Seek(std::string_view key) {
  const EntryPlace place = FindIn(block_, key);
  if (place.damaged) return Changed();
  decoder_.Enter(block_.entries(), place.offset, key.substr(0, place.entry.common));
  return Ok();
}

}  // namespace anystore::tablet
