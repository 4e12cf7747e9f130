#include "backends/flatfs/reading/read_only_repository.h"

#include <algorithm>
#include <optional>
#include <string>

#include "anystore/cursor.h"
#include "backends/flatfs/identity.h"
#include "backends/flatfs/names.h"
#include "backends/flatfs/usage/usage_count.h"
#include "backends/flatfs/usage/usage_note.h"

namespace anystore::flatfs {
namespace {

Capabilities ReadOnlyCapabilities(const Shard& shard, KeyForm keys) {
  // What a filesystem can do beyond this is about writing. Where names are shorter, nothing is
  // found by longer ones.
  Capabilities can = RepositoryCapabilities(/*sync=*/true, shard, FileSystemTraits{}, keys);
  can.access = Access::kReadOnly;
  can.batch_atomicity = Atomicity::kNone;
  // Of what others have written.
  can.sync_durability = Durability::kSurvivesProcess;
  can.sharing = Sharing::kOneWriterManyProcesses;
  return can;
}

/// A scan that does not take the end of the repository for the end of the records.
class ReadOnlyCursor final : public Cursor {
 public:
  ReadOnlyCursor(const ReadOnlyRepository& repository, std::unique_ptr<Cursor> inner)
      : repository_(repository), inner_(std::move(inner)) {}

  Result<std::size_t> Next(std::span<EntryView> out) override {
    Result<std::size_t> count = inner_->Next(out);
    const bool is_end = count.has_value() ? *count == 0 : count.error().code() == Code::kNotFound;
    if (is_end) ANYSTORE_TRY(repository_.CheckStillThere());
    return count;
  }
  Status Seek(std::string_view key) override { return inner_->Seek(key); }

 private:
  const ReadOnlyRepository& repository_;
  const std::unique_ptr<Cursor> inner_;
};

}  // namespace

Result<FoundRepository> FindForReading(FileSystem& files, std::string_view path) {
  ANYSTORE_ASSIGN_OR_RETURN(OpenedRepository opened, OpenUnlocked(files, path));
  // Before it is read again: whatever changes from now on is noticed.
  ANYSTORE_ASSIGN_OR_RETURN(const FileInfo sharding,
                            opened.root->Stat(kShardingName, Follow::kYes));
  ANYSTORE_ASSIGN_OR_RETURN(const std::optional<Shard> shard, ReadSharding(*opened.root));
  if (!shard.has_value()) return Error(Code::kNotFound, "there is no repository in the directory");
  opened.shard = *shard;
  ANYSTORE_ASSIGN_OR_RETURN(StoreIdentity identity, IdentityOf(*opened.root));
  ANYSTORE_ASSIGN_OR_RETURN(const KeyForm keys, KeyFormOf(identity));
  return FoundRepository{.opened = std::move(opened),
                         .sharding = sharding,
                         .identity = std::move(identity),
                         .keys = keys};
}

ReadOnlyRepository::ReadOnlyRepository(FoundRepository found,
                                       std::shared_ptr<const Verifier> verifier,
                                       const Environment& environment)
    : Provides(found.opened, ReadOnlyCapabilities(found.opened.shard, found.keys),
               RecordRules{.stems = Stems(found.keys), .verifier = std::move(verifier)},
               std::move(found.identity), environment),
      sharding_(found.sharding) {}

Result<bool> ReadOnlyRepository::IsStillThere() const {
  const auto info = root().Stat(kShardingName, Follow::kYes);
  if (!info.has_value()) {
    if (info.error().code() == Code::kNotFound) return false;
    return info.error().Clone();
  }
  if (info->modified == sharding_.modified && info->size == sharding_.size) return true;
  const auto now = ReadSharding(root());
  if (!now.has_value()) {
    if (now.error().code() == Code::kIdentityMismatch) return false;
    return now.error().Clone();
  }
  if (*now != shard()) return false;
  ANYSTORE_ASSIGN_OR_RETURN(const StoreIdentity id, IdentityOf(root()));
  return id.id == identity().id;
}

Status ReadOnlyRepository::CheckStillThere() const {
  ANYSTORE_ASSIGN_OR_RETURN(const bool is_there, IsStillThere());
  if (is_there) return Ok();
  return Error(Code::kIoError,
               "the repository that was opened is gone: " + std::string(root().path()));
}

Result<Value> ReadOnlyRepository::Get(std::string_view key, const ReadOptions& options) {
  return Confirmed(ReadableRepository::Get(key, options));
}

void ReadOnlyRepository::GetMany(std::span<const std::string_view> keys,
                                 std::span<Result<Value>> out, const ReadOptions& options) {
  ReadableRepository::GetMany(keys, out, options);
  const auto is_absent = [](const Result<Value>& value) {
    return !value.has_value() && value.error().code() == Code::kNotFound;
  };
  if (!std::ranges::any_of(out, is_absent)) return;
  const Status there = CheckStillThere();
  if (there.has_value()) return;
  for (Result<Value>& value : out) {
    if (is_absent(value)) value = there.error().Clone();
  }
}

Result<EntryInfo> ReadOnlyRepository::Stat(std::string_view key, Wanted wanted,
                                           const CallOptions& call) {
  return Confirmed(ReadableRepository::Stat(key, wanted, call));
}

Result<std::unique_ptr<Cursor>> ReadOnlyRepository::Scan(const KeyRange& range,
                                                         const ScanOptions& options) {
  ANYSTORE_ASSIGN_OR_RETURN(std::unique_ptr<Cursor> inner,
                            ReadableRepository::Scan(range, options));
  return std::make_unique<ReadOnlyCursor>(*this, std::move(inner));
}

Result<Receipt> ReadOnlyRepository::Apply(std::span<const Mutation> /*mutations*/,
                                          const WriteOptions& /*options*/) {
  return Error(Code::kReadOnly, "it is open with read_only=true");
}

Status ReadOnlyRepository::Sync(const KeyRange& /*range*/, const CallOptions& /*call*/) {
  return Ok();
}

Status ReadOnlyRepository::Close() {
  LetGo();
  return Ok();
}

Result<std::uint64_t> ReadOnlyRepository::DiskUsage(const CallOptions& call) {
  // A writer removes the note before its first change, so what it says is true at this moment.
  const auto read = ReadUsageNote(root());
  if (read.has_value() && read->has_value()) {
    const DatedUsageNote& dated = **read;
    if (dated.note.accuracy != kUnknown && !IsOlderThanRecords(root(), shard(), dated.written)) {
      return static_cast<std::uint64_t>(dated.note.bytes);
    }
  }
  ANYSTORE_ASSIGN_OR_RETURN(
      const std::optional<UsageCount> count,
      Confirmed(CountUsage(root(), {}, *environment().clock, *environment().random, call)));
  return count.has_value() ? count->bytes : 0;
}

Result<std::vector<Finding>> ReadOnlyRepository::Check(const CallOptions& call) {
  return Confirmed(ReadableRepository::Check(call));
}

}  // namespace anystore::flatfs
