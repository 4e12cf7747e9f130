/// `VisibleSource`: a source without the entries that only hide others.
#pragma once

#include <memory>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "tablet/reading/entry_source.h"

namespace anystore::tablet {

/// Hands batches on as they are, unless a deletion is among them.
class VisibleSource final : public EntrySource {
 public:
  explicit VisibleSource(std::unique_ptr<EntrySource> source) : source_(std::move(source)) {}

  [[nodiscard]] Result<std::span<const TabletEntry>> Next() override;
  Status Seek(std::string_view key) override { return source_->Seek(key); }

 private:
  const std::unique_ptr<EntrySource> source_;
  std::vector<TabletEntry> visible_ = {};
};

}  // namespace anystore::tablet
