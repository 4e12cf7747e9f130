/// `MemoryRun`: what a log holds, in memory and in order.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "anystore/filesystem.h"
#include "anystore/tablet/log.h"
#include "tablet/reading/sorted_run.h"

namespace anystore::tablet {

/// Threads: immutable.
class MemoryRun final : public SortedRun, public std::enable_shared_from_this<MemoryRun> {
 public:
  /// Replays a log of batches. A tail that a crash may leave is passed over; nothing is changed.
  ///
  /// Errors: not_found · corruption (damage that has transactions behind it, or a transaction that
  /// is no batch; the message names the offset) · too_large (over `bytes_max`) · io_error.
  [[nodiscard]] static Result<std::shared_ptr<const MemoryRun>> Replay(Directory& directory,
                                                                       std::string_view name,
                                                                       std::uint64_t bytes_max);

  [[nodiscard]] Result<Lookup> Look(std::string_view key) const override;
  [[nodiscard]] std::unique_ptr<EntrySource> NewSource(const KeyRange& range,
                                                       const ScanOptions& options) const override;
  /// The size of the log.
  [[nodiscard]] std::uint64_t bytes() const noexcept { return bytes_; }

 private:
  class Source;

  MemoryRun() = default;

  Status Apply(std::string_view batch);
  /// Puts the entries side by side, once there are no more.
  void Freeze();

  std::map<std::string, std::optional<std::string>, std::less<>> said_ = {};
  std::vector<TabletEntry> entries_ = {};  // views into said_
  std::uint64_t bytes_ = 0;
};

}  // namespace anystore::tablet
