/// The life of a repository's directory: made, opened, removed.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "anystore/environment.h"
#include "anystore/error.h"
#include "anystore/features.h"
#include "anystore/filesystem.h"
#include "backends/flatfs/keys/shard.h"

namespace anystore::flatfs {

/// What is at a path.
enum class Place : std::uint8_t {
  kNothing,     ///< Nothing.
  kEmpty,       ///< An empty directory.
  kUnfinished,  ///< The beginnings of a repository whose creation was cut off; no records.
  kRepository,  ///< A repository, perhaps with other things beside it.
  kOther,       ///< A file, or a directory with other things in it.
};

/// What is at a path, and why it is taken for that.
struct Inspection {
  Place place = Place::kNothing;
  /// Of a repository: its rule.
  Shard shard = {};
  /// Of a kOther: what is there.
  std::string foreign = {};
};

/// Looks at a path. Changes nothing.
///
/// Errors: permission_denied, io_error.
[[nodiscard]] Result<Inspection> Inspect(FileSystem& files, std::string_view path);

/// Makes an empty repository, in a directory that is empty or whose parent exists. It survives a
/// power cut when this returns; cut off earlier, it can be repeated. `identity` is written down
/// where there is a place for it. Temporary names come from `random`; null: the host's.
///
/// Errors: already_exists (a repository, or something else) · unsupported (the form of its keys) ·
/// those of the filesystem.
Status CreateRepository(FileSystem& files, std::string_view path, const Shard& shard,
                        const StoreIdentity& identity, Random* random);

/// A repository. While there is a lock, nobody else of ours has it open.
struct OpenedRepository {
  std::unique_ptr<Directory> root = {};
  std::unique_ptr<FileLock> lock = {};
  Shard shard = {};
};

/// Opens and locks a repository. Changes nothing.
///
/// Errors: not_found · busy · identity_mismatch (not a repository) · those of the filesystem.
[[nodiscard]] Result<OpenedRepository> OpenRepository(FileSystem& files, std::string_view path);

/// Opens a repository for looking at it, beside whoever else has it open: takes no lock.
///
/// Errors: as OpenRepository, but for busy.
[[nodiscard]] Result<OpenedRepository> OpenUnlocked(FileSystem& files, std::string_view path);

/// The rule that a directory holds now; none when there is no SHARDING.
///
/// Errors: identity_mismatch (it holds something else) · those of the filesystem.
[[nodiscard]] Result<std::optional<Shard>> ReadSharding(Directory& root);

/// Empties the directory of temporary files, but for the note of values that were not synced, and
/// makes it where it is missing.
///
/// Errors: those of the filesystem.
Status EmptyTemporaryDirectory(Directory& root);

/// Makes a directory a repository: writes its rule, durably. Temporary names come from `random`;
/// null: the host's. After an error there is no rule, as far as that could be undone.
///
/// Errors: already_exists (there is one) · data_loss · those of the filesystem.
Status PlaceSharding(Directory& root, const Shard& shard, Random* random);

/// The reverse, after all that was removed from the directory before was made stable. Is not itself
/// made stable.
///
/// Errors: those of the filesystem.
Status RemoveSharding(Directory& root);

/// Removes the empty directory of a repository that is no more, durably, unless the path ends in a
/// link or in "..": then it stays.
///
/// Errors: precondition_failed (not empty) · those of the filesystem.
Status RemoveRoot(FileSystem& files, std::string_view path, Directory& root);

/// Removes a repository with its directory. Cut off, it leaves a repository with fewer records.
///
/// Errors: as OpenRepository; identity_mismatch also when something lies there that is no part of
/// a repository, and then nothing is touched.
Status DestroyRepository(FileSystem& files, std::string_view path);

/// The directory above a repository, from the inside: through a symbolic link it is the one where
/// the link leads to.
///
/// Errors: those of `FileSystem::OpenDirectory`.
[[nodiscard]] Result<std::unique_ptr<Directory>> OpenParent(FileSystem& files,
                                                            std::string_view path);

}  // namespace anystore::flatfs
