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
#include <memory>
#include <string>
#include <vector>

#include "anystore/datastore.h"
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
  static constexpr FeatureId kId = FeatureName("anystore.disk_usage/1");
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
  static constexpr FeatureId kId = FeatureName("anystore.garbage_collection/1");
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
  static constexpr FeatureId kId = FeatureName("anystore.checking/1");
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
  static constexpr FeatureId kId = FeatureName("anystore.scrubbing/1");
  virtual ~ScrubbedDatastore() = default;
  /// Checks and repairs what can be repaired; reports what was found and what was done.
  ///
  /// Errors: io_error, no_space, read_only · timeout, cancelled.
  virtual Result<std::vector<Finding>> Scrub(const CallOptions& call) = 0;
};

}  // namespace anystore
