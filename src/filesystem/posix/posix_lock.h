/// Locks on files, held by an open file of their own.
#pragma once

#include <memory>
#include <string>

#include "anystore/error.h"
#include "anystore/file.h"
#include "anystore/filesystem.h"
#include "filesystem/posix/descriptor.h"

namespace anystore::filesystem {

/// Locks the file `name`; `path` is the same for messages.
///
/// Errors: as `Directory::Lock`.
[[nodiscard]] Result<std::unique_ptr<FileLock>> LockFile(int directory, const KernelName& name,
                                                         LockMode mode, const std::string& path);

}  // namespace anystore::filesystem
