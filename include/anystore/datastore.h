/// `Datastore`: what a backend or a layer implements. Four reads, one write, a little control.
///
/// Programs hold a `Store` (store.h), which checks, counts and explains before it calls in here.
/// An implementer may therefore rely on this:
///
///  - no call is made during or after Close, and every cursor, snapshot and batch is gone by then;
///  - no key outside `capabilities().keys` (but for the bounds of ranges), no option that the
///    capabilities do not have, no value or batch over its limit, no empty range arrives here;
///  - a window arrives only where `range_read` is native, otherwise the store cuts;
///  - errors may be bare codes: the store adds its name, the verb and the key.
///
/// A backend for which the nine verbs of go-datastore are enough derives from `SimpleDatastore`
/// (simple_datastore.h) instead.
///
/// The rule for growth: an adjective is an option field, a verb is a feature interface
/// (features.h), a noun that is read is a `Reader`.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "anystore/capabilities.h"
#include "anystore/cursor.h"
#include "anystore/error.h"
#include "anystore/export.h"
#include "anystore/key_range.h"
#include "anystore/options.h"
#include "anystore/value.h"

namespace anystore {

/// Something that can be read: a store, a snapshot, a transaction.
///
/// Threads: thread-safe.
class ANYSTORE_EXPORT Reader {
 public:
  virtual ~Reader() = default;
  /// The value of `key`. Fills `*options.info` when it is not null: the size, and version and
  /// expiry as far as the capabilities have them.
  ///
  /// Errors: not_found, without a message so that a miss allocates nothing · corruption,
  /// io_error · timeout, cancelled.
  virtual Result<Value> Get(std::string_view key, const ReadOptions& options) = 0;
  /// What is known of `key` without its value; as much as `wanted` names. By default from Get.
  ///
  /// Errors: as Get.
  virtual Result<EntryInfo> Stat(std::string_view key, Wanted wanted, const CallOptions& call);
  /// Sets `out[i]` to what Get of `keys[i]` returns. Keys may repeat. By default a loop over Get.
  ///
  /// Requires: both spans have one size; `options.info` is null.
  virtual void GetMany(std::span<const std::string_view> keys, std::span<Result<Value>> out,
                       const ReadOptions& options);
  /// A cursor over the entries in `range`.
  ///
  /// Errors: corruption, io_error · resource_exhausted · timeout, cancelled.
  virtual Result<std::unique_ptr<Cursor>> Scan(const KeyRange& range,
                                               const ScanOptions& options) = 0;
};

/// One change to one record, or to a range of them. Views into the caller's memory: whatever an
/// implementation keeps, it copies before Apply returns.
///
/// Threads: thread-compatible.
struct Mutation {
  /// What kind of change.
  enum class Kind : std::uint8_t {
    kPut,          ///< Store `value` under `key`, with `expires_at` or with none.
    kDelete,       ///< Remove `key`; a missing one is no error.
    kDeleteRange,  ///< Remove every key from `key` up to, not including, `range_to`.
    kSetExpiry,    ///< Set or, with no `expires_at`, clear the expiry; `not_found` if missing.
  };
  /// What kind of change.
  Kind kind = Kind::kPut;
  /// The key; for kDeleteRange the first one.
  std::string_view key = {};
  /// The value, for kPut.
  std::string_view value = {};
  /// The end of the range for kDeleteRange; none: no end.
  std::optional<std::string_view> range_to = {};
  /// The state that the record must be in.
  Condition condition = {};
  /// When the record goes away, for kPut and kSetExpiry.
  std::optional<Instant> expires_at = {};
};

/// What a write did.
///
/// Threads: thread-compatible.
struct Receipt {
  /// How many mutations were applied: all of them.
  std::uint64_t applied = 0;
  /// The version of the last record put, if `WriteOptions::want_version` asked for it; a store may
  /// tell it unasked.
  std::optional<Version> version = {};
};

/// Something that can be written.
///
/// Threads: thread-safe.
class ANYSTORE_EXPORT Writer {
 public:
  virtual ~Writer() = default;
  /// Applies the mutations in order; later ones see earlier ones. When it returns, the caller's
  /// bytes are no longer needed and later reads see the changes. Without `all_or_nothing`, a
  /// failure may leave a front part applied, which `Error::applied()` then tells as unknown.
  ///
  /// Errors: precondition_failed, where nothing at all was applied · not_found (kSetExpiry of a
  /// missing key) · no_space, io_error, read_only, data_loss · timeout, cancelled.
  virtual Result<Receipt> Apply(std::span<const Mutation> mutations,
                                const WriteOptions& options) = 0;
};

/// Writes gathered and committed together. Nothing is visible before Commit; a later operation
/// on a key replaces an earlier one. The destructor discards.
///
/// Threads: single-thread. May be handed over to another thread between calls.
class ANYSTORE_EXPORT Batch {
 public:
  virtual ~Batch() = default;
  /// Adds a put. The bytes are consumed at return.
  ///
  /// Errors: invalid_argument, too_large (key, value or batch; nothing was added) · no_space
  /// (a batch that spills) · closed.
  virtual Status Put(std::string_view key, std::string_view value) = 0;
  /// Adds a delete.
  ///
  /// Errors: too_large (the batch) · closed.
  virtual Status Delete(std::string_view key) = 0;
  /// Applies everything. On success the batch is empty and usable again. After an error that is
  /// known not to have applied anything the contents are kept and Commit may be repeated; after
  /// any other, only Discard.
  ///
  /// Errors: as `Writer::Apply` · unsupported (an option the store does not have) ·
  /// invalid_argument (the last commit ended unknown and Discard was not called) · closed.
  virtual Result<Receipt> Commit(const WriteOptions& options) = 0;
  /// Forgets everything that was added; the batch is empty and usable.
  virtual void Discard() = 0;

  /// Commit with default options.
  Result<Receipt> Commit() { return Commit(WriteOptions{}); }
};

/// Names a feature interface: the hash of a dotted name with a version, so that third parties
/// need no central list. Its lowest bit tells whether the feature is free of keys.
using FeatureId = std::uint64_t;
/// The id of a feature whose functions take or return keys, such as "anystore.snapshots/1": its
/// 64-bit FNV-1a hash, but for the lowest bit.
[[nodiscard]] constexpr FeatureId FeatureName(std::string_view name) noexcept {
  FeatureId hash = 14695981039346656037ULL;
  for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
  return hash & ~FeatureId{1};
}
/// The id of a feature that is about a store as a whole, such as "anystore.disk_usage/1". Layers
/// forward it unseen.
[[nodiscard]] constexpr FeatureId KeyFreeFeatureName(std::string_view name) noexcept {
  return FeatureName(name) | FeatureId{1};
}
/// Whether layers may forward the feature of this id.
[[nodiscard]] constexpr bool IsKeyFree(FeatureId id) noexcept { return (id & 1) != 0; }

/// A store as its implementer sees it. See the top of this file for what callers guarantee.
///
/// Threads: thread-safe, but for Close, which is called once and alone.
class ANYSTORE_EXPORT Datastore : public Reader, public Writer {
 public:
  /// What this store can do. Fixed when it is opened; lives as long as the store.
  [[nodiscard]] virtual const Capabilities& capabilities() const = 0;
  /// Whether the store takes `key`. By default what `capabilities().keys` says; only asked where
  /// those restrict the alphabet (`KeyAlphabet::kOther`, if by nothing else).
  ///
  /// Errors: invalid_argument · too_large.
  [[nodiscard]] virtual Status CheckKey(std::string_view key) const;
  /// A batch. By default one that buffers in memory and then calls Apply.
  ///
  /// Errors: resource_exhausted.
  virtual Result<std::unique_ptr<Batch>> NewBatch(const BatchOptions& options);
  /// Makes every write in `range` that returned before this call as durable as
  /// `capabilities().sync_durability` says; a superset is fine.
  ///
  /// Errors: io_error, no_space, data_loss · timeout, cancelled.
  virtual Status Sync(const KeyRange& range, const CallOptions& call) = 0;
  /// Lets go of everything. The last call but the destructor.
  ///
  /// Errors: io_error, no_space, data_loss. The store is closed all the same.
  virtual Status Close() = 0;
  /// The stores below this one; none for a backend.
  [[nodiscard]] virtual std::span<Datastore* const> children() const { return {}; }

  /// The feature interface `F` of this store, null when it has none. Lives as long as the store.
  template <class F>
  [[nodiscard]] F* feature() {
    return static_cast<F*>(FeatureImpl(F::kId));
  }
  /// The same for an id: what `feature` casts. For layers that forward what they do not know.
  [[nodiscard]] void* FindFeature(FeatureId id) { return FeatureImpl(id); }

 protected:
  /// The feature with this id as a pointer to its interface, null when there is none. Written
  /// by `Provides`, seldom by hand.
  [[nodiscard]] virtual void* FeatureImpl(FeatureId id);
};

/// `class X : public Provides<Datastore, SnapshotSource>` makes `X` answer for the features that
/// it implements. Casts through the right base, which a hand-written `void*` easily gets wrong.
///
/// Threads: thread-safe.
template <class Base, class... Features>
class Provides : public Base, public Features... {
 public:
  using Base::Base;

 protected:
  [[nodiscard]] void* FeatureImpl(FeatureId id) override {
    void* found = nullptr;
    static_cast<void>(
        ((id == Features::kId ? (found = static_cast<Features*>(this), true) : false) || ...));
    return found != nullptr ? found : Base::FeatureImpl(id);
  }
};

}  // namespace anystore
