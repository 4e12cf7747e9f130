/// Many files written by a few batches, each on a thread of its own.
#pragma once

#include <cstddef>
#include <deque>
#include <span>
#include <utility>
#include <vector>

#include "anystore/error.h"
#include "anystore/file_batch.h"
#include "anystore/filesystem.h"

namespace anystore::filesystem {

/// What `WriteFiles` does. With several threads the files are dealt out by directory: each
/// directory's are one slice's, in the order given, so that slices neither wait for the lock of a
/// directory nor race for a name. Every slice is written before any is made stable, and all are
/// stable before any file gets its name.
///
/// Threads: single-thread. Use once.
class FileSlices {
 public:
  /// What is written is below `root`, which with all else must outlive this.
  FileSlices(Directory& root, std::span<const NewFile> files, const FileBatchOptions& options);

  /// Writes the files. `results` is as long as they are, or empty.
  ///
  /// Errors: those of `WriteFiles`.
  Status Write(std::span<Status> results);

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
    Status applied = Ok();
  };

  void DealOut(std::size_t slices_max, Directory& root, const FileBatchOptions& options);
  void Add(Slice& slice);
  Status MakeBytesStable();
  Status Commit();
  Status SyncTouched();
  void FailOthers(const Error& error);
  template <class Work>
  void OnThreads(const Work& work);

  const std::span<const NewFile> files_;
  const bool durable_;
  std::deque<Slice> slices_;  // batches do not move
};

}  // namespace anystore::filesystem
