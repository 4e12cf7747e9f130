#include "registry/open_table.h"

#include <utility>
#include <vector>

#include "base/canonical_path.h"

namespace anystore::registry {

OpenTable& OpenTable::Global() {
  // Never destroyed: static objects may close stores after every other static object is gone.
  static OpenTable* const kGlobal = new OpenTable();
  return *kGlobal;
}

Lease OpenTable::Share(const std::string& place) {
  if (place.empty()) return nullptr;
  std::unique_lock lock(mutex_);
  left_.wait(lock, [&] { return !places_[place].alone; });
  ++places_[place].open;
  return {this, [this, place](const void*) { Leave(place, /*alone=*/false); }};
}

Result<Lease> OpenTable::Alone(const std::set<std::string>& places) {
  auto leases = std::make_shared<std::vector<Lease>>();
  // In one order for everybody, so that nobody waits in a circle.
  for (const std::string& place : places) {
    if (place.empty()) continue;
    std::unique_lock lock(mutex_);
    left_.wait(lock, [&] { return !places_[place].alone; });
    if (places_[place].open > 0) {
      lock.unlock();
      return Error(Code::kBusy, "the store is open in this process");
    }
    places_[place].alone = true;
    leases->emplace_back(this, [this, place](const void*) { Leave(place, /*alone=*/true); });
  }
  return Lease(std::move(leases));
}

void OpenTable::Leave(const std::string& place, bool alone) {
  {
    const std::lock_guard lock(mutex_);
    const auto found = places_.find(place);
    if (alone) {
      found->second.alone = false;
    } else {
      --found->second.open;
    }
    if (found->second.open == 0 && !found->second.alone) places_.erase(found);
  }
  left_.notify_all();
}

std::string PlaceOf(const Stack& leaf, const Environment& environment) {
  const Config& config = leaf.config.config();
  if (config.path.empty() && config.host.empty()) return {};
  std::string location = config.path;
  if (!config.host.empty()) {
    location = "//" + config.user + "@" + config.host + config.path;
  } else if (environment.files == Environment::Host().files) {
    if (auto canonical = base::CanonicalPath(config.path); canonical.has_value()) {
      location = *std::move(canonical);
    }
  } else {
    location = base::LexicalPath(config.path);
  }
  const auto world = reinterpret_cast<std::uintptr_t>(environment.files);
  return std::to_string(world).append(" ").append(config.scheme).append(":").append(location);
}

}  // namespace anystore::registry
