#include "backends/flatfs/layout.h"

#include <utility>

#include "anystore/file_batch.h"
#include "backends/flatfs/identity.h"
#include "backends/flatfs/names.h"
#include "core/identity.h"
#include "filesystem/entries.h"

namespace anystore::flatfs {
namespace {

using filesystem::ForEachEntry;

/// More than any text that names a rule.
constexpr std::size_t kShardingBytesMax = 4096;

bool IsMissing(const Error& error) { return error.code() == Code::kNotFound; }

/// What in a directory without SHARDING was not left by a creation that was cut off; empty:
/// nothing.
Result<std::string> FindForeignToUnfinished(Directory& root, bool& is_empty) {
  std::string foreign;
  bool has_readme = false;
  bool has_identity = false;
  bool has_temporary = false;
  is_empty = true;
  ANYSTORE_TRY(ForEachEntry(root, "", [&](const DirectoryEntry& entry) {
    is_empty = false;
    if (entry.name == kReadmeName && entry.kind == FileKind::kFile) {
      has_readme = true;
    } else if (entry.name == internal::kIdentityFile && entry.kind == FileKind::kFile) {
      has_identity = true;
    } else if (entry.name == kTemporaryName && entry.kind == FileKind::kDirectory) {
      has_temporary = true;
    } else {
      foreign = entry.name;
    }
    return foreign.empty();
  }));
  if (foreign.empty() && has_temporary) {
    ANYSTORE_TRY(ForEachEntry(root, kTemporaryName, [&](const DirectoryEntry& entry) {
      if (!entry.name.starts_with(kTemporaryPrefix)) {
        foreign = std::string(kTemporaryName).append("/").append(entry.name);
      }
      return foreign.empty();
    }));
  }
  for (const auto& [name, is_there] :
       {std::pair(kReadmeName, has_readme), std::pair(internal::kIdentityFile, has_identity)}) {
    if (!foreign.empty() || !is_there) continue;
    ANYSTORE_ASSIGN_OR_RETURN(const bool is_own, IsFromCreation(root, name));
    if (!is_own) foreign = name;
  }
  return foreign;
}

Result<Inspection> InspectDirectory(Directory& root) {
  auto shard = ReadSharding(root);
  if (!shard.has_value()) {
    if (shard.error().code() != Code::kIdentityMismatch) return std::move(shard).error();
    return Inspection{.place = Place::kOther, .foreign = std::string(shard.error().message())};
  }
  if (shard->has_value()) return Inspection{.place = Place::kRepository, .shard = **shard};
  bool is_empty = false;
  ANYSTORE_ASSIGN_OR_RETURN(std::string foreign, FindForeignToUnfinished(root, is_empty));
  if (is_empty) return Inspection{.place = Place::kEmpty};
  if (foreign.empty()) return Inspection{.place = Place::kUnfinished};
  return Inspection{.place = Place::kOther,
                    .foreign = "there is no SHARDING, but " + Quoted(foreign)};
}

/// A path taken apart at its last component.
struct SplitPath {
  std::string_view parent;
  std::string_view name;
};

SplitPath Split(std::string_view path) {
  while (path.size() > 1 && path.ends_with('/')) path.remove_suffix(1);
  const std::size_t slash = path.rfind('/');
  if (slash == std::string_view::npos) return {.parent = ".", .name = path};
  return {.parent = slash == 0 ? "/" : path.substr(0, slash), .name = path.substr(slash + 1)};
}

/// Whether the last component names an entry of the directory before it.
bool IsEntry(std::string_view name) { return !name.empty() && name != "." && name != ".."; }

Status MakeRoot(FileSystem& files, std::string_view path) {
  const SplitPath split = Split(path);
  const auto parent = files.OpenDirectory(split.parent);
  if (!parent.has_value() || !IsEntry(split.name)) {
    if (parent.has_value() || IsMissing(parent.error())) {
      return Error(Code::kIoError,
                   "the directory above does not exist: " + std::string(split.parent));
    }
    return parent.error().Clone();
  }
  return (*parent)->MakeDirectory(split.name, kDirectoryMode);
}

Status MakeTemporaryDirectory(Directory& root) {
  Status made = root.MakeDirectory(kTemporaryName, kDirectoryMode);
  return !made.has_value() && made.error().code() == Code::kAlreadyExists ? Ok() : std::move(made);
}

/// The rule's file comes last: whoever finds it finds a repository.
Status FillRoot(FileSystem& files, std::string_view path, Directory& root, const Shard& shard,
                const StoreIdentity& identity, Random* random) {
  ANYSTORE_ASSIGN_OR_RETURN(const auto parent, OpenParent(files, path));
  ANYSTORE_TRY(parent->Sync(""));
  ANYSTORE_TRY(MakeTemporaryDirectory(root));
  ANYSTORE_TRY(PlaceIdentity(root, shard, identity, random));
  return PlaceSharding(root, shard, random);
}

/// Undoes a creation that failed, as far as that is possible, unless somebody else's succeeded.
void RemoveBeginnings(Directory& root) {
  if (root.Stat(kShardingName).has_value()) return;
  static_cast<void>(RemoveIdentity(root));
  static_cast<void>(root.RemoveTree(kTemporaryName));
}

/// Removes the directory if it is empty.
void RemoveEmptyRoot(FileSystem& files, std::string_view path) {
  const SplitPath split = Split(path);
  const auto parent = files.OpenDirectory(split.parent);
  if (parent.has_value()) static_cast<void>((*parent)->RemoveDirectory(split.name));
}

/// Makes a repository of a directory that has nothing in it but beginnings of one.
Status FillPath(FileSystem& files, std::string_view path, const Shard& shard,
                const StoreIdentity& identity, Random* random) {
  ANYSTORE_ASSIGN_OR_RETURN(const auto root, files.OpenDirectory(path));
  if (shard.length() > root->traits().name_bytes_max) {
    return Error(Code::kInvalidConfig, "the filesystem has names of up to " +
                                           std::to_string(root->traits().name_bytes_max) +
                                           " bytes, too short for " + shard.ToString());
  }
  Status filled = FillRoot(files, path, *root, shard, identity, random);
  if (filled.has_value()) return filled;
  RemoveBeginnings(*root);
  return filled;
}

/// The error of opening or destroying what is no repository.
Error NotThere(const Inspection& found) {
  switch (found.place) {
    case Place::kNothing:
      return Error(Code::kNotFound, "there is no such directory");
    case Place::kEmpty:
    case Place::kUnfinished:
    case Place::kRepository:  // it went meanwhile
      return Error(Code::kNotFound, "there is no repository in the directory");
    case Place::kOther:
      break;
  }
  return Error(Code::kIdentityMismatch, "not a flatfs repository: " + found.foreign);
}

/// The names in a repository. What cannot be told from a damaged record is taken for strict keys,
/// and the record then for no part of the repository.
Result<Stems> StemsOf(Directory& root) {
  auto form = KeyFormOf(root);
  if (!form.has_value()) {
    if (form.error().code() != Code::kCorruption) return std::move(form).error();
    form = KeyForm::kStrict;
  }
  return Stems(*form, root.traits().name_bytes_max);
}

/// What in a repository is no part of it; empty: nothing.
Result<std::string> FindForeign(Directory& root, const Shard& shard) {
  ANYSTORE_ASSIGN_OR_RETURN(const Stems stems, StemsOf(root));
  std::string foreign;
  std::vector<std::string> directories;
  ANYSTORE_TRY(ForEachEntry(root, "", [&](const DirectoryEntry& entry) {
    if (entry.kind == FileKind::kDirectory) {
      if (shard.IsDirectory(entry.name)) {
        directories.emplace_back(entry.name);
        return true;
      }
      if (entry.name != kTemporaryName && entry.name != kQuarantineName) foreign = entry.name;
    } else if (!IsOwnFile(entry.name, stems.form())) {
      foreign = entry.name;
    }
    return foreign.empty();
  }));
  std::string key;
  for (const std::string& directory : directories) {
    if (!foreign.empty()) break;
    ANYSTORE_TRY(ForEachEntry(root, directory, [&](const DirectoryEntry& entry) {
      const bool is_own = stems.IsRecord(shard, directory, entry.name, key) ||
                          entry.name.starts_with(kOldTemporaryPrefix);
      if (!is_own || entry.kind == FileKind::kDirectory) {
        foreign = directory + "/" + std::string(entry.name);
      }
      return foreign.empty();
    }));
  }
  return foreign;
}

/// Removes everything but the files that say what the repository is.
Status RemoveContents(Directory& root) {
  // First: a commit that was cut off cannot be finished without its files.
  if (root.Stat(kCommitName).has_value()) {
    ANYSTORE_TRY(root.Remove(kCommitName));
    ANYSTORE_TRY(root.Sync(kTemporaryName));
  }
  std::vector<std::string> names;
  ANYSTORE_TRY(ForEachEntry(root, "", [&](const DirectoryEntry& entry) {
    if (entry.name != kShardingName && entry.name != internal::kIdentityFile) {
      names.emplace_back(entry.name);
    }
    return true;
  }));
  for (const std::string& name : names) ANYSTORE_TRY(root.RemoveTree(name));
  return Ok();
}

}  // namespace

Result<std::optional<Shard>> ReadSharding(Directory& root) {
  auto text = ReadSmall(root, kShardingName, kShardingBytesMax);
  if (!text.has_value()) {
    // Not a file.
    if (text.error().code() != Code::kInvalidArgument) return std::move(text).error();
    return Error(Code::kIdentityMismatch, std::string(text.error().message()));
  }
  if (!text->has_value()) return std::optional<Shard>();
  Result<Shard> shard = Shard::Parse(**text);
  if (shard.has_value()) return std::optional(*shard);
  return Error(Code::kIdentityMismatch, "SHARDING holds " + std::string(shard.error().message()));
}

Result<std::unique_ptr<Directory>> OpenParent(FileSystem& files, std::string_view path) {
  return files.OpenDirectory(std::string(path).append("/.."));
}

Result<Inspection> Inspect(FileSystem& files, std::string_view path) {
  const auto root = files.OpenDirectory(path);
  if (root.has_value()) return InspectDirectory(**root);
  if (IsMissing(root.error())) return Inspection{.place = Place::kNothing};
  if (root.error().code() != Code::kInvalidArgument) return root.error().Clone();
  return Inspection{.place = Place::kOther, .foreign = std::string(root.error().message())};
}

Status CreateRepository(FileSystem& files, std::string_view path, const Shard& shard,
                        const StoreIdentity& identity, Random* random) {
  ANYSTORE_ASSIGN_OR_RETURN(const Inspection found, Inspect(files, path));
  if (found.place == Place::kRepository) {
    return Error(Code::kAlreadyExists,
                 "there is a flatfs repository with " + found.shard.ToString());
  }
  if (found.place == Place::kOther) {
    return Error(Code::kAlreadyExists, "something else is in its place: " + found.foreign);
  }
  if (found.place == Place::kNothing) ANYSTORE_TRY(MakeRoot(files, path));
  Status filled = FillPath(files, path, shard, identity, random);
  if (!filled.has_value() && found.place == Place::kNothing) RemoveEmptyRoot(files, path);
  return filled;
}

Result<OpenedRepository> OpenUnlocked(FileSystem& files, std::string_view path) {
  ANYSTORE_ASSIGN_OR_RETURN(const Inspection found, Inspect(files, path));
  if (found.place != Place::kRepository) return NotThere(found);
  OpenedRepository opened{.shard = found.shard};
  ANYSTORE_ASSIGN_OR_RETURN(opened.root, files.OpenDirectory(path));
  return opened;
}

Result<OpenedRepository> OpenRepository(FileSystem& files, std::string_view path) {
  ANYSTORE_ASSIGN_OR_RETURN(OpenedRepository opened, OpenUnlocked(files, path));
  ANYSTORE_ASSIGN_OR_RETURN(opened.lock, opened.root->Lock(kShardingName, LockMode::kExclusive));
  // Again, since it may have been removed before it was locked.
  ANYSTORE_ASSIGN_OR_RETURN(const std::optional<Shard> shard, ReadSharding(*opened.root));
  if (!shard.has_value()) return NotThere({.place = Place::kRepository});
  opened.shard = *shard;
  return opened;
}

Status EmptyTemporaryDirectory(Directory& root) {
  if (!root.Stat(kUnsyncedName).has_value()) {
    ANYSTORE_TRY(root.RemoveTree(kTemporaryName));
    return root.MakeDirectory(kTemporaryName, kDirectoryMode);
  }
  std::vector<std::string> names;
  ANYSTORE_TRY(ForEachEntry(root, kTemporaryName, [&](const DirectoryEntry& entry) {
    names.push_back(std::string(kTemporaryName).append("/").append(entry.name));
    return true;
  }));
  for (const std::string& name : names) {
    if (name != kUnsyncedName) ANYSTORE_TRY(root.RemoveTree(name));
  }
  return Ok();
}

Status PlaceSharding(Directory& root, const Shard& shard, Random* random) {
  ANYSTORE_TRY(MakeTemporaryDirectory(root));
  const std::string text = shard.ToString() + "\n";
  Status placed = WriteFile(root, {.name = kShardingName, .bytes = text, .mode = kShardingMode},
                            {.replace = Replace::kNo,
                             .temporary_directory = kTemporaryName,
                             .temporary_prefix = kTemporaryPrefix,
                             .random = random});
  // The last rename was made, so it is our own, but it could not be synced.
  if (!placed.has_value() && placed.error().applied() == Applied::kUnknown) {
    static_cast<void>(root.Remove(kShardingName));
  }
  return placed;
}

Status RemoveSharding(Directory& root) {
  // Without this a power cut might bring directories back, and not the file that explains them.
  ANYSTORE_TRY(root.Sync(""));
  ANYSTORE_TRY(root.Remove(kShardingName));
  if (!root.Stat(internal::kIdentityFile).has_value()) return Ok();
  // As long as there is a rule, also after a power cut, the form of keys must be known.
  ANYSTORE_TRY(root.Sync(""));
  return root.Remove(internal::kIdentityFile);
}

Status RemoveRoot(FileSystem& files, std::string_view path, Directory& root) {
  const SplitPath split = Split(path);
  if (!IsEntry(split.name)) return root.Sync("");
  ANYSTORE_ASSIGN_OR_RETURN(const auto parent, files.OpenDirectory(split.parent));
  const Status removed = parent->RemoveDirectory(split.name);
  if (removed.has_value()) return parent->Sync("");
  if (removed.error().code() == Code::kInvalidArgument) return root.Sync("");
  return removed.error().Clone();
}

Status DestroyRepository(FileSystem& files, std::string_view path) {
  ANYSTORE_ASSIGN_OR_RETURN(OpenedRepository opened, OpenRepository(files, path));
  Directory& root = *opened.root;
  ANYSTORE_ASSIGN_OR_RETURN(const std::string foreign, FindForeign(root, opened.shard));
  if (!foreign.empty()) {
    return Error(Code::kIdentityMismatch,
                 "the directory holds something beside the repository: " + Quoted(foreign));
  }
  ANYSTORE_TRY(RemoveContents(root));
  ANYSTORE_TRY(RemoveSharding(root));
  return RemoveRoot(files, path, root);
}

}  // namespace anystore::flatfs
