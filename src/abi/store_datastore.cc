// A `Store` as a datastore: every call goes through its checks.
#include <memory>
#include <optional>
#include <utility>

#include "abi/export_store.h"
#include "anystore/features.h"

namespace anystore::abi {
namespace {

/// The reads of a store or a snapshot of it.
template <class Base, class Handle>
class HandleReader : public Base {
 public:
  explicit HandleReader(Handle handle) : handle_(std::move(handle)) {}

  Result<Value> Get(std::string_view key, const ReadOptions& options) override {
    return handle_.Get(key, options);
  }
  Result<EntryInfo> Stat(std::string_view key, Wanted wanted, const CallOptions& call) override {
    return handle_.Stat(key, wanted, call);
  }
  void GetMany(std::span<const std::string_view> keys, std::span<Result<Value>> out,
               const ReadOptions& options) override {
    const Status status = handle_.GetMany(keys, out, options);
    if (status.has_value()) return;
    for (Result<Value>& one : out) one = status.error().Clone();
  }
  Result<std::unique_ptr<Cursor>> Scan(const KeyRange& range, const ScanOptions& options) override {
    return handle_.Scan(range, options);
  }

 protected:
  Handle handle_;
};

using SnapshotReader = HandleReader<Reader, Snapshot>;

/// Features are looked up at every call: a closed store has none.
class StoreDatastore final : public HandleReader<Datastore, Store>,
                             private SnapshotSource,
                             private PersistentDatastore,
                             private GcDatastore,
                             private CheckedDatastore,
                             private ScrubbedDatastore {
 public:
  using HandleReader::HandleReader;

  Result<Receipt> Apply(std::span<const Mutation> mutations, const WriteOptions& options) override {
    return handle_.Apply(mutations, options);
  }
  [[nodiscard]] const Capabilities& capabilities() const override { return handle_.capabilities(); }
  [[nodiscard]] Status CheckKey(std::string_view key) const override {
    return handle_.CheckKey(key);
  }
  Status Sync(const KeyRange& range, const CallOptions& call) override {
    return handle_.Sync(range, call);
  }
  Status Close() override { return handle_.Close(); }

 protected:
  void* FeatureImpl(FeatureId id) override {
    if (id == SnapshotSource::kId && capabilities().snapshots != Support::kAbsent) {
      return static_cast<SnapshotSource*>(this);
    }
    if (id == PersistentDatastore::kId && handle_.feature<PersistentDatastore>() != nullptr) {
      return static_cast<PersistentDatastore*>(this);
    }
    if (id == GcDatastore::kId && handle_.feature<GcDatastore>() != nullptr) {
      return static_cast<GcDatastore*>(this);
    }
    if (id == CheckedDatastore::kId && handle_.feature<CheckedDatastore>() != nullptr) {
      return static_cast<CheckedDatastore*>(this);
    }
    if (id == ScrubbedDatastore::kId && handle_.feature<ScrubbedDatastore>() != nullptr) {
      return static_cast<ScrubbedDatastore*>(this);
    }
    return nullptr;
  }

 private:
  template <class Feature>
  [[nodiscard]] Result<Feature*> Open() {
    auto* const feature = handle_.feature<Feature>();
    if (feature == nullptr) return Error(Code::kClosed);
    return feature;
  }

  Result<std::unique_ptr<Reader>> NewSnapshot(const CallOptions& call) override {
    ANYSTORE_ASSIGN_OR_RETURN(Snapshot snapshot, handle_.NewSnapshot(call));
    return std::make_unique<SnapshotReader>(std::move(snapshot));
  }
  Result<std::uint64_t> DiskUsage(const CallOptions& call) override {
    ANYSTORE_ASSIGN_OR_RETURN(auto* const usage, Open<PersistentDatastore>());
    return usage->DiskUsage(call);
  }
  Status CollectGarbage(const CallOptions& call) override {
    ANYSTORE_ASSIGN_OR_RETURN(auto* const garbage, Open<GcDatastore>());
    return garbage->CollectGarbage(call);
  }
  Result<std::vector<Finding>> Check(const CallOptions& call) override {
    ANYSTORE_ASSIGN_OR_RETURN(auto* const checking, Open<CheckedDatastore>());
    return checking->Check(call);
  }
  Result<std::vector<Finding>> Scrub(const CallOptions& call) override {
    ANYSTORE_ASSIGN_OR_RETURN(auto* const scrubbing, Open<ScrubbedDatastore>());
    return scrubbing->Scrub(call);
  }
};

}  // namespace

std::unique_ptr<Datastore> AsDatastore(Store store) {
  return std::make_unique<StoreDatastore>(std::move(store));
}

}  // namespace anystore::abi
