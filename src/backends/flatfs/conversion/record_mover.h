/// How a record gets from one repository into another without ever being nowhere.
#pragma once

#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "anystore/environment.h"
#include "anystore/error.h"
#include "anystore/file_batch.h"
#include "anystore/filesystem.h"
#include "backends/flatfs/conversion/move.h"
#include "backends/flatfs/layout.h"
#include "backends/flatfs/maintenance/report.h"
#include "backends/flatfs/stability.h"

namespace anystore::flatfs {

/// A directory above two repositories, so that a file in one may get a name in the other.
struct Common {
  std::unique_ptr<Directory> directory = {};
  /// The names of the repositories in it, with a slash behind.
  std::string from = {};
  std::string to = {};
};

/// Takes records, many at a time: gives each a second name in the new repository, or copies it
/// where that cannot be; makes the new names stable; and only then removes the old ones. A rename
/// would not do: of its two names a power cut may leave neither, where the disk has no journal.
///
/// Threads: single-thread.
class RecordMover {
 public:
  /// What is referred to must outlive it. `parent` is the directory that `to` is in, null where it
  /// may not be opened; without `common` everything is copied.
  RecordMover(const Environment& environment, OpenedRepository& from, OpenedRepository& to,
              Directory* parent, std::unique_ptr<Common> common, const Report& report,
              MoveOutcome& outcome);

  /// Before the first Take: makes the old repository's names stable.
  ///
  /// Errors: as Take.
  Status Begin();
  /// Before the first Take: makes stable what others did to the records of the new repository.
  ///
  /// Errors: as Take.
  Status SecureNew() { return new_stability_.Sync(); }
  /// Moves a record of the old repository, now or later with others; or leaves it.
  ///
  /// Errors: those of the filesystem, and of the report · data_loss.
  Status Take(std::string_view stem);
  /// Notes that something stays where it is.
  void Leave(std::string name, std::string why);
  /// Moves all that was taken; it is stable in the new repository.
  ///
  /// Errors: as Take.
  Status Finish();
  /// Makes stable that it is gone from the old one, which stays.
  ///
  /// Errors: as Take.
  Status SecureRemovals();

 private:
  /// A record that has its place in both repositories, or will when the copies are committed.
  struct Taken {
    std::string stem;
    bool copied = false;
  };

  [[nodiscard]] RecordName OldName(std::string_view stem) const { return {from_.shard, stem}; }
  [[nodiscard]] RecordName NewName(std::string_view stem) const { return {to_.shard, stem}; }
  /// Makes the new directory of a record, and notes that it changes. False when something else has
  /// its name.
  Result<bool> EnterDirectory(std::string_view stem);
  /// Whether the record got its second name; false: it must be copied.
  Result<bool> Link(std::string_view stem);
  Status Copy(std::string_view stem);
  /// Something has the new name: the record itself, of an earlier move, or something else.
  Status TakeTwice(std::string_view stem);
  Result<bool> HoldSameBytes(std::string_view old_name, std::string_view new_name);
  /// Makes stable what was taken, then removes the old names.
  Status Settle();
  Status RemoveOld(const Taken& taken);

  const Environment& environment_;
  OpenedRepository& from_;
  OpenedRepository& to_;
  const std::unique_ptr<Common> common_;
  const Report& report_;
  MoveOutcome& outcome_;
  Stability old_stability_;
  Stability new_stability_;
  bool can_link_;
  FileBatch copies_;
  std::uint64_t copied_bytes_ = 0;
  std::vector<Taken> taken_;
  std::set<std::string> touched_;
};

}  // namespace anystore::flatfs
