#include "layers/sharded/sharded.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "layers/composite.h"
#include "layers/sharded/rendezvous.h"

namespace anystore::layers {
namespace {

class Sharded final : public Composite {
 public:
  Sharded(Rendezvous shards, std::vector<CompositeChild> children, const Capabilities& capabilities)
      : Composite(std::move(children), capabilities, Spread::kByKey), shards_(std::move(shards)) {}

  using Composite::Together;

  Result<Value> Get(std::string_view key, const ReadOptions& options) override {
    return GetAt(Sharded::Find(key), options);
  }
  Result<EntryInfo> Stat(std::string_view key, Wanted wanted, const CallOptions& call) override {
    return StatAt(Sharded::Find(key), wanted, call);
  }
  Place Find(std::string_view key) const noexcept override {
    return {.child = shards_.Find(key), .key = key};
  }

 protected:
  void Split(std::string_view from, std::optional<std::string_view> to,
             std::vector<Piece>& pieces) const override {
    for (std::size_t child = 0; child < children().size(); ++child) {
      pieces.push_back({.child = child, .prefix = {}, .from = from, .to = to});
    }
  }

 private:
  const Rendezvous shards_;
};

class ShardedType final : public LayerType {
 public:
  std::string_view name() const override { return "sharded"; }
  std::string_view description() const override {
    return "One store spread over several by a hash of the key";
  }
  const ConfigSpec& config_spec() const override {
    static const ConfigSpec spec{
        .children = ChildCount::kMany,
        .children_name = "children",
        .child_fields = {
            {.name = "shard",
             .default_value = "",
             .help = "The name by which the shard draws its keys; empty: its place in the list, "
                     "counted from 0"},
            {.name = "weight",
             .type = FieldType::kInteger,
             .default_value = "1",
             .min = 1,
             .max = 100,
             .unit = "parts",
             .help = "How many parts of the keys it gets, against those of the others"}}};
    return spec;
  }
  Capabilities Narrow(const CheckedConfig& /*config*/,
                      std::span<const Capabilities> children) const override {
    return Sharded::Together(children);
  }
  Result<std::unique_ptr<Datastore>> Wrap(const CheckedConfig& /*config*/,
                                          std::vector<LayerChild>& children,
                                          const Environment& /*environment*/) const override {
    Rendezvous shards;
    std::vector<std::string> names;
    for (const LayerChild& child : children) {
      std::string name(child.fields.String("shard"));
      if (name.empty()) name = std::to_string(names.size());
      if (std::ranges::find(names, name) != names.end()) {
        return Error(Code::kInvalidConfig, "field shard: two shards are called " + Quoted(name));
      }
      shards.Add(name, static_cast<std::uint64_t>(child.fields.Integer("weight")));
      names.push_back(std::move(name));
    }
    std::vector<CompositeChild> stores;
    std::vector<Capabilities> below;
    for (std::size_t i = 0; i < children.size(); ++i) {
      below.push_back(children[i].store->capabilities());
      stores.push_back({.label = children[i].name + " as shard " + Quoted(names[i]),
                        .store = std::move(children[i].store)});
    }
    return std::make_unique<Sharded>(std::move(shards), std::move(stores),
                                     Sharded::Together(below));
  }
};

}  // namespace

std::unique_ptr<LayerType> NewShardedLayer() { return std::make_unique<ShardedType>(); }

}  // namespace anystore::layers
