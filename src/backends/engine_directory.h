/// What lies in the directory of a storage engine's database, seen from outside. For backends over
/// engines that bring their own files.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

#include "anystore/environment.h"
#include "anystore/error.h"
#include "anystore/features.h"

namespace anystore::backends {

/// What part of an engine's database a file is, by its name.
enum class Part : std::uint8_t {
  kNone,         ///< None: not a file of the engine.
  kBookkeeping,  ///< Made before a new database becomes one, by the appearance of kCurrent.
  kCurrent,      ///< What makes a directory a database: CURRENT.
  kMark,         ///< What no directory of others has: goes last when a database is removed.
  kRelative,     ///< What only databases of a relative of the engine have.
  kData,         ///< Records, or a log of them.
};

/// How to know an engine's database.
struct EngineFiles {
  /// What the engine is called: "RocksDB".
  std::string_view engine = {};
  /// The part that a file of this name is. Not asked about kCurrent and kMark.
  Part (*part_of)(std::string_view name) = nullptr;
  /// The name of the file that is Part::kMark.
  std::string_view mark = {};
  /// Whether every database has it, so that one without is of a relative.
  bool always_marked = false;
};

/// Whether `text` is a number as engines put it into names.
[[nodiscard]] bool IsNumber(std::string_view text);

/// What follows the number in a name like "000005.log": ".log". Empty for other names.
[[nodiscard]] std::string_view EndingOfNumbered(std::string_view name);

/// What is at a path.
enum class Place : std::uint8_t {
  kNothing,     ///< Nothing.
  kEmpty,       ///< An empty directory.
  kUnfinished,  ///< The beginnings of a database whose creation was cut off; no data.
  kRemains,     ///< What is left of a database whose removal was cut off.
  kDatabase,    ///< A database of the engine, perhaps with other files beside it.
  kOther,       ///< A file, or a directory with other things in it.
};

/// What is at a path, and why it is taken for that.
struct Inspection {
  Place place = Place::kNothing;
  /// Something there that is no part of the engine's database: the name of a file, or what the path
  /// itself is. Empty when there is no such thing.
  std::string foreign = {};
};

/// Looks at the names in the directory. Changes nothing, and opens no file that could be locked.
///
/// Errors: permission_denied, io_error.
[[nodiscard]] Result<Inspection> Inspect(const std::filesystem::path& path,
                                         const EngineFiles& files);

/// The error of opening or destroying what `Inspect` found to be no database.
[[nodiscard]] Error NotThere(const Inspection& found, const EngineFiles& files);

/// Calls `make` where a new database may be made: in a directory that this makes, in a parent that
/// exists, or in an empty one. The identity record is there already. When `make` fails,
/// `unmake` removes what it began, and the path is as it was.
///
/// Errors: already_exists (something is there; nothing is touched) · io_error (there is no
/// parent) · permission_denied, read_only, no_space · what `make` ends with.
Status CreateIn(const std::filesystem::path& directory, const EngineFiles& files,
                const StoreIdentity& identity, Random* random, const std::function<Status()>& make,
                const std::function<void()>& unmake);

/// Makes sure that the database at `path` may be removed.
///
/// Errors: not_found · identity_mismatch (something else is there, or beside it) ·
/// permission_denied, io_error.
[[nodiscard]] Status CheckRemovable(const std::filesystem::path& path, const EngineFiles& files);

/// Makes the names in a directory survive a power cut.
///
/// Errors: permission_denied, io_error.
Status SyncDirectory(const std::filesystem::path& directory);

/// The identity record beside a database; an empty one where there is none.
///
/// Errors: corruption · permission_denied, io_error.
[[nodiscard]] Result<StoreIdentity> IdentityIn(const std::filesystem::path& directory);

/// Removes a directory in which nothing but the identity record is left.
///
/// Errors: permission_denied, read_only, io_error.
Status RemoveDirectory(const std::filesystem::path& path);

/// The bytes of all files in the directory and below it.
///
/// Errors: permission_denied, io_error.
[[nodiscard]] Result<std::uint64_t> BytesIn(const std::filesystem::path& directory);

/// The path without symbolic links, from the root; as far as it exists.
///
/// Errors: permission_denied, io_error.
[[nodiscard]] Result<std::filesystem::path> Canonical(const std::string& path);

}  // namespace anystore::backends
