/// Many files written by a few batches, each on a thread of its own.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "anystore/error.h"
#include "anystore/file_batch.h"
#include "anystore/filesystem.h"

namespace anystore::filesystem {

/// What `WriteFiles` does. With several threads the files are dealt out by directory: each
/// directory's are one slice's, in the order given, so that threads neither wait for the lock of a
/// directory nor race for a name. Many files go in two waves: a sync leaves a processor idle, so
/// while the first wave is made stable the second is written, and while the second is, the first
/// gets its names. Every slice of a wave is written before the wave is made stable, and stable
/// before any of its files gets its name.
///
/// Threads: single-thread. Use once.
class FileSlices {
 public:
  /// What is written is below `root`, which with all else must outlive this.
  FileSlices(Directory& root, std::span<const NewFile> files, const FileBatchOptions& options);

  /// Will also remove files, none of those written. `names` is looked at by Write.
  void Remove(std::span<const std::string_view> names) { removed_ = names; }
  /// A file that cannot be written keeps all others from getting their names.
  void NeedAll() { needs_all_ = true; }
  /// Writes the files. `results` is as long as they are, or empty.
  ///
  /// Errors: those of `WriteFiles`.
  Status Write(std::span<Status> results);

  /// The first part of Write, for who waits with the second one: all bytes are written and stable.
  /// What was given to the constructor and to Remove is no longer needed then.
  ///
  /// Errors: the first of any file, and then all is forgotten.
  Status Prepare();
  /// Writes one more file, which may be the first, at once and on the caller's thread; of no name
  /// that the others have. What came to be written otherwise is as it was if it fails.
  ///
  /// Errors: those of `FileBatch::Add`.
  Status AddNow(const NewFile& file) { return waves_[0].front().batch.Add(file); }
  /// As Prepare, for what AddNow wrote. May be called again.
  ///
  /// Errors: data_loss (a sync failed: nothing must be finished).
  Status MakeStable() { return MakeBytesStable(waves_[0]); }
  /// A file between Prepare and Finish.
  struct Prepared {
    std::string_view name = {};
    /// Empty: it has none, or is to be removed.
    std::string_view temporary = {};
    std::uint64_t bytes = 0;
  };
  /// What is prepared and not dropped, in the order of Finish. Lives as long as this.
  [[nodiscard]] std::vector<Prepared> prepared();
  /// Forgets what is prepared, and leaves temporary names where they are.
  void Abandon();
  /// Forgets a file to be written or removed.
  void Drop(std::string_view name);
  /// The second part: gives all files their names, on the caller's thread, and syncs nothing.
  ///
  /// Errors: the first of any file.
  Status Finish();
  /// The third part, for several at once: syncs the directories that they changed, each once.
  ///
  /// Errors: those of `FileBatch::Commit` about syncs, with `Applied::kUnknown`; `unsynced` tells
  /// what is to be synced then.
  static Status SyncTouched(std::span<FileSlices* const> finished);

  /// As `FileBatch::unsynced`.
  [[nodiscard]] std::vector<std::string> unsynced();

 private:
  struct Slice {
    Slice(Directory& root, const FileBatchOptions& options) : batch(root, options) {}
    FileBatch batch;
    /// Its files, by their places in the list.
    std::vector<std::size_t> places = {};
    /// Those that were added, in the order of the batch.
    std::vector<std::size_t> added = {};
    /// Those that could not be, and why.
    std::vector<std::pair<std::size_t, Error>> refused = {};
  };
  using Wave = std::deque<Slice>;  // batches do not move
  class Step;
  class Crew;

  void DealOut(Directory& root, const FileBatchOptions& options);
  void Add(Slice& slice);
  void AddAgainWithoutDescriptors(Wave& wave);
  static Status MakeBytesStable(Wave& wave);
  static void FailOthers(Wave& wave, const Error& error);
  [[nodiscard]] const Error* FirstRefusal();
  Status WriteWaves();
  template <class Visit>
  void ForEachSlice(const Visit& visit);

  const std::span<const NewFile> files_;
  std::span<const std::string_view> removed_ = {};
  bool needs_all_ = false;
  bool is_stable_ = false;
  const bool durable_;
  const std::size_t threads_;
  /// The second may be empty.
  std::array<Wave, 2> waves_;
};

}  // namespace anystore::filesystem
