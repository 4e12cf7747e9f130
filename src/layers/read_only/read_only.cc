#include "layers/read_only/read_only.h"

#include <utility>

namespace anystore::layers {
namespace {

Capabilities Narrowed(Capabilities below) {
  below.access = Access::kReadOnly;
  below.batch_atomicity = Atomicity::kNone;
  below.conditional_write = ConditionScope::kAbsent;
  below.delete_range = Support::kAbsent;
  below.transactions = Support::kAbsent;
  return below;
}

class ReadOnly final : public Layer {
 public:
  explicit ReadOnly(std::unique_ptr<Datastore> child)
      : Layer(std::move(child), Narrowed(child->capabilities())) {}

  Result<Value> Get(std::string_view key, const ReadOptions& options) override {
    return child().Get(key, options);
  }

 protected:
  Result<Receipt> ApplyTo(Writer& /*to*/, std::span<const Mutation> /*mutations*/,
                          const WriteOptions& /*options*/) override {
    return Error(Code::kReadOnly);
  }

  // Collecting garbage and repairing are writes.
  void* FeatureImpl(FeatureId id) override {
    const bool writes = id == GcDatastore::kId || id == ScrubbedDatastore::kId;
    return writes ? nullptr : Layer::FeatureImpl(id);
  }
};

class ReadOnlyType final : public LayerType {
 public:
  std::string_view name() const override { return "read-only"; }
  std::string_view description() const override { return "A store that takes no writes"; }
  const ConfigSpec& config_spec() const override {
    static const ConfigSpec spec{.children = ChildCount::kOne};
    return spec;
  }
  Capabilities Narrow(const CheckedConfig& /*config*/,
                      std::span<const Capabilities> children) const override {
    return Narrowed(children.front());
  }
  Result<std::unique_ptr<Datastore>> Wrap(const CheckedConfig& /*config*/,
                                          std::vector<LayerChild>& children,
                                          const Environment& /*environment*/) const override {
    return std::make_unique<ReadOnly>(std::move(children.front().store));
  }
};

}  // namespace

std::unique_ptr<LayerType> NewReadOnlyLayer() { return std::make_unique<ReadOnlyType>(); }

}  // namespace anystore::layers
