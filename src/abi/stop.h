/// `anystore_stop_v1` of this library's own making.
#pragma once

#include <stop_token>

#include "anystore/anystore.h"

namespace anystore::abi {

/// A table that says what `token`, which must outlive it, says.
[[nodiscard]] anystore_stop_v1 StopForC(const std::stop_token& token) noexcept;

/// The token behind a table that `StopForC` made; null behind any other.
[[nodiscard]] const std::stop_token* TokenOf(const anystore_stop_v1& stop) noexcept;

}  // namespace anystore::abi
