/// `StackVersion`: a stack at one moment.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "anystore/key_range.h"
#include "anystore/tablet/reader.h"
#include "tablet/reading/entry_source.h"
#include "tablet/reading/sorted_run.h"

namespace anystore::tablet {

/// Threads: immutable.
class StackVersion {
 public:
  StackVersion() = default;
  /// `runs`: the newest first.
  explicit StackVersion(std::vector<std::shared_ptr<const SortedRun>> runs)
      : runs_(std::move(runs)) {}

  [[nodiscard]] const std::vector<std::shared_ptr<const SortedRun>>& runs() const noexcept {
    return runs_;
  }
  /// What the newest run says that says anything.
  ///
  /// Errors: as `SortedRun::Look`.
  [[nodiscard]] Result<Lookup> Look(std::string_view key) const;
  /// What the newest runs say of each key of a range, that it is deleted included.
  [[nodiscard]] std::unique_ptr<EntrySource> NewSource(const KeyRange& range,
                                                       const ScanOptions& options) const;

 private:
  std::vector<std::shared_ptr<const SortedRun>> runs_ = {};
};

}  // namespace anystore::tablet
