#include <string>
#include <utility>
#include <vector>

#include "anystore/filesystem.h"
#include "filesystem/entries.h"
#include "filesystem/names.h"

namespace anystore {
namespace {

bool IsMissing(const Status& status) {
  return !status.has_value() && status.error().code() == Code::kNotFound;
}

/// The names in a directory, all at once: removing while listing is not defined everywhere.
Result<std::vector<std::pair<std::string, FileKind>>> NamesIn(Directory& root,
                                                              std::string_view name) {
  std::vector<std::pair<std::string, FileKind>> names;
  ANYSTORE_TRY(filesystem::ForEachEntry(root, name, [&](const DirectoryEntry& entry) {
    names.emplace_back(entry.name, entry.kind);
    return true;
  }));
  return names;
}

}  // namespace

Status Directory::RemoveTree(std::string_view name) {
  // Stat holds it against all rules but this one.
  if (name.empty()) return filesystem::CheckName(name, filesystem::kNameBytesMax);
  const Result<FileInfo> info = Stat(name, Follow::kNo);
  if (!info.has_value()) {
    if (info.error().code() == Code::kNotFound) return Ok();
    return info.error().Clone();
  }
  // A stack of its own: a tree may be deeper than the thread's.
  struct Step {
    std::string name;
    bool emptied;
  };
  std::vector<Step> steps;
  const auto remove = [&](std::string path, FileKind kind) -> Status {
    if (kind == FileKind::kDirectory) {
      steps.push_back({.name = std::move(path), .emptied = false});
      return Ok();
    }
    Status removed = Remove(path);
    return IsMissing(removed) ? Ok() : std::move(removed);
  };
  ANYSTORE_TRY(remove(std::string(name), info->kind));
  while (!steps.empty()) {
    if (std::exchange(steps.back().emptied, true)) {
      Status removed = RemoveDirectory(steps.back().name);
      if (!removed.has_value() && !IsMissing(removed)) return removed;
      steps.pop_back();
      continue;
    }
    const std::string directory = steps.back().name;
    auto names = NamesIn(*this, directory);
    if (!names.has_value()) {
      if (names.error().code() != Code::kNotFound) return std::move(names).error();
      steps.pop_back();
      continue;
    }
    for (const auto& [child, kind] : *names) {
      ANYSTORE_TRY(remove(directory + "/" + child, kind));
    }
  }
  return Ok();
}

}  // namespace anystore
