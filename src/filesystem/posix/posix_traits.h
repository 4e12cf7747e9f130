/// What the filesystem below a directory can do.
#pragma once

#include "anystore/filesystem.h"

namespace anystore::filesystem {

/// What we know of a filesystem beyond what its users ask.
struct PosixTraits {
  FileSystemTraits common = {};
  /// Whether EINVAL from a rename that must not replace is about the names, not about the flag.
  bool renames_without_replacing = false;
};

/// All that can be known without touching the medium: one call of the kernel. `directory_sync` is
/// true.
///
/// Errors: 0, or errno.
[[nodiscard]] int ReadTraits(int directory, PosixTraits* traits) noexcept;
/// Whether names below this directory are told apart by case, as far as the directory itself knows.
[[nodiscard]] bool IsCaseSensitive(int directory) noexcept;
/// Whether the errno of an fsync of a directory means that the filesystem has no such thing.
[[nodiscard]] bool RefusesDirectorySync(int os_error) noexcept;

}  // namespace anystore::filesystem
