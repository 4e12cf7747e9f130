/// What maintenance does again and again to directories.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "anystore/environment.h"
#include "anystore/error.h"
#include "anystore/filesystem.h"
#include "filesystem/descriptors.h"
#include "filesystem/entries.h"

namespace anystore::flatfs {

/// A name in a directory, and what it stands for.
struct NamedEntry {
  std::string name;
  FileKind kind = FileKind::kFile;
};

/// Everything in a directory, in the order of names, so that it may be changed meanwhile and
/// reports are the same everywhere. Waits on `clock` when descriptors have run out; null: fails.
///
/// Errors: those of `Directory::List` and `Listing::Next`.
[[nodiscard]] inline Result<std::vector<NamedEntry>> ListInOrder(Directory& root,
                                                                 std::string_view directory,
                                                                 Clock* clock) {
  std::vector<NamedEntry> entries;
  ANYSTORE_TRY(filesystem::WaitForDescriptors(clock, [&] {
    entries.clear();
    return filesystem::ForEachEntry(root, directory, [&](const DirectoryEntry& entry) {
      entries.push_back({.name = std::string(entry.name), .kind = entry.kind});
      return true;
    });
  }));
  std::ranges::sort(entries, {}, &NamedEntry::name);
  return entries;
}

/// Removes a file; a missing one is success.
///
/// Errors: those of `Directory::Remove`, but for not_found.
inline Status RemoveIfThere(Directory& root, std::string_view name) {
  Status removed = root.Remove(name);
  return !removed.has_value() && removed.error().code() == Code::kNotFound ? Ok()
                                                                           : std::move(removed);
}

}  // namespace anystore::flatfs
