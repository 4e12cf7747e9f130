// Repositories on a simulated disk, whose calls a test watches.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "anystore/simulated_disk.h"
#include "backends/flatfs/flatfs_fixture.h"
#include "filesystem/intercepted/intercepted.h"

namespace anystore::flatfs {

/// A disk, `Watcher`, an interceptor, before it, and stores on that; "blocks" where no path is
/// told.
template <class Watcher>
class RepositoryWorld {
 public:
  explicit RepositoryWorld(const FileSystemTraits& traits = {})
      : RepositoryWorld(std::make_unique<SimulatedDisk>(SimulatedDiskOptions{.traits = traits})) {}
  explicit RepositoryWorld(std::unique_ptr<SimulatedDisk> disk) : disk_(std::move(disk)) {
    environment_ = {.clock = &clock_,
                    .random = &random_,
                    .logger = Environment::Host().logger,
                    .files = &files_};
  }

  void Create(const std::string& fields = "", const std::string& path = "blocks") {
    const Status created = backend_->Create(FlatfsConfig(path, fields), environment_);
    ASSERT_TRUE(created) << TextOf(created);
  }
  Result<Store> TryOpen(const std::string& fields = "", const std::string& path = "blocks") {
    ANYSTORE_ASSIGN_OR_RETURN(auto opened,
                              backend_->Open(FlatfsConfig(path, fields), environment_));
    return Store(std::move(opened), "flatfs:" + path, environment_);
  }
  Store Open(const std::string& fields = "", const std::string& path = "blocks") {
    Result<Store> store = TryOpen(fields, path);
    EXPECT_TRUE(store) << TextOf(store);
    if (!store.has_value()) std::abort();
    return *std::move(store);
  }

  Backend& backend() { return *backend_; }
  const Environment& environment() { return environment_; }
  SimulatedDisk& disk() { return *disk_; }
  Watcher& watcher() { return watcher_; }
  ManualClock& clock() { return clock_; }

 private:
  ManualClock clock_{Instant(std::chrono::hours(400'000))};
  SeededRandom random_{3};
  std::unique_ptr<SimulatedDisk> disk_;
  Watcher watcher_;
  filesystem::InterceptedFileSystem files_{*disk_, watcher_};
  Environment environment_;
  const std::unique_ptr<Backend> backend_ = NewFlatfsBackend();
};

/// Calls `look` with a world for everything that power cuts may leave, of `seeds` a kind.
template <class World, class Look>
void ForEachAfterlife(World& world, std::uint64_t seeds, const Look& look) {
  for (const Survivors survivors : kAllSurvivors) {
    for (std::uint64_t seed = 0; seed < seeds; ++seed) {
      SCOPED_TRACE(std::string(Name(survivors)) + " seed " + std::to_string(seed));
      World after(world.disk().Crash(survivors, seed));
      look(after);
    }
  }
}

/// A value, or the name of the code with which it cannot be had.
inline std::string ValueOf(Store& store, std::string_view key) {
  const auto value = store.Get(key);
  return std::string(value.has_value() ? value->bytes() : CodeName(value.error().code()));
}

}  // namespace anystore::flatfs
