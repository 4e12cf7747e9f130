/// A search by halving.
#pragma once

namespace anystore::tablet {

/// The first number for which `holds`, of `count` from `first` on, where it holds for all behind
/// that one, too; there may be none, then it is the one behind them. In damaged data, where it
/// holds now and then, any of them.
template <class Number, class Predicate>
[[nodiscard]] constexpr Number FirstWhere(Number first, Number count, Predicate&& holds) {
  while (count > 0) {
    const Number half = count / 2;
    if (holds(first + half)) {
      count = half;
    } else {
      first += half + 1;
      count -= half + 1;
    }
  }
  return first;
}

}  // namespace anystore::tablet
