#include "backends/flatfs/repository.h"

#include <algorithm>
#include <string>
#include <utility>

#include "anystore/results.h"
#include "backends/flatfs/cursor.h"
#include "backends/flatfs/maintenance/open_store.h"
#include "backends/flatfs/names.h"
#include "backends/flatfs/reads.h"
#include "backends/flatfs/record_batch.h"

namespace anystore::flatfs {
namespace {

/// Whether every key in the range would begin with something that no key begins with. So it is
/// with the children of every key.
bool IsBeyondKeys(const KeyRange& range) {
  const std::string& from = range.from();
  const KeyLimits rule{.alphabet = KeyAlphabet::kFlatfs};
  return from.size() > 1 && !CheckKey(rule, from).has_value() &&
         range == range.Intersect(KeyRange::StartingWith(from));
}

}  // namespace

Capabilities RepositoryCapabilities(bool sync, const Shard& shard, const FileSystemTraits& traits,
                                    KeyForm keys) {
  const Durability strongest =
      traits.directory_sync ? Durability::kSurvivesPower : Durability::kSurvivesProcess;
  KeyLimits limits = Stems(keys, traits.name_bytes_max).limits();
  if (shard.HasCollisions()) limits.alphabet = limits.alphabet | KeyAlphabet::kOther;
  return {
      .keys = limits,
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
      identity_(std::move(identity)),
      environment_(environment),
      root_(std::move(opened.root)),
      parent_(std::move(parent)),
      lock_(std::move(opened.lock)),
      verifier_(options.verifier),
      stems_(options.keys, root_->traits().name_bytes_max),
      capabilities_(RepositoryCapabilities(options.sync, shard_, root_->traits(), options.keys)),
      stability_(*root_, parent_.get(), shard_, *environment.clock),
      chores_(options.chores, *environment.clock),
      usage_(*root_, shard_, *environment.clock, *environment.random, chores_),
      writer_(*root_, shard_, stems_, options.mode, capabilities_.put_durability, stability_,
              usage_, chores_, environment) {}

Status Repository::CheckKey(std::string_view key) const {
  ANYSTORE_TRY(stems_.CheckKey(key));
  if (!shard_.HasCollisions()) return Ok();
  StemBuffer buffer;
  if (!shard_.Collides(stems_.StemOfKey(key, buffer))) return Ok();
  return Error(Code::kInvalidArgument,
               "its directory would have the name of a file of the repository");
}

RecordName Repository::NameOf(std::string_view key) const noexcept {
  return stems_.NameOf(shard_, key);
}

Result<Value> Repository::Get(std::string_view key, const ReadOptions& options) {
  std::uint64_t size = 0;
  const RecordName name = NameOf(key);
  Result<Value> value = ReadRecord(*root_, name.view(), options.window, *environment_.clock, &size);
  if (!value.has_value()) return value;
  ANYSTORE_TRY(
      VerifyRecord(verifier_.get(), key, *root_, name.view(), options.window, size, *value));
  if (options.info != nullptr) *options.info = {.size = size};
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
  if (stems_.form() == KeyForm::kStrict && IsBeyondKeys(range)) {
    return MakeCursor({}, range, options);
  }
  return std::make_unique<RepositoryCursor>(*root_, shard_, stems_, verifier_.get(),
                                            *environment_.clock, range, options);
}

Result<Receipt> Repository::Apply(std::span<const Mutation> mutations,
                                  const WriteOptions& options) {
  for (const Mutation& mutation : mutations) {
    if (mutation.kind != Mutation::Kind::kPut) continue;
    ANYSTORE_TRY(VerifyPut(verifier_.get(), mutation.key, mutation.value));
  }
  return writer_.Apply(mutations, options);
}

Result<std::unique_ptr<Batch>> Repository::NewBatch(const BatchOptions& /*options*/) {
  return std::make_unique<RecordBatch>(writer_, verifier_.get());
}

Status Repository::Sync(const KeyRange& /*range*/, const CallOptions& /*call*/) {
  return stability_.Sync();
}

Result<std::vector<Finding>> Repository::Check(const CallOptions& call) {
  return CheckOpenStore(
      {.root = *root_, .shard = shard_, .environment = environment_, .verifier = verifier_.get()},
      call);
}

Result<std::vector<Finding>> Repository::Scrub(const CallOptions& call) {
  ANYSTORE_TRY(stability_.CheckHealth());
  bool has_begun = false;
  auto scrubbed = ScrubOpenStore(
      {.root = *root_, .shard = shard_, .environment = environment_, .verifier = verifier_.get()},
      call, [&]() -> Status {
        has_begun = true;
        return usage_.BeginChange([this] { return stability_.SyncRoot(/*durable=*/true); });
      });
  if (has_begun) usage_.Doubt();
  if (!scrubbed.has_value()) return stability_.Failed(std::move(scrubbed).error());
  return scrubbed;
}

Status Repository::Close() {
  chores_.Stop();
  usage_.Close([this](bool earlier_work) { return stability_.Settle(earlier_work); },
               capabilities_.put_durability == Durability::kSurvivesPower);
  lock_.reset();
  parent_.reset();
  root_.reset();
  return Ok();
}

}  // namespace anystore::flatfs
