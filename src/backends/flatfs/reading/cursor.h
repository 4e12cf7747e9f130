/// Walks through a repository, directory by directory.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "anystore/cursor.h"
#include "anystore/environment.h"
#include "anystore/filesystem.h"
#include "anystore/key_range.h"
#include "anystore/options.h"
#include "anystore/value.h"
#include "backends/flatfs/integrity/verifier.h"
#include "backends/flatfs/keys/shard.h"
#include "backends/flatfs/keys/stems.h"
#include "backends/flatfs/reading/look_ahead.h"
#include "backends/flatfs/reading/reads.h"

namespace anystore::flatfs {

/// What is in a directory, entry by entry, with a way to look at the next one twice.
///
/// Threads: single-thread.
class EntryReader {
 public:
  explicit EntryReader(std::unique_ptr<Listing> listing) : listing_(std::move(listing)) {}

  /// The entry at hand, null at the end. Lives until it is skipped.
  ///
  /// Errors: those of `Listing::Next`; may be tried again.
  [[nodiscard]] Result<const DirectoryEntry*> Peek();
  /// Goes on to the next entry.
  void Skip() noexcept { ++at_; }

 private:
  std::unique_ptr<Listing> listing_;  // null at the end
  std::array<DirectoryEntry, 64> entries_ = {};
  std::size_t at_ = 0;
  std::size_t count_ = 0;
};

/// Lists what Get can find: the files that a key leads to. Everything else in the directories is
/// passed over. In no order, and of no one moment.
///
/// Threads: single-thread.
class RepositoryCursor final : public Cursor {
 public:
  /// Values are held against `verifier`, if there is one.
  RepositoryCursor(Directory& root, const Shard& shard, const Stems& stems,
                   const Verifier* verifier, Clock& clock, const KeyRange& range,
                   const ScanOptions& options)
      : root_(root),
        shard_(shard),
        stems_(stems),
        verifier_(verifier),
        clock_(clock),
        range_(range),
        options_(options) {}

  Result<std::size_t> Next(std::span<EntryView> out) override;
  /// Errors: unsupported, always.
  Status Seek(std::string_view key) override;

 private:
  /// An entry that is handed out; its memory is used again.
  struct Held {
    std::string key = {};
    Value value = {};
    std::uint64_t size = 0;
  };

  /// A record whose value comes later.
  struct Ahead {
    std::string key = {};
    std::string name = {};
    std::unique_ptr<File> file = {};  // null: not opened yet
  };

  /// Describes the next record in `held`. False at the end. After an error it is still to come.
  Result<bool> Fill(Held& held);
  Result<bool> FillWithValue(Held& held);
  /// Finds records, and opens their files, until there are enough of them. They are read later.
  Status FillAhead();
  /// The next file that is a record of the range, and its key; null at the end.
  Result<const DirectoryEntry*> PeekRecord(std::string& key);
  /// The file at hand in `directory_`; null when all directories are done.
  Result<const DirectoryEntry*> PeekFile();
  /// Opens the next directory of records. False at the end.
  Result<bool> EnterDirectory();
  /// Whether what leads to a record's file leads to a file.
  Result<bool> IsFile(FileKind kind, std::string_view name);
  /// Reads a value. False when it has gone.
  Result<bool> Read(Held& held, Ahead& ahead);
  [[nodiscard]] Status CheckCall() const;

  Directory& root_;
  const Shard shard_;
  const Stems stems_;
  const Verifier* const verifier_;
  Clock& clock_;
  const KeyRange range_;
  const ScanOptions options_;

  std::optional<EntryReader> directories_;
  std::string directory_;
  std::optional<EntryReader> files_;  // of directory_
  std::deque<Ahead> ahead_;
  LookAhead look_ahead_{std::chrono::microseconds(8)};
  std::vector<Held> held_;
  ExpectedSize expected_;
};

}  // namespace anystore::flatfs
