/// Writing, replacing and removing records.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "anystore/datastore.h"
#include "anystore/environment.h"
#include "anystore/error.h"
#include "anystore/file_batch.h"
#include "anystore/filesystem.h"
#include "backends/flatfs/shard.h"
#include "backends/flatfs/stability.h"
#include "backends/flatfs/usage/usage.h"

namespace anystore::flatfs {

/// Makes changes to the records of a repository.
///
/// Threads: thread-safe.
class RecordWriter {
 public:
  /// `mode` has the permission bits of new files. Everything else must outlive this.
  RecordWriter(Directory& root, const Shard& shard, std::uint32_t mode, Stability& stability,
               Usage& usage, const Environment& environment);

  /// Makes the changes: of several to one record the last. With `durable` they survive power when
  /// this returns.
  ///
  /// Errors: as `anystore::Writer::Apply`.
  Result<Receipt> Apply(std::span<const Mutation> mutations, bool durable);

 private:
  [[nodiscard]] FileBatchOptions OptionsFor(std::size_t changes, bool durable);
  Status ApplyOne(const Mutation& mutation, bool durable);
  Status ApplyMany(std::span<const Mutation> mutations, bool durable);
  Error Failed(Error error);

  Directory& root_;
  const Shard& shard_;
  const std::uint32_t mode_;
  Stability& stability_;
  Usage& usage_;
  const Environment& environment_;
  SharedSyncs syncs_;
  FileSizes sizes_;
};

}  // namespace anystore::flatfs
