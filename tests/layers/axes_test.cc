// What every layer claims over a child of each strength is what the kit then proves.
//
// ANYSTORE_AXES=weakest leaves out the levels between, for builds that are slow.
#include <gtest/gtest.h>

#include <cstdlib>
#include <memory>
#include <optional>
#include <ranges>
#include <string>
#include <type_traits>
#include <vector>

#include "anystore/conformance.h"
#include "anystore/layer.h"
#include "guarantees.h"
#include "layers/layer_target.h"
#include "layers/strict_store.h"
#include "stacks/drawn_stack.h"

namespace anystore {
namespace {

using conformance::Report;
using conformance::Target;
using conformance::testing::Medium;
using testing::LayerWorld;
using testing::StrictStore;

// A layer over children that claim this and that, and what they leave behind.
class LayeredStores {
 public:
  LayeredStores(const LayerType& type, std::vector<Capabilities> below, std::uint64_t seed)
      : type_(type), below_(std::move(below)) {
    world_.environment.logger = &silent_;
    SeededRandom random(seed);
    const ConfigSpec& spec = type.config_spec();
    config_ = stacks::DrawFields(type.name(), spec.fields, 0, random);
    for (std::size_t i = 0; i < below_.size(); ++i) {
      config_.children.push_back(stacks::DrawFields("", spec.child_fields, i, random));
    }
  }

  [[nodiscard]] Capabilities Narrowed() const { return type_.Narrow(Checked(), below_); }

  Result<Store> OpenFresh() {
    media_.clear();
    for (std::size_t i = 0; i < below_.size(); ++i) media_.push_back(std::make_shared<Medium>());
    return Open();
  }
  Result<Store> Open() {
    std::vector<LayerChild> children;
    for (std::size_t i = 0; i < below_.size(); ++i) {
      if (!media_[i]->TryOpen()) return Error(Code::kBusy);
      const ConfigSpec fields{.fields = type_.config_spec().child_fields};
      children.push_back(
          {.fields = *CheckedConfig::Make(config_.children[i], &fields),
           .name = "strict:",
           .store = std::make_unique<StrictStore>(media_[i], world_.environment, below_[i])});
    }
    ANYSTORE_ASSIGN_OR_RETURN(auto layer, type_.Wrap(Checked(), children, world_.environment));
    return Store(std::move(layer), std::string(type_.name()) + ":", world_.environment);
  }
  Result<Store> Crash(Durability survived) {
    for (const auto& medium : media_) medium->Crash(survived);
    return Open();
  }
  [[nodiscard]] ManualClock& clock() { return world_.clock; }

 private:
  [[nodiscard]] CheckedConfig Checked() const {
    return *CheckedConfig::Make(config_, &type_.config_spec());
  }

  const LayerType& type_;
  const std::vector<Capabilities> below_;
  SilentLogger silent_;
  LayerWorld world_;
  Config config_ = {};
  std::vector<std::shared_ptr<Medium>> media_ = {};
};

Target TargetOf(const std::shared_ptr<LayeredStores>& stores, bool persistent) {
  Target target{
      .name = "layer", .open = [stores] { return stores->OpenFresh(); }, .clock = &stores->clock()};
  if (!persistent) return target;
  target.reopen = [stores] { return stores->Open(); };
  target.crash = [stores](Durability survived) { return stores->Crash(survived); };
  return target;
}

// The chapters that concern an axis, and those that look at everything.
std::vector<std::string> ChaptersAbout(std::string_view name) {
  std::vector<std::string> chapters = {"put_get", "listing",        "random_model",
                                       "claims",  "absent_options", "read_only"};
  for (const conformance::AxisChapters& axis : conformance::ChaptersOfAxes()) {
    if (axis.axis != name) continue;
    for (const auto part : std::views::split(axis.proving, ' ')) {
      chapters.emplace_back(std::string_view(part.begin(), part.end()));
    }
  }
  return chapters;
}

// Everything that is not so when the layer stands on a child that claims `weak`, and, where it
// takes several, another one that claims everything.
std::string Wrong(const LayerType& type, std::string_view axis, const Capabilities& weak,
                  std::uint64_t seed) {
  std::vector<Capabilities> below = {weak};
  if (type.config_spec().children == ChildCount::kMany) {
    // What stands on several takes writes when one of them does, though not for every key.
    const bool writes = weak.access == Access::kReadWrite;
    below.push_back(writes ? conformance::testing::EverythingClaimed() : weak);
  }
  const auto stores = std::make_shared<LayeredStores>(type, below, seed);
  Result<Store> store = stores->OpenFresh();
  if (!store.has_value()) return store.error().ToString();
  const Capabilities claimed = store->capabilities();
  if (claimed != stores->Narrowed()) return "Narrow and capabilities() differ";
  if (!store->CheckKey("/A").has_value()) return "";  // the kit's keys are not for it
  if (!store->Close().has_value()) return "Close failed";
  const bool persistent = claimed.persistence == Persistence::kReopen;
  const Report report = conformance::Run(
      TargetOf(stores, persistent), {.chapters = ChaptersAbout(axis), .seed = seed, .quick = true});
  return report.passed() ? "" : report.ToText();
}

// Calls `visit(level)` with what is claimed and all that is weaker.
template <class Visit>
void VisitLevels(std::uint64_t, Visit visit) {
  visit(std::uint64_t{150'000});
}
template <class Level, class Visit>
  requires std::is_enum_v<Level>
void VisitLevels(Level claimed, Visit visit) {
  // Nobody claims the durability that the store was opened with.
  const int weakest = std::is_same_v<Level, Durability> ? 1 : 0;
  static const bool only_weakest = std::getenv("ANYSTORE_AXES") != nullptr;
  const int strongest = only_weakest ? weakest : static_cast<int>(claimed);
  for (int level = weakest; level <= strongest; ++level) visit(static_cast<Level>(level));
}

// What is wrong with the layer, one text for each axis and level.
std::vector<std::string> WrongOnAnyAxis(const LayerType& type) {
  std::vector<std::string> wrong;
  std::uint64_t seed = 0;
  Capabilities::VisitAxes([&](std::string_view name, auto member) {
    const Capabilities everything = conformance::testing::EverythingClaimed();
    VisitLevels(everything.*member, [&](auto level) {
      Capabilities weak = everything;
      weak.*member = level;
      const std::string found = Wrong(type, name, testing::Consistent(weak), ++seed);
      if (found.empty()) return;
      wrong.push_back(std::string(name) + " of level " +
                      std::to_string(static_cast<std::uint64_t>(level)) + " below:\n" + found);
    });
  });
  return wrong;
}

class Axes : public ::testing::TestWithParam<const LayerType*> {};

TEST_P(Axes, AreWhatTheLayerClaims) {
  for (const std::string& wrong : WrongOnAnyAxis(*GetParam())) ADD_FAILURE() << wrong;
}

std::string LayerName(const ::testing::TestParamInfo<const LayerType*>& layer) {
  std::string name(layer.param->name());
  std::erase(name, '-');
  return name;
}

std::vector<const LayerType*> Layers() {
  const std::vector<LayerType*> layers = Registry::Global().layers();
  return {layers.begin(), layers.end()};
}

INSTANTIATE_TEST_SUITE_P(Layers, Axes, ::testing::ValuesIn(Layers()), LayerName);

// A layer that always claims order, snapshots and room for long values, whatever is below.
class Boastful final : public LayerType {
 public:
  std::string_view name() const override { return "boastful"; }
  std::string_view description() const override { return "Claims too much"; }
  const ConfigSpec& config_spec() const override {
    static const ConfigSpec spec{.children = ChildCount::kOne};
    return spec;
  }
  Capabilities Narrow(const CheckedConfig& /*config*/,
                      std::span<const Capabilities> children) const override {
    return Claimed(children.front());
  }
  Result<std::unique_ptr<Datastore>> Wrap(const CheckedConfig& /*config*/,
                                          std::vector<LayerChild>& children,
                                          const Environment& /*environment*/) const override {
    return std::make_unique<Boaster>(std::move(children.front().store));
  }

 private:
  static Capabilities Claimed(Capabilities below) {
    below.ordered_scan = Support::kNative;
    below.snapshots = Support::kNative;
    below.value_bytes_max = 1 << 20;
    return below;
  }
  class Boaster final : public Layer {
   public:
    explicit Boaster(std::unique_ptr<Datastore> child)
        : Layer(std::move(child), Claimed(child->capabilities())) {}
  };
};

TEST(AxesTest, FindsEveryBoastOfALayer) {
  const std::vector<std::string> wrong = WrongOnAnyAxis(Boastful());
  ASSERT_EQ(wrong.size(), 3U) << ::testing::PrintToString(wrong);
  EXPECT_TRUE(wrong[0].starts_with("value_bytes_max of level 150000")) << wrong[0];
  EXPECT_TRUE(wrong[1].starts_with("ordered_scan of level 0")) << wrong[1];
  EXPECT_TRUE(wrong[2].starts_with("snapshots of level 0")) << wrong[2];
}

// A new axis needs chapters, and the chapters must be there.
TEST(AxesTest, EveryAxisHasChapters) {
  const std::vector<std::string> known = conformance::ChapterNames();
  std::vector<std::string> axes;
  Capabilities::VisitAxes([&](std::string_view name, auto) { axes.emplace_back(name); });
  ASSERT_EQ(axes.size(), conformance::ChaptersOfAxes().size());
  for (std::size_t i = 0; i < axes.size(); ++i) {
    const conformance::AxisChapters& axis = conformance::ChaptersOfAxes()[i];
    EXPECT_EQ(axis.axis, axes[i]);
    for (const std::string_view chapters : {axis.proving, axis.refusing}) {
      for (const auto part : std::views::split(chapters, ' ')) {
        if (part.empty()) continue;
        EXPECT_TRUE(std::ranges::find(known, std::string(part.begin(), part.end())) != known.end())
            << axis.axis << ": " << std::string(part.begin(), part.end());
      }
    }
  }
}

}  // namespace
}  // namespace anystore
