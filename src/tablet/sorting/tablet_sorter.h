/// `TabletSorter`: writes a tablet from entries in any order, in bounded memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "anystore/error.h"
#include "anystore/filesystem.h"
#include "anystore/tablet/writer.h"
#include "tablet/block/entry.h"
#include "tablet/sorting/run_files.h"

namespace anystore::tablet {

/// Options of `TabletSorter::Create`.
///
/// Threads: thread-compatible.
struct SorterOptions {
  /// How the tablet is written.
  WriterOptions writer = {};
  /// Whether it may take the place of a file.
  Replace replace = Replace::kNo;
  /// So much of entries is gathered in memory.
  std::uint64_t memory_bytes = 64ULL << 20U;
  /// So many runs are read at once. At least 2.
  std::size_t open_runs_max = 64;
  /// Asked now and then while runs are written and merged; an error ends the work.
  Permission may_go_on = {};
};

/// As `TabletWriter`, call by call, but for the order of entries: of several of one key the last
/// one that was added counts. Add and Finish also fail with the errors of `may_go_on`.
///
/// What does not fit into memory is kept beside the tablet, in tablets called NAME.run-0 and so on,
/// which take the place of files of these names, and go when the tablet is there or was given up.
/// Entries that come in order are not sorted, and written once.
///
/// Threads: single-thread.
class TabletSorter {
 public:
  [[nodiscard]] static Result<TabletSorter> Create(Directory& directory, std::string_view name,
                                                   const SorterOptions& options = {});
  TabletSorter(TabletSorter&& other) noexcept;
  TabletSorter& operator=(TabletSorter&& other) noexcept;
  ~TabletSorter();

  Status Add(std::string_view key, std::string_view value);
  Status AddDeletion(std::string_view key);
  Status Finish();
  /// Requires: Finish has succeeded.
  [[nodiscard]] const TabletSummary& summary() const noexcept;

 private:
  class Impl;

  explicit TabletSorter(std::unique_ptr<Impl> impl);

  std::unique_ptr<Impl> impl_;
};

}  // namespace anystore::tablet
