#include <algorithm>
#include <deque>
#include <utility>

#include "anystore/layer.h"
#include "layers/inner_keys.h"
#include "layers/keytransform/narrowed.h"

namespace anystore {
namespace layers {

Capabilities NarrowedBy(const KeyTransform& transform, Capabilities below) {
  // Which keys have a form, and one that is taken below, only converting them tells.
  below.keys = {.alphabet = KeyAlphabet::kOther};
  below.batch_bytes_max = BatchBytesAbove(below.batch_bytes_max);
  // A range below also has what is no form of a key.
  below.delete_range = Support::kAbsent;
  if (transform.monotone()) return below;
  below.ordered_scan = Support::kAbsent;
  below.reverse_scan = Support::kAbsent;
  return below;
}

namespace {

/// Gives keys their own form again, and leaves out what has none, or lies outside `range`.
class InvertingCursor final : public Cursor {
 public:
  InvertingCursor(std::unique_ptr<Cursor> below, const KeyTransform& transform,
                  const KeyRange& range)
      : below_(std::move(below)), transform_(transform), range_(range) {}

  Result<std::size_t> Next(std::span<EntryView> out) override {
    for (;;) {
      ANYSTORE_ASSIGN_OR_RETURN(const std::size_t count, below_->Next(out));
      if (count == 0) return 0;
      const std::size_t own = Invert(out.first(count));
      if (own > 0) return own;
    }
  }

  Status Seek(std::string_view key) override {
    std::string below;
    ANYSTORE_TRY(transform_.Convert(key, below));
    return below_->Seek(below);
  }

 private:
  /// Moves the entries that are shown to the front; returns how many.
  std::size_t Invert(std::span<EntryView> entries) {
    if (keys_.size() < entries.size()) keys_.resize(entries.size());
    std::size_t own = 0;
    for (const EntryView& entry : entries) {
      std::string& key = keys_[own];
      if (!transform_.Invert(entry.key, key) || !range_.Contains(key)) continue;
      entries[own] = entry;
      entries[own].key = key;
      ++own;
    }
    return own;
  }

  const std::unique_ptr<Cursor> below_;
  const KeyTransform& transform_;  // the layer's
  const KeyRange range_;
  std::deque<std::string> keys_ = {};  // of the last Next; a deque, as views of them must stay
};

class Transformed final : public Layer {
 public:
  Transformed(std::unique_ptr<Datastore> child, std::shared_ptr<const KeyTransform> transform)
      : Layer(std::move(child), NarrowedBy(*transform, child->capabilities())),
        transform_(std::move(transform)) {}

  Status CheckKey(std::string_view key) const override {
    std::string below;
    ANYSTORE_TRY(transform_->Convert(key, below));
    return CheckKeyOf(child(), below);
  }

  Status Sync(const KeyRange& range, const CallOptions& call) override {
    ANYSTORE_ASSIGN_OR_RETURN(const KeyRange below, Below(range));
    return child().Sync(below, call);
  }

 protected:
  Result<Value> GetFrom(Reader& from, std::string_view key, const ReadOptions& options) override {
    std::string below;
    if (!transform_->Convert(key, below).has_value()) return Error(Code::kNotFound);
    return from.Get(below, options);
  }

  Result<EntryInfo> StatFrom(Reader& from, std::string_view key, Wanted wanted,
                             const CallOptions& call) override {
    std::string below;
    if (!transform_->Convert(key, below).has_value()) return Error(Code::kNotFound);
    return from.Stat(below, wanted, call);
  }

  void GetManyFrom(Reader& from, std::span<const std::string_view> keys,
                   std::span<Result<Value>> out, const ReadOptions& options) override {
    std::deque<std::string> forms(keys.size());
    std::vector<std::string_view> below;
    std::vector<std::size_t> places;
    for (std::size_t i = 0; i < keys.size(); ++i) {
      if (!transform_->Convert(keys[i], forms[i]).has_value()) {
        out[i] = Error(Code::kNotFound);
        continue;
      }
      below.push_back(forms[i]);
      places.push_back(i);
    }
    std::vector<Result<Value>> found(below.size());
    from.GetMany(below, found, options);
    for (std::size_t i = 0; i < found.size(); ++i) out[places[i]] = std::move(found[i]);
  }

  Result<std::unique_ptr<Cursor>> ScanFrom(Reader& from, const KeyRange& range,
                                           const ScanOptions& options) override {
    ANYSTORE_ASSIGN_OR_RETURN(const KeyRange below, Below(range));
    ANYSTORE_ASSIGN_OR_RETURN(std::unique_ptr<Cursor> cursor, from.Scan(below, options));
    return std::make_unique<InvertingCursor>(std::move(cursor), *transform_, range);
  }

  Result<Receipt> ApplyTo(Writer& to, std::span<const Mutation> mutations,
                          const WriteOptions& options) override {
    std::deque<std::string> forms;
    std::vector<Mutation> below(mutations.begin(), mutations.end());
    for (Mutation& mutation : below) {
      ANYSTORE_TRY(transform_->Convert(mutation.key, forms.emplace_back()));
      mutation.key = forms.back();
    }
    ANYSTORE_TRY(CheckBatchBelow(child().capabilities(), below));
    return to.Apply(below, options);
  }

 private:
  /// Where the keys of `range` are, or may be.
  [[nodiscard]] Result<KeyRange> Below(const KeyRange& range) const {
    if (!transform_->monotone()) return KeyRange::All();
    std::string from;
    ANYSTORE_TRY(transform_->Convert(range.from(), from));
    if (!range.to().has_value()) return KeyRange::From(from);
    std::string to;
    ANYSTORE_TRY(transform_->Convert(*range.to(), to));
    return KeyRange::Between(from, to);
  }

  const std::shared_ptr<const KeyTransform> transform_;
};

/// A layer of one transform.
class FixedType final : public LayerType {
 public:
  FixedType(std::string name, std::string description,
            std::shared_ptr<const KeyTransform> transform)
      : name_(std::move(name)),
        description_(std::move(description)),
        transform_(std::move(transform)) {}
  std::string_view name() const override { return name_; }
  std::string_view description() const override { return description_; }
  const ConfigSpec& config_spec() const override {
    static const ConfigSpec spec{.children = ChildCount::kOne};
    return spec;
  }
  Capabilities Narrow(const CheckedConfig& /*config*/,
                      std::span<const Capabilities> children) const override {
    return NarrowedBy(*transform_, children.front());
  }
  Result<std::unique_ptr<Datastore>> Wrap(const CheckedConfig& /*config*/,
                                          std::vector<LayerChild>& children,
                                          const Environment& /*environment*/) const override {
    return TransformKeys(std::move(children.front().store), transform_);
  }

 private:
  const std::string name_;
  const std::string description_;
  const std::shared_ptr<const KeyTransform> transform_;
};

}  // namespace
}  // namespace layers

std::unique_ptr<Datastore> TransformKeys(std::unique_ptr<Datastore> child,
                                         std::shared_ptr<const KeyTransform> transform) {
  return std::make_unique<layers::Transformed>(std::move(child), std::move(transform));
}

std::unique_ptr<LayerType> NewKeyTransformLayer(std::string name, std::string description,
                                                std::shared_ptr<const KeyTransform> transform) {
  return std::make_unique<layers::FixedType>(std::move(name), std::move(description),
                                             std::move(transform));
}

}  // namespace anystore
