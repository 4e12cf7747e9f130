/// `SimpleDatastore`: a backend in nine verbs, those of go-datastore's template.
///
/// Derive from it, write the verbs, state the capabilities: the rest (scans, windows, batches of
/// writes, features, checks, error texts) is there. A backend that can do more overrides
/// `Datastore`'s own functions, or derives from `Datastore` to begin with.
///
///     class Shelf final : public anystore::SimpleDatastore {
///       // Get, Has, GetSize, Put, Delete, Query, Sync, Close; NewBatch if it has batches
///     };
///     anystore::Store store(std::make_unique<Shelf>(), "shelf:");
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string_view>

#include "anystore/datastore.h"
#include "anystore/error.h"
#include "anystore/export.h"
#include "anystore/query.h"
#include "anystore/results.h"

namespace anystore {

/// The nine verbs, as abstract functions. What `Datastore` promises an implementer holds here too:
/// no call after Close, only keys and options that the capabilities allow.
///
/// Threads: thread-safe, but for Close. Conditional writes take a lock of this object, so two of
/// them never interleave; plain writes on a store with `conditional_write` take it as well.
class ANYSTORE_EXPORT SimpleDatastore : public Datastore {
 public:
  /// The value of `key`.
  ///
  /// Errors: not_found, without a message · corruption, io_error.
  virtual Result<anystore::Value> Get(std::string_view key) = 0;
  /// Whether `key` has a record. By default from Get.
  ///
  /// Errors: corruption, io_error.
  virtual Result<bool> Has(std::string_view key);
  /// The size of the value of `key`. By default from Get.
  ///
  /// Errors: not_found · corruption, io_error.
  virtual Result<std::uint64_t> GetSize(std::string_view key);
  /// Stores `value` under `key`.
  ///
  /// Errors: no_space, io_error, read_only.
  virtual Status Put(std::string_view key, std::string_view value) = 0;
  /// Removes `key`; a missing one is no error.
  ///
  /// Errors: no_space, io_error, read_only.
  virtual Status Delete(std::string_view key) = 0;
  /// The entries that `query` selects. Only asked for a range, in key order where the capabilities
  /// have `ordered_scan`, descending where they have `reverse_scan`, with or without values:
  /// filters, limits and other orders are added above. `Evaluate` answers from a list.
  ///
  /// Errors: corruption, io_error.
  virtual Result<Results> Query(const anystore::Query& query) = 0;
  /// Makes earlier writes in `range` durable.
  ///
  /// Errors: io_error, no_space, data_loss.
  virtual Status Sync(const KeyRange& range) = 0;
  // The remaining two verbs, Close and Batch, are Datastore's own: Close() and NewBatch().

  using Datastore::Sync;

  // What the nine verbs are turned into.
  Result<anystore::Value> Get(std::string_view key, const ReadOptions& options) override;
  Result<EntryInfo> Stat(std::string_view key, Wanted wanted, const CallOptions& call) override;
  Result<std::unique_ptr<Cursor>> Scan(const KeyRange& range, const ScanOptions& options) override;
  Result<Receipt> Apply(std::span<const Mutation> mutations, const WriteOptions& options) override;
  Status Sync(const KeyRange& range, const CallOptions& call) override;

 private:
  Status ApplyOne(const Mutation& mutation);

  std::mutex write_mutex_;
};

}  // namespace anystore
