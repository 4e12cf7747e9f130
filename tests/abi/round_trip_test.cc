// Stores that go out through the C interface and come back in: what the interface cannot say is
// lost on the way, and the kit would miss it.
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "abi/export_backend.h"
#include "abi/export_store.h"
#include "abi/import_backend.h"
#include "abi/import_store.h"
#include "anystore/conformance.h"
#include "anystore/open.h"
#include "backends/flatfs/flatfs.h"
#include "backends/memory/memory.h"
#include "conforms.h"
#include "scratch_directory.h"

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
  const conformance::Report report = testing::ExpectConforms(target);
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

/// A registry with the flatfs backend as another program sees it.
void AddFlatfs(Registry* registry) {
  const Result<const anystore_backend_v1*> table = ExportBackend(flatfs::NewFlatfsBackend());
  ASSERT_TRUE(table);
  Result<std::unique_ptr<Backend>> backend = ImportBackend("round trip", *table);
  ASSERT_TRUE(backend) << backend.error().ToString();
  ASSERT_TRUE(registry->Register(*std::move(backend)));
}

TEST(RoundTrip, OfABackendConforms) {
  Registry registry;
  AddFlatfs(&registry);
  const anystore::testing::ScratchDirectory scratch(anystore::testing::InMemory());
  const auto target =
      conformance::TargetFromUrl("flatfs:" + scratch.path().string() + "/store", &registry);
  ASSERT_TRUE(target) << target.error().ToString();
  const conformance::Report report = conformance::Run(*target, {.quick = true});
  EXPECT_TRUE(report.passed()) << report.ToText();
  EXPECT_EQ(report.find("reopening")->outcome, conformance::Outcome::kPassed);
}

TEST(RoundTrip, OfABackendSurvivesPowerCuts) {
  Registry registry;
  AddFlatfs(&registry);
  const auto target = conformance::TargetOnSimulatedDisk("flatfs:/blocks", 1, &registry);
  ASSERT_TRUE(target) << target.error().ToString();
  const conformance::Report report =
      conformance::Run(*target, {.chapters = {"crash_*"}, .quick = true});
  EXPECT_TRUE(report.passed()) << report.ToText();
  EXPECT_EQ(report.count(conformance::Outcome::kSkipped), 0U) << report.ToText();
}

/// Every call fails in a way that the test says.
class Failing final : public Datastore {
 public:
  explicit Failing(const Error& error) : error_(error.Clone()) {}

  Result<Value> Get(std::string_view, const ReadOptions&) override { return error_.Clone(); }
  Result<std::unique_ptr<Cursor>> Scan(const KeyRange&, const ScanOptions&) override {
    return error_.Clone();
  }
  Result<Receipt> Apply(std::span<const Mutation>, const WriteOptions&) override {
    return error_.Clone();
  }
  [[nodiscard]] const Capabilities& capabilities() const override { return capabilities_; }
  Status Sync(const KeyRange&, const CallOptions&) override { return error_.Clone(); }
  Status Close() override { return error_.Clone(); }

 private:
  const Error error_;
  const Capabilities capabilities_{.put_durability = Durability::kApplied};
};

void ExpectSame(const Error& found, const Error& expected) {
  EXPECT_EQ(found.ToString(), expected.ToString());
  EXPECT_EQ(found.code(), expected.code());
  EXPECT_EQ(found.retry(), expected.retry());
  EXPECT_EQ(found.applied(), expected.applied());
  EXPECT_EQ(found.os_error(), expected.os_error());
  EXPECT_EQ(found.key(), expected.key());
}

TEST(RoundTrip, KeepsErrors) {
  std::vector<Error> errors;
  for (std::uint8_t code = 1; code < kCodeCount; ++code) {
    for (const Retry retry : {Retry::kNever, Retry::kTemporary, Retry::kSpent}) {
      for (const Applied applied : {Applied::kNo, Applied::kUnknown}) {
        errors.emplace_back(static_cast<Code>(code), retry, applied);
      }
    }
  }
  errors.push_back(Error::FromErrno(28, "write /var/x"));
  errors.push_back(Error(Code::kCorruption, "block \"7\"")
                       .During("get")
                       .ForKey(std::string_view("/a\0b", 4))
                       .In("x:y")
                       .CausedBy(Error(Code::kIoError, "bad sector")));
  for (const Error& error : errors) {
    auto store = ThereAndBack(std::make_unique<Failing>(error), Environment::Host());
    ASSERT_TRUE(store) << store.error().ToString();
    ExpectSame((*store)->Get("/a", {}).error(), error);
    ExpectSame((*store)->Stat("/a", Wanted::kSize, {}).error(), error);
    ExpectSame((*store)->Scan({}, {}).error(), error);
    ExpectSame((*store)->Apply({}, {}).error(), error);
    ExpectSame((*store)->Sync({}, {}).error(), error);
    std::vector<Result<Value>> values(1);
    const std::string_view key = "/a";
    (*store)->GetMany({&key, 1}, values, {});
    ExpectSame(values.front().error(), error);
    ExpectSame((*store)->Close().error(), error);
  }
}

}  // namespace
}  // namespace anystore::abi
