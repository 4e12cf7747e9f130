/// What the layer `checksum` stores: a value behind a checksum of its key and its bytes.
///
///     sealed    = version algorithm digest value
///     version   = %xA1
///     algorithm = 1 / 2 / 3      ; xxh3-64, xxh3-128, crc32c
///     digest    = 8 / 16 / 4 bytes, little-endian
///
/// The xxh3 digests are those of the value with the 64-bit xxh3 of the key as seed; crc32c is that
/// of the key's length in 8 bytes, the key, and the value.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "anystore/error.h"

namespace anystore::layers {

/// The numbers are those in the format.
enum class ChecksumKind : std::uint8_t { kXxh3Of64 = 1, kXxh3Of128 = 2, kCrc32c = 3 };

/// The name in configurations: "xxh3-64".
[[nodiscard]] std::string_view Name(ChecksumKind kind) noexcept;
/// The kind of a name; none where there is no such.
[[nodiscard]] std::optional<ChecksumKind> ChecksumKindOf(std::string_view name) noexcept;

/// How many bytes longer a sealed value is.
[[nodiscard]] std::size_t SealBytes(ChecksumKind kind) noexcept;
/// Writes SealBytes and the value to `to`.
void Seal(ChecksumKind kind, std::string_view key, std::string_view value, char* to) noexcept;
/// The value in `sealed`, as a view into it.
///
/// Errors: corruption (says what is wrong; names the key).
[[nodiscard]] Result<std::string_view> Unseal(ChecksumKind kind, std::string_view key,
                                              std::string_view sealed);
/// The size of a value from that of the sealed one.
///
/// Errors: corruption (there is no room for a checksum; names the key).
[[nodiscard]] Result<std::uint64_t> UnsealedSize(ChecksumKind kind, std::string_view key,
                                                 std::uint64_t sealed_size);

}  // namespace anystore::layers
