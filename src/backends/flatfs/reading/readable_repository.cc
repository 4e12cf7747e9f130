#include "backends/flatfs/reading/readable_repository.h"

#include <string>
#include <utility>

#include "anystore/results.h"
#include "backends/flatfs/commit/whole_commit.h"
#include "backends/flatfs/maintenance/open_store.h"
#include "backends/flatfs/reading/cursor.h"
#include "backends/flatfs/reading/reads.h"

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
      .batch_atomicity = CanCommitWhole(traits) ? Atomicity::kWhenReopened
                         : traits.atomic_rename ? Atomicity::kPerRecord
                                                : Atomicity::kNone,
      .put_durability = sync ? strongest : Durability::kSurvivesProcess,
      .durability_max = strongest,
      .sync_durability = strongest,
      .consistency = Consistency::kLinearizable,
      .sharing = Sharing::kOneHandle,
      .persistence = Persistence::kReopen,
  };
}

ReadableRepository::ReadableRepository(OpenedRepository& opened, const Capabilities& capabilities,
                                       RecordRules rules, StoreIdentity identity,
                                       const Environment& environment)
    : shard_(opened.shard),
      identity_(std::move(identity)),
      environment_(environment),
      root_(std::move(opened.root)),
      rules_(std::move(rules)),
      capabilities_(capabilities) {}

Status ReadableRepository::CheckKey(std::string_view key) const {
  ANYSTORE_TRY(rules_.stems.CheckKey(key));
  if (!shard_.HasCollisions()) return Ok();
  StemBuffer buffer;
  if (!shard_.Collides(rules_.stems.StemOfKey(key, buffer))) return Ok();
  return Error(Code::kInvalidArgument,
               "its directory would have the name of a file of the repository");
}

RecordName ReadableRepository::NameOf(std::string_view key) const noexcept {
  return rules_.stems.NameOf(shard_, key);
}

Result<Value> ReadableRepository::Get(std::string_view key, const ReadOptions& options) {
  std::uint64_t size = 0;
  const RecordName name = NameOf(key);
  Result<Value> value = ReadRecord(*root_, name.view(), options.window, *environment_.clock, &size);
  if (!value.has_value()) return value;
  ANYSTORE_TRY(VerifyRecord(verifier(), key, *root_, name.view(), options.window, size, *value));
  if (options.info != nullptr) *options.info = {.size = size};
  return value;
}

Result<EntryInfo> ReadableRepository::Stat(std::string_view key, Wanted /*wanted*/,
                                           const CallOptions& /*call*/) {
  ANYSTORE_ASSIGN_OR_RETURN(const std::uint64_t size,
                            StatRecord(*root_, NameOf(key).view(), *environment_.clock));
  return EntryInfo{.size = size};
}

Result<std::unique_ptr<Cursor>> ReadableRepository::Scan(const KeyRange& range,
                                                         const ScanOptions& options) {
  if (rules_.stems.form() == KeyForm::kStrict && IsBeyondKeys(range)) {
    return MakeCursor({}, range, options);
  }
  return std::make_unique<RepositoryCursor>(*root_, shard_, rules_.stems, verifier(),
                                            *environment_.clock, range, options);
}

Result<std::vector<Finding>> ReadableRepository::Check(const CallOptions& call) {
  return CheckOpenStore(
      {.root = *root_, .shard = shard_, .environment = environment_, .verifier = verifier()}, call);
}

}  // namespace anystore::flatfs
