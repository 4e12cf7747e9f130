/// `EntrySource`: entries in key order, a batch at a time, deleted ones included. What cursors,
/// iterators and merges are made of.
#pragma once

#include <span>
#include <string_view>

#include "anystore/error.h"
#include "tablet/block/entry.h"

namespace anystore::tablet {

/// Threads: single-thread. May be handed over to another thread between calls.
class EntrySource {
 public:
  virtual ~EntrySource() = default;
  /// The next entries, at least one, in ascending (reversed: descending) order; none at the end and
  /// on every call after it. They live until the next call.
  ///
  /// Errors: corruption, io_error, resource_exhausted. The source stays at its place.
  [[nodiscard]] virtual Result<std::span<const TabletEntry>> Next() = 0;
  /// Moves to the first entry of its range that is not before `key` (reversed: not after it).
  ///
  /// Errors: as Next.
  virtual Status Seek(std::string_view key) = 0;
};

}  // namespace anystore::tablet
