/// The entries of a query in its order, for sources that are not in that order.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "anystore/cursor.h"
#include "anystore/query.h"

namespace anystore::internal {

/// Takes entries in any order and yields the first `keep` of them in order. Holds copies of at
/// most `keep` entries at any time.
///
/// Threads: single-thread.
class OrderedEntries final : public Cursor {
 public:
  /// Without orders: by descending key, which is all that a query without orders can ask for.
  /// `values` says whether values are wanted, be it for the order or for the answer. `orders`
  /// must outlive this.
  OrderedEntries(std::span<const Order> orders, std::size_t keep, bool values)
      : orders_(orders), keep_(keep), values_(values) {}

  /// Takes a copy of `entry` if it is among the first so far.
  ///
  /// Requires: Next was not called yet.
  void Add(const EntryView& entry);
  /// How many entries are held.
  [[nodiscard]] std::size_t size() const noexcept { return held_.size(); }

  Result<std::size_t> Next(std::span<EntryView> out) override;
  /// Errors: unsupported, always.
  Status Seek(std::string_view key) override;

 private:
  /// An entry whose key and value stand in `bytes`.
  struct Held {
    EntryView view;
    std::unique_ptr<char[]> bytes;
  };

  [[nodiscard]] bool Before(const EntryView& a, const EntryView& b) const;
  [[nodiscard]] Held Copy(const EntryView& entry) const;

  const std::span<const Order> orders_;
  const std::size_t keep_;
  const bool values_;
  std::vector<Held> held_;  // once there are `keep_` of them: a heap, the last in order on top
  bool sorted_ = false;
  std::size_t at_ = 0;
};

}  // namespace anystore::internal
