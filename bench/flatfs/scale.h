/// How what a store takes grows with the number of its records.
#pragma once

#include <cstddef>
#include <optional>
#include <span>

#include "flatfs/ground.h"
#include "harness.h"

namespace anystore::bench {

/// The b of a * x^b that comes nearest to the points, by least squares of the logarithms; none when
/// one of `y` is not positive. `x` are as many, positive, and at least two of them differ.
[[nodiscard]] std::optional<double> GrowthExponent(std::span<const double> x,
                                                   std::span<const double> y);

/// Fills a repository with small records up to 10,000, 100,000 and a million (a thousandth of that
/// in a smoke run), measures at each of these sizes, and adds rows for each figure and for its
/// growth; prints them as a table, too.
void MeasureScale(Bench& bench, Ground& ground);

}  // namespace anystore::bench
