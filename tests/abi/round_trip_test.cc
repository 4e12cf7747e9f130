// Stores that go out through the C interface and come back in: what the interface cannot say is
// lost on the way, and the kit would miss it.
#include <gtest/gtest.h>

#include <cstdlib>
#include <memory>
#include <string>
#include <utility>

#include "abi/export_store.h"
#include "abi/host.h"
#include "abi/import_store.h"
#include "anystore/conformance.h"
#include "anystore/open.h"
#include "backends/memory/memory.h"

namespace anystore::abi {
namespace {

/// `datastore` as another program sees it.
Result<std::unique_ptr<Datastore>> ThereAndBack(std::unique_ptr<Datastore> datastore,
                                                const Environment& environment) {
  auto host = std::make_unique<StoreHost>("round trip", environment);
  const anystore_store_v1* const table = ExportDatastore(std::move(datastore), host->host());
  return ImportStore(std::move(host), table);
}

void ExpectConforms(const conformance::Target& target) {
  const bool quick = std::getenv("ANYSTORE_CONFORMANCE_FULL") == nullptr;
  const conformance::Report report = conformance::Run(target, {.quick = quick});
  EXPECT_TRUE(report.passed()) << report.ToText();
  EXPECT_EQ(report.find("snapshots")->outcome, conformance::Outcome::kPassed) << report.ToText();
}

/// Stores of memory that `make` makes of an environment with a clock of the kit's.
template <class Make>
void ExpectConformsInMemory(Make&& make) {
  ManualClock clock(Environment::Host().clock->Now());
  Environment environment = Environment::Host();
  environment.clock = &clock;
  ExpectConforms({.name = "round trip of memory:",
                  .open = [&]() -> Result<Store> {
                    ANYSTORE_ASSIGN_OR_RETURN(std::unique_ptr<Datastore> store, make(environment));
                    ANYSTORE_ASSIGN_OR_RETURN(store, ThereAndBack(std::move(store), environment));
                    return Store(std::move(store), "round trip", environment);
                  },
                  .clock = &clock});
}

TEST(RoundTrip, OfADatastoreConforms) {
  ExpectConformsInMemory([](const Environment& environment) {
    return Result<std::unique_ptr<Datastore>>(memory::NewMemoryStore(environment));
  });
}

TEST(RoundTrip, OfAStoreConforms) {
  ExpectConformsInMemory([](const Environment& environment) -> Result<std::unique_ptr<Datastore>> {
    ANYSTORE_ASSIGN_OR_RETURN(Store store, Open("memory:", {.environment = &environment}));
    return AsDatastore(std::move(store));
  });
}

}  // namespace
}  // namespace anystore::abi
