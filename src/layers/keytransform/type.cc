#include "layers/keytransform/type.h"

#include <utility>

#include "anystore/layer.h"
#include "layers/keytransform/narrowed.h"
#include "layers/keytransform/transforms.h"

namespace anystore::layers {
namespace {

class KeyTransformType final : public LayerType {
 public:
  std::string_view name() const override { return "keytransform"; }
  std::string_view description() const override {
    return "A store that keeps its keys in another form";
  }
  const ConfigSpec& config_spec() const override {
    static const ConfigSpec spec{.fields = {{.name = "transform",
                                             .type = FieldType::kChoice,
                                             .choices = TransformNames(),
                                             .help = "The form of the keys"}},
                                 .children = ChildCount::kOne};
    return spec;
  }
  Capabilities Narrow(const CheckedConfig& config,
                      std::span<const Capabilities> children) const override {
    return NarrowedBy(*NamedTransform(config.String("transform")), children.front());
  }
  Result<std::unique_ptr<Datastore>> Wrap(const CheckedConfig& config,
                                          std::vector<LayerChild>& children,
                                          const Environment& /*environment*/) const override {
    return TransformKeys(std::move(children.front().store),
                         NamedTransform(config.String("transform")));
  }
};

}  // namespace

std::unique_ptr<LayerType> NewKeyTransformLayer() { return std::make_unique<KeyTransformType>(); }

}  // namespace anystore::layers
