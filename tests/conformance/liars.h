/// Stores that claim everything and do all of it but one thing.
#pragma once

#include <string_view>
#include <vector>

#include "conformance/map_store.h"

namespace anystore::conformance::testing {

/// One liar, and the one chapter that must find it out.
struct Liar {
  std::string_view name;
  std::string_view chapter;
  Maker make;
  LifeLie lie = LifeLie::kNone;
};

/// Liars about single records: reads, writes, bytes, ownership, conditions, versions, expiry.
[[nodiscard]] std::vector<Liar> RecordLiars();
/// Liars about many records: listings, order, batches, ranges, snapshots, reopening.
[[nodiscard]] std::vector<Liar> CollectionLiars();
/// Liars about what a crash leaves.
[[nodiscard]] std::vector<Liar> CrashLiars();

/// An honest store that claims `Atomicity::kWhenReopened`, and of whose other batches a crash
/// leaves half.
[[nodiscard]] Maker MakesHalvesUnlessAsked();

/// Honest stores in places that lie.
[[nodiscard]] std::vector<Liar> LifeLiars();

/// The maker of a liar whose class is `T`.
template <class T>
[[nodiscard]] Maker Makes() {
  return [](std::shared_ptr<Medium> medium, const Environment& environment) {
    return std::make_unique<T>(std::move(medium), environment);
  };
}

}  // namespace anystore::conformance::testing
