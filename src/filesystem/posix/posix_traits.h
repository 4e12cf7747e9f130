/// What the filesystem below a directory can do.
#pragma once

#include "anystore/filesystem.h"

namespace anystore::filesystem {

/// All that can be known without touching the medium: one call of the kernel. `directory_sync` is
/// true.
///
/// Errors: 0, or errno.
[[nodiscard]] int ReadTraits(int directory, FileSystemTraits* traits) noexcept;
/// Whether names below this directory are told apart by case, as far as the directory itself knows.
[[nodiscard]] bool IsCaseSensitive(int directory) noexcept;
/// Whether the errno of an fsync of a directory means that the filesystem has no such thing.
[[nodiscard]] bool RefusesDirectorySync(int os_error) noexcept;

}  // namespace anystore::filesystem
