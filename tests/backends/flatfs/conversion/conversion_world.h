// Disks with repositories on them, for the tests of maintenance.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "anystore/simulated_disk.h"
#include "backends/flatfs/flatfs_fixture.h"
#include "backends/flatfs/layout.h"
#include "backends/flatfs/maintenance/report.h"
#include "filesystem/faults/faults.h"
#include "filesystem/intercepted/intercepted.h"

namespace anystore::flatfs {

using Records = std::map<std::string, std::string>;

/// Nobody asks how far it is.
inline const Report kSilent = nullptr;

/// An environment on some filesystem.
class Host {
 public:
  explicit Host(FileSystem& files) {
    environment_ = {.clock = &clock_,
                    .random = &random_,
                    .logger = Environment::Host().logger,
                    .files = &files};
  }
  Host(const Host&) = delete;
  Host& operator=(const Host&) = delete;

  const Environment& environment() { return environment_; }

 private:
  ManualClock clock_{Instant{}};
  SeededRandom random_{5};
  Environment environment_;
};

/// Writes a file, as a stranger would.
inline void Lay(FileSystem& files, std::string_view name, std::string_view bytes) {
  const auto root = files.OpenDirectory("/");
  ASSERT_TRUE(root.has_value());
  const Status written =
      WriteFile(**root, {.name = name, .bytes = bytes}, {.make_directories = true});
  ASSERT_TRUE(written.has_value()) << TextOf(written);
}

/// What a file holds; "-" when there is none.
inline std::string FileBytes(FileSystem& files, std::string_view name) {
  const auto root = files.OpenDirectory("/");
  const auto file = (*root)->Open(name, {});
  if (!file.has_value()) return "-";
  const auto value = (*file)->ReadAll();
  return value.has_value() ? std::string(value->bytes()) : TextOf(value);
}

/// What is there: a repository's records, or none where there is no repository.
inline Records RecordsAt(FileSystem& files, const std::string& path) {
  const Result<Inspection> found = Inspect(files, path);
  EXPECT_TRUE(found.has_value());
  if (found->place != Place::kRepository) return {};
  Host host(files);
  auto opened = NewFlatfsBackend()->Open(FlatfsConfig(path), host.environment());
  EXPECT_TRUE(opened.has_value()) << TextOf(opened);
  if (!opened.has_value()) return {};
  const Store store(*std::move(opened), path, host.environment());
  Records records;
  auto results = store.Query({});
  EXPECT_TRUE(results.has_value());
  for (const auto& entry : *results) records.emplace(entry.key, entry.value);
  EXPECT_TRUE(results->status().has_value()) << TextOf(results->status());
  return records;
}

inline void MakeRepository(FileSystem& files, const std::string& path, const std::string& shard,
                           const Records& records) {
  Host host(files);
  const auto backend = NewFlatfsBackend();
  const Status made = backend->Create(FlatfsConfig(path, "shard=" + shard), host.environment());
  ASSERT_TRUE(made.has_value()) << TextOf(made);
  auto opened = backend->Open(FlatfsConfig(path, "sync=false"), host.environment());
  ASSERT_TRUE(opened.has_value()) << TextOf(opened);
  Store store(*std::move(opened), path, host.environment());
  for (const auto& [key, value] : records) ASSERT_TRUE(store.Put(key, value).has_value());
  ASSERT_TRUE(store.Close().has_value());
}

/// Whether something ended well, or why not.
using Work = std::function<Status(FileSystem& files)>;

/// Cuts the power at every call of `work` on a copy of `start`, and shows to `look` what may be
/// left, with whether the work was done. Returns how many calls there were.
inline std::uint64_t CutEverywhere(
    const SimulatedDisk& start, std::uint64_t seeds, const Work& work,
    const std::function<void(SimulatedDisk& left, bool done)>& look) {
  for (std::uint64_t calls = 0;; ++calls) {
    const auto disk = start.Crash(Survivors::kAll, 1);
    disk->CutPower(calls);
    const bool done = work(*disk).has_value();
    for (const Survivors survivors : kAllSurvivors) {
      for (std::uint64_t seed = 0; seed < seeds; ++seed) {
        const std::string where = "cut after " + std::to_string(calls) + " calls, " +
                                  std::string(Name(survivors)) + " " + std::to_string(seed);
        SCOPED_TRACE(where);
        look(*disk->Crash(survivors, seed), done);
        if (::testing::Test::HasFailure()) return calls;
      }
    }
    if (done) return calls;
  }
}

/// Lets each call of `life(files, disk)` on a copy of `start` become what `what` says, such as
/// "fail=EIO", one a time.
template <class Life>
void ForEachCall(const SimulatedDisk& start, const std::string& what, Life&& life) {
  for (std::uint64_t call = 1;; ++call) {
    const std::string rule = "call=" + std::to_string(call) + " " + what;
    SCOPED_TRACE(rule);
    const auto disk = start.Crash(Survivors::kAll, 1);
    const auto rules = *filesystem::FaultRules::Parse(rule);
    filesystem::InterceptedFileSystem files(*disk, *rules);
    life(files, *disk);
    EXPECT_EQ(files.open_handles(), 0U);
    if (rules->fired() == 0 || ::testing::Test::HasFailure()) return;
  }
}

}  // namespace anystore::flatfs
