/// Cryptographic hash functions, by OpenSSL and libsodium.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "anystore/error.h"

namespace anystore::base {

/// The functions there are.
enum class HashFunction : std::uint8_t {
  kSha1,
  kSha256,
  kSha384,
  kSha512,
  kSha3Bits224,
  kSha3Bits256,
  kSha3Bits384,
  kSha3Bits512,
  kDoubleSha256,  ///< SHA-256 of the SHA-256.
  kBlake2b,       ///< Of any size from 1 byte to 64.
  kBlake2s256,
};

/// The longest digest in bytes.
inline constexpr std::size_t kDigestBytesMax = 64;

/// Whether this build has hash functions (`ANYSTORE_DIGESTS`).
[[nodiscard]] bool HasDigests() noexcept;

/// For what cannot do without.
///
/// Errors: unsupported (a build that has none; the message tells how to get one).
[[nodiscard]] Status NeedDigests();

/// Writes the digest of `bytes` to `digest`, which has as many bytes as the function gives.
///
/// Errors: unsupported (a build without hash functions, or a library that has not this one).
/// Threads: thread-safe.
[[nodiscard]] Status Digest(HashFunction function, std::string_view bytes,
                            std::span<unsigned char> digest);

}  // namespace anystore::base
