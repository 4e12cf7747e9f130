/// `FileBatch`: many files written, replaced and removed together, with as few barriers as that
/// needs.
///
/// For stores that keep a file a record. The steps are calls of `Directory` and `File`, so they are
/// the same on every filesystem, simulated ones included:
///
///  1. Add writes each file under a temporary name, or without one.
///  2. Commit makes all their bytes stable: one file after the other, or the whole filesystem.
///  3. Only then does it give them their names and remove what is to go, in the order given.
///  4. With `durable`, it makes every directory stable that lost or gained a name.
///
/// Several threads may do the first and third step (`WriteFiles`), and of many files some may be a
/// step behind others; each file takes the steps in this order.
///
/// So a name never leads to bytes that are not stable: after a power cut each name is as before or
/// as after, the set of them in any mixture; with `durable`, once Commit has returned, as after.
/// Whoever can tell torn files from whole ones may let new names go ahead of their bytes
/// (`FileMarker`).
///
///     anystore::Status SetCurrent(anystore::Directory& root, std::string_view number) {
///       return anystore::WriteFile(root, {.name = "CURRENT", .bytes = number}, {});
///     }
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "anystore/environment.h"
#include "anystore/error.h"
#include "anystore/export.h"
#include "anystore/file.h"
#include "anystore/filesystem.h"
#include "anystore/value.h"

namespace anystore {

namespace filesystem {
class FileSlices;
}  // namespace filesystem

/// A file to be written.
///
/// Threads: thread-compatible.
struct NewFile {
  /// Its name.
  std::string_view name = {};
  /// Its contents.
  std::string_view bytes = {};
  /// Its permission bits, less the process' umask.
  std::uint32_t mode = 0666;
};

/// The directories whose own entries are known to survive a power cut, so that a durable write into
/// one need not sync its parent again. Share one among all batches on one root.
///
/// Threads: thread-safe.
class ANYSTORE_EXPORT StableDirectories {
 public:
  /// Whether the directory of this name was noted.
  [[nodiscard]] bool Contains(std::string_view directory) const;
  /// Notes a directory: its entry was made stable.
  void Insert(std::string_view directory);
  /// Forgets a directory: it was removed.
  void Erase(std::string_view directory);

 private:
  mutable std::mutex mutex_;
  std::set<std::string, std::less<>> names_;
};

/// How many bytes the files below a root gain and lose, exactly, also where several threads change
/// one at once. Share one among all batches on one root.
///
/// Threads: thread-safe.
class ANYSTORE_EXPORT FileSizes {
 public:
  /// What was gained less what was lost since this was asked last; that of directories which were
  /// made, too.
  [[nodiscard]] std::int64_t Take() noexcept { return gained_.exchange(0); }
  /// Adds to it.
  void Add(std::int64_t bytes) noexcept { gained_ += bytes; }
  /// Whether, since this was asked last, a look at something that came or went failed, so that
  /// nobody knows what was gained.
  [[nodiscard]] bool TakeDoubt() noexcept {
    return is_doubtful_.load() && is_doubtful_.exchange(false);
  }
  /// Says so.
  void Doubt() noexcept { is_doubtful_ = true; }

  /// Keeps batches that share the sizes from making, replacing or removing a file.
  ///
  /// Threads: single-thread.
  class ANYSTORE_EXPORT Hold {
   public:
    /// Waits until nobody else holds the name, which must outlive this.
    Hold(FileSizes& sizes, std::string_view name);
    Hold(const Hold&) = delete;
    Hold& operator=(const Hold&) = delete;
    ~Hold();

   private:
    FileSizes& sizes_;
    const std::string_view name_;
  };

 private:
  std::atomic<std::int64_t> gained_ = 0;
  std::atomic<bool> is_doubtful_ = false;
  std::mutex mutex_;
  std::condition_variable released_;
  std::set<std::string_view> held_;  // guarded by mutex_
};

/// Marks files whose bytes are not stable, so that those of them that a power cut leaves torn can
/// be told from whole ones.
///
/// Threads: thread-safe.
class ANYSTORE_EXPORT FileMarker {
 public:
  virtual ~FileMarker() = default;
  /// Marks a file that has no name yet. After an error its bytes are made stable before its name.
  virtual Status Mark(File& file, std::string_view bytes) = 0;
};

/// Where files are written before they get their names.
enum class TemporaryPlace : std::uint8_t {
  kDirectory,     ///< In one directory for all: whoever opens the store has one place to clean.
  kBesideTarget,  ///< In the directory of its name: threads then seldom wait for each other.
};

/// Options of `FileBatch`.
///
/// Threads: thread-compatible.
struct FileBatchOptions {
  /// Whether all of it survives a power cut when Commit returns.
  bool durable = true;
  /// What to do where a name is taken.
  Replace replace = Replace::kYes;
  /// Where temporary names are. With kBesideTarget, whoever lists the store must pass over them,
  /// and whoever opens it after a power cut finds them in any directory.
  TemporaryPlace temporary_place = TemporaryPlace::kDirectory;
  /// With kDirectory, which: on the same filesystem, and there. Empty: the root itself.
  std::string_view temporary_directory = {};
  /// Up to so many files are kept open without any name until they get theirs, where the
  /// filesystem can do that: it costs less than a temporary name, and a power cut leaves nothing to
  /// clean. The others get temporary names, and so do these when descriptors have run out.
  std::size_t unnamed_max = 0;
  /// What temporary names begin with.
  std::string_view temporary_prefix = "temp-";
  /// Without `durable`: files that are kept open without a name are marked by this and get new
  /// names before their bytes are stable, which nobody waits for. Where such a name is taken, the
  /// bytes come first, so that what is lost is never an old file. Null: they always do.
  FileMarker* marker = nullptr;
  /// Makes missing directories on the way to a name, with these permission bits less the umask.
  bool make_directories = false;
  /// As told above.
  std::uint32_t directory_mode = 0777;
  /// Up to so many files are synced one by one; for more, the whole filesystem is, where it can be.
  std::size_t file_syncs_max = 8;
  /// The same for directories.
  std::size_t directory_syncs_max = 64;
  /// So many threads of `WriteFiles` may write, the caller's included, where each has 64 files or
  /// more; another one waits for syncs. Files of one directory are written in the order given,
  /// those of several in none.
  std::size_t threads_max = 1;
  /// Directories that need no sync of their parents. Null: parents are synced each time. With one,
  /// whoever makes or removes directories below the root without the batch keeps it true.
  StableDirectories* stable = nullptr;
  /// Is told of what the changes gain and lose, which takes a look at what is replaced or removed.
  /// Null: nobody counts.
  FileSizes* sizes = nullptr;
  /// Where temporary names come from. Null: the host's.
  Random* random = nullptr;
  /// Waits when descriptors have run out, before it tries again. Null: fail at once.
  Clock* clock = nullptr;
};

/// Changes to the files below a directory, made together. The destructor discards.
///
/// Threads: single-thread. May be handed over to another thread between calls. Any number of
/// batches may work on one root at once; the last rename of a name wins.
class ANYSTORE_EXPORT FileBatch {
 public:
  /// A batch of changes below `root`; it and what `options` points to must outlive the batch.
  FileBatch(Directory& root, const FileBatchOptions& options);
  FileBatch(const FileBatch&) = delete;
  FileBatch& operator=(const FileBatch&) = delete;
  ~FileBatch();

  /// Writes the file under a temporary name or without one, now. Its bytes are not needed
  /// afterwards. After an error the batch is as it was before, but for data_loss: a sync failed,
  /// and so will Commit.
  ///
  /// Errors: those of Open and WriteAt · data_loss.
  Status Add(const NewFile& file);
  /// Will remove a file. A missing one is success.
  void Remove(std::string_view name);
  /// Forgets the changes of this name.
  void Drop(std::string_view name);
  /// How many changes there are, forgotten ones included.
  [[nodiscard]] std::size_t size() const noexcept { return changes_.size(); }

  /// Makes the changes. The batch is empty afterwards, whatever comes of it; `results` tells what
  /// became of each change. The first error of any is returned: `Error::applied()` is kNo as long
  /// as no name was touched.
  ///
  /// Errors: data_loss (a sync failed: what was written or changed may be gone after a power cut,
  /// though later syncs succeed) · already_exists (Replace::kNo) · resource_exhausted (no
  /// descriptor to sync with: see `unsynced`) · those of Rename and Remove.
  Status Commit();
  /// Forgets the changes and what was written.
  void Discard();

  /// What became of each change of the last Commit, in the order they were added.
  [[nodiscard]] std::span<const Status> results() const noexcept { return results_; }
  /// After a Commit without `durable`, or one that could not sync: the directories that must be
  /// synced before its changes survive a power cut; "" is the root. None for directories that are
  /// in `stable`.
  [[nodiscard]] std::span<const std::string> unsynced() const noexcept { return unsynced_; }

 private:
  friend class filesystem::FileSlices;

  /// A removal has neither a temporary name nor a file.
  struct Change {
    std::string name;
    std::uint64_t bytes = 0;
    std::string temporary = {};
    // Open until its bytes are stable; without a temporary name, until it has its name.
    std::unique_ptr<File> file = {};
    // Its bytes need not be stable before it gets a new name.
    bool is_marked = false;
    [[nodiscard]] bool is_unnamed() const noexcept { return file != nullptr && temporary.empty(); }
  };

  template <class Open>
  [[nodiscard]] Result<std::unique_ptr<File>> OpenWhereThereIsRoom(const Open& open);
  template <class Act>
  auto InDirectoryOf(std::string_view name, const Act& act) -> decltype(act());
  template <class Try>
  auto UnderTemporaryName(Change& change, const Try& attempt) -> decltype(attempt());
  Status OpenFile(Change& change, std::uint32_t mode);
  [[nodiscard]] bool Mark(Change& change, std::string_view bytes);
  Status CountUnstable();
  void CloseNamed();
  Status SyncEachFile();
  Status SyncOpenFiles();
  void NoteStable();
  Status MakeBytesStable();
  Status NameTemporarily(Change& change);
  Status CloseUnnamed();
  Status ApplyAll();
  Status Apply(Change& change);
  Status RemoveCounted(const std::string& name);
  Status LinkIntoPlace(Change& change);
  Status RenameIntoPlace(Change& change);
  Status RenameCounted(const Change& change);
  void Count(std::uint64_t bytes);
  Status MakeDirectory(std::string_view directory);
  void Touch(std::string_view name);
  Status SyncTouched();
  Status SyncDirectories();
  void Forget(const Change& change);
  void FailOthers(const Error& error);
  void Finish();

  Directory& root_;
  const FileBatchOptions options_;
  std::vector<Change> changes_;
  std::vector<Status> results_;
  std::vector<std::string> unsynced_;
  // The first change whose file may not be stable, and how many such files there are.
  std::size_t first_unstable_ = 0;
  std::size_t unstable_ = 0;
  // Whether they are too many to be synced one by one, and some closed.
  bool syncs_filesystem_ = false;
  // A sync that failed: what it was to make stable may be lost, whatever comes later.
  Status synced_ = Ok();
  // How many files without names are open, and how many more may be.
  std::size_t unnamed_ = 0;
  std::size_t unnamed_left_;
  std::set<std::string, std::less<>> touched_;
  // Directories whose own entries are stable once `touched_` is synced.
  std::set<std::string, std::less<>> becoming_stable_;
};

/// One file, as by a `FileBatch`.
///
/// Errors: those of `FileBatch::Add` and `FileBatch::Commit`.
ANYSTORE_EXPORT Status WriteFile(Directory& root, const NewFile& file,
                                 const FileBatchOptions& options);
/// Many files, as by one `FileBatch`, on `threads_max` threads. `results` is as long as `files`, or
/// empty: nobody asks. A file that could not be written does not keep the others from being.
///
/// Errors: the first of any file.
ANYSTORE_EXPORT Status WriteFiles(Directory& root, std::span<const NewFile> files,
                                  std::span<Status> results, const FileBatchOptions& options);
/// Removes many files, as by one `FileBatch`. `results` is as long as `names`, or empty.
///
/// Errors: the first of any file; a missing one is success.
ANYSTORE_EXPORT Status RemoveFiles(Directory& root, std::span<const std::string_view> names,
                                   std::span<Status> results, const FileBatchOptions& options);
/// Reads many files whole; `out[i]` answers `names[i]`. Waits on `clock`, where there is one, when
/// descriptors have run out.
///
/// Errors, each in its place: not_found and the others of Open and ReadAll.
ANYSTORE_EXPORT void ReadFiles(Directory& root, std::span<const std::string_view> names,
                               std::span<Result<Value>> out, Clock* clock = nullptr);
/// Looks at many files, through links; `out[i]` answers `names[i]`.
///
/// Errors, each in its place: those of Stat.
ANYSTORE_EXPORT void StatFiles(Directory& root, std::span<const std::string_view> names,
                               std::span<Result<FileInfo>> out);

}  // namespace anystore
