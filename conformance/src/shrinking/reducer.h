/// `Reducer`: makes a list that fails as short as it gets. For scripts of any kind.
///
///     Reducer<Operation> reducer(script, fails, 2000);
///     bool smaller = true;
///     while (smaller && reducer.left() > 0) smaller = reducer.LeaveOut() || Simplify(reducer);
#pragma once

#include <algorithm>
#include <cstddef>
#include <functional>
#include <utility>
#include <vector>

namespace anystore::conformance::shrinking {

/// Threads: thread-compatible.
template <class Item>
class Reducer {
 public:
  /// Whether a list fails in the way that is looked for.
  using Fails = std::function<bool(const std::vector<Item>&)>;

  /// `items` fail; at most `tries_max` others are tried.
  Reducer(std::vector<Item> items, Fails fails, std::size_t tries_max)
      : items_(std::move(items)), fails_(std::move(fails)), left_(tries_max) {}

  /// The shortest list found so far.
  [[nodiscard]] const std::vector<Item>& items() const noexcept { return items_; }
  /// How many tries are left.
  [[nodiscard]] std::size_t left() const noexcept { return left_; }

  /// Takes over these if they fail.
  bool Try(std::vector<Item> items) {
    if (left_ == 0) return false;
    --left_;
    if (!fails_(items)) return false;
    items_ = std::move(items);
    return true;
  }
  /// As Try, with one item changed. Only for changes that make it simpler.
  bool TryOne(std::size_t at, Item changed) {
    if (changed == items_[at]) return false;
    std::vector<Item> copy = items_;
    copy[at] = std::move(changed);
    return Try(std::move(copy));
  }
  /// Leaves out whatever it can, from the end, in ever smaller pieces. Whether it could.
  bool LeaveOut() {
    bool smaller = false;
    for (std::size_t piece = std::max<std::size_t>(items_.size() / 2, 1); piece > 0; piece /= 2) {
      for (std::size_t end = items_.size(); end > 0;) {
        const std::size_t begin = end - std::min(piece, end);
        std::vector<Item> fewer = items_;
        fewer.erase(fewer.begin() + static_cast<std::ptrdiff_t>(begin),
                    fewer.begin() + static_cast<std::ptrdiff_t>(end));
        smaller = Try(std::move(fewer)) || smaller;
        end = std::min(begin, items_.size());
      }
    }
    return smaller;
  }

 private:
  std::vector<Item> items_;
  Fails fails_;
  std::size_t left_;
};

}  // namespace anystore::conformance::shrinking
