#include "abi/import_store.h"

#include <span>
#include <utility>
#include <vector>

#include "abi/bytes.h"
#include "abi/errors.h"
#include "abi/export_features.h"
#include "abi/host.h"
#include "abi/import_reader.h"
#include "abi/options.h"
#include "abi/tables.h"
#include "anystore/features.h"

namespace anystore::abi {
namespace {

/// The features of a store of C's; tables whose function is null are not there.
struct ForeignFeatures {
  anystore_snapshots_v1 snapshots = {};
  anystore_number_v1 usage = {};
  anystore_number_v1 garbage = {};
  anystore_findings_v1 checking = {};
  anystore_findings_v1 scrubbing = {};
};

/// A store of C's. See datastore.h for what may be relied upon; of what comes back nothing is.
class ImportedStore final : public ImportedReads<Datastore>,
                            private SnapshotSource,
                            private PersistentDatastore,
                            private GcDatastore,
                            private CheckedDatastore,
                            private ScrubbedDatastore {
 public:
  ImportedStore(std::unique_ptr<StoreHost> host, const anystore_store_v1* original,
                const anystore_store_v1& table)
      : ImportedReads(ForeignReads(host->who(), table)),
        host_(std::move(host)),
        original_(original),
        table_(table) {}
  ~ImportedStore() override {
    static_cast<void>(Foreign(who(), "release", [&] { table_.release(table_.self); }));
  }

  /// Looks at everything that is known from the start.
  Status Start();

  [[nodiscard]] const anystore_store_v1* original() const noexcept { return original_; }

  Result<Receipt> Apply(std::span<const Mutation> mutations, const WriteOptions& options) override;
  [[nodiscard]] const Capabilities& capabilities() const override { return capabilities_; }
  [[nodiscard]] Status CheckKey(std::string_view key) const override {
    if (table_.check_key == nullptr) return Datastore::CheckKey(key);
    return Foreign(who(), "check_key", [&] { return table_.check_key(table_.self, BytesOf(key)); });
  }
  Status Sync(const KeyRange& range, const CallOptions& call) override {
    const CallOptionsForC options(call);
    const anystore_key_range keys = RangeForC(range);
    return Foreign(who(), "sync", [&] { return table_.sync(table_.self, &keys, options.get()); });
  }
  Status Close() override {
    return Foreign(who(), "close", [&] { return table_.close(table_.self); });
  }

 protected:
  void* FeatureImpl(FeatureId id) override;

 private:
  [[nodiscard]] const std::string& who() const noexcept { return host_->who(); }
  Status CheckFunctions() const;
  /// Reads the table of a feature, if the store has it.
  template <class Table>
  Status FindFeature(std::string_view name, Table* table);
  /// Calls a function of findings.
  Result<std::vector<Finding>> Findings(const anystore_findings_v1& table, const char* what,
                                        const CallOptions& call);

  Result<std::unique_ptr<Reader>> NewSnapshot(const CallOptions& call) override;
  Result<std::uint64_t> DiskUsage(const CallOptions& call) override;
  Status CollectGarbage(const CallOptions& call) override;
  Result<std::vector<Finding>> Check(const CallOptions& call) override {
    return Findings(features_.checking, "checking", call);
  }
  Result<std::vector<Finding>> Scrub(const CallOptions& call) override {
    return Findings(features_.scrubbing, "scrubbing", call);
  }

  const std::unique_ptr<const StoreHost> host_;
  const anystore_store_v1* const original_;
  const anystore_store_v1 table_;
  Capabilities capabilities_ = {};
  ForeignFeatures features_ = {};
};

Status ImportedStore::CheckFunctions() const {
  constexpr const char* kTable = "the store";
  ANYSTORE_TRY(reads_.Check(kTable));
  ANYSTORE_TRY(Needs(who(), kTable, "apply", table_.apply));
  ANYSTORE_TRY(Needs(who(), kTable, "sync", table_.sync));
  ANYSTORE_TRY(Needs(who(), kTable, "capabilities", table_.capabilities));
  return Needs(who(), kTable, "close", table_.close);
}

template <class Table>
Status ImportedStore::FindFeature(std::string_view name, Table* table) {
  const void* found = nullptr;
  ANYSTORE_TRY(
      Foreign(who(), "feature", [&] { found = table_.feature(table_.self, BytesOf(name)); }));
  if (found == nullptr) return Ok();
  const std::string what = "feature " + std::string(name);
  ANYSTORE_ASSIGN_OR_RETURN(*table,
                            ReadTable(who(), what.c_str(), static_cast<const Table*>(found)));
  if constexpr (requires { table->run; }) return Needs(who(), what.c_str(), "run", table->run);
  if constexpr (requires { table->new_snapshot; }) {
    return Needs(who(), what.c_str(), "new_snapshot", table->new_snapshot);
  }
}

Status ImportedStore::Start() {
  ANYSTORE_TRY(CheckFunctions());
  anystore_capabilities given = {};
  given.size = sizeof(given);
  ANYSTORE_TRY(
      Foreign(who(), "capabilities", [&] { return table_.capabilities(table_.self, &given); }));
  Result<Capabilities> can = ReadCapabilities(given);
  if (!can.has_value()) {
    return Error(Code::kInternal, who() + ": " + std::string(can.error().message()));
  }
  capabilities_ = CarriedCapabilities(*can);
  if (Restricts(capabilities_.keys.alphabet, KeyAlphabet::kOther)) {
    ANYSTORE_TRY(Needs(who(), "the store", "check_key", table_.check_key));
  }
  if (table_.feature != nullptr) {
    ANYSTORE_TRY(FindFeature(kSnapshots, &features_.snapshots));
    ANYSTORE_TRY(FindFeature(kDiskUsage, &features_.usage));
    ANYSTORE_TRY(FindFeature(kGarbageCollection, &features_.garbage));
    ANYSTORE_TRY(FindFeature(kChecking, &features_.checking));
    ANYSTORE_TRY(FindFeature(kScrubbing, &features_.scrubbing));
  }
  const bool claims = capabilities_.snapshots != Support::kAbsent;
  if (claims == (features_.snapshots.new_snapshot != nullptr)) return Ok();
  return Error(Code::kInternal, who() +
                                    (claims ? ": claims snapshots and has no feature "
                                            : ": claims no snapshots and has feature ") +
                                    std::string(kSnapshots));
}

Result<Receipt> ImportedStore::Apply(std::span<const Mutation> mutations,
                                     const WriteOptions& options) {
  const CallForC head(options.call);
  anystore_write_options given = {};
  if (options.all_or_nothing) given.flags |= ANYSTORE_ALL_OR_NOTHING;
  if (options.want_version) given.flags |= ANYSTORE_TELL_VERSION;
  head.Fill(&given);
  given.durability = static_cast<std::uint32_t>(options.durability);
  anystore_mutation one;
  std::vector<anystore_mutation> many;
  if (mutations.size() == 1) {
    one = MutationForC(mutations.front());
  } else {
    many.reserve(mutations.size());
    for (const Mutation& mutation : mutations) many.push_back(MutationForC(mutation));
  }
  anystore_receipt told = {};
  told.size = sizeof(told);
  ANYSTORE_TRY(Foreign(who(), "apply", [&] {
    return table_.apply(table_.self, mutations.size() == 1 ? &one : many.data(), mutations.size(),
                        sizeof(anystore_mutation), &given, &told);
  }));
  // Success means all of them, whatever it says.
  Receipt receipt{.applied = mutations.size()};
  if ((told.flags & ANYSTORE_HAS_VERSION) != 0) {
    std::memcpy(receipt.version.emplace().data(), told.version, sizeof(told.version));
  }
  return receipt;
}

void* ImportedStore::FeatureImpl(FeatureId id) {
  if (id == SnapshotSource::kId && features_.snapshots.new_snapshot != nullptr) {
    return static_cast<SnapshotSource*>(this);
  }
  if (id == PersistentDatastore::kId && features_.usage.run != nullptr) {
    return static_cast<PersistentDatastore*>(this);
  }
  if (id == GcDatastore::kId && features_.garbage.run != nullptr) {
    return static_cast<GcDatastore*>(this);
  }
  if (id == CheckedDatastore::kId && features_.checking.run != nullptr) {
    return static_cast<CheckedDatastore*>(this);
  }
  if (id == ScrubbedDatastore::kId && features_.scrubbing.run != nullptr) {
    return static_cast<ScrubbedDatastore*>(this);
  }
  return nullptr;
}

Result<std::unique_ptr<Reader>> ImportedStore::NewSnapshot(const CallOptions& call) {
  const CallOptionsForC options(call);
  const anystore_reader_v1* found = nullptr;
  ANYSTORE_TRY(Foreign(who(), "new_snapshot", [&] {
    return features_.snapshots.new_snapshot(features_.snapshots.self, options.get(), &found);
  }));
  return ImportReader(who(), found);
}

Result<std::uint64_t> ImportedStore::DiskUsage(const CallOptions& call) {
  const CallOptionsForC options(call);
  std::uint64_t bytes = 0;
  ANYSTORE_TRY(Foreign(who(), "disk usage", [&] {
    return features_.usage.run(features_.usage.self, options.get(), &bytes);
  }));
  return bytes;
}

Status ImportedStore::CollectGarbage(const CallOptions& call) {
  const CallOptionsForC options(call);
  std::uint64_t ignored = 0;
  return Foreign(who(), "garbage collection", [&] {
    return features_.garbage.run(features_.garbage.self, options.get(), &ignored);
  });
}

Result<std::vector<Finding>> ImportedStore::Findings(const anystore_findings_v1& table,
                                                     const char* what, const CallOptions& call) {
  const CallOptionsForC options(call);
  std::vector<Finding> findings;
  const auto report = [](void* context, anystore_bytes where, anystore_bytes found) {
    if (!IsSane(where) || !IsSane(found)) return;
    static_cast<std::vector<Finding>*>(context)->push_back(
        {.where = std::string(ViewOf(where)), .what = std::string(ViewOf(found))});
  };
  ANYSTORE_TRY(Foreign(who(), what,
                       [&] { return table.run(table.self, options.get(), report, &findings); }));
  return findings;
}

}  // namespace

StoreHost::StoreHost(std::string who, const Environment& environment)
    : who_(std::move(who)), host_(HostOf(environment)) {}

Result<std::unique_ptr<Datastore>> ImportStore(std::unique_ptr<StoreHost> host,
                                               const anystore_store_v1* table) {
  const std::string& who = host->who();
  ANYSTORE_ASSIGN_OR_RETURN(const anystore_store_v1 read, ReadTable(who, "the store", table));
  ANYSTORE_TRY(Needs(who, "the store", "release", read.release));
  auto store = std::make_unique<ImportedStore>(std::move(host), table, read);
  ANYSTORE_TRY(store->Start());
  return store;
}

const anystore_store_v1* TableOf(Datastore& datastore) noexcept {
  const auto* const imported = dynamic_cast<ImportedStore*>(&datastore);
  return imported == nullptr ? nullptr : imported->original();
}

}  // namespace anystore::abi
