/// Where a damaged log goes on (docs/formats/tablet-log.md, "Behind damage").
#pragma once

#include <cstdint>
#include <optional>

#include "anystore/error.h"
#include "tablet/log/log_window.h"
#include "tablet/log/record.h"

namespace anystore::tablet {

/// Looks for the next place behind a bad record at which a transaction begins.
///
/// The content of a transaction may itself look like records, be it a log that somebody stores. So
/// the end of the bad record comes first, by its checksum or else by its size, and what a
/// believable header says to be its data is not searched at all. Otherwise every position is tried,
/// and a record counts when it has data, a type and the right checksum: random bytes look so at one
/// position in 2^40.
///
/// The work is proportional to the bytes of the log, over all calls, and memory is that of the
/// window.
///
/// Threads: single-thread.
class Resync {
 public:
  /// `window` must outlive this.
  explicit Resync(LogWindow& window) : window_(&window) {}

  /// Where the next transaction begins. None: nothing right follows.
  ///
  /// Errors: those of reading.
  [[nodiscard]] Result<std::optional<std::uint64_t>> FindBehind(const RecordRead& bad);

 private:
  using Place = std::optional<std::uint64_t>;

  [[nodiscard]] Result<Place> EndByChecksum(const RecordRead& bad);
  [[nodiscard]] Result<Place> FindFrom(std::uint64_t position, bool is_boundary);
  [[nodiscard]] Result<std::optional<RecordRead>> Scan(std::uint64_t position);

  LogWindow* window_;
  std::uint64_t tried_until_ = 0;  // how far EndByChecksum has read
};

}  // namespace anystore::tablet
