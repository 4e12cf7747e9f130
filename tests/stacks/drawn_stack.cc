#include "stacks/drawn_stack.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>
#include <vector>

#include "anystore/layer.h"
#include "anystore/open.h"
#include "base/digest.h"
#include "registry/stack.h"

namespace anystore::stacks {
namespace {

constexpr int kTries = 400;

bool OneIn(SeededRandom& random, std::uint64_t n) { return random.Below(n) == 0; }

// What must be given and can be any text; the `nth` of several.
std::string DrawText(std::string_view field, std::uint64_t nth, SeededRandom& random) {
  constexpr std::array<std::string_view, 3> kPrefixes = {"/a", "/A", "A/"};
  constexpr std::array<std::string_view, 4> kMountpoints = {"/", "/A", "/B", "/A/B"};
  if (field == "prefix") return std::string(kPrefixes[random.Below(kPrefixes.size())]);
  if (field == "mountpoint") return std::string(kMountpoints[nth % kMountpoints.size()]);
  return "a";
}

std::string DrawValue(const FieldSpec& spec, std::uint64_t nth, SeededRandom& random) {
  switch (spec.type) {
    case FieldType::kBool:
      return OneIn(random, 2) ? "true" : "false";
    case FieldType::kChoice:
      // The keys that are put are no hashes, as verify=cid wants them.
      if (spec.name == "verify") return base::HasDigests() ? "checksum" : "none";
      return spec.choices[random.Below(spec.choices.size())];
    case FieldType::kDuration:
      return "1h";
    case FieldType::kInteger:
    case FieldType::kBytes:
      return std::to_string(spec.min.value_or(0));
    case FieldType::kString:
      break;
  }
  return DrawText(spec.name, nth, random);
}

// Whether another value than the default is worth trying. What a text or a length of time does is
// known to whoever reads its help alone. A store that takes no writes cannot be made.
bool MayDiffer(const FieldSpec& spec) {
  if (spec.name == "read_only") return false;
  return spec.type != FieldType::kString && spec.type != FieldType::kDuration && !spec.secret;
}

class Drawer {
 public:
  Drawer(const Registry& registry, const DrawOptions& options, SeededRandom& random)
      : registry_(registry), options_(options), random_(random) {}

  Config Draw() {
    Config stack = Leaf();
    const std::uint64_t layers =
        options_.layers_min + random_.Below(options_.layers_max - options_.layers_min + 1);
    const std::uint64_t with = random_.Below(layers);
    for (std::uint64_t i = 0; i < layers; ++i) {
      const LayerType* const wanted =
          i == with && !options_.with.empty() ? registry_.FindLayer(options_.with) : nullptr;
      stack = Over(std::move(stack), wanted != nullptr ? *wanted : AnyLayer(), i + 1 == layers);
    }
    return stack;
  }

 private:
  const LayerType& AnyLayer() {
    const std::vector<LayerType*> all = registry_.layers();
    return *all[random_.Below(all.size())];
  }

  Config Leaf() {
    const Result<Backend*> backend = registry_.Find(options_.backend);
    Config leaf{.scheme = options_.backend};
    if (!backend.has_value()) return leaf;
    const ConfigSpec* const spec = (*backend)->config_spec();
    if (spec == nullptr) return leaf;
    leaf = DrawFields(leaf.scheme, spec->fields, 0, random_);
    if (spec->path_required) {
      leaf.path = options_.directory + "/store-" + std::to_string(leaves_++);
    }
    return leaf;
  }

  Config Over(Config below, const LayerType& type, bool top) {
    const ConfigSpec& spec = type.config_spec();
    Config layer = DrawFields(type.name(), spec.fields, 0, random_);
    layer.children.push_back(std::move(below));
    if (spec.children == ChildCount::kMany) {
      for (std::uint64_t more = random_.Below(2) + 1; more > 0; --more) {
        // Some of them as layered as the first.
        Config child = Leaf();
        if (top && OneIn(random_, 3)) child = Over(std::move(child), AnyLayer(), false);
        layer.children.push_back(std::move(child));
      }
    }
    for (std::size_t i = 0; i < layer.children.size(); ++i) {
      Config& child = layer.children[i];
      child.group = spec.children == ChildCount::kMany ? spec.children_name : "child";
      child.fields.merge(DrawFields("", spec.child_fields, i, random_).fields);
    }
    return layer;
  }

  const Registry& registry_;
  const DrawOptions& options_;
  SeededRandom& random_;
  std::uint64_t leaves_ = 0;
};

// Below a layer that takes no writes there must be nothing, and nothing above it: whoever stands on
// several stores takes writes when one of them does.
bool WritesEverywhere(const registry::Stack& stack, bool top) {
  if (!top && stack.capabilities().access == Access::kReadOnly) return false;
  return std::ranges::all_of(stack.children, [](const registry::StackChild& child) {
    return WritesEverywhere(child.stack, false);
  });
}

// Why it is of no use, if it is not.
Status Check(const std::string& text, const Config& config, const Registry& registry,
             SeededRandom& random) {
  ManualClock clock{Instant()};
  Environment environment = Environment::Host();
  environment.clock = &clock;
  SilentLogger silent;
  environment.logger = &silent;
  ANYSTORE_ASSIGN_OR_RETURN(const registry::Stack stack,
                            registry::Resolve(config, registry, environment));
  if (!WritesEverywhere(stack, true)) {
    return Error(Code::kUnsupported, "a store in the midst of it takes no writes");
  }
  if (stack.capabilities().access == Access::kReadOnly && !OneIn(random, 4)) {
    return Error(Code::kUnsupported, "there is not much to do with one that takes no writes");
  }
  const OpenOptions options{
      .mode = OpenMode::kCreate, .environment = &environment, .registry = &registry};
  ANYSTORE_ASSIGN_OR_RETURN(Store store, Open(text, options));
  Status taken = Ok();
  // So many that each shard gets some.
  for (int i = 0; i < 256 && taken.has_value(); ++i) {
    taken = store.CheckKey("/B" + std::to_string(i));
  }
  ANYSTORE_TRY(store.Close());
  ANYSTORE_ASSIGN_OR_RETURN(const bool left, Exists(text, options));
  if (left) ANYSTORE_TRY(Destroy(text, options));
  return taken;
}

}  // namespace

Config DrawFields(std::string_view name, const std::vector<FieldSpec>& specs, std::uint64_t nth,
                  SeededRandom& random) {
  Config config{.scheme = std::string(name)};
  for (const FieldSpec& spec : specs) {
    const bool must = !spec.default_value.has_value();
    if (must || (MayDiffer(spec) && OneIn(random, 4))) {
      config.fields[spec.name] = DrawValue(spec, nth, random);
    }
  }
  return config;
}

Result<std::string> DrawStack(const Registry& registry, const DrawOptions& options,
                              SeededRandom& random) {
  Status last = Ok();
  for (int tries = 0; tries < kTries; ++tries) {
    const Config config = Drawer(registry, options, random).Draw();
    std::string text = config.Redacted();
    last = Check(text, config, registry, random);
    if (last.has_value()) return text;
  }
  return Error(Code::kUnsupported, "no composition with " + Quoted(options.with) + " over " +
                                       options.backend + " can be opened")
      .CausedBy(std::move(last).error());
}

}  // namespace anystore::stacks
