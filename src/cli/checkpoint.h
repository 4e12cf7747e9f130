/// How far a copy has come, kept in a file so that a later run can go on.
///
/// Two files with one form: `STATE` tells what was applied and is written often, without waiting
/// for the disk: it and the destination outlive the process, but not a power cut. `STATE.synced`
/// tells what a Sync of the destination has made durable. After a crash of the process the first
/// one counts; after a restart of the machine, seen by its boot id, the second.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "anystore/error.h"
#include "anystore/key_range.h"
#include "anystore/store.h"
#include "cli/arguments.h"

namespace anystore::cli {

/// What a copy is: a checkpoint of another one is of no use to it.
struct CopyIdentity {
  /// The names of the stores, secrets redacted.
  std::string source = {};
  std::string destination = {};
  /// What tells a store from another one that was made in its place; empty when nothing does.
  std::string source_id = {};
  std::string destination_id = {};
  KeyRange range = {};
  KeyNaming naming = KeyNaming::kOwn;

  friend bool operator==(const CopyIdentity&, const CopyIdentity&) = default;
};

/// How far a copy has come: every record of the source up to and including `key` is in the
/// destination. Of a source that lists in no order no key can tell; then only what the destination
/// was is kept.
struct Watermark {
  std::string key = {};
  /// What that record is called in the destination.
  std::string written_key = {};
  /// How many records that is, with those of earlier runs.
  std::uint64_t records = 0;
  /// Whether nothing was left. Kept rather than removed at the end: a run that is killed between
  /// its last record and its exit would otherwise look like one that never began.
  bool complete = false;
  /// Whether the destination had no record in the range when the copy began.
  bool began_empty = false;
};

/// The identity of a copy between two open stores. The paths are those in their URLs.
CopyIdentity IdentifyCopy(const Store& source, const Store& destination,
                          const std::string& source_url, const std::string& destination_url,
                          const KeyRange& range, KeyNaming naming);

/// The file by the names of the stores and the range, below $XDG_STATE_HOME or ~/.local/state.
///
/// Errors: invalid_config (neither variable is set).
Result<std::string> DefaultStatePath(const CopyIdentity& identity);

/// The checkpoint files of one copy.
///
/// Threads: thread-compatible.
class Checkpoint {
 public:
  Checkpoint(std::string path, CopyIdentity identity);

  /// Makes the directory of the files.
  ///
  /// Errors: permission_denied, read_only, no_space, io_error.
  Status Prepare() const;
  /// What an earlier run has left; none when there is nothing that may be relied upon, for the
  /// reason in `*why_none`. Without `trust_applied`, only what was synced counts.
  [[nodiscard]] std::optional<Watermark> Load(bool trust_applied, std::string* why_none) const;
  /// Keeps a watermark; with `synced`, one that survives a power cut.
  ///
  /// Errors: no_space, io_error.
  [[nodiscard]] Status Save(const Watermark& watermark, bool synced) const;
  /// Removes the files: the copy begins anew.
  void Remove() const;

 private:
  [[nodiscard]] std::optional<Watermark> LoadFile(const std::string& path, bool same_boot_only,
                                                  std::string* why_none) const;

  std::string path_;
  CopyIdentity identity_;
  std::string boot_id_;
};

}  // namespace anystore::cli
