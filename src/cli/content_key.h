/// Keys made from what is stored under them.
#pragma once

#include <string>
#include <string_view>

#include "cli/arguments.h"

namespace anystore::cli {

/// "/" and the SHA-256 of `bytes`, written as `naming` says, which is not kOwn.
[[nodiscard]] std::string ContentKey(KeyNaming naming, std::string_view bytes);

}  // namespace anystore::cli
