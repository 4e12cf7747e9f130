#include "layers/mount/mount.h"

#include <algorithm>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "anystore/key.h"
#include "layers/composite.h"
#include "layers/mount/mount_table.h"

namespace anystore::layers {
namespace {

/// What a key has in front of it in a mount.
std::uint64_t Stripped(std::string_view point) { return point == "/" ? 0 : point.size(); }

/// `length` and what is stripped, as far as that can be counted.
std::uint64_t Longer(std::uint64_t length, std::uint64_t stripped) {
  return length > std::numeric_limits<std::uint64_t>::max() - stripped ? length : length + stripped;
}

/// The keys that one mount at least takes. Which it is, and whether there is one, `CheckKey` knows;
/// it need not be asked where every mount takes what the one of "/" does.
KeyLimits KeysOf(std::span<const std::string> points, std::span<const Capabilities> children) {
  const auto root = std::ranges::find(points, "/");
  if (root != points.end()) {
    const KeyLimits plain = children[static_cast<std::size_t>(root - points.begin())].keys;
    bool same = plain.alphabet == KeyAlphabet::kAny && plain.bytes_min == 0;
    for (std::size_t i = 0; i < points.size(); ++i) {
      const KeyLimits& keys = children[i].keys;
      same = same && keys.alphabet == KeyAlphabet::kAny && keys.bytes_min <= 1 &&
             Longer(keys.bytes_max, Stripped(points[i])) >= plain.bytes_max;
    }
    if (same) return plain;
  }
  KeyLimits widest{.bytes_min = std::numeric_limits<std::uint64_t>::max(),
                   .bytes_max = 0,
                   .alphabet = KeyAlphabet::kOther};
  for (std::size_t i = 0; i < points.size(); ++i) {
    const std::uint64_t stripped = Stripped(points[i]);
    const KeyLimits& keys = children[i].keys;
    widest.bytes_min = std::min(widest.bytes_min, Longer(keys.bytes_min, stripped));
    widest.bytes_max = std::max(widest.bytes_max, Longer(keys.bytes_max, stripped));
  }
  return widest;
}

class Mount final : public Composite {
 public:
  Mount(std::span<const std::string> points, std::vector<CompositeChild> children,
        const Capabilities& capabilities)
      : Composite(std::move(children), capabilities, Spread::kByRange), table_(points) {}

  Result<Value> Get(std::string_view key, const ReadOptions& options) override {
    return GetAt(table_.Find(key), options);
  }
  Result<EntryInfo> Stat(std::string_view key, Wanted wanted, const CallOptions& call) override {
    return StatAt(table_.Find(key), wanted, call);
  }
  Place Find(std::string_view key) const noexcept override { return table_.Find(key); }

  static Capabilities Narrowed(std::span<const std::string> points,
                               std::span<const Capabilities> children) {
    Capabilities can = Together(children);
    can.keys = KeysOf(points, children);
    // A mount that takes no writes refuses its own, and takes nothing away from the others.
    std::vector<Capabilities> writable;
    std::ranges::copy_if(children, std::back_inserter(writable), [](const Capabilities& child) {
      return child.access == Access::kReadWrite;
    });
    if (writable.empty()) return can;
    const Capabilities writes = Together(writable);
    can.access = Access::kReadWrite;
    can.batch_atomicity = writes.batch_atomicity;
    can.conditional_write = writes.conditional_write;
    can.delete_range = writes.delete_range;
    return can;
  }

 protected:
  void Split(std::string_view from, std::optional<std::string_view> to,
             std::vector<Piece>& pieces) const override {
    table_.Split(from, to, pieces);
  }

 private:
  const MountTable table_;
};

/// The mount points as clean keys.
///
/// Errors: invalid_config (empty, or twice the same).
Result<std::vector<std::string>> CleanPoints(std::span<const LayerChild> children) {
  std::vector<std::string> points;
  for (const LayerChild& child : children) {
    const std::string_view given = child.fields.String("mountpoint");
    if (given.empty()) return Error(Code::kInvalidConfig, "field mountpoint: found nothing");
    std::string clean = Key(given).bytes();
    if (std::ranges::find(points, clean) != points.end()) {
      return Error(Code::kInvalidConfig,
                   "field mountpoint: two stores are mounted at " + Quoted(clean));
    }
    points.push_back(std::move(clean));
  }
  return points;
}

class MountType final : public LayerType {
 public:
  std::string_view name() const override { return "mount"; }
  std::string_view description() const override {
    return "Several stores in one tree of keys, each below a key of its own";
  }
  const ConfigSpec& config_spec() const override {
    static const ConfigSpec spec{
        .children = ChildCount::kMany,
        .children_name = "mounts",
        .child_fields = {
            {.name = "mountpoint",
             .help = "The hierarchical key below which the store is; the longest wins"}}};
    return spec;
  }
  Capabilities Narrow(const CheckedConfig& config,
                      std::span<const Capabilities> children) const override {
    std::vector<std::string> points;
    for (const Config& child : config.config().children) {
      const auto given = child.fields.find("mountpoint");
      points.push_back(Key(given == child.fields.end() ? "" : given->second).bytes());
    }
    // A layer that is being described may not have its children yet.
    points.resize(children.size(), "/");
    return Mount::Narrowed(points, children);
  }
  Result<std::unique_ptr<Datastore>> Wrap(const CheckedConfig& /*config*/,
                                          std::vector<LayerChild>& children,
                                          const Environment& /*environment*/) const override {
    ANYSTORE_ASSIGN_OR_RETURN(const std::vector<std::string> points, CleanPoints(children));
    std::vector<CompositeChild> stores;
    std::vector<Capabilities> below;
    for (std::size_t i = 0; i < points.size(); ++i) {
      below.push_back(children[i].store->capabilities());
      stores.push_back({.label = children[i].name + " at " + Quoted(points[i]),
                        .store = std::move(children[i].store)});
    }
    return std::make_unique<Mount>(points, std::move(stores), Mount::Narrowed(points, below));
  }
};

}  // namespace

std::unique_ptr<LayerType> NewMountLayer() { return std::make_unique<MountType>(); }

}  // namespace anystore::layers
