#include "layers/strict_store.h"

#include <algorithm>
#include <vector>

#include "anystore/results.h"

namespace anystore::testing {
namespace {

Error Misused(std::string_view what) {
  return {Code::kInternal, "a store was asked for what it does not claim: " + std::string(what)};
}

}  // namespace

Capabilities Consistent(Capabilities weak) {
  if (weak.ordered_scan == Support::kAbsent) weak.reverse_scan = Support::kAbsent;
  if (weak.access == Access::kReadOnly) {
    weak.batch_atomicity = Atomicity::kNone;
    weak.conditional_write = ConditionScope::kAbsent;
    weak.delete_range = Support::kAbsent;
    weak.transactions = Support::kAbsent;
  }
  return weak;
}

Status StrictStore::CheckWanted(Wanted wanted) const {
  const Capabilities& can = capabilities();
  if (Wants(wanted, Wanted::kVersion) && can.versions == VersionSupport::kAbsent) {
    return Misused("versions");
  }
  if (Wants(wanted, Wanted::kExpiry) && can.expiry == Support::kAbsent) return Misused("expiry");
  return Ok();
}

void StrictStore::Hide(EntryInfo& info) const {
  if (capabilities().versions == VersionSupport::kAbsent) info.version.reset();
  if (capabilities().expiry == Support::kAbsent) info.expires_at.reset();
}

Result<Value> StrictStore::Get(std::string_view key, const ReadOptions& options) {
  if (!options.window.whole() && capabilities().range_read != Support::kNative) {
    return Misused("a window");
  }
  Result<Value> value = MapStore::Get(key, options);
  if (options.info != nullptr) Hide(*options.info);
  return value;
}

Result<EntryInfo> StrictStore::Stat(std::string_view key, Wanted wanted, const CallOptions& call) {
  ANYSTORE_TRY(CheckWanted(wanted));
  ANYSTORE_ASSIGN_OR_RETURN(EntryInfo info, MapStore::Stat(key, wanted, call));
  Hide(info);
  return info;
}

Result<std::unique_ptr<Cursor>> StrictStore::Scan(const KeyRange& range,
                                                  const ScanOptions& options) {
  ANYSTORE_TRY(CheckWanted(options.wanted));
  const Capabilities& can = capabilities();
  if (options.reverse && can.reverse_scan == Support::kAbsent) return Misused("reverse");
  std::vector<Entry> entries = Entries(range, options);
  for (Entry& entry : entries) Hide(entry.info);
  if (can.ordered_scan == Support::kAbsent) {
    // In an order of its own.
    std::ranges::sort(entries, {}, [](const Entry& entry) { return FeatureName(entry.key); });
  }
  return MakeCursor(std::move(entries), range, options);
}

Status StrictStore::CheckMutation(const Mutation& mutation) const {
  const Capabilities& can = capabilities();
  if (mutation.condition.kind != Condition::Kind::kNone &&
      can.conditional_write == ConditionScope::kAbsent) {
    return Misused("a condition");
  }
  if (mutation.condition.kind == Condition::Kind::kVersionIs &&
      can.versions == VersionSupport::kAbsent) {
    return Misused("a condition on a version");
  }
  const bool expires =
      mutation.expires_at.has_value() || mutation.kind == Mutation::Kind::kSetExpiry;
  if (expires && can.expiry == Support::kAbsent) return Misused("an expiry");
  if (mutation.kind == Mutation::Kind::kDeleteRange) {
    return can.delete_range == Support::kAbsent ? Status(Misused("a range deleted")) : Ok();
  }
  if (mutation.value.size() > can.value_bytes_max) return Misused("a longer value");
  if (!anystore::CheckKey(can.keys, mutation.key).has_value()) return Misused("another key");
  return Ok();
}

Status StrictStore::CheckOptions(const WriteOptions& options) const {
  const Capabilities& can = capabilities();
  if (options.durability > can.durability_max) return Misused("more durability");
  if (options.all_or_nothing && can.batch_atomicity < Atomicity::kWhenReopened) {
    return Misused("all or nothing");
  }
  if (options.want_version && can.versions == VersionSupport::kAbsent) return Misused("a version");
  return Ok();
}

Result<Receipt> StrictStore::Apply(std::span<const Mutation> mutations,
                                   const WriteOptions& options) {
  if (capabilities().access == Access::kReadOnly) return Error(Code::kReadOnly);
  ANYSTORE_TRY(CheckOptions(options));
  std::uint64_t bytes = 0;
  for (const Mutation& mutation : mutations) {
    ANYSTORE_TRY(CheckMutation(mutation));
    bytes += mutation.key.size() + mutation.value.size();
  }
  if (mutations.size() > 1 && bytes > capabilities().batch_bytes_max) {
    return Misused("a larger batch");
  }
  ANYSTORE_ASSIGN_OR_RETURN(Receipt receipt, MapStore::Apply(mutations, options));
  if (capabilities().versions == VersionSupport::kAbsent) receipt.version.reset();
  return receipt;
}

}  // namespace anystore::testing
