#include "crash/subject.h"

#include <chrono>
#include <iterator>
#include <vector>

#include "anystore/features.h"
#include "backends/flatfs/usage/usage_count.h"
#include "crash/one_file_store.h"

namespace anystore::crash {
namespace {

// Whether the space that a flatfs repository says it takes is what a count finds.
std::optional<std::string> FindWrongUsage(FileSystem& disk, Store& store) {
  const Result<std::uint64_t> told = store.feature<PersistentDatastore>()->DiskUsage({});
  if (!told.has_value()) return "disk usage: " + told.error().ToString();
  const auto root = disk.OpenDirectory("/store");
  if (!root.has_value()) return root.error().ToString();
  ManualClock clock{Instant{}};
  SeededRandom random(1);
  const auto count = flatfs::CountUsage(**root, {}, clock, random, {});
  if (!count.has_value()) return count.error().ToString();
  if ((*count)->bytes == *told) return std::nullopt;
  return "it tells of " + std::to_string(*told) + " bytes, and there are " +
         std::to_string((*count)->bytes);
}

// How the stores are opened, and what they are called.
const CrashSubject kSubjects[] = {
    {"flatfs-sync", "flatfs:/store?sync=true&shard=next-to-last/2"},
    {"flatfs-unsynced", "flatfs:/store?sync=false&shard=next-to-last/2"},
    {"flatfs-prefix", "flatfs:/store?sync=true&shard=prefix/3"},
    {"flatfs-suffix", "flatfs:/store?sync=false&shard=suffix/1"},
    {"flatfs-checksum", "flatfs:/store?sync=false&shard=next-to-last/2&verify=checksum"},
    {.name = "flatfs-filewise",
     .url = "flatfs:/store?sync=true&shard=next-to-last/2",
     .traits = {.filesystem_sync = false}},
};

// These, the tester's own store, and the ways in which that can be broken.
std::vector<CrashSubject> MakeSubjects() {
  std::vector<CrashSubject> subjects(std::begin(kSubjects), std::end(kSubjects));
  for (CrashSubject& subject : subjects) subject.find_wrong = FindWrongUsage;
  for (const std::string_view flaw : OneFileFlaws()) {
    const std::string name(flaw);
    subjects.push_back({.name = name == "none" ? "onefile" : "broken-" + name,
                        .url = "onefile:/store?flaw=" + name,
                        .registry = &OneFileRegistry()});
  }
  return subjects;
}

}  // namespace

std::span<const CrashSubject> CrashSubjects() {
  static const std::vector<CrashSubject> subjects = MakeSubjects();
  return subjects;
}

std::vector<CrashSubject> FindSubjects(std::string_view name) {
  std::vector<CrashSubject> found;
  for (const CrashSubject& subject : CrashSubjects()) {
    const bool variant = subject.name.starts_with(std::string(name) + "-");
    if (subject.name == name || variant) found.push_back(subject);
  }
  return found;
}

Machine::Machine(FileSystem& files, std::uint64_t seed)
    : clock_(Instant(std::chrono::hours(500'000))),
      random_(seed),
      environment_{.clock = &clock_, .random = &random_, .logger = &logger_, .files = &files} {}

Result<Store> Machine::Open(const CrashSubject& subject, OpenMode mode) {
  return anystore::Open(subject.url,
                        {.mode = mode, .environment = &environment_, .registry = subject.registry});
}

}  // namespace anystore::crash
