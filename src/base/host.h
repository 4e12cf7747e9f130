/// What the environment of the host is made of, but for its files.
#pragma once

#include "anystore/environment.h"

namespace anystore::base {

/// The system's clock. Lives forever, as the others do.
[[nodiscard]] Clock& HostClock();
/// The system's source of randomness.
[[nodiscard]] Random& HostRandom();
/// Prints warnings and errors to standard error.
[[nodiscard]] Logger& HostLogger();

}  // namespace anystore::base
