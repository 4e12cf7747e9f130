/// `Composite`: a store over several others, each of which keeps a part of the keys.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "anystore/datastore.h"
#include "anystore/features.h"

namespace anystore::layers {

/// A store that a composite stands on.
struct CompositeChild {
  /// What errors and findings call it: `flatfs:/x at "/blocks"`.
  std::string label;
  std::unique_ptr<Datastore> store;
};

/// Where a key lives: in which child, and by which name there.
struct Place {
  /// The child of a key that lives nowhere.
  static constexpr std::size_t kNowhere = std::numeric_limits<std::size_t>::max();

  std::size_t child = kNowhere;
  /// The end of the key that was asked for.
  std::string_view key = {};
};

/// A range of keys that one child answers for. The keys begin with `prefix`, which they do not have
/// in the child; so do `from` and `to`.
struct Piece {
  std::size_t child;
  std::string_view prefix;
  std::string_view from;
  std::optional<std::string_view> to;
};

/// Sends each call to the child or the children that it concerns, and makes one answer of theirs.
///
/// Derived classes say where keys live, and Get and Stat there. No two children have one key in
/// common: what a child holds that lives elsewhere is neither shown nor touched.
///
/// Threads: thread-safe, as every datastore.
class Composite : public Provides<Datastore, PersistentDatastore, GcDatastore, CheckedDatastore,
                                  ScrubbedDatastore, MeasuredDatastore> {
 public:
  void GetMany(std::span<const std::string_view> keys, std::span<Result<Value>> out,
               const ReadOptions& options) override;
  Result<std::unique_ptr<Cursor>> Scan(const KeyRange& range, const ScanOptions& options) override;
  /// Splits the mutations by child. Those of a child whose mutations have conditions go first, so
  /// that a condition that fails has changed nothing.
  ///
  /// Errors: unsupported, and nothing was touched (conditions on keys of several children; all or
  /// nothing of mutations that several children share) · read_only, likewise · as Writer::Apply.
  Result<Receipt> Apply(std::span<const Mutation> mutations, const WriteOptions& options) override;
  [[nodiscard]] const Capabilities& capabilities() const final { return capabilities_; }
  [[nodiscard]] Status CheckKey(std::string_view key) const override;
  Status Sync(const KeyRange& range, const CallOptions& call) override;
  Status Close() override;
  [[nodiscard]] std::span<Datastore* const> children() const final { return stores_; }

  /// The sum; there when every child can tell.
  Result<std::uint64_t> DiskUsage(const CallOptions& call) override;
  /// In every child that can; there when one can. As are the ones below.
  Status CollectGarbage(const CallOptions& call) override;
  Result<std::vector<Finding>> Check(const CallOptions& call) override;
  Result<std::vector<Finding>> Scrub(const CallOptions& call) override;
  Result<std::string> PrometheusText() override;

  /// Where `key` lives.
  [[nodiscard]] virtual Place Find(std::string_view key) const noexcept = 0;
  /// `error` of a child, which says whose it is; an answer such as not_found stays bare.
  [[nodiscard]] Error Of(std::size_t child, Error error) const;

 protected:
  /// How the keys are spread over the children.
  enum class Spread : std::uint8_t {
    kByRange,  ///< Pieces do not overlap: a child has the whole of each.
    kByKey,    ///< Any child may have any key of a range.
  };

  Composite(std::vector<CompositeChild> children, const Capabilities& capabilities, Spread spread);

  /// Appends the pieces that the keys from `from` up to `to` are in, by ascending `from`. They view
  /// the arguments and what lives as long as this.
  virtual void Split(std::string_view from, std::optional<std::string_view> to,
                     std::vector<Piece>& pieces) const = 0;

  /// Get and Stat of a key whose place is known: for whoever finds it faster than by `Find`.
  Result<Value> GetAt(const Place& place, const ReadOptions& options) {
    Result<Value> value = place.child == Place::kNowhere
                              ? Result<Value>(Error(Code::kNotFound))
                              : stores_[place.child]->Get(place.key, options);
    if (!value.has_value()) [[unlikely]]
      Explain(place.child, value.error());
    return value;
  }
  Result<EntryInfo> StatAt(const Place& place, Wanted wanted, const CallOptions& call) {
    Result<EntryInfo> info = place.child == Place::kNowhere
                                 ? Result<EntryInfo>(Error(Code::kNotFound))
                                 : stores_[place.child]->Stat(place.key, wanted, call);
    if (!info.has_value()) [[unlikely]]
      Explain(place.child, info.error());
    return info;
  }

  void* FeatureImpl(FeatureId id) override;

  /// What children like these can do together at best, when each has a part of the keys: nothing
  /// that takes one moment in all of them.
  [[nodiscard]] static Capabilities Together(std::span<const Capabilities> children);

 private:
  struct Share;

  /// Makes `error` one `Of` the child.
  void Explain(std::size_t child, Error& error) const;

  [[nodiscard]] Result<std::vector<Share>> SplitMutations(
      std::span<const Mutation> mutations) const;
  Result<Receipt> ApplyShares(std::span<const Mutation> mutations, const WriteOptions& options);
  [[nodiscard]] Result<std::vector<Finding>> Collect(
      Result<std::vector<Finding>> (*find)(Datastore&, const CallOptions&), const char* action,
      const CallOptions& call);

  std::vector<CompositeChild> children_;
  const std::vector<Datastore*> stores_;
  const Capabilities capabilities_;
  const Spread spread_;
};

}  // namespace anystore::layers
