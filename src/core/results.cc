#include "anystore/results.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include "core/guarded_cursor.h"
#include "core/ordered_entries.h"
#include "core/store_core.h"

namespace anystore {
namespace {

constexpr std::size_t kEntriesPerPull = 64;
constexpr std::uint64_t kNoLimit = std::numeric_limits<std::uint64_t>::max();

std::uint64_t OffsetOf(const Query& query) {
  return query.offset > 0 ? static_cast<std::uint64_t>(query.offset) : 0;
}

/// The store that `source` belongs to; null when it is no store's own cursor.
std::shared_ptr<internal::StoreCore> StoreOf(const Cursor* source) {
  const auto* const guarded = dynamic_cast<const internal::GuardedCursor*>(source);
  return guarded != nullptr ? guarded->shared_core() : nullptr;
}

std::uint64_t LimitOf(const Query& query) {
  return query.limit > 0 ? static_cast<std::uint64_t>(query.limit) : kNoLimit;
}

}  // namespace

/// What stands between the source and the entries that are ready: filters, order, offset, limit,
/// in this order.
class Results::Pipeline {
 public:
  Pipeline(Query query, std::unique_ptr<Cursor> source, bool sorted)
      : query_(std::move(query)),
        store_(StoreOf(source.get())),
        source_(std::move(source)),
        to_order_(!sorted && (query_.reverse || !query_.orders.empty())),
        to_filter_(!query_.filters.empty()),
        to_skip_(OffsetOf(query_)),
        to_return_(LimitOf(query_)) {}

  /// For an answer that is already there.
  Pipeline(Query query, std::unique_ptr<Cursor> answer)
      : query_(std::move(query)),
        source_(std::move(answer)),
        is_answer_(true),
        to_return_(kNoLimit) {}

  /// The next entries to return, valid until the next call; none at the end.
  std::span<EntryView> Pull() {
    // Filters and orders look at the source's views after it returned them.
    if (!to_order_ && !to_filter_) return PullInside();
    std::span<EntryView> entries;
    Inside([&] {
      entries = PullInside();
      return !entries.empty();
    });
    return entries;
  }

  /// Runs `work` as one call to the store, which therefore does not close, and the source's views
  /// live, before it is done. False when the store is closed, or `work` returns false.
  template <class Work>
  bool Inside(Work work) {
    if (store_ == nullptr) return work();
    const internal::Gate::Pass pass(store_->gate);
    if (pass) return work();
    EndWithStore();
    return false;
  }

  void Close() { source_.reset(); }
  /// As `Results::TakeSource`.
  std::unique_ptr<Cursor> TakeSource() {
    const bool as_it_is =
        !is_answer_ && !to_order_ && !to_filter_ && to_skip_ == 0 && to_return_ == kNoLimit;
    return as_it_is ? std::move(source_) : nullptr;
  }
  /// The store is gone, and with it whatever was not returned yet.
  void EndWithStore() {
    if (source_ != nullptr) Fail(Error(Code::kClosed, "the store was closed"));
  }
  [[nodiscard]] const Query& query() const { return query_; }
  [[nodiscard]] Status status() const {
    return error_.has_value() ? Status(error_->Clone()) : Ok();
  }

 private:
  std::span<EntryView> PullInside() {
    if (to_order_ && source_ != nullptr) PutInOrder();
    while (to_return_ > 0) {
      std::span<EntryView> entries = PullFromSource();
      if (entries.empty()) return {};
      if (to_filter_) entries = Filtered(entries);
      entries = Cut(entries);
      if (!entries.empty()) return entries;
    }
    Close();
    return {};
  }

  /// How many entries are needed at most, those to skip included.
  [[nodiscard]] std::uint64_t Needed() const {
    return to_return_ > kNoLimit - to_skip_ ? kNoLimit : to_skip_ + to_return_;
  }

  void Fail(Error error) {
    error_ = std::move(error);
    Close();
  }

  std::span<EntryView> PullFromSource() {
    if (source_ == nullptr) return {};
    // Without filters no entry is asked for that will not be needed.
    std::span<EntryView> room = batch_;
    if (!to_filter_ && !to_order_)
      room = room.first(std::min<std::uint64_t>(room.size(), Needed()));
    Result<std::size_t> count = source_->Next(room);
    if (!count.has_value()) [[unlikely]] {
      Fail(std::move(count).error());
      return {};
    }
    if (*count == 0) {
      Close();
    } else if (query_.call.stop.stop_requested()) [[unlikely]] {
      // Sources look for themselves; this is for those that do not.
      Fail(Error(Code::kCancelled, "the query was stopped"));
      return {};
    }
    return room.first(*count);
  }

  /// The entries that pass, moved together at the front. Asks the filters about no more than are
  /// needed, unless all have to be put in order.
  std::span<EntryView> Filtered(std::span<EntryView> entries) {
    const std::uint64_t needed = to_order_ ? kNoLimit : Needed();
    std::size_t passed = 0;
    for (const EntryView& entry : entries) {
      if (passed == needed) break;
      const bool passes = std::ranges::all_of(
          query_.filters, [&](const Filter& filter) { return filter.Passes(entry); });
      if (passes) entries[passed++] = entry;
    }
    return entries.first(passed);
  }

  /// Applies offset and limit, and drops values that only filters and orders were to see.
  std::span<EntryView> Cut(std::span<EntryView> entries) {
    const std::uint64_t skipped = std::min<std::uint64_t>(to_skip_, entries.size());
    to_skip_ -= skipped;
    entries = entries.subspan(skipped);
    entries = entries.first(std::min<std::uint64_t>(to_return_, entries.size()));
    if (to_return_ != kNoLimit) to_return_ -= entries.size();
    if (query_.keys_only) {
      for (EntryView& entry : entries) entry.value = {};
    }
    return entries;
  }

  /// Reads all of the source and puts what is needed of it in its place, in order.
  void PutInOrder() {
    const bool values = !query_.keys_only || query_.NeedsValues();
    const std::uint64_t keep = to_return_ == kNoLimit ? kNoLimit : Needed();
    auto ordered = std::make_unique<internal::OrderedEntries>(query_.orders, keep, values);
    for (;;) {
      std::span<EntryView> entries = PullFromSource();
      if (entries.empty()) break;
      if (to_filter_) entries = Filtered(entries);
      for (const EntryView& entry : entries) ordered->Add(entry);
    }
    if (!error_.has_value()) source_ = std::move(ordered);
    to_order_ = to_filter_ = false;
  }

  const Query query_;
  const std::shared_ptr<internal::StoreCore> store_;  // null: nothing can close under the source
  std::unique_ptr<Cursor> source_;
  const bool is_answer_ = false;  // in the query's order, which the source may not know
  bool to_order_ = false;
  bool to_filter_ = false;
  std::uint64_t to_skip_ = 0;
  std::uint64_t to_return_;
  std::optional<Error> error_;
  std::array<EntryView, kEntriesPerPull> batch_;
};

Results::Results(Query query, std::unique_ptr<Cursor> source, bool sorted)
    : pipeline_(std::make_unique<Pipeline>(std::move(query), std::move(source), sorted)) {}

Results::Results(Query query, std::vector<Entry> entries)
    : pipeline_(std::make_unique<Pipeline>(std::move(query),
                                           MakeCursor(std::move(entries), KeyRange::All(), {}))) {}

Results::Results(Results&& other) noexcept
    : next_(std::exchange(other.next_, nullptr)),
      end_(std::exchange(other.end_, nullptr)),
      store_closers_(std::move(other.store_closers_)),
      pipeline_(std::move(other.pipeline_)) {}

Results& Results::operator=(Results&& other) noexcept {
  next_ = std::exchange(other.next_, nullptr);
  end_ = std::exchange(other.end_, nullptr);
  store_closers_ = std::move(other.store_closers_);
  pipeline_ = std::move(other.pipeline_);
  return *this;
}

Results::~Results() = default;

bool Results::Pull() {
  next_ = end_ = nullptr;
  if (pipeline_ == nullptr) return false;
  if (store_closed()) [[unlikely]]
    pipeline_->EndWithStore();
  const std::span<const EntryView> ready = pipeline_->Pull();
  next_ = ready.data();
  end_ = next_ + ready.size();
  return !ready.empty();
}

Status Results::status() const { return pipeline_ != nullptr ? pipeline_->status() : Ok(); }

Result<std::vector<Entry>> Results::Rest() {
  std::vector<Entry> rest;
  const auto copy_what_is_ready = [&] {
    if (next_ == end_ && !Pull()) return false;
    for (; next_ != end_; ++next_) {
      rest.push_back({.key = std::string(next_->key),
                      .value = next_->value.empty() ? Value() : Value::Copy(next_->value),
                      .info = next_->info});
    }
    return true;
  };
  while (pipeline_ != nullptr && pipeline_->Inside(copy_what_is_ready)) {
  }
  next_ = end_ = nullptr;
  ANYSTORE_TRY(status());
  return rest;
}

void Results::Close() {
  next_ = end_ = nullptr;
  if (pipeline_ != nullptr) pipeline_->Close();
}

std::unique_ptr<Cursor> Results::TakeSource() {
  return pipeline_ != nullptr ? pipeline_->TakeSource() : nullptr;
}

const Query& Results::query() const noexcept {
  static const Query none;
  return pipeline_ != nullptr ? pipeline_->query() : none;
}

}  // namespace anystore
