#include "crash/subject.h"

#include <chrono>
#include <functional>
#include <iterator>
#include <set>
#include <vector>

#include "anystore/query.h"
#include "anystore/results.h"
#include "backends/flatfs/integrity/checksum_lines.h"
#include "backends/flatfs/keys/shard.h"
#include "backends/flatfs/layout.h"
#include "backends/flatfs/names.h"
#include "base/digest.h"
#include "crash/one_file_store.h"
#include "crash/relocation.h"

namespace anystore::crash {
namespace {

std::string_view PlaceIn(FileSystem& disk) {
  const auto moved = flatfs::Inspect(disk, "/moved");
  const bool is_moved = moved.has_value() && moved->place == flatfs::Place::kRepository;
  return is_moved ? "/moved" : "/store";
}

std::optional<std::string> FindWrong(FileSystem& disk, Store& store) {
  return FindWrongUsage(disk, PlaceIn(disk), store);
}

// A record without a checksum.
std::optional<std::string> FindUnsummed(FileSystem& disk, Store& store) {
  const auto root = disk.OpenDirectory(PlaceIn(disk));
  if (!root.has_value()) return root.error().ToString();
  std::set<std::string, std::less<>> summed;
  const auto file = (*root)->Open(flatfs::kChecksumsName, {});
  if (file.has_value()) {
    const Status read = flatfs::ForEachChecksumLine(**file, [&](const flatfs::ChecksumLine& line) {
      if (line.sum.has_value())
        summed.emplace(flatfs::StemOf(line.path.substr(line.path.find('/') + 1)));
      return Ok();
    });
    if (!read.has_value()) return read.error().ToString();
  }
  Result<Results> keys = store.Query({.keys_only = true});
  if (!keys.has_value()) return keys.error().ToString();
  for (const EntryView& entry : *keys) {
    if (!summed.contains(entry.key.substr(1))) return Quoted(entry.key) + " has no checksum";
  }
  return FindWrong(disk, store);
}

// How the stores are opened, and what they are called.
const CrashSubject kSubjects[] = {
    {"flatfs-sync", "flatfs:/store?sync=true&shard=next-to-last/2"},
    {"flatfs-unsynced", "flatfs:/store?sync=false&shard=next-to-last/2"},
    {.name = "flatfs-marked",
     .url = "flatfs:/store?sync=false&shard=next-to-last/2",
     .traits = {.dates_with_names = true}},
    {.name = "flatfs-marked_sync",
     .url = "flatfs:/store?sync=true&shard=prefix/2",
     .traits = {.dates_with_names = true}},
    {"flatfs-prefix", "flatfs:/store?sync=true&shard=prefix/3"},
    {"flatfs-suffix", "flatfs:/store?sync=false&shard=suffix/1"},
    {"flatfs-checksum", "flatfs:/store?sync=false&shard=next-to-last/2&verify=checksum"},
    {.name = "flatfs-filewise",
     .url = "flatfs:/store?sync=true&shard=next-to-last/2",
     .traits = {.filesystem_sync = false}},
    {.name = "flatfs-moved",
     .url = "flatfs:/store?sync=true&shard=next-to-last/2",
     .other_url = "flatfs:/moved?sync=true&shard=prefix/3"},
    {.name = "flatfs-moved_by_copies",
     .url = "flatfs:/store?sync=false&shard=suffix/1&verify=checksum",
     .other_url = "flatfs:/moved?sync=false&shard=next-to-last/2&verify=checksum",
     .traits = {.filesystem_sync = false, .hard_links = false},
     // MoveOnDisk.WhatOthersLeftUnstableIsNotReliedOn
     .tested_elsewhere = "conversion/record_mover.cc TakeTwice"},
};

// These, the tester's own store, and the ways in which that can be broken.
std::vector<CrashSubject> MakeSubjects() {
  std::vector<CrashSubject> subjects(std::begin(kSubjects), std::end(kSubjects));
  const auto has_checksums = [](const CrashSubject& subject) {
    return subject.url.find("verify=checksum") != std::string::npos;
  };
  if (!base::HasDigests()) std::erase_if(subjects, has_checksums);
  for (CrashSubject& subject : subjects) {
    subject.find_wrong = has_checksums(subject) ? FindUnsummed : FindWrong;
  }
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
  std::string url = subject.url;
  if (!subject.other_url.empty()) {
    ANYSTORE_ASSIGN_OR_RETURN(url, FindRepository(environment_, subject.url, subject.other_url));
  }
  return anystore::Open(url,
                        {.mode = mode, .environment = &environment_, .registry = subject.registry});
}

Result<bool> Machine::IsMoving(const CrashSubject& subject) {
  if (subject.other_url.empty()) return false;
  return crash::IsMoving(environment_, subject.url, subject.other_url);
}

Status Machine::Move(const CrashSubject& subject) {
  return MoveRepository(environment_, subject.url, subject.other_url);
}

}  // namespace anystore::crash
