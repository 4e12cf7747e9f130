/// SHA-256, for content-addressed keys and for names derived from texts.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace anystore::cli {

using Sha256Digest = std::array<std::uint8_t, 32>;

/// The digest of `bytes`.
[[nodiscard]] Sha256Digest Sha256Of(std::string_view bytes);

}  // namespace anystore::cli
