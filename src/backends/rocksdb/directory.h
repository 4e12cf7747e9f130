/// What lies in the directory of a database, seen from outside.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "anystore/error.h"

namespace anystore::rocksdb {

/// What is at a path.
enum class Place : std::uint8_t {
  kNothing,     ///< Nothing.
  kEmpty,       ///< An empty directory.
  kUnfinished,  ///< The beginnings of a database whose creation was cut off; no data.
  kRemains,     ///< What is left of a database whose removal was cut off.
  kDatabase,    ///< A RocksDB database, perhaps with other files beside it.
  kOther,       ///< A file, or a directory with other things in it.
};

/// What is at a path, and why it is taken for that.
struct Inspection {
  Place place = Place::kNothing;
  /// Something there that is no part of a RocksDB database: the name of a file, or what the path
  /// itself is. Empty when there is no such thing.
  std::string foreign = {};
  /// Whether it looks like a database of a relative of RocksDB, such as LevelDB.
  bool is_relative = false;
};

/// Looks at the names in the directory. Changes nothing, and opens no file that could be locked.
///
/// Errors: permission_denied, io_error.
[[nodiscard]] Result<Inspection> Inspect(const std::filesystem::path& path);

/// Makes a directory, in a parent that exists, and makes that survive a power cut.
///
/// Errors: io_error (there is no parent) · permission_denied, read_only, no_space.
Status MakeDirectory(const std::filesystem::path& path);

/// The path without symbolic links, from the root; as far as it exists.
///
/// Errors: permission_denied, io_error.
[[nodiscard]] Result<std::filesystem::path> Canonical(const std::filesystem::path& path);

}  // namespace anystore::rocksdb
