/// Keys that tell a hash of their value, as those of IPFS' block store do.
///
///     key       = "/" base32( multihash / cid )     ; RFC 4648, upper case, not padded
///     cid       = %x01 codec multihash              ; in old repositories
///     multihash = function length digest
///     codec, function, length = varint              ; LEB128, as short as can be
///
/// The numbers of the functions are those of the public table of multicodecs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "anystore/error.h"

namespace anystore::flatfs {

/// Less of a digest is not taken for one, as IPFS does; functions that give less are.
inline constexpr std::size_t kDigestBytesMin = 20;

/// What such a key says.
///
/// Threads: thread-compatible.
struct Multihash {
  /// The bytes in front of the multihash: of a CID its version and codec, else none.
  std::string cid = {};
  /// The number of the hash function.
  std::uint64_t function = 0;
  /// The digest; its beginning where it was cut.
  std::string digest = {};

  /// Whether both are the same.
  friend bool operator==(const Multihash&, const Multihash&) = default;
};

/// What `key` says. Whether the function is known is not looked at.
///
/// Errors: invalid_argument.
[[nodiscard]] Result<Multihash> ParseMultihashKey(std::string_view key);

/// The key that says this.
[[nodiscard]] std::string ToKey(const Multihash& multihash);

/// What a hash function is called: "sha2-256"; "0x1e" for one that is not known.
[[nodiscard]] std::string FunctionName(std::uint64_t function);

/// The first `size` bytes of what the function gives for `value`.
///
/// Errors: unsupported (the function is not known, or not in this build) · invalid_argument (a
/// size that it does not give).
[[nodiscard]] Result<std::string> DigestOf(std::uint64_t function, std::size_t size,
                                           std::string_view value);

}  // namespace anystore::flatfs
