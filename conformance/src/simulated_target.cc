// A target whose stores lie on a simulated disk.
#include <memory>
#include <optional>
#include <ranges>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "anystore/backend.h"
#include "anystore/config.h"
#include "anystore/conformance.h"
#include "anystore/filesystem.h"
#include "anystore/open.h"
#include "anystore/simulated_disk.h"

namespace anystore::conformance {
namespace {

// No files at all; tells whether anybody asked.
class WatchedFiles final : public FileSystem {
 public:
  Result<std::unique_ptr<Directory>> OpenDirectory(std::string_view) override {
    asked_ = true;
    return Error(Code::kNotFound);
  }
  [[nodiscard]] bool asked() const { return asked_; }

 private:
  bool asked_ = false;
};

// The names on the way to `path`, and its own last; "." and ".." are resolved by text.
std::vector<std::string> NamesOf(std::string_view path) {
  std::vector<std::string> names;
  for (const auto part : std::views::split(path, '/')) {
    const std::string_view name(part.begin(), part.end());
    if (name == "..") {
      if (!names.empty()) names.pop_back();
    } else if (!name.empty() && name != ".") {
      names.emplace_back(name);
    }
  }
  return names;
}

// The paths of a store and of all below it.
std::vector<std::vector<std::string>> PathsOf(const Config& config) {
  std::vector<std::vector<std::string>> paths;
  if (!config.path.empty()) paths.push_back(NamesOf(config.path));
  for (const Config& child : config.children) {
    std::ranges::move(PathsOf(child), std::back_inserter(paths));
  }
  return paths;
}

// A disk, and the environment whose files lie on it.
struct World {
  std::unique_ptr<SimulatedDisk> disk;
  Environment environment;
};

// A URL with the disks its stores live on; kept alive by the target's functions.
//
// Threads: thread-compatible.
class SimulatedStores {
 public:
  SimulatedStores(std::string url, const Config& config, std::uint64_t seed,
                  const Registry* registry)
      : url_(std::move(url)),
        paths_(PathsOf(config)),
        registry_(registry),
        clock_(Environment::Host().clock->Now()),
        random_(seed) {}

  // Whether stores of the kind look for their files in the environment. Touches nothing: it is
  // seen when a store is looked for.
  Result<bool> KeepsFiles() {
    WatchedFiles files;
    Environment environment = NewEnvironment();
    environment.files = &files;
    const Result<bool> exists = Exists(url_, {.environment = &environment, .registry = registry_});
    if (!files.asked() && !exists.has_value()) return exists.error().Clone();
    return files.asked();
  }

  Result<Store> OpenFresh() {
    // The disk before may still be asked by the store before, when that is destroyed.
    if (worlds_.size() > 1) worlds_.erase(worlds_.begin(), worlds_.end() - 1);
    Start(std::make_unique<SimulatedDisk>(
        SimulatedDiskOptions{.seed = random_.Next(), .clock = &clock_}));
    ANYSTORE_TRY(MakeParents());
    LightFuse();
    made_ = false;
    ANYSTORE_TRY(Create(url_, Options(OpenMode::kCreate)));
    made_ = true;
    return Reopen();
  }

  Result<Store> Reopen() { return Open(url_, Options(OpenMode::kOpen)); }

  Result<Store> Crash(Durability survived) {
    SimulatedDisk& before = *worlds_.back()->disk;
    before.CutPower();
    Start(before.Crash(survived == Durability::kSurvivesPower ? DrawSurvivors() : Survivors::kAll,
                       random_.Next()));
    LightFuse();
    if (made_) return Reopen();
    Result<Store> store = Open(url_, Options(OpenMode::kOpenOrCreate));
    made_ = store.has_value();
    return store;
  }

  void CutWhileOpening(std::uint64_t steps) { fuse_ = steps; }
  void CutAfter(std::uint64_t steps) { worlds_.back()->disk->CutPower(steps); }
  ManualClock& clock() { return clock_; }

 private:
  [[nodiscard]] Environment NewEnvironment() {
    Environment environment = Environment::Host();
    environment.clock = &clock_;
    environment.random = &random_;
    return environment;
  }
  [[nodiscard]] OpenOptions Options(OpenMode mode) const {
    return {.mode = mode, .environment = &worlds_.back()->environment, .registry = registry_};
  }
  void Start(std::unique_ptr<SimulatedDisk> disk) {
    Environment environment = NewEnvironment();
    environment.files = disk.get();
    worlds_.push_back(
        std::make_unique<World>(World{.disk = std::move(disk), .environment = environment}));
  }
  void LightFuse() {
    if (fuse_.has_value()) worlds_.back()->disk->CutPower(*fuse_);
    fuse_.reset();
  }
  // On a disk of its own, what the user of a real one has made long ago.
  Status MakeParents() {
    ANYSTORE_ASSIGN_OR_RETURN(const auto root, worlds_.back()->disk->OpenDirectory("/"));
    for (const std::vector<std::string>& path : paths_) ANYSTORE_TRY(MakeParentsOf(path, *root));
    return Ok();
  }
  static Status MakeParentsOf(const std::vector<std::string>& path, Directory& root) {
    std::string made;
    for (std::size_t i = 0; i + 1 < path.size(); ++i) {
      const std::string next = made.empty() ? path[i] : made + "/" + path[i];
      const Status status = root.MakeDirectory(next);
      if (!status.has_value() && status.error().code() != Code::kAlreadyExists) {
        return status.error().Clone();
      }
      ANYSTORE_TRY(root.Sync(made));
      made = next;
    }
    return Ok();
  }
  Survivors DrawSurvivors() {
    constexpr Survivors kDrawn[] = {Survivors::kNone, Survivors::kRandom, Survivors::kTorn};
    return kDrawn[random_.Below(std::size(kDrawn))];
  }

  const std::string url_;
  const std::vector<std::vector<std::string>> paths_;
  const Registry* const registry_;
  ManualClock clock_;
  SeededRandom random_;
  std::vector<std::unique_ptr<World>> worlds_ = {};
  std::optional<std::uint64_t> fuse_ = {};
  bool made_ = false;
};

}  // namespace

Result<Target> TargetOnSimulatedDisk(const std::string& url, std::uint64_t seed,
                                     const Registry* registry) {
  ANYSTORE_ASSIGN_OR_RETURN(const Config config, Config::Parse(url));
  const std::string name = config.Redacted();
  const auto stores = std::make_shared<SimulatedStores>(url, config, seed, registry);
  ANYSTORE_ASSIGN_OR_RETURN(const bool keeps_files, stores->KeepsFiles());
  if (!keeps_files) {
    return Error(Code::kUnsupported,
                 "stores of this kind do not keep their records in files that can be simulated")
        .In(name);
  }
  return Target{.name = name + " on a simulated disk of seed " + std::to_string(seed),
                .open = [stores] { return stores->OpenFresh(); },
                .reopen = [stores] { return stores->Reopen(); },
                .crash = [stores](Durability survived) { return stores->Crash(survived); },
                .cut_while_opening = [stores](auto steps) { stores->CutWhileOpening(steps); },
                .cut_after = [stores](auto steps) { stores->CutAfter(steps); },
                .clock = &stores->clock()};
}

}  // namespace anystore::conformance
