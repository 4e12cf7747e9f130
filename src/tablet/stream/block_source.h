/// `BlockSource`: the entries of one block that nothing else holds.
#pragma once

#include <span>
#include <string_view>
#include <utility>

#include "anystore/value.h"
#include "tablet/block/batch_decoder.h"
#include "tablet/block/block.h"
#include "tablet/reading/entry_source.h"

namespace anystore::tablet {

/// In ascending order.
class BlockSource final : public EntrySource {
 public:
  /// Requires: `block` was found right, and lies in `pin`.
  BlockSource(const Block& block, Value pin, bool java_tombstones)
      : block_(block), pin_(std::move(pin)), decoder_(java_tombstones) {
    decoder_.Enter(block_.entries());
  }

  [[nodiscard]] Result<std::span<const TabletEntry>> Next() override;
  Status Seek(std::string_view key) override;

 private:
  const Block block_;
  const Value pin_;
  BatchDecoder decoder_;
};

}  // namespace anystore::tablet
