/// SHA-256, for content-addressed keys and for names derived from texts (FIPS 180-4).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace anystore::base {

using Sha256Digest = std::array<std::uint8_t, 32>;

/// Hashes what is added. Threads: thread-compatible.
class Sha256 {
 public:
  void Add(std::string_view bytes);
  /// The digest of all that was added. Nothing may be added after it.
  [[nodiscard]] Sha256Digest Finish();

 private:
  void AddBlock(const char* block);

  std::array<std::uint32_t, 8> state_ = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                         0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  std::array<char, 64> pending_ = {};
  std::uint64_t size_ = 0;
};

/// The digest of `bytes`.
[[nodiscard]] inline Sha256Digest Sha256Of(std::string_view bytes) {
  Sha256 hash;
  hash.Add(bytes);
  return hash.Finish();
}

}  // namespace anystore::base
