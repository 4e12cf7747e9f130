#include "backends/flatfs/repository.h"

#include <algorithm>
#include <cstddef>
#include <functional>
#include <utility>

#include "backends/flatfs/maintenance/open_store.h"
#include "backends/flatfs/writing/record_batch.h"

namespace anystore::flatfs {
namespace {

/// So many directories stay open, all of those that the default rule makes; and of what the process
/// may have open, one in so many is taken for them.
constexpr std::size_t kKeptMax = 1024;
constexpr std::size_t kShareOfDescriptors = 8;

}  // namespace

Repository::Repository(OpenedRepository opened, std::unique_ptr<Directory> parent,
                       const RepositoryOptions& options, StoreIdentity identity,
                       const Environment& environment)
    : Provides(
          opened,
          RepositoryCapabilities(options.sync, opened.shard, opened.root->traits(), options.keys),
          {.stems = Stems(options.keys, opened.root->traits().name_bytes_max),
           .verifier = options.verifier},
          std::move(identity), environment),
      parent_(std::move(parent)),
      lock_(std::move(opened.lock)),
      checksums_(options.checksums),
      stability_(root(), parent_.get(), shard(), *environment.clock),
      unsynced_(root(), options.unsynced, environment),
      chores_(options.chores, *environment.clock),
      usage_(root(), shard(), *environment.clock, *environment.random, chores_),
      writer_(root(), shard(), stems(), checksums_.get(), options.mode,
              capabilities().put_durability, stability_, unsynced_, usage_, chores_, environment) {
  root().KeepDirectories(
      std::min<std::size_t>(kKeptMax, root().traits().open_files_max / kShareOfDescriptors));
}

Result<Receipt> Repository::Apply(std::span<const Mutation> mutations,
                                  const WriteOptions& options) {
  for (const Mutation& mutation : mutations) {
    if (mutation.kind != Mutation::Kind::kPut) continue;
    ANYSTORE_TRY(VerifyPut(verifier(), mutation.key, mutation.value));
  }
  return writer_.Apply(mutations, options);
}

Result<std::unique_ptr<Batch>> Repository::NewBatch(const BatchOptions& /*options*/) {
  return std::make_unique<RecordBatch>(writer_, verifier());
}

Status Repository::Sync(const KeyRange& /*range*/, const CallOptions& /*call*/) {
  return stability_.Sync();
}

Result<std::vector<Finding>> Repository::Scrub(const CallOptions& call) {
  ANYSTORE_TRY(stability_.CheckHealth());
  bool has_begun = false;
  auto scrubbed = ScrubOpenStore(
      {.root = root(), .shard = shard(), .environment = environment(), .verifier = verifier()},
      call,
      [&]() -> Status {
        has_begun = true;
        return usage_.BeginChange([this] { return stability_.SyncRoot(/*durable=*/true); });
      },
      [this](const std::function<Status()>& repair) {
        return writer_.BetweenWholeCommits(repair);
      });
  if (has_begun) usage_.Doubt();
  if (!scrubbed.has_value()) return stability_.Failed(std::move(scrubbed).error());
  return scrubbed;
}

Status Repository::SettleChecksums() {
  if (checksums_ == nullptr) return Ok();
  ANYSTORE_TRY(stability_.CheckHealth());
  return checksums_->Settle([this] { return stability_.Sync(); }, *environment().clock);
}

Status Repository::Close() {
  chores_.Stop();
  usage_.Close([this](bool earlier_work) { return stability_.Settle(earlier_work); },
               capabilities().put_durability == Durability::kSurvivesPower);
  // Whoever writes was told of a failed sync.
  Status settled = stability_.CheckHealth().has_value() ? SettleChecksums() : Ok();
  if (settled.has_value() && stability_.CheckHealth().has_value()) {
    settled = unsynced_.End([this] { return stability_.Settle(/*earlier_work=*/false); });
  }
  lock_.reset();
  parent_.reset();
  LetGo();
  return settled;
}

}  // namespace anystore::flatfs
