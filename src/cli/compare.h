/// Two stores side by side, in key order and bounded memory.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>

#include "anystore/cursor.h"
#include "anystore/error.h"
#include "anystore/key_range.h"
#include "anystore/store.h"

namespace anystore::cli {

/// Pulls the entries of a cursor one by one.
///
/// Threads: thread-compatible.
class EntryReader {
 public:
  explicit EntryReader(std::unique_ptr<Cursor> cursor) : cursor_(std::move(cursor)) {}

  /// Moves to the next entry. False at the end.
  Result<bool> Next();
  /// The entry. Its views live until the next call.
  [[nodiscard]] const EntryView& entry() const { return entries_[at_]; }

 private:
  std::unique_ptr<Cursor> cursor_;
  std::array<EntryView, 64> entries_ = {};
  std::size_t at_ = 0;
  std::size_t count_ = 0;
};

/// What comparing found for one key.
enum class Difference { kSame, kOnlyInA, kOnlyInB, kDifferent };

/// Told for each key in order, with the size of its value.
using OnKey =
    std::function<Status(Difference difference, std::string_view key, std::uint64_t value_bytes)>;

/// Walks through both stores and tells what it finds. Ends at the first error of `on_key`.
///
/// Errors: unsupported (a store that does not scan in order) · those of the stores · cancelled.
Status CompareStores(Store& a, Store& b, const KeyRange& range, const OnKey& on_key);

/// `unsupported` when `store` does not scan in order, which `what` needs.
Status RequireOrder(const Store& store, std::string_view what);

}  // namespace anystore::cli
