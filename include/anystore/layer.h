/// `Layer`: a store over another store, which changes what passes through it; and `LayerType`, the
/// description that makes it available in configurations. `KeyTransform` is a layer that takes two
/// functions.
///
/// A layer overrides what it changes. Each function is handed what it reads from or writes to: the
/// child itself, a snapshot of it, or a transaction on it. So snapshots, transactions and batches
/// of the layer follow from the same few functions:
///
///     class Loud final : public anystore::Layer {
///      public:
///       explicit Loud(std::unique_ptr<anystore::Datastore> child)
///           : Layer(std::move(child), Narrowed(child->capabilities())) {}
///
///       static anystore::Capabilities Narrowed(anystore::Capabilities below) {
///         below.versions = anystore::VersionSupport::kAbsent;  // they are those of other bytes
///         below.range_read = anystore::Support::kAbsent;
///         return below;
///       }
///
///      protected:
///       anystore::Result<anystore::Value> GetFrom(anystore::Reader& from, std::string_view key,
///                                                 const anystore::ReadOptions& options) override {
///         ANYSTORE_ASSIGN_OR_RETURN(const anystore::Value value, from.Get(key, options));
///         return anystore::Value::Take(std::string(value.bytes()) + "!");
///       }
///     };
///
/// What a layer does to a value it must also do in scans and sizes; the conformance kit finds out.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "anystore/capabilities.h"
#include "anystore/config.h"
#include "anystore/cursor.h"
#include "anystore/datastore.h"
#include "anystore/environment.h"
#include "anystore/error.h"
#include "anystore/export.h"
#include "anystore/features.h"
#include "anystore/key_range.h"
#include "anystore/options.h"
#include "anystore/value.h"

namespace anystore {

/// A store over one child. By itself it changes nothing.
///
/// Features: those without keys (`IsKeyFree`) are the child's; snapshots and transactions are there
/// when the child has them and `capabilities()` does not say absent; every other one is hidden,
/// unless the layer provides it (`Provides<Layer, ...>`).
///
/// Threads: thread-safe, as every datastore.
class ANYSTORE_EXPORT Layer : public Datastore, private SnapshotSource, private TransactionSource {
 public:
  /// Overridden only by a layer for which ten instructions matter; `GetFrom` is then for snapshots
  /// and transactions.
  Result<Value> Get(std::string_view key, const ReadOptions& options) override {
    return GetFrom(*child_, key, options);
  }
  Result<EntryInfo> Stat(std::string_view key, Wanted wanted, const CallOptions& call) final {
    return StatFrom(*child_, key, wanted, call);
  }
  void GetMany(std::span<const std::string_view> keys, std::span<Result<Value>> out,
               const ReadOptions& options) final {
    GetManyFrom(*child_, keys, out, options);
  }
  Result<std::unique_ptr<Cursor>> Scan(const KeyRange& range, const ScanOptions& options) final {
    return ScanFrom(*child_, range, options);
  }
  Result<Receipt> Apply(std::span<const Mutation> mutations, const WriteOptions& options) final {
    return ApplyTo(*child_, mutations, options);
  }
  const Capabilities& capabilities() const final { return capabilities_; }
  /// The child's answer, unless overridden.
  Status CheckKey(std::string_view key) const override;
  /// Passed to the child, unless overridden.
  Status Sync(const KeyRange& range, const CallOptions& call) override;
  /// Closes the child. Whoever overrides it lets go of its own things first, and calls it in any
  /// case.
  Status Close() override;
  std::span<Datastore* const> children() const final { return {&child_view_, 1}; }

 protected:
  /// A layer over `child` that can do `capabilities`: those of the child but for what it changes.
  /// `child` is only moved from in here, so that the second argument may look at it.
  Layer(std::unique_ptr<Datastore>&& child, const Capabilities& capabilities);

  /// The store below.
  [[nodiscard]] Datastore& child() const noexcept { return *child_; }

  /// As `Reader::Get`; `from` is the child, a snapshot of it, or a transaction on it. By default
  /// passed on, as are the ones below.
  virtual Result<Value> GetFrom(Reader& from, std::string_view key, const ReadOptions& options);
  /// As `Reader::Stat`.
  virtual Result<EntryInfo> StatFrom(Reader& from, std::string_view key, Wanted wanted,
                                     const CallOptions& call);
  /// As `Reader::GetMany`.
  virtual void GetManyFrom(Reader& from, std::span<const std::string_view> keys,
                           std::span<Result<Value>> out, const ReadOptions& options);
  /// As `Reader::Scan`.
  virtual Result<std::unique_ptr<Cursor>> ScanFrom(Reader& from, const KeyRange& range,
                                                   const ScanOptions& options);
  /// As `Writer::Apply`; `to` is the child, or a transaction on it.
  virtual Result<Receipt> ApplyTo(Writer& to, std::span<const Mutation> mutations,
                                  const WriteOptions& options);
  /// A snapshot of the child, which is then read through the functions above.
  virtual Result<std::unique_ptr<Reader>> SnapshotOfChild(const CallOptions& call);
  /// A transaction on the child, likewise.
  virtual Result<std::unique_ptr<Transaction>> BeginOnChild(const TransactionOptions& options);
  /// As `Transaction::Commit`; `transaction` is one on the child.
  virtual Status CommitOf(Transaction& transaction);

  void* FeatureImpl(FeatureId id) override;

 private:
  template <class Inner>
  class Layered;
  class LayeredTransaction;

  Result<std::unique_ptr<Reader>> NewSnapshot(const CallOptions& call) final;
  Result<std::unique_ptr<Transaction>> Begin(const TransactionOptions& options) final;

  const std::unique_ptr<Datastore> child_;
  Datastore* const child_view_;
  const Capabilities capabilities_;
};

/// A store that a layer is to stand on.
///
/// Threads: thread-compatible.
struct LayerChild {
  /// What the layer's configuration says of this child beside what it is, by
  /// `ConfigSpec::child_fields`: its mount point, its weight.
  CheckedConfig fields;
  /// The URL of the child, or the name of the layer that it is; secrets redacted.
  std::string name = {};
  /// The open store.
  std::unique_ptr<Datastore> store = {};
};

/// One kind of layer: its name, its fields, and how to put it over open stores. To make one
/// available, `Registry::Register` it (backend.h).
///
/// Threads: thread-safe.
class ANYSTORE_EXPORT LayerType {
 public:
  virtual ~LayerType() = default;
  /// What configurations call it; no two backends and layers have the same. Lives as long as this.
  [[nodiscard]] virtual std::string_view name() const = 0;
  /// One sentence on what it is.
  [[nodiscard]] virtual std::string_view description() const = 0;
  /// The fields it understands; `ConfigSpec::children` says how many children it takes. Lives as
  /// long as this.
  [[nodiscard]] virtual const ConfigSpec& config_spec() const = 0;
  /// What the layer makes of the capabilities of its children, in the order of the configuration.
  [[nodiscard]] virtual Capabilities Narrow(const CheckedConfig& config,
                                            std::span<const Capabilities> children) const = 0;
  /// Puts the layer over its children, which are as many as the spec says. `environment` outlives
  /// the store. Where it fails, the children are closed by whoever called.
  ///
  /// Errors: invalid_config · whatever reading its own state from a child ends with.
  virtual Result<std::unique_ptr<Datastore>> Wrap(const CheckedConfig& config,
                                                  std::vector<LayerChild>& children,
                                                  const Environment& environment) const = 0;
};

/// A pair of functions that are each other's inverse: another form of keys.
///
/// For programs whose keys do not suit a store: it takes few bytes, sorts by the wrong end, or
/// wants keys of its own making.
///
///     class Reversed final : public anystore::KeyTransform {
///      public:
///       anystore::Status Convert(std::string_view key, std::string& below) const override {
///         below.assign(key.rbegin(), key.rend());
///         return anystore::Ok();
///       }
///       bool Invert(std::string_view below, std::string& key) const override {
///         key.assign(below.rbegin(), below.rend());
///         return true;
///       }
///     };
///
/// To put it over an open store, `TransformKeys`; to name it in configurations, register it:
///
///     anystore::Status RegisterReversed() {
///       return anystore::Registry::Global().Register(anystore::NewKeyTransformLayer(
///           "reversed", "Keys from back to front", std::make_shared<Reversed>()));
///     }
///
/// Threads: thread-safe.
class ANYSTORE_EXPORT KeyTransform {
 public:
  virtual ~KeyTransform() = default;
  /// Sets `below` to the form in which `key` is stored. No two keys have the same.
  ///
  /// Errors: invalid_argument (the key has no such form; a store then does not take it).
  virtual Status Convert(std::string_view key, std::string& below) const = 0;
  /// Sets `key` to the key whose form `below` is. False when it is that of no key: exactly then no
  /// key converts to it. Whatever else lies in a store is so left alone.
  virtual bool Invert(std::string_view below, std::string& key) const = 0;
  /// Whether every byte string has a form, and forms sort as their keys do. Scans of a range are
  /// then scans of a range below, and in order; otherwise everything is scanned and sorted out.
  [[nodiscard]] virtual bool monotone() const { return false; }
};

/// A store whose keys are those of `child` in another form.
[[nodiscard]] ANYSTORE_EXPORT std::unique_ptr<Datastore> TransformKeys(
    std::unique_ptr<Datastore> child, std::shared_ptr<const KeyTransform> transform);

/// A kind of layer of one child that does so, without fields.
[[nodiscard]] ANYSTORE_EXPORT std::unique_ptr<LayerType> NewKeyTransformLayer(
    std::string name, std::string description, std::shared_ptr<const KeyTransform> transform);

}  // namespace anystore
