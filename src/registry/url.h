/// The text side of URLs that Config::Parse, the messages of Open and the redaction share.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "anystore/config.h"
#include "anystore/error.h"

namespace anystore::registry {

/// How many bytes the scheme at the front of `url` has, its colon not counted; 0 when there is
/// none: a letter, then letters, digits, "+", "-" and ".", then a colon.
[[nodiscard]] std::size_t SchemeLength(std::string_view url);

/// Whether a field of this name holds a secret, as far as its name tells; misspelt names count.
[[nodiscard]] bool SoundsSecret(std::string_view field);

/// `bytes` with every byte that may not stand in the path of a URL as %XX.
[[nodiscard]] std::string EncodePath(std::string_view bytes);

/// A local path fit for printing: without what may be a password in it, and in URL form.
[[nodiscard]] std::string PrintedPath(std::string_view path);

/// The URL that `text` must be: as `Config::Parse`, but no JSON.
[[nodiscard]] Result<Config> ParseUrl(std::string_view text);

/// What is wrong with a host, empty when nothing is.
[[nodiscard]] std::string_view WrongHost(std::string_view host);

/// The text of a field fit for printing: as it is, "***" for a secret, or where the secret is to be
/// found. Secret is what `spec` marks so or does not know, and what sounds so.
[[nodiscard]] std::string PrintedField(std::string_view name, const std::string& text,
                                       const ConfigSpec* spec);

/// `Config::Redacted` of a store without the stores that it stands on.
[[nodiscard]] std::string PrintUrl(const Config& config, const ConfigSpec* spec);

}  // namespace anystore::registry
