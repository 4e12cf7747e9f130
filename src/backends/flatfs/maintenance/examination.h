/// What the parts of a check share.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "anystore/environment.h"
#include "anystore/error.h"
#include "anystore/filesystem.h"
#include "backends/flatfs/keys/shard.h"
#include "backends/flatfs/keys/stems.h"
#include "backends/flatfs/maintenance/check.h"
#include "backends/flatfs/maintenance/finding.h"
#include "backends/flatfs/maintenance/listed.h"

namespace anystore::flatfs {

/// A check under way.
///
/// Threads: single-thread.
class Examination {
 public:
  Examination(Directory& root, const Shard& shard, KeyForm keys, Clock& clock,
              const CheckOptions& options, const FindingSink& sink)
      : root_(root), shard_(shard), stems_(keys), clock_(clock), options_(options), sink_(sink) {}

  [[nodiscard]] Directory& root() const { return root_; }
  [[nodiscard]] const Shard& shard() const { return shard_; }
  [[nodiscard]] const Stems& stems() const { return stems_; }
  [[nodiscard]] Clock& clock() const { return clock_; }
  [[nodiscard]] const CheckOptions& options() const { return options_; }
  [[nodiscard]] CheckSummary& summary() { return summary_; }

  /// Hands on a finding.
  Status Tell(const RepositoryFinding& finding);
  /// Counts a record, and goes on only as long as somebody waits.
  Status Count(std::uint64_t value_bytes);
  /// Reports what was counted since the last time.
  Status Report();
  /// Everything in a directory, in the order of names.
  ///
  /// Errors: those of `Directory::List` and `Listing::Next`.
  [[nodiscard]] Result<std::vector<NamedEntry>> List(std::string_view directory) const;

 private:
  Directory& root_;
  const Shard shard_;
  const Stems stems_;
  Clock& clock_;
  const CheckOptions& options_;
  const FindingSink& sink_;
  CheckSummary summary_ = {};
  std::uint64_t reported_records_ = 0;
  std::uint64_t reported_bytes_ = 0;
};

/// Whether an error tells something of the file it was met at, rather than of the moment or the
/// process.
[[nodiscard]] bool IsAboutFile(const Error& error) noexcept;

/// Whether two files hold the same bytes.
///
/// Errors: those of Open and ReadAt.
[[nodiscard]] Result<bool> HaveSameBytes(Directory& root, std::string_view a, std::string_view b,
                                         Clock& clock);

/// Whether the file of a record could be put into its directory without leaving the repository: it
/// is a directory of its own, or there is nothing.
///
/// Errors: those of Stat.
[[nodiscard]] Result<bool> HasOwnDirectory(Directory& root, std::string_view path);

/// The directory of a name, "" for one in the root.
[[nodiscard]] inline std::string_view DirectoryOf(std::string_view path) noexcept {
  const std::size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? std::string_view() : path.substr(0, slash);
}

}  // namespace anystore::flatfs
