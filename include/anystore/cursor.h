/// `Cursor`: what a backend returns from Scan, and the entries it yields.
///
/// Programs read through `Results` (results.h), which adds filters, orders and limits.
///
///     std::array<anystore::EntryView, 64> entries;
///     for (;;) {
///       ANYSTORE_ASSIGN_OR_RETURN(const std::size_t count, cursor.Next(entries));
///       if (count == 0) break;
///       for (const auto& entry : std::span(entries).first(count)) total += entry.value.size();
///     }
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "anystore/error.h"
#include "anystore/export.h"
#include "anystore/options.h"
#include "anystore/value.h"

namespace anystore {

/// One entry of a listing, as views that live until the cursor moves.
///
/// Threads: thread-compatible.
struct EntryView {
  /// The key.
  std::string_view key = {};
  /// The value; empty when the listing has no values.
  std::string_view value = {};
  /// What else was asked for.
  EntryInfo info = {};
};

/// One entry of a listing, owning its bytes.
///
/// Threads: thread-compatible.
struct Entry {
  /// The key.
  std::string key = {};
  /// The value; empty when the listing has no values.
  Value value = {};
  /// What else was asked for.
  EntryInfo info = {};
};

/// Walks through the entries of a range. On a store with `ordered_scan`, in bytewise key order
/// (descending when reversed). What it shows of writes made meanwhile is `scan_isolation`.
///
/// Threads: single-thread. May be handed over to another thread between calls.
class ANYSTORE_EXPORT Cursor {
 public:
  virtual ~Cursor() = default;
  /// Fills the front of `out` with the next entries and returns how many: at least one, or 0 at
  /// the end and on every call after it. The views live until the next call on this cursor.
  ///
  /// Requires: `out` is not empty.
  /// Errors: corruption, io_error · timeout, cancelled · closed. The cursor stays at its place,
  /// so that a temporary error may be retried.
  virtual Result<std::size_t> Next(std::span<EntryView> out) = 0;
  /// Moves to the first key of the range that is not before `key` (reversed: not after `key`),
  /// forwards or backwards.
  ///
  /// Errors: unsupported (the store has no `ordered_scan`) · as Next.
  virtual Status Seek(std::string_view key) = 0;
};

}  // namespace anystore
