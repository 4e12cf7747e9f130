#include "backends/memory/memory.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>
#include <vector>

#include "anystore/features.h"
#include "backends/memory/edit.h"
#include "backends/memory/leaf_edit.h"
#include "backends/memory/reading.h"
#include "backends/memory/tree.h"

namespace anystore::memory {
namespace {

struct ReleaseRecord {
  void operator()(Record* record) const noexcept { record->Release(); }
};
using RecordPointer = std::unique_ptr<Record, ReleaseRecord>;

/// An expiry as records have it. The last representable nanosecond stands for none.
[[nodiscard]] std::int64_t ExpiryOf(std::optional<Instant> at) noexcept {
  return at.has_value() ? std::min(Nanoseconds(*at), kNever - 1) : kNever;
}

[[nodiscard]] Result<RecordPointer> NewRecord(std::string_view key, std::string_view value,
                                              std::int64_t expires_at) {
  RecordPointer record(Record::New(key, value, expires_at));
  if (record == nullptr) return Error(Code::kResourceExhausted, "no memory for the record");
  return record;
}

/// GetMany on any root: finds a group of records, then pins them.
void GetManyFrom(Node* root, std::span<const std::string_view> keys, std::span<Result<Value>> out,
                 const ReadOptions& options, const Versions& versions, Moment& moment) {
  constexpr std::size_t kGroup = 64;
  std::array<Record*, kGroup> found;
  for (std::size_t done = 0; done < keys.size(); done += kGroup) {
    const std::size_t count = std::min(kGroup, keys.size() - done);
    FindRecords(root, keys.subspan(done, count), found);
    for (std::size_t i = 0; i < count; ++i) {
      out[done + i] = PinValue(moment.Live(found[i]), options, versions);
    }
  }
}

/// The store at one moment: what was written by then, and had not expired then.
class SnapshotReader final : public Reader {
 public:
  SnapshotReader(Tree& tree, const Versions& versions, std::int64_t now)
      : snapshot_(tree), versions_(versions), now_(now) {}

  Result<Value> Get(std::string_view key, const ReadOptions& options) override {
    return PinValue(Find(key), options, versions_);
  }

  Result<EntryInfo> Stat(std::string_view key, Wanted wanted, const CallOptions&) override {
    const Record* const record = Find(key);
    if (record == nullptr) return Error(Code::kNotFound);
    return versions_.Describe(*record, wanted);
  }

  void GetMany(std::span<const std::string_view> keys, std::span<Result<Value>> out,
               const ReadOptions& options) override {
    Moment moment(now_);
    GetManyFrom(snapshot_.root(), keys, out, options, versions_, moment);
  }

  Result<std::unique_ptr<Cursor>> Scan(const KeyRange& range, const ScanOptions& options) override {
    return NewCursor(snapshot_, range, options, versions_, now_);
  }

 private:
  [[nodiscard]] Record* Find(std::string_view key) const {
    return Moment(now_).Live(FindRecord(snapshot_.root(), key));
  }

  const Tree::Snapshot snapshot_;
  const Versions versions_;
  const std::int64_t now_;
};

/// The store. See docs/backends/memory.md for what it promises.
class MemoryStore final : public Provides<Datastore, SnapshotSource, PersistentDatastore,
                                          GcDatastore, IdentifiedDatastore> {
 public:
  MemoryStore(const Environment& environment, StoreIdentity identity)
      : clock_(*environment.clock),
        identity_(std::move(identity)),
        versions_(environment.random->Next()),
        tree_(std::in_place) {}

  [[nodiscard]] const Capabilities& capabilities() const override { return MemoryCapabilities(); }
  [[nodiscard]] const StoreIdentity& identity() const override { return identity_; }

  Result<Value> Get(std::string_view key, const ReadOptions& options) override {
    return tree_->Read([&](Node* root) {
      return PinValue(Moment(clock_).Live(FindRecord(root, key)), options, versions_);
    });
  }

  Result<EntryInfo> Stat(std::string_view key, Wanted wanted, const CallOptions&) override {
    return tree_->Read([&](Node* root) -> Result<EntryInfo> {
      const Record* const record = Moment(clock_).Live(FindRecord(root, key));
      if (record == nullptr) return Error(Code::kNotFound);
      return versions_.Describe(*record, wanted);
    });
  }

  void GetMany(std::span<const std::string_view> keys, std::span<Result<Value>> out,
               const ReadOptions& options) override {
    Moment moment(clock_);
    tree_->Read([&](Node* root) { GetManyFrom(root, keys, out, options, versions_, moment); });
  }

  Result<std::unique_ptr<Cursor>> Scan(const KeyRange& range, const ScanOptions& options) override {
    return NewCursor(Tree::Snapshot(*tree_), range, options, versions_, Nanoseconds(clock_.Now()));
  }

  Result<Receipt> Apply(std::span<const Mutation> mutations, const WriteOptions& options) override;

  /// Nothing survives the process, so there is nothing to do.
  Status Sync(const KeyRange&, const CallOptions&) override { return Ok(); }

  Status Close() override {
    tree_.reset();
    return Ok();
  }

  Result<std::unique_ptr<Reader>> NewSnapshot(const CallOptions&) override {
    return std::make_unique<SnapshotReader>(*tree_, versions_, Nanoseconds(clock_.Now()));
  }

  Result<std::uint64_t> DiskUsage(const CallOptions&) override { return tree_->bytes(); }

  Status CollectGarbage(const CallOptions& call) override;

 private:
  /// Carries out one mutation beside other writers; nothing when it needs more than one leaf.
  [[nodiscard]] std::optional<Status> ChangeLeaf(const Mutation& mutation, RecordPointer& record,
                                                 Moment& moment, Receipt& receipt);
  /// Carries out mutations alone.
  [[nodiscard]] Status ChangeAlone(std::span<const Mutation> mutations,
                                   std::span<RecordPointer> records, Moment& moment,
                                   Receipt& receipt);
  /// Carries out one mutation of the key where `edit` found a record, or null. `record` is what a
  /// put stores.
  template <class AnyEdit>
  [[nodiscard]] Status Change(AnyEdit& edit, Record* found, const Mutation& mutation,
                              RecordPointer record, Moment& moment, Receipt& receipt);
  /// Stores `record` where `edit` is, unless it has expired: then it only removes what is there.
  template <class AnyEdit>
  void Store(AnyEdit& edit, const Record* found, RecordPointer record, Moment& moment,
             Receipt& receipt);
  [[nodiscard]] bool Holds(const Condition& condition, const Record* record) const noexcept;
  /// Removes expired records, at most so many; returns how many. Requires: a lone writer.
  std::size_t RemoveExpired(std::size_t count_max, Moment& moment);

  Clock& clock_;
  const StoreIdentity identity_;
  const Versions versions_;
  std::optional<Tree> tree_;  // until Close
};

/// Makes the records of the puts among `mutations`, each in its place.
Status MakeRecords(std::span<const Mutation> mutations, std::span<RecordPointer> records) {
  for (std::size_t i = 0; i < mutations.size(); ++i) {
    const Mutation& mutation = mutations[i];
    if (mutation.kind != Mutation::Kind::kPut) continue;
    ANYSTORE_ASSIGN_OR_RETURN(
        records[i], NewRecord(mutation.key, mutation.value, ExpiryOf(mutation.expires_at)));
  }
  return Ok();
}

Result<Receipt> MemoryStore::Apply(std::span<const Mutation> mutations,
                                   const WriteOptions& /*options*/) {
  Moment moment(clock_);
  Receipt receipt{.applied = mutations.size()};
  RecordPointer one_record;  // spares the usual case an allocation
  std::vector<RecordPointer> many_records(mutations.size() == 1 ? 0 : mutations.size());
  const std::span<RecordPointer> records =
      mutations.size() == 1 ? std::span(&one_record, 1) : std::span(many_records);
  // Values are copied before any lock is taken.
  ANYSTORE_TRY(MakeRecords(mutations, records));
  std::optional<Status> done;
  if (mutations.size() == 1) done = ChangeLeaf(mutations[0], one_record, moment, receipt);
  if (!done.has_value()) done = ChangeAlone(mutations, records, moment, receipt);
  ANYSTORE_TRY(*std::move(done));
  return receipt;
}

std::optional<Status> MemoryStore::ChangeLeaf(const Mutation& mutation, RecordPointer& record,
                                              Moment& moment, Receipt& receipt) {
  const bool erases = mutation.kind == Mutation::Kind::kDelete;
  if (!erases && (record == nullptr || record->expires_at() != kNever)) return std::nullopt;
  LeafEdit edit(*tree_);
  if (!edit.entered()) return std::nullopt;
  if (edit.first_to_expire() != nullptr && moment.Expired(*edit.first_to_expire())) {
    return std::nullopt;
  }
  if (!edit.Seek(mutation.key, erases ? LeafEdit::Change::kErase : LeafEdit::Change::kPut)) {
    return std::nullopt;
  }
  return Change(edit, edit.found(), mutation, std::move(record), moment, receipt);
}

Status MemoryStore::ChangeAlone(std::span<const Mutation> mutations,
                                std::span<RecordPointer> records, Moment& moment,
                                Receipt& receipt) {
  const bool one = mutations.size() == 1 && mutations[0].kind != Mutation::Kind::kDeleteRange;
  const Tree::LoneWriter alone(*tree_);
  {
    Edit edit(*tree_, one ? EditScope::kOneChange : EditScope::kManyChanges);
    for (std::size_t i = 0; i < mutations.size(); ++i) {
      const Mutation& mutation = mutations[i];
      if (mutation.kind == Mutation::Kind::kDeleteRange) {
        edit.EraseRange(mutation.key, mutation.range_to);
        continue;
      }
      ANYSTORE_TRY(
          Change(edit, edit.Seek(mutation.key), mutation, std::move(records[i]), moment, receipt));
    }
    edit.Commit();
  }
  // Writes with an expiry come here, and take out more than they can bring in: the expired never
  // pile up.
  if (tree_->first_to_expire() != nullptr) RemoveExpired(2 * mutations.size(), moment);
  return Ok();
}

template <class AnyEdit>
Status MemoryStore::Change(AnyEdit& edit, Record* found, const Mutation& mutation,
                           RecordPointer record, Moment& moment, Receipt& receipt) {
  const Record* const live = moment.Live(found);
  if (!Holds(mutation.condition, live)) return Error(Code::kPreconditionFailed);
  if (mutation.kind == Mutation::Kind::kDelete) {
    if (found != nullptr) edit.Erase();
    return Ok();
  }
  if (mutation.kind == Mutation::Kind::kSetExpiry) {
    if (live == nullptr) return Error(Code::kNotFound);
    ANYSTORE_ASSIGN_OR_RETURN(
        record, NewRecord(mutation.key, live->value(), ExpiryOf(mutation.expires_at)));
  }
  Store(edit, found, std::move(record), moment, receipt);
  return Ok();
}

template <class AnyEdit>
void MemoryStore::Store(AnyEdit& edit, const Record* found, RecordPointer record, Moment& moment,
                        Receipt& receipt) {
  if (moment.Expired(*record)) {
    if (found != nullptr) edit.Erase();
    return;
  }
  edit.Put(record.release());
  receipt.version = versions_.Of(edit.number());
}

bool MemoryStore::Holds(const Condition& condition, const Record* record) const noexcept {
  switch (condition.kind) {
    case Condition::Kind::kNone:
      return true;
    case Condition::Kind::kAbsent:
      return record == nullptr;
    case Condition::Kind::kPresent:
      return record != nullptr;
    case Condition::Kind::kVersionIs:
      return record != nullptr && versions_.Of(record->birth()) == condition.version;
  }
  return false;
}

std::size_t MemoryStore::RemoveExpired(std::size_t count_max, Moment& moment) {
  std::size_t count = 0;
  for (; count < count_max; ++count) {
    const Record* const first = tree_->first_to_expire();
    if (first == nullptr || !moment.Expired(*first)) break;
    Edit edit(*tree_, EditScope::kOneChange);
    edit.Seek(first->key());
    edit.Erase();
    edit.Commit();
  }
  return count;
}

Status MemoryStore::CollectGarbage(const CallOptions& /*call*/) {
  constexpr std::size_t kAtOnce = 256;
  Moment moment(clock_);
  for (std::size_t removed = kAtOnce; removed == kAtOnce;) {
    const Tree::LoneWriter alone(*tree_);
    removed = RemoveExpired(kAtOnce, moment);
  }
  return Ok();
}

}  // namespace

const Capabilities& MemoryCapabilities() noexcept {
  static constexpr Capabilities kCapabilities{.ordered_scan = Support::kNative,
                                              .reverse_scan = Support::kNative,
                                              .scan_isolation = ScanIsolation::kSnapshot,
                                              .range_read = Support::kNative,
                                              .get_many = Support::kNative,
                                              .snapshots = Support::kNative,
                                              .batch_atomicity = Atomicity::kAllOrNothing,
                                              .conditional_write = ConditionScope::kStore,
                                              .versions = VersionSupport::kMonotone,
                                              .expiry = Support::kNative,
                                              .delete_range = Support::kNative,
                                              .consistency = Consistency::kLinearizable,
                                              .sharing = Sharing::kOneHandle,
                                              .persistence = Persistence::kHandle};
  return kCapabilities;
}

std::unique_ptr<Datastore> NewMemoryStore(const Environment& environment, StoreIdentity identity) {
  return std::make_unique<MemoryStore>(environment, std::move(identity));
}

}  // namespace anystore::memory
