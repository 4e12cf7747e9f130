/// What a failed sync means.
#pragma once

#include <utility>

#include "anystore/error.h"

namespace anystore::filesystem {

/// The error of a store whose sync failed with `cause`: the kernel may have dropped what it could
/// not write, and say nothing the next time (Rebello et al., Can Applications Recover from fsync
/// Failures?, 2020).
[[nodiscard]] inline Error LostBySync(Error cause, Applied applied) {
  return Error(Code::kDataLoss, "a sync failed").WithApplied(applied).CausedBy(std::move(cause));
}

}  // namespace anystore::filesystem
