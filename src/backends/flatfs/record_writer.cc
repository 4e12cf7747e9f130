#include "backends/flatfs/record_writer.h"

#include <algorithm>
#include <ranges>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>

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

Status CheckKind(const Mutation& mutation) {
  if (mutation.kind == Mutation::Kind::kPut || mutation.kind == Mutation::Kind::kDelete) {
    return Ok();
  }
  return Error(Code::kUnsupported, "flatfs has neither ranges nor expiry");
}

/// The files of a batch: the last change of each record decides.
class Changes {
 public:
  Changes(const Shard& shard, std::uint32_t mode) : shard_(shard), mode_(mode) {}

  Status Take(std::span<const Mutation> mutations) {
    std::unordered_set<std::string_view> seen;
    std::vector<const Mutation*> last;
    seen.reserve(mutations.size());
    last.reserve(mutations.size());
    for (auto mutation = mutations.rbegin(); mutation != mutations.rend(); ++mutation) {
      ANYSTORE_TRY(CheckKind(*mutation));
      if (seen.insert(mutation->key).second) last.push_back(&*mutation);
    }
    names_.reserve(last.size());
    for (const Mutation* const mutation : std::views::reverse(last)) Add(*mutation);
    return Ok();
  }

  [[nodiscard]] std::span<const NewFile> written() const noexcept { return written_; }
  [[nodiscard]] std::span<const std::string_view> removed() const noexcept { return removed_; }

 private:
  void Add(const Mutation& mutation) {
    const std::string_view name =
        names_.emplace_back(RecordName(shard_, mutation.key.substr(1)).view());
    if (mutation.kind == Mutation::Kind::kDelete) {
      removed_.push_back(name);
    } else {
      written_.push_back({.name = name, .bytes = mutation.value, .mode = mode_});
    }
  }

  const Shard& shard_;
  const std::uint32_t mode_;
  std::vector<std::string> names_;  // reserved: what points into them stays
  std::vector<NewFile> written_;
  std::vector<std::string_view> removed_;
};

}  // namespace

RecordWriter::RecordWriter(Directory& root, const Shard& shard, std::uint32_t mode,
                           Stability& stability, Usage& usage, const Environment& environment)
    : root_(root),
      shard_(shard),
      mode_(mode),
      stability_(stability),
      usage_(usage),
      environment_(environment),
      syncs_(root, *environment.clock) {}

Result<Receipt> RecordWriter::Apply(std::span<const Mutation> mutations, bool durable) {
  ANYSTORE_TRY(stability_.CheckHealth());
  Status begun = usage_.BeginChange([&] { return stability_.SyncRoot(durable); });
  if (!begun.has_value()) return Failed(std::move(begun).error().WithApplied(Applied::kNo));
  if (durable) {
    Status secured = stability_.SecureGround();
    if (!secured.has_value()) return Failed(std::move(secured).error().WithApplied(Applied::kNo));
  }
  Status done =
      mutations.size() == 1 ? ApplyOne(mutations.front(), durable) : ApplyMany(mutations, durable);
  usage_.Add(sizes_.Take());
  if (!done.has_value() && done.error().applied() != Applied::kNo) usage_.Doubt();
  if (!done.has_value()) return Failed(std::move(done).error());
  // The failure of another write's sync may have been ours, and is told once only.
  if (durable) {
    Status health = stability_.CheckHealth();
    if (!health.has_value()) return std::move(health).error().WithApplied(Applied::kUnknown);
  }
  return Receipt{.applied = mutations.size()};
}

FileBatchOptions RecordWriter::OptionsFor(std::size_t changes, bool durable) {
  const std::size_t unnamed_max =
      std::min(kUnnamedMax, root_.traits().open_files_max / kShareOfDescriptors);
  return {.durable = durable,
          .temporary_directory = kTemporaryName,
          .unnamed_max = std::min(changes, unnamed_max),
          .temporary_prefix = kTemporaryPrefix,
          .make_directories = true,
          .directory_mode = kDirectoryMode,
          .threads_max = kThreadsMax,
          .stable = &stability_.directories(),
          .syncs = &syncs_,
          .sizes = &sizes_,
          .random = environment_.random,
          .clock = environment_.clock};
}

Status RecordWriter::ApplyOne(const Mutation& mutation, bool durable) {
  ANYSTORE_TRY(CheckKind(mutation));
  const RecordName name(shard_, mutation.key.substr(1));
  FileBatch batch(root_, OptionsFor(1, durable));
  if (mutation.kind == Mutation::Kind::kDelete) {
    batch.Remove(name.view());
  } else {
    ANYSTORE_TRY(batch.Add({.name = name.view(), .bytes = mutation.value, .mode = mode_}));
  }
  Status done = batch.Commit();
  stability_.Note(batch.unsynced());
  return done;
}

Status RecordWriter::ApplyMany(std::span<const Mutation> mutations, bool durable) {
  Changes changes(shard_, mode_);
  ANYSTORE_TRY(changes.Take(mutations));
  filesystem::FileSlices slices(root_, changes.written(),
                                OptionsFor(changes.written().size(), durable));
  slices.Remove(changes.removed());
  slices.NeedAll();
  Status done = slices.Write({});
  stability_.Note(slices.unsynced());
  return done;
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
