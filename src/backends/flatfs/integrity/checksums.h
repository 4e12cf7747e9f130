/// Checksums of values, kept in a file beside the records.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "anystore/datastore.h"
#include "anystore/environment.h"
#include "anystore/error.h"
#include "anystore/filesystem.h"
#include "backends/flatfs/integrity/checksum_lines.h"
#include "backends/flatfs/integrity/verifier.h"
#include "backends/flatfs/keys/shard.h"
#include "backends/flatfs/keys/stems.h"

namespace anystore::flatfs {

/// Tells of each value whether it is one that was stored under its key, by the file
/// `checksums.sha256` (checksum_lines.h).
///
/// The line of a value is stable before the value gets its name. Lines only come, so that of
/// the values that a power cut may bring back each has one; a value is right when any line of its
/// key says so. Which of several is in force is settled when nobody writes, by reading the value.
///
/// In memory a record takes some 72 bytes.
///
/// Threads: thread-safe, but for Settle.
class Checksums final : public Verifier {
 public:
  /// Who writes the file.
  enum class Writers : std::uint8_t {
    kThis,    ///< This alone.
    kOthers,  ///< Somebody else: what they wrote meanwhile is read when it is missed.
  };

  /// Reads what there is; nothing is written before the first Add. What is referred to must outlive
  /// this.
  ///
  /// Errors: unsupported (a build without hash functions) · those of reading.
  [[nodiscard]] static Result<std::shared_ptr<Checksums>> Open(Directory& root, const Shard& shard,
                                                               const Stems& stems, Writers writers,
                                                               Random& random);

  /// Whether a repository has the file.
  ///
  /// Errors: those of Stat.
  [[nodiscard]] static Result<bool> Exist(Directory& root);

  /// Takes note of changes that are about to be made. When it returns, the lines of values are
  /// stable, with `durable` also those of removals.
  ///
  /// Errors: data_loss (a sync failed) · those of writing. Changes must not be made then.
  Status Add(std::span<const Mutation> mutations, bool durable);
  /// The first part of Add: when it returns, the lines are written, and not stable before the next
  /// MakeStable.
  ///
  /// Errors: those of writing. Changes must not be made then.
  Status Write(std::span<const Mutation> mutations);
  /// The second part: makes all lines stable.
  ///
  /// Errors: data_loss (a sync failed). Changes must not be made then.
  Status MakeStable();

  /// Drops lines that are no longer needed, reading the records that have more than one. `sync`
  /// makes stable what was done to records. Does nothing when there is nothing to drop.
  ///
  /// Requires: nobody reads or writes.
  /// Errors: those of `sync` and of writing. The file is as good as before.
  Status Settle(const std::function<Status()>& sync, Clock& clock);

  /// invalid_argument: the key has no line. A value is told by its key and not by its directory.
  [[nodiscard]] Status Check(std::string_view key, std::string_view value) const override;
  [[nodiscard]] bool KeysTell() const noexcept override { return false; }

 private:
  using Hash = std::uint64_t;
  /// A change of a record: its new sum, or none when it goes.
  struct Change {
    RecordName name;
    std::optional<Sha256> sum = {};
  };
  /// Of the values that are right for the records with unsettled lines.
  using Settled = std::unordered_map<std::string, std::vector<Sha256>>;

  Checksums(Directory& root, const Shard& shard, const Stems& stems, Writers writers,
            Random& random);

  [[nodiscard]] Hash HashOf(std::string_view path) const noexcept;
  /// Adds to the table.
  void Learn(const ChecksumLine& line) const;
  [[nodiscard]] Status Compare(Hash hash, const Sha256& sum) const;
  /// Whether the file is not the one that was read.
  [[nodiscard]] Result<bool> HasChanged() const;
  /// Whether the file lacks the line.
  [[nodiscard]] bool IsNeeded(const ChecksumLine& line) const;
  /// Opens the file, and makes it where it is missing.
  Status OpenFile();
  /// Writes the lines of changes; returns where they end.
  [[nodiscard]] Result<std::uint64_t> Append(std::span<const Change> changes);
  [[nodiscard]] Result<std::uint64_t> AppendLines(std::span<const Mutation> mutations);
  Status MakeStable(std::uint64_t end);
  [[nodiscard]] Result<Settled> ReadUnsettled(Clock& clock);
  Status Load() const;

  Directory& root_;
  const Shard shard_;
  const Stems stems_;
  const Writers writers_;
  Random& random_;
  const std::uint64_t seed_;

  mutable std::shared_mutex table_mutex_;
  // Guarded by table_mutex_, and mutable since a check may find news.
  mutable std::unordered_multimap<Hash, Sha256> sums_;  // by path
  mutable std::unordered_set<Hash> unsettled_;
  mutable std::uint64_t loaded_size_ = 0;
  mutable Instant loaded_at_ = {};

  std::mutex append_mutex_;
  std::unique_ptr<File> file_;  // null until the first Add, which sets it under append_mutex_
  std::uint64_t end_ = 0;       // guarded by append_mutex_

  std::mutex sync_mutex_;     // held while syncing: who comes later waits, and may find it done
  std::uint64_t stable_ = 0;  // guarded by sync_mutex_
};

}  // namespace anystore::flatfs
