#include "backends/flatfs/repository.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include "anystore/results.h"
#include "backends/flatfs/cursor.h"
#include "backends/flatfs/names.h"
#include "backends/flatfs/reads.h"

namespace anystore::flatfs {
namespace {

/// The mutations that decide, the last one of each key, in their order.
std::vector<const Mutation*> LastOfEachKey(std::span<const Mutation> mutations) {
  std::vector<const Mutation*> last;
  std::unordered_set<std::string_view> seen;
  last.reserve(mutations.size());
  seen.reserve(mutations.size());
  for (auto mutation = mutations.rbegin(); mutation != mutations.rend(); ++mutation) {
    if (seen.insert(mutation->key).second) last.push_back(&*mutation);
  }
  std::ranges::reverse(last);
  return last;
}

/// Whether every key in the range would begin with something that no key begins with. So it is
/// with the children of every key.
bool IsBeyondKeys(const KeyRange& range) {
  const std::string& from = range.from();
  const KeyLimits rule{.alphabet = KeyAlphabet::kFlatfs};
  return from.size() > 1 && !CheckKey(rule, from).has_value() &&
         range == range.Intersect(KeyRange::StartingWith(from));
}

/// What files and their directories gain while they are changed by nobody else.
class SizesOf {
 public:
  explicit SizesOf(Directory& root) : root_(root) {}

  /// Before the change of a file.
  void Look(std::string_view name) {
    const auto [at, is_new] = before_.try_emplace(std::string(name), 0);
    if (!is_new) return;
    at->second = SizeOf(at->first);
    const std::string directory(name.substr(0, name.find('/')));
    if (SizeOf(directory) == kMissing) before_.try_emplace(directory, kMissing);
  }
  /// After the changes.
  [[nodiscard]] std::int64_t Gained() {
    std::int64_t gained = 0;
    for (const auto& [name, before] : before_) {
      gained += std::max<std::int64_t>(SizeOf(name), 0) - std::max<std::int64_t>(before, 0);
    }
    return gained;
  }

 private:
  static constexpr std::int64_t kMissing = -1;

  std::int64_t SizeOf(const std::string& name) {
    const auto info = root_.Stat(name, Follow::kYes);
    return info.has_value() ? static_cast<std::int64_t>(info->size) : kMissing;
  }

  Directory& root_;
  std::map<std::string, std::int64_t> before_;
};

}  // namespace

Capabilities RepositoryCapabilities(bool sync, const Shard& shard, const FileSystemTraits& traits) {
  const Durability strongest =
      traits.directory_sync ? Durability::kSurvivesPower : Durability::kSurvivesProcess;
  const std::uint64_t stem_bytes_max =
      std::min<std::uint64_t>(traits.name_bytes_max - kExtension.size(), kStemBytesMax);
  return {
      .keys = {.bytes_min = 2,
               .bytes_max = 1 + stem_bytes_max,
               .alphabet = shard.HasCollisions() ? KeyAlphabet::kFlatfs | KeyAlphabet::kOther
                                                 : KeyAlphabet::kFlatfs},
      .scan_isolation = ScanIsolation::kEntryExists,
      .range_read = Support::kNative,
      .batch_atomicity = traits.atomic_rename ? Atomicity::kPerRecord : Atomicity::kNone,
      .put_durability = sync ? strongest : Durability::kSurvivesProcess,
      .durability_max = strongest,
      .sync_durability = strongest,
      .consistency = Consistency::kLinearizable,
      .sharing = Sharing::kOneHandle,
      .persistence = Persistence::kReopen,
  };
}

Repository::Repository(OpenedRepository opened, std::unique_ptr<Directory> parent,
                       const RepositoryOptions& options, StoreIdentity identity,
                       const Environment& environment)
    : shard_(opened.shard),
      options_(options),
      identity_(std::move(identity)),
      environment_(environment),
      root_(std::move(opened.root)),
      parent_(std::move(parent)),
      lock_(std::move(opened.lock)),
      capabilities_(RepositoryCapabilities(options.sync, shard_, root_->traits())),
      stability_(*root_, parent_.get(), shard_, *environment.clock),
      chores_(options.chores, *environment.clock),
      usage_(*root_, shard_, *environment.clock, *environment.random, chores_) {}

Status Repository::CheckKey(std::string_view key) const {
  ANYSTORE_TRY(anystore::CheckKey(capabilities_.keys, key));
  if (!shard_.Collides(key.substr(1))) return Ok();
  return Error(Code::kInvalidArgument,
               "its directory would have the name of a file of the repository");
}

RecordName Repository::NameOf(std::string_view key) const noexcept {
  return RecordName(shard_, key.substr(1));
}

Result<Value> Repository::Get(std::string_view key, const ReadOptions& options) {
  std::uint64_t size = 0;
  Result<Value> value =
      ReadRecord(*root_, NameOf(key).view(), options.window, *environment_.clock, &size);
  if (value.has_value() && options.info != nullptr) *options.info = {.size = size};
  return value;
}

Result<EntryInfo> Repository::Stat(std::string_view key, Wanted /*wanted*/,
                                   const CallOptions& /*call*/) {
  ANYSTORE_ASSIGN_OR_RETURN(const std::uint64_t size,
                            StatRecord(*root_, NameOf(key).view(), *environment_.clock));
  return EntryInfo{.size = size};
}

Result<std::unique_ptr<Cursor>> Repository::Scan(const KeyRange& range,
                                                 const ScanOptions& options) {
  if (IsBeyondKeys(range)) return MakeCursor({}, range, options);
  return std::make_unique<RepositoryCursor>(*root_, shard_, *environment_.clock, range, options);
}

Result<Receipt> Repository::Apply(std::span<const Mutation> mutations,
                                  const WriteOptions& options) {
  ANYSTORE_TRY(stability_.CheckHealth());
  const Durability wanted = options.durability == Durability::kStoreDefault
                                ? capabilities_.put_durability
                                : options.durability;
  const bool durable = wanted == Durability::kSurvivesPower;
  Status begun = usage_.BeginChange([&] { return stability_.SyncRoot(durable); });
  if (!begun.has_value()) {
    return WriteFailed(std::move(begun).error().WithApplied(Applied::kNo));
  }
  if (durable) {
    Status secured = stability_.SecureGround();
    if (!secured.has_value()) {
      return WriteFailed(std::move(secured).error().WithApplied(Applied::kNo));
    }
  }
  SizesOf sizes(*root_);
  for (const Mutation& mutation : mutations) sizes.Look(NameOf(mutation.key).view());
  FileBatch batch(*root_, {.durable = durable,
                           .temporary_directory = kTemporaryName,
                           .temporary_prefix = kTemporaryPrefix,
                           .make_directories = true,
                           .directory_mode = kDirectoryMode,
                           .stable = &stability_.directories(),
                           .random = environment_.random,
                           .clock = environment_.clock});
  Status done = Ok();
  if (mutations.size() == 1) {
    done = Add(batch, mutations.front());
  } else {
    for (const Mutation* const mutation : LastOfEachKey(mutations)) {
      done = Add(batch, *mutation);
      if (!done.has_value()) break;
    }
  }
  if (done.has_value()) {
    done = batch.Commit();
    stability_.Note(batch.unsynced());
    usage_.Add(sizes.Gained());
  }
  if (!done.has_value() && done.error().applied() != Applied::kNo) usage_.Doubt();
  chores_.RunDue();
  if (!done.has_value()) return WriteFailed(std::move(done).error());
  // The failure of another write's sync may have been ours, and is told once only.
  if (durable) {
    Status health = stability_.CheckHealth();
    if (!health.has_value()) return std::move(health).error().WithApplied(Applied::kUnknown);
  }
  return Receipt{.applied = mutations.size()};
}

Status Repository::Add(FileBatch& batch, const Mutation& mutation) const {
  const RecordName name = NameOf(mutation.key);
  switch (mutation.kind) {
    case Mutation::Kind::kPut:
      return batch.Add({.name = name.view(), .bytes = mutation.value, .mode = options_.mode});
    case Mutation::Kind::kDelete:
      batch.Remove(name.view());
      return Ok();
    case Mutation::Kind::kDeleteRange:
    case Mutation::Kind::kSetExpiry:
      break;
  }
  return Error(Code::kUnsupported, "flatfs has neither ranges nor expiry");
}

Error Repository::WriteFailed(Error error) {
  if (error.code() != Code::kNotFound) return stability_.Failed(std::move(error));
  // To a caller, not_found would be about the record.
  const Applied applied = error.applied();
  return Error(Code::kIoError, "a part of the repository is gone: " + std::string(error.message()))
      .WithApplied(applied)
      .CausedBy(std::move(error));
}

Status Repository::Sync(const KeyRange& /*range*/, const CallOptions& /*call*/) {
  return stability_.Sync();
}

Status Repository::Close() {
  chores_.Stop();
  usage_.Close([this](bool earlier_work) { return stability_.Settle(earlier_work); },
               options_.sync);
  lock_.reset();
  parent_.reset();
  root_.reset();
  return Ok();
}

}  // namespace anystore::flatfs
