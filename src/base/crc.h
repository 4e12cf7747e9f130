/// The two cyclic redundancy checks of the formats we read: CRC-32 (IEEE 802.3, zlib) and CRC-32C
/// (Castagnoli, iSCSI). Both reflected, initial value and final xor of all ones.
#pragma once

#include <cstdint>
#include <string_view>

namespace anystore::base {

/// The CRC-32 of what `crc` is the CRC-32 of (0: of nothing), followed by `bytes`.
/// Uses the processor's product without carries where there is one, for 64 bytes and more.
[[nodiscard]] std::uint32_t ExtendCrc32(std::uint32_t crc, std::string_view bytes) noexcept;

/// The CRC-32 of `bytes`.
[[nodiscard]] inline std::uint32_t Crc32(std::string_view bytes) noexcept {
  return ExtendCrc32(0, bytes);
}

/// The CRC-32C of what `crc` is the CRC-32C of (0: of nothing), followed by `bytes`. Uses the
/// processor's instruction where there is one, in three streams for long input.
[[nodiscard]] std::uint32_t ExtendCrc32c(std::uint32_t crc, std::string_view bytes) noexcept;

/// The CRC-32C of `bytes`.
[[nodiscard]] inline std::uint32_t Crc32c(std::string_view bytes) noexcept {
  return ExtendCrc32c(0, bytes);
}

/// `ExtendCrc32` and `ExtendCrc32c` without the processor's instructions; for machines without
/// them, and for tests.
[[nodiscard]] std::uint32_t ExtendCrc32Portable(std::uint32_t crc, std::string_view bytes) noexcept;
[[nodiscard]] std::uint32_t ExtendCrc32cPortable(std::uint32_t crc,
                                                 std::string_view bytes) noexcept;

}  // namespace anystore::base
