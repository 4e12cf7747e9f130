/// The text side of URLs that Config::Parse, the messages of Open and the redaction share.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace anystore::registry {

/// How many bytes the scheme at the front of `url` has, its colon not counted; 0 when there is
/// none: a letter, then letters, digits, "+", "-" and ".", then a colon.
[[nodiscard]] std::size_t SchemeLength(std::string_view url);

/// Whether a field of this name holds a secret, as far as its name tells; misspelt names count.
[[nodiscard]] bool SoundsSecret(std::string_view field);

/// `bytes` with every byte that may not stand in the path of a URL as %XX.
[[nodiscard]] std::string EncodePath(std::string_view bytes);

}  // namespace anystore::registry
