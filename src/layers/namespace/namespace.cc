#include "layers/namespace/namespace.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "base/utf8.h"
#include "layers/inner_keys.h"
#include "layers/joined.h"

namespace anystore::layers {
namespace {

/// What keys may be when `prefix` goes in front of them.
KeyLimits Behind(std::string_view prefix, KeyLimits limits) {
  limits.bytes_min -= std::min<std::uint64_t>(prefix.size(), limits.bytes_min);
  limits.bytes_max -= std::min<std::uint64_t>(prefix.size(), limits.bytes_max);
  if (limits.alphabet == KeyAlphabet::kAny || prefix.empty()) return limits;
  // What holds for the whole holds for its end, but for rules about where a key begins.
  KeyAlphabet kept = KeyAlphabet::kOther;
  if (Restricts(limits.alphabet, KeyAlphabet::kNoNul)) kept = kept | KeyAlphabet::kNoNul;
  if (Restricts(limits.alphabet, KeyAlphabet::kUtf8) && base::IsUtf8(prefix)) {
    kept = kept | KeyAlphabet::kUtf8;
  }
  limits.alphabet = kept;
  return limits;
}

Capabilities Narrowed(std::string_view prefix, Capabilities below) {
  below.keys = Behind(prefix, below.keys);
  if (!prefix.empty()) below.batch_bytes_max = BatchBytesAbove(below.batch_bytes_max);
  return below;
}

/// Takes the prefix off the keys of a cursor below.
class StrippingCursor final : public Cursor {
 public:
  StrippingCursor(std::unique_ptr<Cursor> below, const Prefix& prefix)
      : below_(std::move(below)), prefix_(prefix) {}

  Result<std::size_t> Next(std::span<EntryView> out) override {
    Result<std::size_t> count = below_->Next(out);
    if (!count.has_value()) [[unlikely]]
      return count;
    for (EntryView& entry : out.first(*count)) entry.key.remove_prefix(prefix_.bytes().size());
    return count;
  }

  Status Seek(std::string_view key) override {
    return prefix_.With(key, [&](std::string_view below) { return below_->Seek(below); });
  }

 private:
  const std::unique_ptr<Cursor> below_;
  const Prefix& prefix_;  // the layer's
};

class Namespace final : public Layer {
 public:
  Namespace(std::unique_ptr<Datastore> child, std::string prefix)
      : Layer(std::move(child), Narrowed(prefix, child->capabilities())),
        prefix_(std::move(prefix)),
        all_(KeyRange::StartingWith(prefix_.bytes())) {}

  Status CheckKey(std::string_view key) const override {
    return prefix_.With(key, [&](std::string_view below) { return CheckKeyOf(child(), below); });
  }

  Status Sync(const KeyRange& range, const CallOptions& call) override {
    return child().Sync(Below(range), call);
  }

 protected:
  Result<Value> GetFrom(Reader& from, std::string_view key, const ReadOptions& options) override {
    return prefix_.With(key, [&](std::string_view below) { return from.Get(below, options); });
  }

  Result<EntryInfo> StatFrom(Reader& from, std::string_view key, Wanted wanted,
                             const CallOptions& call) override {
    return prefix_.With(key,
                        [&](std::string_view below) { return from.Stat(below, wanted, call); });
  }

  void GetManyFrom(Reader& from, std::span<const std::string_view> keys,
                   std::span<Result<Value>> out, const ReadOptions& options) override {
    std::size_t bytes = 0;
    for (const std::string_view key : keys) bytes += prefix_.bytes().size() + key.size();
    std::string joined;
    joined.reserve(bytes);
    std::vector<std::string_view> below;
    below.reserve(keys.size());
    for (const std::string_view key : keys) below.push_back(Join(key, joined));
    from.GetMany(below, out, options);
  }

  Result<std::unique_ptr<Cursor>> ScanFrom(Reader& from, const KeyRange& range,
                                           const ScanOptions& options) override {
    ANYSTORE_ASSIGN_OR_RETURN(std::unique_ptr<Cursor> cursor, from.Scan(Below(range), options));
    return std::make_unique<StrippingCursor>(std::move(cursor), prefix_);
  }

  Result<Receipt> ApplyTo(Writer& to, std::span<const Mutation> mutations,
                          const WriteOptions& options) override {
    if (mutations.size() != 1 || mutations.front().kind == Mutation::Kind::kDeleteRange) {
      return ApplyMany(to, mutations, options);
    }
    Mutation below = mutations.front();
    return prefix_.With(below.key, [&](std::string_view key) {
      below.key = key;
      return to.Apply({&below, 1}, options);
    });
  }

 private:
  /// The keys of `range` as they are stored; where it has no end, the end of the prefix is one.
  [[nodiscard]] KeyRange Below(const KeyRange& range) const {
    return {prefix_.bytes() + range.from(),
            range.to().has_value() ? std::optional(prefix_.bytes() + *range.to()) : all_.to()};
  }

  /// The prefix and `key`, at the end of `joined`, which has room for them.
  [[nodiscard]] std::string_view Join(std::string_view key, std::string& joined) const {
    const std::size_t at = joined.size();
    joined.append(prefix_.bytes()).append(key);
    return std::string_view(joined).substr(at);
  }

  Result<Receipt> ApplyMany(Writer& to, std::span<const Mutation> mutations,
                            const WriteOptions& options) const {
    std::size_t bytes = 0;
    for (const Mutation& mutation : mutations) {
      bytes += prefix_.bytes().size() + mutation.key.size();
      if (mutation.range_to.has_value())
        bytes += prefix_.bytes().size() + mutation.range_to->size();
    }
    std::string joined;
    joined.reserve(bytes);
    std::vector<Mutation> below(mutations.begin(), mutations.end());
    for (Mutation& mutation : below) {
      mutation.key = Join(mutation.key, joined);
      if (mutation.range_to.has_value()) {
        mutation.range_to = Join(*mutation.range_to, joined);
      } else if (mutation.kind == Mutation::Kind::kDeleteRange) {
        mutation.range_to = all_.to();
      }
    }
    ANYSTORE_TRY(CheckBatchBelow(child().capabilities(), below));
    return to.Apply(below, options);
  }

  const Prefix prefix_;
  const KeyRange all_;
};

class NamespaceType final : public LayerType {
 public:
  std::string_view name() const override { return "namespace"; }
  std::string_view description() const override {
    return "A part of a store: every key has a prefix below that nobody sees above";
  }
  const ConfigSpec& config_spec() const override {
    static const ConfigSpec spec{
        .fields = {{.name = "prefix", .help = "The bytes put in front of every key, always"}},
        .children = ChildCount::kOne};
    return spec;
  }
  Capabilities Narrow(const CheckedConfig& config,
                      std::span<const Capabilities> children) const override {
    return Narrowed(config.String("prefix"), children.front());
  }
  Result<std::unique_ptr<Datastore>> Wrap(const CheckedConfig& config,
                                          std::vector<LayerChild>& children,
                                          const Environment& /*environment*/) const override {
    const std::string_view prefix = config.String("prefix");
    const std::uint64_t bytes_max = children.front().store->capabilities().keys.bytes_max;
    if (prefix.size() > bytes_max) {
      return Error(Code::kInvalidConfig, "field prefix: " + std::to_string(prefix.size()) +
                                             " bytes, but keys in the store below have " +
                                             std::to_string(bytes_max) + " at most");
    }
    return std::make_unique<Namespace>(std::move(children.front().store), std::string(prefix));
  }
};

}  // namespace

std::unique_ptr<LayerType> NewNamespaceLayer() { return std::make_unique<NamespaceType>(); }

}  // namespace anystore::layers
