/// Sorting that survives an order which is none.
#pragma once

#include <algorithm>
#include <span>
#include <vector>

#include "anystore/query.h"

namespace anystore::internal {

/// Sorts `items` so that `before` holds between neighbours. `orders` are those that `before` asks:
/// where one is a caller's function, which may be no order at all, this is a heap sort. It stays
/// in bounds whatever the function answers; faster sorts trust their comparison and do not.
template <class T, class Before>
void Sort(std::vector<T>& items, std::span<const Order> orders, Before before) {
  if (std::ranges::any_of(orders, [](auto& o) { return o.kind() == Order::Kind::kFunction; })) {
    std::ranges::make_heap(items, before);
    std::ranges::sort_heap(items, before);
  } else {
    std::ranges::sort(items, before);
  }
}

}  // namespace anystore::internal
