/// Optional verbs of a store, asked for with `feature<T>()`.
///
/// An option of a call is a field; a further verb is one of these interfaces. A composition
/// forwards the ones without keys and hides the others unless it knows what they mean, so a
/// positive answer can be relied upon.
///
///     if (auto* disk = store.feature<anystore::PersistentDatastore>()) {
///       ANYSTORE_ASSIGN_OR_RETURN(const std::uint64_t bytes, disk->DiskUsage({}));
///       Print("bytes", std::to_string(bytes));
///     }
///
/// Of go-datastore's seven features, Batching is `Store::NewBatch` (every store has it), TTL is
/// `PutOptions::expires_at` with capability `expiry`; the other five are here.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "anystore/datastore.h"
#include "anystore/environment.h"
#include "anystore/error.h"
#include "anystore/export.h"

namespace anystore {

/// Readers that show one moment for as long as they live.
///
/// Threads: thread-safe.
class ANYSTORE_EXPORT SnapshotSource {
 public:
  /// The feature's id.
  static constexpr FeatureId kId = FeatureName("anystore.snapshots/1");
  virtual ~SnapshotSource() = default;
  /// A reader of the present state, unchanged by later writes. Programs call
  /// `Store::NewSnapshot`, whose handle survives Close.
  ///
  /// Errors: resource_exhausted · timeout, cancelled.
  virtual Result<std::unique_ptr<Reader>> NewSnapshot(const CallOptions& call) = 0;
};

/// What a transaction may do.
///
/// Threads: thread-compatible.
struct TransactionOptions {
  /// When to give up.
  CallOptions call = {};
  /// Reads only: its writes fail with `read_only`.
  bool read_only = false;
};

/// Reads and writes that take effect together. Reads see the transaction's own writes.
///
/// Threads: single-thread.
class ANYSTORE_EXPORT Transaction : public Reader, public Writer {
 public:
  /// Applies all writes or none.
  ///
  /// Errors: conflict (somebody changed what was read; nothing applied) · as `Writer::Apply`.
  virtual Status Commit() = 0;
  /// Forgets the writes; after Commit it does nothing. The destructor discards.
  virtual void Discard() = 0;
};

/// Transactions.
///
/// Threads: thread-safe.
class ANYSTORE_EXPORT TransactionSource {
 public:
  /// The feature's id.
  static constexpr FeatureId kId = FeatureName("anystore.transactions/1");
  virtual ~TransactionSource() = default;
  /// A transaction over the present state.
  ///
  /// Errors: resource_exhausted · timeout, cancelled.
  virtual Result<std::unique_ptr<Transaction>> Begin(const TransactionOptions& options) = 0;
};

/// The space a store takes. Has no keys: compositions add up their parts.
///
/// Threads: thread-safe.
class ANYSTORE_EXPORT PersistentDatastore {
 public:
  /// The feature's id.
  static constexpr FeatureId kId = KeyFreeFeatureName("anystore.disk_usage/1");
  virtual ~PersistentDatastore() = default;
  /// Bytes on the medium, or in memory for a store that has no medium. May be an estimate.
  ///
  /// Errors: io_error.
  virtual Result<std::uint64_t> DiskUsage(const CallOptions& call) = 0;
};

/// Gives back space that deletes and overwrites left behind.
///
/// Threads: thread-safe.
class ANYSTORE_EXPORT GcDatastore {
 public:
  /// The feature's id.
  static constexpr FeatureId kId = KeyFreeFeatureName("anystore.garbage_collection/1");
  virtual ~GcDatastore() = default;
  /// Does so now; reads and writes go on.
  ///
  /// Errors: io_error, no_space · timeout, cancelled.
  virtual Status CollectGarbage(const CallOptions& call) = 0;
};

/// Something wrong that a check found.
///
/// Threads: thread-compatible.
struct Finding {
  /// What it concerns: a key, a file, a byte offset; printable.
  std::string where = {};
  /// What is wrong.
  std::string what = {};
};

/// Verifies what is on the medium.
///
/// Threads: thread-safe.
class ANYSTORE_EXPORT CheckedDatastore {
 public:
  /// The feature's id.
  static constexpr FeatureId kId = KeyFreeFeatureName("anystore.checking/1");
  virtual ~CheckedDatastore() = default;
  /// Reads everything and reports what is damaged; changes nothing.
  ///
  /// Errors: io_error · timeout, cancelled. Damage is a finding, not an error.
  virtual Result<std::vector<Finding>> Check(const CallOptions& call) = 0;
};

/// Repairs what is on the medium.
///
/// Threads: thread-safe.
class ANYSTORE_EXPORT ScrubbedDatastore {
 public:
  /// The feature's id.
  static constexpr FeatureId kId = KeyFreeFeatureName("anystore.scrubbing/1");
  virtual ~ScrubbedDatastore() = default;
  /// Checks and repairs what can be repaired; reports what was found and what was done.
  ///
  /// Errors: io_error, no_space, read_only · timeout, cancelled.
  virtual Result<std::vector<Finding>> Scrub(const CallOptions& call) = 0;
};

/// Who a store is: written when it is created, kept on its medium where its format has room.
///
/// Threads: thread-compatible.
struct StoreIdentity {
  /// A random UUID, as in "6d1f0c1e-0c5b-4a52-9d3c-3f6c3a1f0b11". Empty: the store has no record,
  /// as one that another program made.
  std::string id = {};
  /// The version of the record's own form.
  std::uint32_t format_version = 1;
  /// The scheme of the backend that made it.
  std::string backend = {};
  /// When it was made.
  Instant created_at = {};
  /// The fields that were fixed then (`FieldSpec::fixed_at_create`), with their values. Never
  /// secrets, hosts, or anything that may differ from one opening to the next.
  std::map<std::string, std::string> options = {};
};

/// Tells who a store is. A composition of one child is that child; of several, nobody.
///
/// Threads: thread-safe.
class ANYSTORE_EXPORT IdentifiedDatastore {
 public:
  /// The feature's id.
  static constexpr FeatureId kId = KeyFreeFeatureName("anystore.identity/1");
  virtual ~IdentifiedDatastore() = default;
  /// The record, as it was when the store was opened. Lives as long as the store.
  [[nodiscard]] virtual const StoreIdentity& identity() const = 0;
};

/// Counts and times what passes.
///
/// Threads: thread-safe.
class ANYSTORE_EXPORT MeasuredDatastore {
 public:
  /// The feature's id.
  static constexpr FeatureId kId = KeyFreeFeatureName("anystore.metrics/1");
  virtual ~MeasuredDatastore() = default;
  /// Every counter and histogram of this store and of those below it, in the text form that
  /// Prometheus scrapes.
  ///
  /// Errors: resource_exhausted.
  virtual Result<std::string> PrometheusText() = 0;
};

}  // namespace anystore
