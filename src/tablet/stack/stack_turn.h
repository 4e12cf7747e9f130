/// Who changes the list of a stack, and what it holds then.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "anystore/environment.h"
#include "anystore/error.h"
#include "anystore/filesystem.h"

namespace anystore::tablet {

/// While it lives, nobody else changes the list.
struct StackTurn {
  std::unique_ptr<FileLock> lock = {};
  std::vector<std::string> names = {};  // the oldest first
};

/// Waits for others up to `wait`, and reads the list.
///
/// Errors: busy (others take longer) · unsupported (no locks) · those of `ListedTablets` ·
/// no_space, io_error.
[[nodiscard]] Result<StackTurn> TakeStackTurn(Directory& directory, Duration wait);

}  // namespace anystore::tablet
