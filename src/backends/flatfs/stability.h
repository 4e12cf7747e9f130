/// What of a repository survives a power cut, and what is left to be synced.
#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <mutex>
#include <set>
#include <span>
#include <string>
#include <string_view>

#include "anystore/environment.h"
#include "anystore/error.h"
#include "anystore/file_batch.h"
#include "anystore/filesystem.h"
#include "backends/flatfs/keys/shard.h"
#include "core/health.h"

namespace anystore::flatfs {

/// Keeps account of the directories that were written to and not synced.
///
/// What can be unstable are names, and the bytes of values that did not wait for them
/// (unsynced/unsynced_values.h). Of what this process did, the directories are known, and the files
/// as long as they are few. Of what was done before it opened the repository nothing is: by a
/// process of ours that was killed before it synced, or by another program, which may not even have
/// made the repository itself stable.
///
/// Threads: thread-safe.
class Stability {
 public:
  /// Up to so many directories are synced one by one; for more, the whole filesystem is, where it
  /// can be.
  static constexpr std::size_t kDirectorySyncsMax = 8;
  /// The same for files.
  static constexpr std::size_t kFileSyncsMax = 8;

  /// `root` is the repository, `parent` the directory it is in; null when it may not be opened,
  /// and hence not be synced.
  Stability(Directory& root, Directory* parent, const Shard& shard, Clock& clock)
      : root_(root), parent_(parent), shard_(shard), clock_(clock) {}

  /// Ok as long as nothing that was promised to be durable may be lost.
  ///
  /// Errors: data_loss.
  [[nodiscard]] Status CheckHealth() const {
    return health_.poisoned() ? Status(health_.Refusal()) : Ok();
  }
  /// Passes on an error of a write; after one that means a failed sync, writes are refused.
  [[nodiscard]] Error Failed(Error error);
  /// Refuses writes from now on: `error` kept a commit from being finished.
  void Stop(const Error& error) { health_.Poison(error.ToString()); }

  /// The directories whose own entries are stable.
  [[nodiscard]] StableDirectories& directories() noexcept { return directories_; }
  /// Before the first durable write: makes that stable without which no record can be found, the
  /// repository itself and the directories in it.
  ///
  /// Errors: data_loss · those of the filesystem.
  Status SecureGround() {
    return ground_is_stable_.load(std::memory_order_acquire) ? Ok() : SecureGroundOnce();
  }
  /// Makes the names in the repository's directory stable; with `durable`, before a durable write,
  /// by securing the ground where that is still to be done.
  ///
  /// Errors: as SecureGround.
  Status SyncRoot(bool durable);
  /// Notes directories that were changed and not synced.
  void Note(std::span<const std::string> directories);
  /// Notes a file whose bytes may not be stable, where the whole filesystem can be synced.
  void NoteFile(std::string_view name);
  /// Makes stable all that was written before.
  ///
  /// Errors: data_loss · those of the filesystem.
  Status Sync();
  /// Makes stable what this process has changed and, with `earlier_work`, also what others have, as
  /// far as it is not.
  ///
  /// Errors: as Sync.
  Status Settle(bool earlier_work);

 private:
  /// What was changed and not synced.
  struct Unsynced {
    std::set<std::string> directories = {};         // "" is the root
    std::set<std::string, std::less<>> files = {};  // none are added once they are too many

    [[nodiscard]] bool empty() const noexcept { return directories.empty() && files.empty(); }
    void Add(Unsynced other);
  };

  /// What came of a sync. A failure ends writing, but for want of descriptors: then none was tried.
  Status Synced(Status status);
  Status SyncFile(std::string_view name);
  Status SecureGroundOnce();
  /// Syncs what other processes may have left unsynced, wherever it is.
  Status SyncEarlierWork();
  Status SyncWork(const Unsynced& work);
  Status SyncFiles(const std::set<std::string, std::less<>>& files);
  Status SyncDirectories(const std::set<std::string>& directories);
  [[nodiscard]] Result<std::set<std::string>> ListDirectories();

  Directory& root_;
  Directory* const parent_;
  const Shard shard_;
  Clock& clock_;
  internal::Health health_;
  StableDirectories directories_;

  std::mutex ground_mutex_;
  std::atomic<bool> ground_is_stable_{false};

  std::mutex sync_mutex_;                // held while syncing: who comes later waits
  bool earlier_work_is_stable_ = false;  // guarded by sync_mutex_

  std::mutex unsynced_mutex_;
  Unsynced unsynced_;  // guarded by unsynced_mutex_
};

}  // namespace anystore::flatfs
