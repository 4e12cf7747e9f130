/// `Store`: what a program holds. One key/value interface over any store.
///
///     ANYSTORE_ASSIGN_OR_RETURN(anystore::Store store, anystore::Open("memory:"));
///     ANYSTORE_TRY(store.Put("/greeting", "hello"));
///     ANYSTORE_ASSIGN_OR_RETURN(const anystore::Value value, store.Get("/greeting"));
///     assert(value.bytes() == "hello");
///     ANYSTORE_TRY(store.Close());
///
/// Keys and values are byte strings; `Key` (key.h) gives them a hierarchy where that is wanted.
/// Everything a caller must be protected from is checked here, once, before the backend is asked:
/// closed stores, keys and values over their limits, options that the store does not have.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "anystore/capabilities.h"
#include "anystore/datastore.h"
#include "anystore/environment.h"
#include "anystore/error.h"
#include "anystore/export.h"
#include "anystore/key_range.h"
#include "anystore/options.h"
#include "anystore/query.h"
#include "anystore/results.h"
#include "anystore/value.h"

namespace anystore {

namespace internal {
class StoreCore;
class SnapshotCore;
struct StoreAccess;
}  // namespace internal

/// The reads that stores and snapshots share.
///
/// Threads: thread-safe.
class ANYSTORE_EXPORT ReadHandle {
 public:
  /// The value of `key`: whole, or the part that `options.window` names.
  ///
  /// Errors: not_found (no record; allocates nothing) · corruption, io_error · too_large,
  /// resource_exhausted (a value that does not fit into memory) · timeout, cancelled · closed.
  Result<Value> Get(std::string_view key, const ReadOptions& options = {}) const;
  /// Whether `key` has a record.
  ///
  /// Errors: corruption, io_error · timeout, cancelled · closed.
  Result<bool> Has(std::string_view key, const CallOptions& call = {}) const;
  /// The size of the value of `key` in bytes.
  ///
  /// Errors: not_found · corruption, io_error · timeout, cancelled · closed.
  Result<std::uint64_t> GetSize(std::string_view key, const CallOptions& call = {}) const;
  /// What is known of `key` without its value.
  ///
  /// Errors: not_found · unsupported (a version or an expiry was asked for that the store does not
  /// have) · corruption, io_error · timeout, cancelled · closed.
  Result<EntryInfo> Stat(std::string_view key, Wanted wanted = Wanted::kSize,
                         const CallOptions& call = {}) const;
  /// Sets `out[i]` to what Get of `keys[i]` returns. Keys may repeat.
  ///
  /// Errors: invalid_argument (the spans differ in size, or `options.info` is set) · closed. What
  /// befalls single keys stands in `out`.
  Status GetMany(std::span<const std::string_view> keys, std::span<Result<Value>> out,
                 const ReadOptions& options = {}) const;
  /// The entries that `query` selects. May return before the query has begun to run.
  ///
  /// Errors: invalid_argument (a malformed query) · unsupported (expirations of a store without
  /// expiry) · resource_exhausted, corruption, io_error · timeout, cancelled · closed.
  Result<Results> Query(anystore::Query query) const;
  /// A cursor over `range`: the raw material of Query, for layers and tools. It becomes `closed`
  /// with the store.
  ///
  /// Errors: unsupported (reverse without `reverse_scan`, a version or expiry that the store does
  /// not have) · resource_exhausted, corruption, io_error · timeout, cancelled · closed.
  Result<std::unique_ptr<Cursor>> Scan(const KeyRange& range,
                                       const ScanOptions& options = {}) const;

 protected:
  ReadHandle(std::shared_ptr<internal::StoreCore> core,
             std::shared_ptr<internal::SnapshotCore> snapshot) noexcept;
  ReadHandle(ReadHandle&&) noexcept;
  ReadHandle& operator=(ReadHandle&&) noexcept;
  ~ReadHandle();

  std::shared_ptr<internal::StoreCore> core_;
  std::shared_ptr<internal::SnapshotCore> snapshot_;  // null for a store
  Reader* reader_;                                    // only looked at while the store is open
};

/// A view of one moment of a store, unchanged by later writes. Holds back the reuse of space, so
/// let it go soon. After the store is closed every call returns `closed`.
///
/// Threads: thread-safe.
class ANYSTORE_EXPORT Snapshot final : public ReadHandle {
 private:
  friend class Store;
  using ReadHandle::ReadHandle;
};

/// An open store. Movable; the destructor closes it, but only Close tells what went wrong.
///
/// A write is visible to every later call on this store at return. What it survives is
/// `capabilities().put_durability`, unless its options ask for more. A failed write says by
/// `Error::applied()` whether it is known to have changed nothing.
///
/// Threads: thread-safe. Close waits for calls in progress; calls made later return `closed`.
class ANYSTORE_EXPORT Store final : public ReadHandle {
 public:
  /// Makes a datastore usable by programs. `name` stands in error texts: its URL, secrets redacted.
  /// `environment` must outlive the store.
  explicit Store(std::unique_ptr<Datastore> datastore, std::string name = "store",
                 const Environment& environment = Environment::Host());
  /// Takes over the store of `other`, which may then only be destroyed or assigned to.
  Store(Store&& other) noexcept;
  /// Closes its own store and takes over that of `other`.
  Store& operator=(Store&& other) noexcept;
  /// Closes the store if that was not done.
  ~Store();

  /// Stores `value` under `key`, replacing what is there, its expiry included. An empty value is a
  /// value. The bytes are consumed at return.
  ///
  /// Errors: precondition_failed (`options.condition` does not hold; nothing written) ·
  /// invalid_argument, too_large (key or value; see `capabilities()`) · unsupported (an option the
  /// store does not have; nothing written) · no_space, io_error, read_only, data_loss ·
  /// timeout, cancelled · closed.
  Result<Receipt> Put(std::string_view key, std::string_view value, const PutOptions& options = {});
  /// Removes `key`. A missing key is success, also one that the store would not take.
  ///
  /// Errors: precondition_failed · unsupported · no_space, io_error, read_only, data_loss ·
  /// timeout, cancelled · closed.
  Result<Receipt> Delete(std::string_view key, const DeleteOptions& options = {});
  /// Removes every key in `range`: natively where the store can, else one after another.
  ///
  /// Errors: as Delete.
  Status DeleteRange(const KeyRange& range, const WriteOptions& options = {});
  /// Sets when `key` goes away, or with no moment that it stays.
  ///
  /// Errors: not_found · unsupported (no `expiry`) · as Put.
  Status SetExpiry(std::string_view key, std::optional<Instant> expires_at,
                   const WriteOptions& options = {});
  /// Applies the mutations in order; later ones see earlier ones. The one write that all others
  /// are made of.
  ///
  /// Errors: as Put · not_found (an expiry set on a missing key) · unsupported
  /// (`all_or_nothing` on a store whose batches are not).
  Result<Receipt> Apply(std::span<const Mutation> mutations, const WriteOptions& options = {});
  /// A batch of writes. It becomes `closed` with the store.
  ///
  /// Errors: resource_exhausted · closed.
  Result<std::unique_ptr<Batch>> NewBatch(const BatchOptions& options = {});
  /// A view of this moment.
  ///
  /// Errors: unsupported (no `snapshots`) · resource_exhausted · timeout, cancelled · closed.
  Result<Snapshot> NewSnapshot(const CallOptions& call = {});
  /// Makes every write in `range` that returned before this call as durable as
  /// `capabilities().sync_durability` says.
  ///
  /// Errors: io_error, no_space, data_loss (an earlier write is lost) · timeout, cancelled ·
  /// closed.
  Status Sync(const KeyRange& range = {}, const CallOptions& call = {});
  /// Waits for calls in progress, ends all results, batches and snapshots, and lets go of the
  /// store. A second Close does nothing.
  ///
  /// Errors: io_error, no_space, data_loss. The store is closed all the same.
  Status Close();

  /// What the store can do; fixed while it is open.
  [[nodiscard]] const Capabilities& capabilities() const noexcept;
  /// The store's name in messages: its URL, secrets redacted.
  [[nodiscard]] const std::string& name() const noexcept;
  /// Whether the store takes `key`.
  ///
  /// Errors: invalid_argument · too_large · closed.
  Status CheckKey(std::string_view key) const;
  /// The feature interface `F`, null when the store has none or is closed. Valid until Close; the
  /// caller sees to it that no call on it is in progress then.
  template <class F>
  [[nodiscard]] F* feature() {
    Datastore* const root = open_root();
    return root != nullptr ? root->feature<F>() : nullptr;
  }

 private:
  friend struct internal::StoreAccess;

  [[nodiscard]] Datastore* open_root() const noexcept;
};

}  // namespace anystore
