#include "filesystem/posix/kept_directories.h"

#include <set>
#include <utility>

namespace anystore::filesystem {
namespace {

/// Everybody who may have something to give back.
struct Keepers {
  std::mutex mutex;
  std::set<KeptDirectories*> all = {};  // guarded by mutex
};

/// Lives forever: directories may be closed by other things that do.
Keepers& AllKeepers() {
  static Keepers& keepers = *new Keepers;
  return keepers;
}

}  // namespace

bool GiveBackDescriptors() {
  Keepers& keepers = AllKeepers();
  const std::lock_guard lock(keepers.mutex);
  bool some = false;
  for (KeptDirectories* const keeper : keepers.all) some |= keeper->ForgetAll();
  return some;
}

KeptDirectories::~KeptDirectories() {
  const std::lock_guard lock(AllKeepers().mutex);
  AllKeepers().all.erase(this);
}

void KeptDirectories::Allow(std::size_t count_max) {
  {
    const std::lock_guard lock(AllKeepers().mutex);
    AllKeepers().all.insert(this);
  }
  const std::lock_guard lock(mutex_);
  count_max_ = count_max;
}

KeptDirectories::Held KeptDirectories::Find(std::string_view name) const {
  const std::lock_guard lock(mutex_);
  const auto found = kept_.find(name);
  return found == kept_.end() ? nullptr : found->second;
}

KeptDirectories::Held KeptDirectories::Keep(std::string_view name, Descriptor directory) {
  auto held = std::make_shared<const Descriptor>(std::move(directory));
  const std::lock_guard lock(mutex_);
  // Of two that came at once, the first stays.
  if (kept_.size() < count_max_) kept_.emplace(name, held);
  return held;
}

void KeptDirectories::Forget(std::string_view name) {
  Held closed_without_lock;
  const std::lock_guard lock(mutex_);
  const auto found = kept_.find(name);
  if (found == kept_.end()) return;
  closed_without_lock = std::move(found->second);
  kept_.erase(found);
}

bool KeptDirectories::ForgetAll() {
  Names closed_without_lock;
  const std::lock_guard lock(mutex_);
  closed_without_lock.swap(kept_);
  return !closed_without_lock.empty();
}

}  // namespace anystore::filesystem
