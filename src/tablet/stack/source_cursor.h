/// `SourceCursor`: a source of records as the cursor that stores return.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>
#include <utility>

#include "anystore/cursor.h"
#include "anystore/options.h"
#include "tablet/reading/entry_source.h"

namespace anystore::tablet {

/// Threads: single-thread.
class SourceCursor final : public Cursor {
 public:
  /// Deletions of `source` are left out.
  SourceCursor(std::unique_ptr<EntrySource> source, const ScanOptions& options)
      : source_(std::move(source)), values_(options.values) {}

  Result<std::size_t> Next(std::span<EntryView> out) override;
  Status Seek(std::string_view key) override;

 private:
  /// Fills the front of `out` with records of the batch, and returns how many.
  std::size_t Fill(std::span<EntryView> out);

  const std::unique_ptr<EntrySource> source_;
  const bool values_;
  std::span<const TabletEntry> rest_ = {};  // of the source's batch
};

}  // namespace anystore::tablet
