/// The first 64 bytes of a locator (docs/formats/tablet-locator.md).
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string_view>

#include "anystore/tablet/check.h"
#include "tablet/locator/locator.h"

namespace anystore::tablet {

/// Where it says how many entries there are.
inline constexpr std::size_t kEntriesAt = 40;
/// Where the checksum of all lines stands.
inline constexpr std::size_t kLinesCrcAt = 52;
/// Where that of the header does.
inline constexpr std::size_t kHeaderCrcAt = kLocatorHeaderBytes - 4;

/// Little-endian, in this order, behind the magic and the version.
struct LocatorHeader {
  TabletIdentity tablet = {};
  std::uint64_t entries = 0;
  std::uint32_t line_count = 0;
  std::uint8_t offset_bits = 0;
  std::uint32_t lines_crc = 0;  // CRC-32C

  friend bool operator==(const LocatorHeader&, const LocatorHeader&) = default;
};

/// Writes a header to the `kLocatorHeaderBytes` at `to`.
void StoreLocatorHeader(char* to, const LocatorHeader& header) noexcept;

/// Reads a header, or tells why it is not used.
[[nodiscard]] std::expected<LocatorHeader, LocatorReport> ExamineLocatorHeader(
    std::string_view bytes);

/// Reads a header; none when it is damaged, or of another version.
[[nodiscard]] std::optional<LocatorHeader> LoadLocatorHeader(std::string_view bytes);

}  // namespace anystore::tablet
