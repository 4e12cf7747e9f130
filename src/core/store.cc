#include "anystore/store.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "anystore/features.h"
#include "core/guarded_batch.h"
#include "core/store_core.h"
#include "core/write_check.h"

namespace anystore {

using internal::Gate;
using internal::StoreCore;

namespace {

std::string_view ActionOf(Mutation::Kind kind) {
  switch (kind) {
    case Mutation::Kind::kPut:
      return "put";
    case Mutation::Kind::kDelete:
      return "delete";
    case Mutation::Kind::kDeleteRange:
      return "delete range";
    case Mutation::Kind::kSetExpiry:
      return "set expiry";
  }
  return "apply";
}

/// Whether a write needs none of the checks that `ApplyCarefully` makes.
bool IsPlain(const StoreCore& core, const Mutation& mutation, const WriteOptions& options) {
  return options.durability == Durability::kStoreDefault && !options.all_or_nothing &&
         !options.want_version && options.call.unbounded() &&
         mutation.kind <= Mutation::Kind::kDelete &&
         mutation.condition.kind == Condition::Kind::kNone && !mutation.expires_at.has_value() &&
         core.TakesPlainly(mutation.key) &&
         mutation.value.size() <= core.capabilities().value_bytes_max;
}

/// A write with everything that may have to be looked at first.
[[gnu::noinline]] Result<Receipt> ApplyCarefully(StoreCore& core, bool open,
                                                 const Mutation& mutation,
                                                 const WriteOptions& options) {
  if (!open) return Error(Code::kClosed);
  ANYSTORE_TRY(internal::CheckWriteOptions(core, options, 1));
  ANYSTORE_TRY(internal::CheckMutation(core, mutation));
  if (internal::IsVoid(core, mutation)) return Receipt{.applied = 1};
  return core.root().Apply({&mutation, 1}, options);
}

/// One mutation: the common case, with its own verb and key in error texts.
Result<Receipt> ApplyOne(StoreCore& core, const Mutation& mutation, const WriteOptions& options) {
  const Gate::Pass pass(core.gate);
  // One variable, one return: the datastore writes its receipt straight to the caller's.
  Result<Receipt> receipt = pass && IsPlain(core, mutation, options)
                                ? core.root().Apply({&mutation, 1}, options)
                                : ApplyCarefully(core, static_cast<bool>(pass), mutation, options);
  if (!receipt.has_value()) [[unlikely]] {
    core.ExplainInPlace(receipt.error(), ActionOf(mutation.kind), mutation.key);
  }
  return receipt;
}

/// Deletes a range key by key, for stores that cannot at once. `keys` is refilled from the front
/// until nothing is left, so memory stays bounded however large the range.
Status DeleteOneByOne(Store& store, const KeyRange& range, const WriteOptions& options) {
  constexpr std::int64_t kAtOnce = 256;
  for (;;) {
    ANYSTORE_ASSIGN_OR_RETURN(
        Results results,
        store.Query({.range = range, .limit = kAtOnce, .keys_only = true, .call = options.call}));
    ANYSTORE_ASSIGN_OR_RETURN(const std::vector<Entry> entries, results.Rest());
    for (const Entry& entry : entries) {
      ANYSTORE_TRY(store.Delete(entry.key, {.write = options}));
    }
    if (entries.size() < static_cast<std::size_t>(kAtOnce)) return Ok();
  }
}

}  // namespace

Store::Store(std::unique_ptr<Datastore> datastore, std::string name, const Environment& environment)
    : ReadHandle(std::make_shared<StoreCore>(std::move(datastore), std::move(name), environment),
                 nullptr) {}

Store::Store(Store&& other) noexcept = default;

Store& Store::operator=(Store&& other) noexcept {
  Store old(std::move(*this));
  ReadHandle::operator=(std::move(other));
  return *this;
}

Store::~Store() {
  if (core_ == nullptr) return;
  if (const Status status = Close(); !status.has_value()) {
    core_->environment().logger->Log(LogLevel::kError, status.error().ToString());
  }
}

Result<Receipt> Store::Put(std::string_view key, std::string_view value,
                           const PutOptions& options) {
  return ApplyOne(*core_,
                  {.kind = Mutation::Kind::kPut,
                   .key = key,
                   .value = value,
                   .condition = options.condition,
                   .expires_at = options.expires_at},
                  options.write);
}

Result<Receipt> Store::Delete(std::string_view key, const DeleteOptions& options) {
  return ApplyOne(*core_,
                  {.kind = Mutation::Kind::kDelete, .key = key, .condition = options.condition},
                  options.write);
}

Status Store::DeleteRange(const KeyRange& range, const WriteOptions& options) {
  if (capabilities().access == Access::kReadOnly) {
    // Where nothing is there to delete one by one, the datastore would not be asked.
    return core_->Explain(Error(Code::kReadOnly), "delete range", range.from());
  }
  if (capabilities().delete_range == Support::kAbsent) {
    return DeleteOneByOne(*this, range, options);
  }
  Mutation mutation{.kind = Mutation::Kind::kDeleteRange, .key = range.from()};
  if (range.to().has_value()) mutation.range_to = *range.to();
  ANYSTORE_TRY(ApplyOne(*core_, mutation, options));
  return Ok();
}

Status Store::SetExpiry(std::string_view key, std::optional<Instant> expires_at,
                        const WriteOptions& options) {
  ANYSTORE_TRY(ApplyOne(
      *core_, {.kind = Mutation::Kind::kSetExpiry, .key = key, .expires_at = expires_at}, options));
  return Ok();
}

Result<Receipt> Store::Apply(std::span<const Mutation> mutations, const WriteOptions& options) {
  if (mutations.size() == 1) return ApplyOne(*core_, mutations.front(), options);
  const Gate::Pass pass(core_->gate);
  if (!pass) return core_->Closed("apply");
  Status status = internal::CheckWriteOptions(*core_, options, mutations.size());
  std::uint64_t bytes = 0;
  bool any_void = false;
  for (const Mutation& mutation : mutations) {
    if (!status.has_value()) break;
    bytes += mutation.key.size() + mutation.value.size();
    any_void = any_void || internal::IsVoid(*core_, mutation);
    status = internal::CheckMutation(*core_, mutation);
    if (!status.has_value()) {
      return core_->Explain(std::move(status).error(), ActionOf(mutation.kind), mutation.key);
    }
  }
  if (status.has_value()) status = internal::CheckBatchSize(*core_, bytes);
  if (!status.has_value()) return core_->Explain(std::move(status).error(), "apply");
  std::vector<Mutation> effective;
  if (any_void) [[unlikely]] {
    std::ranges::copy_if(mutations, std::back_inserter(effective),
                         [&](const Mutation& m) { return !internal::IsVoid(*core_, m); });
  }
  const std::span<const Mutation> rest = any_void ? effective : mutations;
  if (rest.empty()) return Receipt{.applied = mutations.size()};
  Result<Receipt> receipt = core_->root().Apply(rest, options);
  if (!receipt.has_value()) return core_->Explain(std::move(receipt).error(), "apply");
  receipt->applied = mutations.size();
  return receipt;
}

Result<std::unique_ptr<Batch>> Store::NewBatch(const BatchOptions& options) {
  const Gate::Pass pass(core_->gate);
  if (!pass) return core_->Closed("new batch");
  Result<std::unique_ptr<Batch>> batch = core_->root().NewBatch(options);
  if (!batch.has_value()) return core_->Explain(std::move(batch).error(), "new batch");
  return std::make_unique<internal::GuardedBatch>(core_, *std::move(batch));
}

Result<Snapshot> Store::NewSnapshot(const CallOptions& call) {
  const Gate::Pass pass(core_->gate);
  if (!pass) return core_->Closed("new snapshot");
  if (Status status = core_->CheckCall(call); !status.has_value()) {
    return core_->Explain(std::move(status).error(), "new snapshot");
  }
  auto* const source = core_->root().feature<SnapshotSource>();
  if (source == nullptr) {
    return core_->Explain(Error(Code::kUnsupported, "the store has no snapshots"), "new snapshot");
  }
  Result<std::unique_ptr<Reader>> reader = source->NewSnapshot(call);
  if (!reader.has_value()) return core_->Explain(std::move(reader).error(), "new snapshot");
  return Snapshot(core_, std::make_shared<internal::SnapshotCore>(core_, *std::move(reader)));
}

Status Store::Sync(const KeyRange& range, const CallOptions& call) {
  const Gate::Pass pass(core_->gate);
  if (!pass) return core_->Closed("sync");
  Status status = core_->CheckCall(call);
  if (status.has_value() && !range.empty()) status = core_->root().Sync(range, call);
  if (!status.has_value()) return core_->Explain(std::move(status).error(), "sync");
  return status;
}

Status Store::Close() { return core_->Close(); }

const Capabilities& Store::capabilities() const noexcept { return core_->capabilities(); }

const std::string& Store::name() const noexcept { return core_->name(); }

Status Store::CheckKey(std::string_view key) const {
  const Gate::Pass pass(core_->gate);
  if (!pass) return core_->Closed("check key");
  Status status = core_->CheckKey(key);
  if (!status.has_value()) return core_->Explain(std::move(status).error(), "check key", key);
  return status;
}

Datastore* Store::open_root() const noexcept {
  return core_ == nullptr || core_->gate.closed() ? nullptr : &core_->root();
}

}  // namespace anystore
