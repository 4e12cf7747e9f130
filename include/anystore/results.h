/// `Results`: the answer to a query, pulled one entry at a time.
///
///     ANYSTORE_ASSIGN_OR_RETURN(anystore::Results results, store.Query({.prefix = "/users"}));
///     for (const anystore::EntryView& entry : results) Print(entry.key, entry.value);
///     ANYSTORE_TRY(results.status());  // the loop also ends at an error
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <memory>
#include <vector>

#include "anystore/cursor.h"
#include "anystore/error.h"
#include "anystore/export.h"
#include "anystore/query.h"

namespace anystore {

namespace internal {
class AdaptedDatastore;
}  // namespace internal

/// The answer to a query. Work happens as entries are pulled; closing early stops it, and so does
/// the destructor. After the store is closed, the next pull ends with `closed`.
///
/// Threads: single-thread. May be handed over to another thread between calls.
class ANYSTORE_EXPORT Results {
 public:
  /// Runs `query` over what `source` yields; the caller has limited `source` to the query's scope.
  /// `sorted` says that `source` yields in the query's order already. For backends and layers that
  /// answer queries themselves; programs get results from `Store::Query`.
  Results(Query query, std::unique_ptr<Cursor> source, bool sorted);
  /// An answer that is already there: `entries` are what `query` selects, in its order.
  Results(Query query, std::vector<Entry> entries);
  /// Takes over the answer of `other`, which is closed.
  Results(Results&& other) noexcept;
  /// Takes over the answer of `other`; closes its own.
  Results& operator=(Results&& other) noexcept;
  /// Closes.
  ~Results();

  /// Moves to the next entry. False at the end, after an error and after Close.
  bool Next() {
    if ((next_ == end_ || store_closed()) && !Pull()) return false;
    ++next_;
    return true;
  }
  /// The entry that Next moved to. Its views live until the next call on these results, or until
  /// the store is closed.
  ///
  /// Requires: the last Next returned true.
  [[nodiscard]] const EntryView& entry() const noexcept { return next_[-1]; }
  /// Why Next returned false: ok at the end and after Close.
  ///
  /// Errors: corruption, io_error · timeout, cancelled · resource_exhausted · closed (the store
  /// was closed).
  [[nodiscard]] Status status() const;
  /// All entries that are left, with bytes of their own. What was read before an error is lost.
  ///
  /// Errors: as `status`.
  [[nodiscard]] Result<std::vector<Entry>> Rest();
  /// Ends the query and lets go of what it holds. May be called any number of times.
  void Close();
  /// The query as it was given.
  [[nodiscard]] const Query& query() const noexcept;

  /// Walks through the entries that are left; one pass.
  ///
  /// Threads: single-thread.
  class Iterator {
   public:
    using iterator_category = std::input_iterator_tag;  ///< One pass.
    using value_type = EntryView;                       ///< What it yields.
    using difference_type = std::ptrdiff_t;             ///< Never used.
    /// The end.
    Iterator() = default;
    /// The entry that `results` moves to now; the end if there is none.
    explicit Iterator(Results* results) : results_(results) { ++*this; }
    /// The entry.
    const EntryView& operator*() const noexcept { return results_->entry(); }
    /// The entry's members.
    const EntryView* operator->() const noexcept { return &results_->entry(); }
    /// Moves on.
    Iterator& operator++() {
      if (!results_->Next()) results_ = nullptr;
      return *this;
    }
    /// Moves on.
    void operator++(int) { ++*this; }
    /// Whether both are at the end.
    friend bool operator==(const Iterator&, const Iterator&) = default;

   private:
    Results* results_ = nullptr;
  };
  /// The first entry that is left.
  [[nodiscard]] Iterator begin() { return Iterator(this); }
  /// The end.
  [[nodiscard]] Iterator end() noexcept { return {}; }

 private:
  friend class ReadHandle;
  friend class internal::AdaptedDatastore;
  class Pipeline;

  /// The cursor these results were made with, where they are no more than what it yields; else
  /// null. Closes them.
  std::unique_ptr<Cursor> TakeSource();

  /// Whether the store whose entries these are was closed, so that what was read ahead is gone.
  [[nodiscard]] bool store_closed() const noexcept {
    return store_closers_ != nullptr && store_closers_->load(std::memory_order_acquire) != 0;
  }
  /// Gets the next entries ready. False when there are none.
  bool Pull();

  /// The entries that are ready: from next_ to end_ those to come, before next_ the present one.
  const EntryView* next_ = nullptr;
  const EntryView* end_ = nullptr;
  std::shared_ptr<const std::atomic<std::uint32_t>> store_closers_;  // null: no store behind
  std::unique_ptr<Pipeline> pipeline_;
};

/// A cursor over entries in memory, which yields those in `range`; for backends without a scan of
/// their own. When `entries` are sorted by key it is in order and seeks; otherwise it keeps their
/// order, sorts them only to run in reverse, and refuses to seek.
[[nodiscard]] ANYSTORE_EXPORT std::unique_ptr<Cursor> MakeCursor(std::vector<Entry> entries,
                                                                 const KeyRange& range,
                                                                 const ScanOptions& options);

}  // namespace anystore
