/// How long work on a repository says how far it is.
#pragma once

#include <cstdint>
#include <functional>

#include "anystore/error.h"

namespace anystore::flatfs {

/// Called now and then with how many records, and bytes in them, were dealt with since the last
/// call. Its error ends the work, which then returns it. Empty: nobody asks.
using Report = std::function<Status(std::uint64_t records, std::uint64_t bytes)>;

}  // namespace anystore::flatfs
