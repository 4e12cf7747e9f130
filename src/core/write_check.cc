#include "core/write_check.h"

#include <string>

namespace anystore::internal {
namespace {

Status CheckCondition(const Capabilities& can, const Condition& condition) {
  if (condition.kind == Condition::Kind::kNone) return Ok();
  if (can.conditional_write == ConditionScope::kAbsent) {
    return Error(Code::kUnsupported, "the store has no conditional writes");
  }
  if (condition.kind == Condition::Kind::kVersionIs && can.versions == VersionSupport::kAbsent) {
    return Error(Code::kUnsupported, "the store has no versions");
  }
  return Ok();
}

/// What a delete with a condition says of a key that cannot have a record.
Status CheckConditionOfNothing(const Condition& condition) {
  if (condition.kind == Condition::Kind::kNone || condition.kind == Condition::Kind::kAbsent) {
    return Ok();
  }
  return Error(Code::kPreconditionFailed, "the store takes no such key");
}

Status CheckValue(const Capabilities& can, std::string_view value) {
  if (value.size() <= can.value_bytes_max) return Ok();
  return Error(Code::kTooLarge, "the value has " + std::to_string(value.size()) +
                                    " bytes, the store takes " +
                                    std::to_string(can.value_bytes_max));
}

Status CheckExpiry(const Capabilities& can) {
  if (can.expiry != Support::kAbsent) return Ok();
  return Error(Code::kUnsupported, "the store has no expiry");
}

}  // namespace

Status CheckWriteOptions(const StoreCore& core, const WriteOptions& options,
                         std::size_t mutation_count) {
  const Capabilities& can = core.capabilities();
  ANYSTORE_TRY(core.CheckCall(options.call));
  if (options.durability > can.durability_max) {
    return Error(Code::kUnsupported, "the store's writes survive no more than " +
                                         std::string(Name(can.durability_max)));
  }
  if (options.want_version) ANYSTORE_TRY(core.CheckWanted(Wanted::kVersion));
  const Atomicity needed = mutation_count > 1 ? Atomicity::kWhenReopened : Atomicity::kPerRecord;
  if (options.all_or_nothing && can.batch_atomicity < needed) {
    return Error(Code::kUnsupported, "the store's batches are not all or nothing");
  }
  return Ok();
}

Status CheckMutation(const StoreCore& core, const Mutation& mutation) {
  const Capabilities& can = core.capabilities();
  ANYSTORE_TRY(CheckCondition(can, mutation.condition));
  switch (mutation.kind) {
    case Mutation::Kind::kPut:
      if (!core.Takes(mutation.key)) return core.CheckKey(mutation.key);
      ANYSTORE_TRY(CheckValue(can, mutation.value));
      return mutation.expires_at.has_value() ? CheckExpiry(can) : Ok();
    case Mutation::Kind::kDelete:
      return core.Takes(mutation.key) ? Ok() : CheckConditionOfNothing(mutation.condition);
    case Mutation::Kind::kDeleteRange:
      if (can.delete_range == Support::kAbsent) {
        return Error(Code::kUnsupported, "the store does not delete ranges");
      }
      return mutation.condition.kind == Condition::Kind::kNone
                 ? Ok()
                 : Error(Code::kInvalidArgument, "a range has no condition");
    case Mutation::Kind::kSetExpiry:
      ANYSTORE_TRY(CheckExpiry(can));
      return core.Takes(mutation.key) ? Ok() : Status(Error(Code::kNotFound));
  }
  return Error(Code::kInvalidArgument, "an unknown kind of mutation");
}

bool IsVoid(const StoreCore& core, const Mutation& mutation) {
  // It refuses whatever is asked of it.
  if (core.capabilities().access == Access::kReadOnly) return false;
  if (mutation.kind == Mutation::Kind::kDelete) return !core.Takes(mutation.key);
  return mutation.kind == Mutation::Kind::kDeleteRange && mutation.range_to.has_value() &&
         *mutation.range_to <= mutation.key;
}

Status CheckBatchSize(const StoreCore& core, std::uint64_t bytes) {
  if (bytes <= core.capabilities().batch_bytes_max) return Ok();
  return Error(Code::kTooLarge, "the batch has " + std::to_string(bytes) +
                                    " bytes, the store takes " +
                                    std::to_string(core.capabilities().batch_bytes_max));
}

}  // namespace anystore::internal
