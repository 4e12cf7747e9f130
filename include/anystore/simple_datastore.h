/// `SimpleDatastore`: a backend in the nine verbs of go-datastore's template.
///
/// Write the verbs, state the capabilities: scans, windows, conditional writes, checks and error
/// texts are added around it. Features are provided as by any datastore:
/// `Provides<SimpleDatastore, PersistentDatastore>`. A backend that can do more implements
/// `Datastore` itself.
///
///     class Shelf final : public anystore::SimpleDatastore {
///      public:
///       anystore::Capabilities capabilities() const override { return {}; }
///       anystore::Result<anystore::Value> Get(std::string_view key) override {
///         const auto it = records_.find(key);
///         if (it == records_.end()) return anystore::Error(anystore::Code::kNotFound);
///         return anystore::Value::Copy(it->second);
///       }
///       anystore::Status Put(std::string_view key, std::string_view value) override {
///         records_.insert_or_assign(std::string(key), std::string(value));
///         return anystore::Ok();
///       }
///       anystore::Status Delete(std::string_view key) override {
///         records_.erase(std::string(key));
///         return anystore::Ok();
///       }
///       anystore::Result<anystore::Results> Query(const anystore::Query& query) override {
///         std::vector<anystore::Entry> all;
///         for (const auto& [k, v] : records_) all.push_back({k, anystore::Value::Copy(v), {}});
///         ANYSTORE_ASSIGN_OR_RETURN(all, anystore::Evaluate(query, std::move(all)));
///         return anystore::Results(query, std::move(all));
///       }
///       anystore::Status Sync(const anystore::KeyRange&) override { return anystore::Ok(); }
///       anystore::Status Close() override { return anystore::Ok(); }
///
///      private:
///       std::map<std::string, std::string, std::less<>> records_;  // a real one takes a lock
///     };
///
/// `Store store(Adapt(std::make_unique<Shelf>()), "shelf:")` is then a store like any other.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "anystore/capabilities.h"
#include "anystore/datastore.h"
#include "anystore/error.h"
#include "anystore/export.h"
#include "anystore/key_range.h"
#include "anystore/query.h"
#include "anystore/results.h"
#include "anystore/value.h"

namespace anystore {

/// Nine verbs. What `Datastore` promises an implementer holds here too: no call during or after
/// Close, only keys, values and options that the capabilities allow.
///
/// Threads: thread-safe, but for Close, which is called once and alone.
class ANYSTORE_EXPORT SimpleDatastore {
 public:
  virtual ~SimpleDatastore() = default;

  /// What the store promises; asked once, when it is adapted. May claim `ordered_scan`,
  /// `reverse_scan`, `scan_isolation`, limits, durability, consistency, sharing and persistence as
  /// the verbs have them, and the `batch_atomicity` that the batches of NewBatch have: several
  /// mutations then become one of them. `conditional_write` up to `kHandle` (absent or present, no
  /// versions) is added around the verbs when it is claimed. The rest cannot be said with nine
  /// verbs.
  [[nodiscard]] virtual Capabilities capabilities() const = 0;

  /// The value of `key`.
  ///
  /// Errors: not_found, without a message · corruption, io_error.
  virtual Result<Value> Get(std::string_view key) = 0;
  /// Whether `key` has a record. By default from Get.
  ///
  /// Errors: corruption, io_error.
  virtual Result<bool> Has(std::string_view key);
  /// The size of the value of `key` in bytes. By default from Get.
  ///
  /// Errors: not_found · corruption, io_error.
  virtual Result<std::uint64_t> GetSize(std::string_view key);
  /// Stores `value` under `key`, replacing what is there. The bytes are consumed at return.
  ///
  /// Errors: no_space, io_error, read_only.
  virtual Status Put(std::string_view key, std::string_view value) = 0;
  /// Removes `key`; a missing one is no error.
  ///
  /// Errors: no_space, io_error, read_only.
  virtual Status Delete(std::string_view key) = 0;
  /// The entries that `query` selects. Asked only for a range, with or without values, in reverse
  /// only where `reverse_scan` is claimed; filters, limits and orders are added around it.
  /// `Evaluate` answers from a list of entries. Where the answer is `Results(query, cursor, true)`,
  /// that cursor serves the scan, and seeks; otherwise a seek asks again for what is left, which
  /// shows a later moment.
  ///
  /// Errors: corruption, io_error.
  virtual Result<Results> Query(const anystore::Query& query) = 0;
  /// Makes earlier writes in `range` as durable as `sync_durability` says.
  ///
  /// Errors: io_error, no_space, data_loss.
  virtual Status Sync(const KeyRange& range) = 0;
  /// Lets go of everything. The last call but the destructor.
  ///
  /// Errors: io_error, no_space, data_loss.
  virtual Status Close() = 0;
  /// A batch. By default null, which means: gather in memory, then one Put and Delete at a time.
  ///
  /// Errors: resource_exhausted.
  virtual Result<std::unique_ptr<Batch>> NewBatch();

  /// The feature with this id, null when there is none: what `Provides<SimpleDatastore, ...>`
  /// answers for.
  [[nodiscard]] void* FindFeature(FeatureId id) { return FeatureImpl(id); }

 protected:
  /// As `Datastore::FeatureImpl`.
  [[nodiscard]] virtual void* FeatureImpl(FeatureId id);
};

/// Makes a datastore of nine verbs.
[[nodiscard]] ANYSTORE_EXPORT std::unique_ptr<Datastore> Adapt(
    std::unique_ptr<SimpleDatastore> simple);

}  // namespace anystore
