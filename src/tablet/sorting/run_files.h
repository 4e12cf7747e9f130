/// `RunFiles`: sorted runs that a sorter keeps beside the tablet that it makes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "anystore/filesystem.h"
#include "anystore/tablet/writer.h"
#include "tablet/reading/entry_source.h"

namespace anystore::tablet {

/// Asked now and then; an error ends the work.
using Permission = std::function<Status()>;

/// Adds all that is left of a source. `may_go_on` may be empty.
///
/// Errors: those of both, and of `may_go_on`.
Status AddAll(EntrySource& source, TabletWriter& writer, const Permission& may_go_on);

/// How runs are written, which are read once, from front to back, whatever their sizes.
inline constexpr WriterOptions kRunWriter{
    .block_bytes = 64 * 1024,
    .restart_interval = 128,
    .key_bytes_max = std::numeric_limits<std::uint32_t>::max(),
    .block_bytes_max = 1U << 30U,
    .index_bytes_max = std::numeric_limits<std::uint32_t>::max(),
};

/// Tablets called NAME.run-0 and so on, the oldest first. One may be open for writing.
///
/// Threads: single-thread.
class RunFiles {
 public:
  RunFiles(Directory& directory, std::string name)
      : directory_(directory), name_(std::move(name)) {}
  RunFiles(const RunFiles&) = delete;
  RunFiles& operator=(const RunFiles&) = delete;
  /// Removes them.
  ~RunFiles();

  /// How many there are, the open one included.
  [[nodiscard]] std::size_t size() const noexcept { return names_.size(); }
  /// Begins a run, which is the newest and open.
  ///
  /// Requires: none is open.
  /// Errors: those of `TabletWriter::Create`.
  Status Begin(const WriterOptions& options = kRunWriter);
  /// Writes to the open run; null: none is.
  [[nodiscard]] TabletWriter* writer() noexcept { return open_.has_value() ? &*open_ : nullptr; }
  /// Ends the open run, if there is one.
  ///
  /// Errors: those of `TabletWriter::Finish`.
  Status End();
  /// What was written to the run that ended last.
  [[nodiscard]] const TabletSummary& ended() const noexcept { return ended_; }
  /// All entries of all runs and, as the newest, of `newest`, unless that is null. At most
  /// `open_max` files are open at once: while there are more, runs are merged into larger ones.
  ///
  /// Requires: no run is open.
  /// Errors: those of reading and writing tablets, and of `may_go_on`.
  [[nodiscard]] Result<std::unique_ptr<EntrySource>> Merge(std::unique_ptr<EntrySource> newest,
                                                           std::size_t open_max,
                                                           const Permission& may_go_on);
  /// Gives the only run its final name.
  ///
  /// Requires: there is one run, and it is not open.
  /// Errors: already_exists · no_space, io_error.
  Status Publish(Replace replace);
  /// Removes them all.
  void Remove() noexcept;

 private:
  /// The entries of the oldest `count` runs, and of `newest`.
  [[nodiscard]] Result<std::unique_ptr<EntrySource>> SourceOf(std::size_t count,
                                                              std::unique_ptr<EntrySource> newest);
  /// Makes one run of the oldest `count`, and puts it behind all others.
  Status MergeOldest(std::size_t count, const Permission& may_go_on);

  Directory& directory_;
  const std::string name_;
  std::vector<std::string> names_ = {};
  std::optional<TabletWriter> open_ = {};
  std::uint64_t begun_ = 0;
  TabletSummary ended_ = {};
};

}  // namespace anystore::tablet
