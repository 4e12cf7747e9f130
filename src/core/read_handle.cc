#include <algorithm>
#include <limits>
#include <utility>

#include "anystore/store.h"
#include "core/guarded_cursor.h"
#include "core/query_check.h"
#include "core/store_core.h"

namespace anystore {

using internal::Gate;
using internal::StoreCore;

namespace {

/// Whether a Get needs none of the checks that `GetCarefully` makes.
bool IsPlain(const StoreCore& core, std::string_view key, const ReadOptions& options) {
  return core.TakesPlainly(key) && options.call.unbounded() && options.window.whole();
}

/// Get with everything that may have to be looked at first. `reader` is null when the store is
/// closed.
[[gnu::noinline]] Result<Value> GetCarefully(const StoreCore& core, Reader* reader,
                                             std::string_view key, const ReadOptions& options) {
  if (reader == nullptr) return Error(Code::kClosed);
  ANYSTORE_TRY(core.CheckCall(options.call));
  if (!core.Takes(key)) return Error(Code::kNotFound);
  if (options.window.whole() || core.capabilities().range_read == Support::kNative) {
    return reader->Get(key, options);
  }
  const ReadOptions whole{.call = options.call, .info = options.info};
  ANYSTORE_ASSIGN_OR_RETURN(const Value value, reader->Get(key, whole));
  constexpr std::uint64_t kMost = std::numeric_limits<std::size_t>::max();
  return value.Slice(std::min(options.window.offset, kMost),
                     std::min(options.window.length, kMost));
}

/// Whether a scan in key order, in the direction it returns, is in the query's order.
struct ScanPlan {
  bool reverse = false;
  bool sorted = false;
};

ScanPlan PlanScan(const Query& query, const Capabilities& can) {
  // Keys are unique, so whatever follows an order by key decides nothing.
  const bool by_key = query.orders.empty() || query.orders.front().kind() == Order::Kind::kKey;
  const bool descending =
      query.reverse ||
      (!query.orders.empty() && query.orders.front().kind() == Order::Kind::kKeyDescending);
  if (descending) {
    const bool native =
        can.ordered_scan != Support::kAbsent && can.reverse_scan != Support::kAbsent;
    return {.reverse = native, .sorted = native};
  }
  if (query.orders.empty()) return {.reverse = false, .sorted = true};
  return {.reverse = false, .sorted = by_key && can.ordered_scan != Support::kAbsent};
}

std::uint64_t LimitHint(const Query& query, const ScanPlan& plan) {
  if (!plan.sorted || !query.filters.empty() || query.limit <= 0) {
    return ScanOptions{}.limit_hint;
  }
  return static_cast<std::uint64_t>(query.limit) +
         static_cast<std::uint64_t>(std::max<std::int64_t>(query.offset, 0));
}

}  // namespace

ReadHandle::ReadHandle(std::shared_ptr<StoreCore> core,
                       std::shared_ptr<internal::SnapshotCore> snapshot) noexcept
    : core_(std::move(core)),
      snapshot_(std::move(snapshot)),
      reader_(snapshot_ != nullptr ? snapshot_->reader() : &core_->root()) {}

ReadHandle::ReadHandle(ReadHandle&&) noexcept = default;
ReadHandle& ReadHandle::operator=(ReadHandle&&) noexcept = default;
ReadHandle::~ReadHandle() = default;

Result<Value> ReadHandle::Get(std::string_view key, const ReadOptions& options) const {
  const StoreCore& core = *core_;
  const Gate::Pass pass(core_->gate);
  // One variable, one return: the reader writes its result straight to the caller's.
  Result<Value> value = pass && IsPlain(core, key, options)
                            ? reader_->Get(key, options)
                            : GetCarefully(core, pass ? reader_ : nullptr, key, options);
  if (!value.has_value()) [[unlikely]]
    core.ExplainInPlace(value.error(), "get", key);
  return value;
}

Result<EntryInfo> ReadHandle::Stat(std::string_view key, Wanted wanted,
                                   const CallOptions& call) const {
  const StoreCore& core = *core_;
  const Gate::Pass pass(core_->gate);
  if (!pass) [[unlikely]]
    return core.Closed("stat");
  Status status = core.CheckCall(call);
  if (status.has_value()) status = core.CheckWanted(wanted);
  if (!status.has_value()) [[unlikely]] {
    return core.Explain(std::move(status).error(), "stat", key);
  }
  if (!core.Takes(key)) [[unlikely]]
    return Error(Code::kNotFound);
  Result<EntryInfo> info = reader_->Stat(key, wanted, call);
  if (!info.has_value()) [[unlikely]]
    return core.Explain(std::move(info).error(), "stat", key);
  return info;
}

Result<bool> ReadHandle::Has(std::string_view key, const CallOptions& call) const {
  Result<EntryInfo> info = Stat(key, Wanted::kExistence, call);
  if (info.has_value()) return true;
  if (info.error().code() == Code::kNotFound) return false;
  return std::move(info).error();
}

Result<std::uint64_t> ReadHandle::GetSize(std::string_view key, const CallOptions& call) const {
  Result<EntryInfo> info = Stat(key, Wanted::kSize, call);
  if (!info.has_value()) return std::move(info).error();
  return info->size;
}

Status ReadHandle::GetMany(std::span<const std::string_view> keys, std::span<Result<Value>> out,
                           const ReadOptions& options) const {
  const StoreCore& core = *core_;
  const Gate::Pass pass(core_->gate);
  if (!pass) return core.Closed("get many");
  if (keys.size() != out.size() || options.info != nullptr) {
    return core.Explain(Error(Code::kInvalidArgument, options.info != nullptr
                                                          ? "info is for one key, not for many"
                                                          : "as many results as keys are needed"),
                        "get many");
  }
  const bool simple = options.call.unbounded() && options.window.whole() &&
                      std::ranges::all_of(keys, [&](auto key) { return core.Takes(key); });
  if (!simple) {
    for (std::size_t i = 0; i < keys.size(); ++i) out[i] = Get(keys[i], options);
    return Ok();
  }
  reader_->GetMany(keys, out, options);
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (!out[i].has_value()) out[i] = core.Explain(std::move(out[i]).error(), "get", keys[i]);
  }
  return Ok();
}

Result<Results> ReadHandle::Query(anystore::Query query) const {
  const Gate::Pass pass(core_->gate);
  if (!pass) return core_->Closed("query");
  if (Status status = internal::Validate(query); !status.has_value()) {
    return core_->Explain(std::move(status).error(), "query");
  }
  const ScanPlan plan = PlanScan(query, core_->capabilities());
  const Wanted sizes = query.return_sizes ? Wanted::kSize : Wanted::kExistence;
  const Wanted expiry = query.return_expirations ? Wanted::kExpiry : Wanted::kExistence;
  const ScanOptions options{.call = query.call,
                            .reverse = plan.reverse,
                            .values = !query.keys_only || query.NeedsValues(),
                            .wanted = sizes | expiry,
                            .limit_hint = LimitHint(query, plan)};
  Result<std::unique_ptr<Cursor>> cursor = Scan(query.Scope(), options);
  if (!cursor.has_value()) return std::move(cursor).error();
  Results results(std::move(query), *std::move(cursor), plan.sorted);
  results.store_closers_ = {core_, &core_->gate.closers()};
  return results;
}

Result<std::unique_ptr<Cursor>> ReadHandle::Scan(const KeyRange& range,
                                                 const ScanOptions& options) const {
  const StoreCore& core = *core_;
  const Gate::Pass pass(core_->gate);
  if (!pass) return core.Closed("scan");
  Status status = core.CheckCall(options.call);
  if (status.has_value()) status = core.CheckWanted(options.wanted);
  if (status.has_value() && options.reverse &&
      core.capabilities().reverse_scan == Support::kAbsent) {
    status = Error(Code::kUnsupported, "the store does not scan backwards");
  }
  if (!status.has_value()) return core.Explain(std::move(status).error(), "scan");
  Result<std::unique_ptr<Cursor>> cursor =
      range.empty() ? MakeCursor({}, range, options) : reader_->Scan(range, options);
  if (!cursor.has_value()) return core.Explain(std::move(cursor).error(), "scan");
  return std::make_unique<internal::GuardedCursor>(core_, snapshot_, *std::move(cursor),
                                                   options.call);
}

}  // namespace anystore
