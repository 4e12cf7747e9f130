/// Holds stores against the kit.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>

#include "anystore/conformance.h"

namespace anystore::testing {

/// Whether the kit is to be quick. ANYSTORE_CONFORMANCE_FULL=1 runs what every release must pass.
inline bool QuickKit() { return std::getenv("ANYSTORE_CONFORMANCE_FULL") == nullptr; }

/// Runs the whole kit, which must pass.
inline conformance::Report ExpectConforms(const conformance::Target& target) {
  conformance::Report report = conformance::Run(target, {.quick = QuickKit()});
  EXPECT_TRUE(report.passed()) << report.ToText();
  return report;
}

}  // namespace anystore::testing
