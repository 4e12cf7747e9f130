/// The version of a record: a hash of its value.
#pragma once

#include <string_view>

#include "anystore/options.h"

namespace anystore::rocksdb {

/// The 128-bit XXH3 of the value, big-endian. Equal versions mean equal values as far as chance
/// goes: somebody who chooses values on purpose can find two with one version.
[[nodiscard]] Version VersionOf(std::string_view value) noexcept;

}  // namespace anystore::rocksdb
