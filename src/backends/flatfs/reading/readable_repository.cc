#include "backends/flatfs/reading/readable_repository.h"

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>

#include "anystore/results.h"
#include "backends/flatfs/commit/whole_commit.h"
#include "backends/flatfs/maintenance/open_store.h"
#include "backends/flatfs/reading/cursor.h"
#include "backends/flatfs/reading/look_ahead.h"
#include "backends/flatfs/reading/reads.h"

namespace anystore::flatfs {
namespace {

/// After so many keys of a GetMany it is looked whether the medium takes its time.
constexpr std::size_t kRoundKeys = 64;

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
  const RecordName name = NameOf(key);
  ANYSTORE_ASSIGN_OR_RETURN(const std::unique_ptr<File> file,
                            OpenRecord(*root_, name.view(), environment_.clock));
  return Read(*file, key, name.view(), options);
}

Result<Value> ReadableRepository::Read(File& file, std::string_view key, std::string_view name,
                                       const ReadOptions& options) {
  std::uint64_t size = 0;
  Result<Value> value = ReadRecord(file, *root_, name, options.window, &size, &expected_);
  if (!value.has_value()) return value;
  ANYSTORE_TRY(VerifyRecord(verifier(), key, *root_, name, options.window, size, *value));
  if (options.info != nullptr) *options.info = {.size = size};
  return value;
}

void ReadableRepository::GetMany(std::span<const std::string_view> keys,
                                 std::span<Result<Value>> out, const ReadOptions& options) {
  LookAhead look_ahead(std::chrono::microseconds(40));
  std::vector<std::unique_ptr<File>> files(keys.size());
  std::size_t opened = 0;
  for (std::size_t begin = 0; begin < keys.size();) {
    const Instant start = environment_.clock->Now();
    const std::size_t end = std::min(keys.size(), begin + kRoundKeys);
    std::size_t bytes = 0;
    for (std::size_t i = begin; i < end; ++i) {
      const std::size_t depth = look_ahead.depth();
      for (opened = std::max(opened, i); depth > 1 && opened < std::min(keys.size(), i + depth);
           ++opened) {
        files[opened] = OpenAhead(*root_, NameOf(keys[opened]).view());
      }
      const std::unique_ptr<File> file = std::move(files[i]);
      out[i] = file == nullptr ? Get(keys[i], options)
                               : Read(*file, keys[i], NameOf(keys[i]).view(), options);
      if (out[i].has_value()) bytes += out[i]->size();
    }
    look_ahead.Adapt(environment_.clock->Now() - start, end - begin, bytes);
    begin = end;
  }
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
