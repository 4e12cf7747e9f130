#include "core/guarded_batch.h"

#include <utility>

#include "core/write_check.h"

namespace anystore::internal {

Status GuardedBatch::CheckUsable() const {
  if (!outcome_unknown_) return Ok();
  return Error(Code::kInvalidArgument,
               "the last commit may have been applied; only Discard is allowed");
}

Status GuardedBatch::Put(std::string_view key, std::string_view value) {
  return Add({.kind = Mutation::Kind::kPut, .key = key, .value = value});
}

Status GuardedBatch::Delete(std::string_view key) {
  return Add({.kind = Mutation::Kind::kDelete, .key = key});
}

Status GuardedBatch::Add(const Mutation& mutation) {
  const bool put = mutation.kind == Mutation::Kind::kPut;
  const std::string_view action = put ? "batch put" : "batch delete";
  const Gate::Pass pass(core().gate);
  if (!pass) return core().Closed(action);
  const std::uint64_t bytes = bytes_ + mutation.key.size() + mutation.value.size();
  Status status = CheckUsable();
  if (status.has_value()) status = CheckMutation(core(), mutation);
  if (status.has_value() && IsVoid(core(), mutation)) return Ok();
  if (status.has_value()) status = CheckBatchSize(core(), bytes);
  if (status.has_value()) {
    status = put ? batch_->Put(mutation.key, mutation.value) : batch_->Delete(mutation.key);
  }
  if (!status.has_value()) {
    return core().Explain(std::move(status).error(), action, mutation.key);
  }
  bytes_ = bytes;
  ++count_;
  return status;
}

Result<Receipt> GuardedBatch::Commit(const WriteOptions& options) {
  const Gate::Pass pass(core().gate);
  if (!pass) return core().Closed("commit");
  Status status = CheckUsable();
  if (status.has_value()) status = CheckWriteOptions(core(), options, count_);
  if (!status.has_value()) return core().Explain(std::move(status).error(), "commit");
  Result<Receipt> receipt = batch_->Commit(options);
  if (!receipt.has_value()) {
    outcome_unknown_ = receipt.error().applied() == Applied::kUnknown;
    return core().Explain(std::move(receipt).error(), "commit");
  }
  bytes_ = count_ = 0;
  return receipt;
}

void GuardedBatch::Discard() {
  const Gate::Pass pass(core().gate);
  if (!pass) return;
  batch_->Discard();
  bytes_ = count_ = 0;
  outcome_unknown_ = false;
}

}  // namespace anystore::internal
