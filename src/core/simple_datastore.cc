#include "anystore/simple_datastore.h"

#include <algorithm>
#include <map>
#include <span>
#include <string>
#include <utility>

#include "base/share_lock.h"

namespace anystore {
namespace {

/// The results of a nine-verb query as a cursor, where no other cursor is behind them. Seeks by
/// asking again for what is left.
class QueryCursor final : public Cursor {
 public:
  QueryCursor(SimpleDatastore& simple, Query query, Results results)
      : simple_(simple), query_(std::move(query)), results_(std::move(results)) {}

  Result<std::size_t> Next(std::span<EntryView> out) override {
    if (results_.Next()) {
      out.front() = results_.entry();
      return std::size_t{1};
    }
    ANYSTORE_TRY(results_.status());
    return std::size_t{0};
  }

  Status Seek(std::string_view key) override {
    Query rest = query_;
    // Backwards the key itself is wanted, so the end lies just behind it.
    rest.range = query_.range.Intersect(
        query_.reverse ? KeyRange("", std::string(key).append(1, '\0')) : KeyRange::From(key));
    if (rest.range.empty()) {
      results_ = Results(std::move(rest), {});
      return Ok();
    }
    ANYSTORE_ASSIGN_OR_RETURN(results_, simple_.Query(rest));
    return Ok();
  }

 private:
  SimpleDatastore& simple_;
  const Query query_;
  Results results_;
};

/// Whether keys have records, as the mutations before the present one leave them.
class Presence {
 public:
  explicit Presence(SimpleDatastore& simple) : simple_(simple) {}

  Result<bool> Of(std::string_view key) {
    if (const auto it = changed_.find(key); it != changed_.end()) return it->second;
    return simple_.Has(key);
  }
  void Note(const Mutation& mutation) {
    changed_.insert_or_assign(std::string(mutation.key), mutation.kind == Mutation::Kind::kPut);
  }

 private:
  SimpleDatastore& simple_;
  std::map<std::string, bool, std::less<>> changed_;
};

/// The writers of an adapted datastore: conditional ones are alone, so that nothing comes between
/// check and write; plain ones do not wait for each other.
class [[nodiscard]] WriterLock {
 public:
  WriterLock(base::ShareLock& lock, bool alone) : lock_(lock), alone_(alone) {
    alone_ ? lock_.LockAlone() : lock_.LockShared();
  }
  WriterLock(const WriterLock&) = delete;
  WriterLock& operator=(const WriterLock&) = delete;
  ~WriterLock() { alone_ ? lock_.UnlockAlone() : lock_.UnlockShared(); }

 private:
  base::ShareLock& lock_;
  const bool alone_;
};

/// A batch of a store with conditional writes.
class LockedBatch final : public Batch {
 public:
  LockedBatch(std::unique_ptr<Batch> batch, base::ShareLock& lock)
      : batch_(std::move(batch)), lock_(lock) {}

  Status Put(std::string_view key, std::string_view value) override {
    return batch_->Put(key, value);
  }
  Status Delete(std::string_view key) override { return batch_->Delete(key); }
  Result<Receipt> Commit(const WriteOptions& options) override {
    const WriterLock lock(lock_, /*alone=*/false);
    return batch_->Commit(options);
  }
  void Discard() override { batch_->Discard(); }

 private:
  const std::unique_ptr<Batch> batch_;
  base::ShareLock& lock_;
};

}  // namespace

namespace internal {

class AdaptedDatastore final : public Datastore {
 public:
  explicit AdaptedDatastore(std::unique_ptr<SimpleDatastore> simple)
      : simple_(std::move(simple)), capabilities_(simple_->capabilities()) {}

  const Capabilities& capabilities() const override { return capabilities_; }

  Result<Value> Get(std::string_view key, const ReadOptions& options) override {
    Result<Value> value = simple_->Get(key);
    if (value.has_value() && options.info != nullptr) *options.info = {.size = value->size()};
    return value;
  }

  Result<EntryInfo> Stat(std::string_view key, Wanted wanted,
                         const CallOptions& /*call*/) override {
    if (Wants(wanted, Wanted::kSize)) {
      ANYSTORE_ASSIGN_OR_RETURN(const std::uint64_t size, simple_->GetSize(key));
      return EntryInfo{.size = size};
    }
    ANYSTORE_ASSIGN_OR_RETURN(const bool has, simple_->Has(key));
    if (!has) return Error(Code::kNotFound);
    return EntryInfo{};
  }

  Result<std::unique_ptr<Cursor>> Scan(const KeyRange& range, const ScanOptions& options) override {
    Query query{.range = range,
                .reverse = options.reverse,
                .keys_only = !options.values,
                .return_sizes = Wants(options.wanted, Wanted::kSize),
                .call = options.call};
    ANYSTORE_ASSIGN_OR_RETURN(Results results, simple_->Query(query));
    if (auto source = results.TakeSource(); source != nullptr) return source;
    return std::make_unique<QueryCursor>(*simple_, std::move(query), std::move(results));
  }

  Result<Receipt> Apply(std::span<const Mutation> mutations, const WriteOptions& options) override {
    if (!has_conditions()) return ApplyAll(mutations, options);
    const bool conditional = std::ranges::any_of(
        mutations, [](auto& m) { return m.condition.kind != Condition::Kind::kNone; });
    const WriterLock lock(writers_, conditional);
    if (conditional) ANYSTORE_TRY(CheckConditions(mutations));
    return ApplyAll(mutations, options);
  }

  Result<std::unique_ptr<Batch>> NewBatch(const BatchOptions& options) override {
    ANYSTORE_ASSIGN_OR_RETURN(std::unique_ptr<Batch> batch, simple_->NewBatch());
    if (batch == nullptr) return Datastore::NewBatch(options);
    if (!has_conditions()) return batch;
    return std::make_unique<LockedBatch>(std::move(batch), writers_);
  }

  Status Sync(const KeyRange& range, const CallOptions& /*call*/) override {
    return simple_->Sync(range);
  }

  Status Close() override { return simple_->Close(); }

 protected:
  void* FeatureImpl(FeatureId id) override { return simple_->FindFeature(id); }

 private:
  [[nodiscard]] bool has_conditions() const {
    return capabilities_.conditional_write != ConditionScope::kAbsent;
  }

  Status CheckConditions(std::span<const Mutation> mutations) {
    using Kind = Condition::Kind;
    Presence presence(*simple_);
    for (const Mutation& mutation : mutations) {
      if (mutation.condition.kind != Kind::kNone) {
        ANYSTORE_ASSIGN_OR_RETURN(const bool has, presence.Of(mutation.key));
        const bool holds = mutation.condition.kind == Kind::kAbsent ? !has : has;
        if (!holds) {
          return Error(Code::kPreconditionFailed, has ? "there is a record" : "there is no record");
        }
      }
      presence.Note(mutation);
    }
    return Ok();
  }

  Result<Receipt> ApplyAll(std::span<const Mutation> mutations, const WriteOptions& options) {
    const bool sync = options.durability > capabilities_.put_durability;
    // A batch also takes the durability along, which saves a Sync.
    if (capabilities_.batch_atomicity >= Atomicity::kWhenReopened &&
        (mutations.size() > 1 || sync)) {
      return ApplyTogether(mutations, options);
    }
    Receipt receipt;
    for (const Mutation& mutation : mutations) {
      Status status = ApplyOne(*simple_, mutation);
      if (!status.has_value()) {
        const Applied so_far = receipt.applied > 0 ? Applied::kUnknown : status.error().applied();
        return std::move(status).error().WithApplied(so_far);
      }
      ++receipt.applied;
    }
    if (sync) {
      if (Status status = simple_->Sync(KeyRange::All()); !status.has_value()) {
        return std::move(status).error().WithApplied(Applied::kUnknown);
      }
    }
    return receipt;
  }

  Result<Receipt> ApplyTogether(std::span<const Mutation> mutations, const WriteOptions& options) {
    ANYSTORE_ASSIGN_OR_RETURN(const std::unique_ptr<Batch> batch, simple_->NewBatch());
    if (batch == nullptr) {
      return Error(Code::kInternal, "the store claims batches of all or nothing and makes none");
    }
    for (const Mutation& mutation : mutations) ANYSTORE_TRY(ApplyOne(*batch, mutation));
    return batch->Commit(options);
  }

  /// Does it, or adds it to a batch.
  template <class Target>
  static Status ApplyOne(Target& target, const Mutation& mutation) {
    switch (mutation.kind) {
      case Mutation::Kind::kPut:
        return target.Put(mutation.key, mutation.value);
      case Mutation::Kind::kDelete:
        return target.Delete(mutation.key);
      case Mutation::Kind::kDeleteRange:
      case Mutation::Kind::kSetExpiry:
        break;
    }
    return Error(Code::kUnsupported, "nine verbs cannot say this");
  }

  const std::unique_ptr<SimpleDatastore> simple_;
  const Capabilities capabilities_;
  base::ShareLock writers_;
};

}  // namespace internal

Result<bool> SimpleDatastore::Has(std::string_view key) {
  const Result<Value> value = Get(key);
  if (value.has_value()) return true;
  if (value.error().code() == Code::kNotFound) return false;
  return value.error().Clone();
}

Result<std::uint64_t> SimpleDatastore::GetSize(std::string_view key) {
  ANYSTORE_ASSIGN_OR_RETURN(const Value value, Get(key));
  return value.size();
}

Result<std::unique_ptr<Batch>> SimpleDatastore::NewBatch() { return nullptr; }

void* SimpleDatastore::FeatureImpl(FeatureId /*id*/) { return nullptr; }

std::unique_ptr<Datastore> Adapt(std::unique_ptr<SimpleDatastore> simple) {
  return std::make_unique<internal::AdaptedDatastore>(std::move(simple));
}

}  // namespace anystore
