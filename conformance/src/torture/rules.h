/// `Rules`: what may be asked of all the stores that one stream of operations goes to.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "anystore/capabilities.h"
#include "anystore/query.h"
#include "anystore/store.h"
#include "torture/operation.h"

namespace anystore::conformance::torture {

struct Rules {
  /// What all of them can do.
  Capabilities can = {};
  /// Whether the kit moves the clock of all of them.
  bool time_passes = true;
  /// The keys that records get: every one of the stores takes them.
  std::vector<std::string> keys = {};
  /// Keys that are read and deleted too: some store may refuse to keep a record there.
  std::vector<std::string> strange_keys = {};

  [[nodiscard]] bool ordered() const { return can.ordered_scan != Support::kAbsent; }
  /// Whether a cursor shows the moment of its beginning, whatever is written later.
  [[nodiscard]] bool cursors_stay() const { return can.scan_isolation == ScanIsolation::kSnapshot; }
  [[nodiscard]] bool expiry() const { return can.expiry != Support::kAbsent && time_passes; }
};

/// The query that a listing means. Where nothing gives its results an order, it has neither offset
/// nor limit: which entries they leave is up to each store.
[[nodiscard]] Query MakeQuery(const Listing& listing, const Rules& rules);
/// Whether the results of a query have an order that all stores agree upon.
[[nodiscard]] bool InOrder(const Listing& listing, const Rules& rules);

/// Keys of all kinds that `can.keys` allows, the strange ones included, below `prefix`: so that
/// many are prefixes of others, or differ in one byte.
[[nodiscard]] std::vector<std::string> DrawKeys(const Capabilities& can, std::string_view prefix,
                                                std::uint64_t seed);

}  // namespace anystore::conformance::torture
