/// How much space a repository takes.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>

#include "anystore/environment.h"
#include "anystore/error.h"
#include "anystore/filesystem.h"
#include "anystore/options.h"
#include "backends/flatfs/keys/shard.h"
#include "backends/flatfs/usage/usage_count.h"
#include "backends/flatfs/usage/usage_note.h"
#include "base/chores.h"

namespace anystore::flatfs {

/// Keeps the sum of the sizes of all files and directories, and the note of it on the medium.
///
/// The original believes a note for ever, so what a process that was killed has left is wrong from
/// then on. Here a note is on the medium, without the word kUnknown, only while it is true:
///
///  * Before the first change, it is removed, and that is made stable, or that it was removed
///  before:
///    one sync a session, none of its own where the change is durable. Whatever a power cut keeps
///    of the changes that follow, it does not bring the note back.
///  * While there are changes, every two seconds at most a note with the word kUnknown is written,
///    without a sync. It is for the original, which else has to count before it opens. We never
///    believe it, also after the original has carried the word on.
///  * At Close a note is written that may be believed, if what it tells of is stable.
///
/// Nobody who was killed or lost power can so leave a note that we believe, whatever became of
/// dates. A note of the original, after whose end nobody has removed it, is held against the dates
/// of the directories of records: one that was changed after it was written is proof that it is
/// old. With more than `kDirectoriesDatedMax` of them, the first ones listed decide.
///
/// Opening costs nothing of this. The note is read when somebody asks for the total, or before the
/// first change. Without one that can be believed, few names are counted at once, more when
/// somebody asks or by the chore.
///
/// Threads: thread-safe, but for Close.
class Usage {
 public:
  /// Up to so many names are counted where somebody waits who has not asked.
  static constexpr std::size_t kNamesCountedAtOnce = 256;
  /// How long after a change a note is written.
  static constexpr Duration kNotePeriod = std::chrono::seconds(2);

  /// Everything must outlive this, or at least be stopped before: `chores` get one more.
  Usage(Directory& root, const Shard& shard, Clock& clock, Random& random, base::Chores& chores,
        Duration note_period = kNotePeriod);

  /// To be called before each change to the records, and to succeed. `make_root_stable` syncs the
  /// repository's directory; it is called once at most.
  ///
  /// Errors: those of the filesystem and of `make_root_stable`; nothing was changed.
  template <class MakeRootStable>
  Status BeginChange(const MakeRootStable& make_root_stable) {
    return has_changed_.load(std::memory_order_acquire) ? Ok() : BeginChanges(make_root_stable);
  }
  /// After a change: how many bytes the files and directories have gained, or lost.
  void Add(std::int64_t bytes) noexcept {
    bytes_.fetch_add(bytes);
    chores_.Request(chore_);
  }
  /// After a change that failed so that nobody knows what it did: what is known is forgotten.
  void Doubt();

  /// How many bytes; counted if they are not known.
  ///
  /// Errors: timeout, cancelled · those of the filesystem.
  [[nodiscard]] Result<std::uint64_t> Total(const CallOptions& call);

  /// Leaves a note, if there is something new to tell, or none. Nothing is changed any more, and
  /// the chores have stopped. `make_contents_stable` makes that stable which this process has
  /// changed and, with true, also what earlier ones have; it is called if that is worth it.
  /// `durable`: so is the note.
  void Close(const std::function<Status(bool earlier_work)>& make_contents_stable, bool durable);

 private:
  Status BeginChanges(const std::function<Status()>& make_root_stable);
  /// Reads the note once, and believes it if it can be.
  void ReadNote();
  /// Counts, and knows then. False: there are more names than that. `alone`: nobody changes
  /// anything meanwhile.
  Result<bool> Count(std::size_t names_max, bool alone, const CallOptions& call);
  /// The chore.
  void Checkpoint(const std::stop_token& stop);
  void WriteUnsyncedNote();
  /// The sum; none while it is unknown.
  [[nodiscard]] std::optional<std::int64_t> Known() const;

  Directory& root_;
  const Shard shard_;
  Clock& clock_;
  Random& random_;
  base::Chores& chores_;
  base::Chores::Id chore_;

  // What was gained since the start, or since it is known: all of it.
  std::atomic<std::int64_t> bytes_{0};
  std::atomic<bool> is_known_{false};
  std::atomic<bool> has_changed_{false};
  // How often what was known was forgotten.
  std::atomic<std::uint64_t> doubts_{0};

  // Locked in this order.
  std::mutex begin_mutex_;
  std::mutex count_mutex_;  // held while counting
  mutable std::mutex mutex_;
  // All below are guarded by mutex_.
  std::string accuracy_;
  // Counted by this process: what was there at the first time may not be stable.
  bool is_counted_ = false;
  bool saw_earlier_work_ = false;
  // Counted while there were changes.
  bool is_rough_ = false;
  bool is_read_ = false;
  // There is a note on the medium that somebody may believe.
  bool has_note_ = false;
  bool is_old_ = false;
  // What the note says that was written or read last.
  std::optional<UsageNote> noted_;
};

}  // namespace anystore::flatfs
