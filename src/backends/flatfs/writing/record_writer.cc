#include "backends/flatfs/writing/record_writer.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "backends/flatfs/commit/whole_commit.h"
#include "backends/flatfs/names.h"
#include "filesystem/file_slices.h"

namespace anystore::flatfs {
namespace {

/// More would wait for each other: two cores are busy with four, one of which waits for the disk.
constexpr std::size_t kThreadsMax = 4;
/// Files without names are closed only when they have one.
constexpr std::size_t kUnnamedMax = 1024;
/// Of what the process may have open, one in so many is taken for them.
constexpr std::size_t kShareOfDescriptors = 4;

}  // namespace

RecordWriter::RecordWriter(Directory& root, const Shard& shard, const Stems& stems,
                           Checksums* checksums, std::uint32_t mode, Durability plain,
                           Stability& stability, UnsyncedValues& unsynced, Usage& usage,
                           base::Chores& chores, const Environment& environment)
    : root_(root),
      shard_(shard),
      stems_(stems),
      checksums_(checksums),
      mode_(mode),
      plain_(plain),
      stability_(stability),
      unsynced_(unsynced),
      usage_(usage),
      chores_(chores),
      environment_(environment) {}

Result<Receipt> RecordWriter::Apply(std::span<const Mutation> mutations,
                                    const WriteOptions& options) {
  if (options.all_or_nothing && mutations.size() > 1) {
    ANYSTORE_ASSIGN_OR_RETURN(const auto prepared, Prepare(mutations));
    PreparedRecords* const all = prepared.get();
    ANYSTORE_TRY(Commit({&all, 1}, options));
    return Receipt{.applied = mutations.size()};
  }
  ANYSTORE_TRY(Make(options, [&](bool durable) {
    return mutations.size() == 1 ? ApplyOne(mutations.front(), durable)
                                 : ApplyMany(mutations, durable);
  }));
  return Receipt{.applied = mutations.size()};
}

Result<std::unique_ptr<PreparedRecords>> RecordWriter::Prepare(
    std::span<const Mutation> mutations) {
  ANYSTORE_TRY(stability_.CheckHealth());
  Status noted = NoteChecksums(mutations, /*durable=*/true);
  if (!noted.has_value()) return Failed(std::move(noted).error());
  // What is too large for memory is too much for descriptors.
  auto prepared = PreparedRecords::Make(root_, shard_, stems_, mode_, mutations,
                                        OptionsFor(/*changes=*/0, /*durable=*/false));
  if (!prepared.has_value()) return Failed(std::move(prepared).error());
  return prepared;
}

std::unique_ptr<PreparedRecords> RecordWriter::Begin() {
  return std::make_unique<PreparedRecords>(root_, shard_, stems_, mode_,
                                           OptionsFor(/*changes=*/0, /*durable=*/false));
}

Status RecordWriter::Put(PreparedRecords& records, std::string_view key, std::string_view value) {
  ANYSTORE_TRY(stability_.CheckHealth());
  const Mutation put{.kind = Mutation::Kind::kPut, .key = key, .value = value};
  Status done = checksums_ == nullptr ? Ok() : checksums_->Write({&put, 1});
  if (done.has_value()) done = records.Put(key, value);
  return done.has_value() ? Ok() : Status(Failed(std::move(done).error()));
}

Status RecordWriter::MakeStable(PreparedRecords& records) {
  ANYSTORE_TRY(stability_.CheckHealth());
  Status done = checksums_ == nullptr ? Ok() : checksums_->MakeStable();
  if (done.has_value()) done = records.MakeStable();
  return done.has_value() ? Ok() : Status(Failed(std::move(done).error()));
}

Result<Receipt> RecordWriter::Commit(std::span<PreparedRecords* const> prepared,
                                     const WriteOptions& options) {
  if (!options.all_or_nothing) {
    ANYSTORE_TRY(Make(options, [&](bool durable) { return Finish(prepared, durable); }));
    return Receipt{};
  }
  if (!CanCommitWhole(root_.traits())) {
    return Error(Code::kUnsupported, "the filesystem lacks what an all-or-nothing batch needs");
  }
  WriteOptions durably = options;
  durably.durability = Durability::kSurvivesPower;
  ANYSTORE_TRY(Make(durably, [&](bool /*durable*/) { return FinishWhole(prepared); }));
  return Receipt{};
}

/// What every change begins and ends with.
template <class Change>
Status RecordWriter::Make(const WriteOptions& options, const Change& change) {
  const Durability wanted =
      options.durability == Durability::kStoreDefault ? plain_ : options.durability;
  const bool durable = wanted == Durability::kSurvivesPower;
  ANYSTORE_TRY(stability_.CheckHealth());
  Status done = BeginChange(durable);
  if (!done.has_value()) return Failed(std::move(done).error().WithApplied(Applied::kNo));
  done = change(durable);
  usage_.Add(sizes_.Take());
  const bool is_unclear = !done.has_value() && done.error().applied() != Applied::kNo;
  if (sizes_.TakeDoubt() || is_unclear) usage_.Doubt();
  chores_.RunDue();
  if (!done.has_value()) return Failed(std::move(done).error());
  // The failure of another write's sync may have been ours, and is told once only; a commit that
  // was not finished may be so later, and undo this.
  Status health = stability_.CheckHealth();
  if (!health.has_value()) return std::move(health).error().WithApplied(Applied::kUnknown);
  return Ok();
}

Status RecordWriter::BeginChange(bool durable) {
  ANYSTORE_TRY(usage_.BeginChange([&] { return stability_.SyncRoot(durable); }));
  return durable ? stability_.SecureGround() : Ok();
}

/// A checksum must be stable before the name, and then the bytes may as well be.
Result<FileMarker*> RecordWriter::MarkerFor(bool durable) {
  if (durable || checksums_ != nullptr) return nullptr;
  auto marker = unsynced_.Begin();
  if (!marker.has_value()) return std::move(marker).error().WithApplied(Applied::kNo);
  return marker;
}

FileBatchOptions RecordWriter::OptionsFor(std::size_t changes, bool durable, FileMarker* marker) {
  const std::size_t unnamed_max =
      std::min(kUnnamedMax, root_.traits().open_files_max / kShareOfDescriptors);
  return {.durable = durable,
          .temporary_directory = kTemporaryName,
          .unnamed_max = std::min(changes, unnamed_max),
          .temporary_prefix = kTemporaryPrefix,
          .marker = marker,
          .make_directories = true,
          .directory_mode = kDirectoryMode,
          .threads_max = kThreadsMax,
          .stable = &stability_.directories(),
          .sizes = &sizes_,
          .random = environment_.random,
          .clock = environment_.clock};
}

Status RecordWriter::ApplyOne(const Mutation& mutation, bool durable) {
  ANYSTORE_TRY(CheckKind(mutation));
  ANYSTORE_TRY(NoteChecksums({&mutation, 1}, durable));
  const RecordName name = stems_.NameOf(shard_, mutation.key);
  const bool is_put = mutation.kind == Mutation::Kind::kPut;
  FileMarker* marker = nullptr;
  if (is_put) {
    ANYSTORE_ASSIGN_OR_RETURN(marker, MarkerFor(durable));
  }
  FileBatch batch(root_, OptionsFor(1, durable, marker));
  if (is_put) {
    ANYSTORE_TRY(batch.Add({.name = name.view(), .bytes = mutation.value, .mode = mode_}));
  } else {
    batch.Remove(name.view());
  }
  Status done = batch.Commit();
  stability_.Note(batch.unsynced());
  if (marker != nullptr) stability_.NoteFile(name.view());
  return done;
}

Status RecordWriter::ApplyMany(std::span<const Mutation> mutations, bool durable) {
  RecordChanges changes(shard_, stems_, mode_);
  ANYSTORE_TRY(changes.Take(mutations));
  ANYSTORE_TRY(NoteChecksums(mutations, durable));
  FileMarker* marker = nullptr;
  if (!changes.written().empty()) {
    ANYSTORE_ASSIGN_OR_RETURN(marker, MarkerFor(durable));
  }
  filesystem::FileSlices slices(root_, changes.written(),
                                OptionsFor(changes.written().size(), durable, marker));
  slices.Remove(changes.removed());
  slices.NeedAll();
  Status done = slices.Write({});
  stability_.Note(slices.unsynced());
  if (marker != nullptr) {
    for (const NewFile& file : changes.written()) stability_.NoteFile(file.name);
  }
  return done;
}

Status RecordWriter::Finish(std::span<PreparedRecords* const> prepared, bool durable) {
  Status first = Ok();
  for (PreparedRecords* const part : prepared) {
    Status finished = part->Finish();
    if (first.has_value()) first = std::move(finished);
  }
  if (first.has_value() && durable) first = PreparedRecords::SyncTouched(prepared);
  for (PreparedRecords* const part : prepared) stability_.Note(part->unsynced());
  if (first.has_value()) return first;
  return std::move(first).error().WithApplied(Applied::kUnknown);
}

/// One at a time: there is one journal.
Status RecordWriter::FinishWhole(std::span<PreparedRecords* const> prepared) {
  std::vector<CommitChange> changes;
  for (PreparedRecords* const part : prepared) part->WriteDown(changes);
  if (changes.empty()) return Ok();
  const std::lock_guard lock(whole_mutex_);
  ANYSTORE_TRY(stability_.CheckHealth());
  WholeCommit commit(root_, changes, environment_, &stability_.directories(), &sizes_);
  ANYSTORE_TRY(commit.Prepare());
  Status done = commit.Commit();
  if (done.has_value() || done.error().applied() == Applied::kNo) return done;
  // Whoever opens the repository next finishes it.
  stability_.Stop(done.error());
  for (PreparedRecords* const part : prepared) part->Abandon();
  return done;
}

Status RecordWriter::BetweenWholeCommits(const std::function<Status()>& work) {
  const std::lock_guard lock(whole_mutex_);
  ANYSTORE_TRY(stability_.CheckHealth());
  return work();
}

Status RecordWriter::NoteChecksums(std::span<const Mutation> mutations, bool durable) {
  return checksums_ == nullptr ? Ok() : checksums_->Add(mutations, durable);
}

Error RecordWriter::Failed(Error error) {
  if (error.code() != Code::kNotFound) return stability_.Failed(std::move(error));
  // To a caller, not_found would be about the record.
  const Applied applied = error.applied();
  return Error(Code::kIoError, "a part of the repository is gone: " + std::string(error.message()))
      .WithApplied(applied)
      .CausedBy(std::move(error));
}

}  // namespace anystore::flatfs
