#include "abi/export_store.h"

#include <mutex>
#include <string_view>
#include <utility>
#include <vector>

#include "abi/bytes.h"
#include "abi/errors.h"
#include "abi/export_features.h"
#include "abi/export_reader.h"
#include "abi/options.h"
#include "abi/tables.h"

namespace anystore::abi {
namespace {

/// A store with the table by which C calls it.
class ExportedStore {
 public:
  ExportedStore(std::unique_ptr<Datastore> datastore, const anystore_host_v1& host,
                std::shared_ptr<const void> keep)
      : keep_(std::move(keep)),
        datastore_(std::move(datastore)),
        capabilities_(CarriedCapabilities(datastore_->capabilities())),
        host_(host),
        features_(*datastore_, host) {
    table_.size = sizeof(table_);
    table_.self = this;
    ReadFunctions<ExportedStore>::Fill(&table_);
    table_.apply = &Apply;
    table_.sync = &Sync;
    table_.check_key = &CheckKey;
    table_.capabilities = &GetCapabilities;
    table_.feature = &Feature;
    table_.close = &Close;
    table_.release = &Release;
  }

  [[nodiscard]] const anystore_store_v1* table() const noexcept { return &table_; }
  [[nodiscard]] Reader& reader() const noexcept { return *datastore_; }
  [[nodiscard]] const anystore_host_v1& host() const noexcept { return host_; }

 private:
  static anystore_error* Apply(void* self, const anystore_mutation* mutations, std::size_t count,
                               std::size_t mutation_size, const anystore_write_options* options,
                               anystore_receipt* receipt);
  static anystore_error* Sync(void* self, const anystore_key_range* range,
                              const anystore_call_options* options) {
    return Inside<ExportedStore>(self, [&](ExportedStore& store) -> Status {
      ANYSTORE_ASSIGN_OR_RETURN(const KeyRange keys, ReadRange(range));
      ANYSTORE_ASSIGN_OR_RETURN(const FromC<CallOptions> call, ReadCall(options));
      return store.datastore_->Sync(keys, call.options);
    });
  }
  static anystore_error* CheckKey(void* self, anystore_bytes key) {
    return Inside<ExportedStore>(self, [&](ExportedStore& store) -> Status {
      ANYSTORE_ASSIGN_OR_RETURN(const std::string_view name, Given(key, "the key"));
      return store.datastore_->CheckKey(name);
    });
  }
  static anystore_error* GetCapabilities(void* self, anystore_capabilities* capabilities) {
    return Inside<ExportedStore>(self, [&](ExportedStore& store) {
      return FillStruct(capabilities, CapabilitiesForC(store.capabilities_));
    });
  }
  static const void* Feature(void* self, anystore_bytes name) {
    if (self == nullptr || !IsSane(name)) return nullptr;
    const auto& store = *static_cast<ExportedStore*>(self);
    return store.features_.Find(ViewOf(name));
  }
  static anystore_error* Close(void* self) {
    if (self == nullptr) return Give(Error(Code::kInvalidArgument, "self is null"));
    auto& store = *static_cast<ExportedStore*>(self);
    return Guarded(store.host_, [&]() -> Status {
      const std::lock_guard lock(store.close_mutex_);
      if (std::exchange(store.closed_, true)) return Ok();
      return store.datastore_->Close();
    });
  }
  static void Release(void* self) {
    auto* const store = static_cast<ExportedStore*>(self);
    if (store == nullptr) return;
    if (anystore_error* const error = Close(store); error != nullptr) {
      // Nobody is left to hear it but the log.
      store->host_.log(store->host_.self, ANYSTORE_LOG_ERROR,
                       BytesOf("closing a store failed as it was released"));
      store->host_.error_free(store->host_.self, error);
    }
    delete store;
  }

  const std::shared_ptr<const void> keep_;
  const std::unique_ptr<Datastore> datastore_;
  const Capabilities capabilities_;
  const anystore_host_v1& host_;
  const ExportedFeatures features_;
  std::mutex close_mutex_;
  bool closed_ = false;  // guarded by close_mutex_
  anystore_store_v1 table_ = {};
};

anystore_error* ExportedStore::Apply(void* self, const anystore_mutation* mutations,
                                     std::size_t count, std::size_t mutation_size,
                                     const anystore_write_options* options,
                                     anystore_receipt* receipt) {
  return Inside<ExportedStore>(self, [&](ExportedStore& store) -> Status {
    ANYSTORE_ASSIGN_OR_RETURN(const std::vector<Mutation> read,
                              ReadMutations(mutations, count, mutation_size));
    ANYSTORE_ASSIGN_OR_RETURN(const FromC<WriteOptions> write, ReadWrite(options));
    // What cannot be told is found out before anything is written.
    if (receipt != nullptr) ANYSTORE_TRY(FillStruct(receipt, anystore_receipt{}));
    ANYSTORE_ASSIGN_OR_RETURN(const Receipt done, store.datastore_->Apply(read, write.options));
    if (receipt == nullptr) return Ok();
    anystore_receipt told = {};
    told.applied = done.applied;
    if (done.version.has_value()) {
      told.flags = ANYSTORE_HAS_VERSION;
      std::memcpy(told.version, done.version->data(), sizeof(told.version));
    }
    return FillStruct(receipt, told);
  });
}

}  // namespace

const anystore_store_v1* ExportDatastore(std::unique_ptr<Datastore> datastore,
                                         const anystore_host_v1& host,
                                         std::shared_ptr<const void> keep) {
  return (new ExportedStore(std::move(datastore), host, std::move(keep)))->table();
}

}  // namespace anystore::abi
