/// Quoted strings as Go writes them: the text form of queries and filters.
#pragma once

#include <string>
#include <string_view>

#include "anystore/error.h"

namespace anystore::base {

/// `bytes` in double quotes, as go-datastore prints them: printable characters as they are, the
/// usual escapes, \xNN for bytes that are not UTF-8, \uNNNN for characters that cannot be seen.
/// Code points to which Unicode has given no character stand as they are; Go escapes those.
[[nodiscard]] std::string QuoteLikeGo(std::string_view bytes);

/// What stands in `quoted`, which must begin with a quote and end with the one that closes it.
/// Reads everything that `QuoteLikeGo` writes. `offset` is where `quoted` begins in the text that
/// an error counts the bytes of.
///
/// Errors: invalid_argument (says at which byte and what was expected).
[[nodiscard]] Result<std::string> Unquote(std::string_view quoted, std::size_t offset);

}  // namespace anystore::base
