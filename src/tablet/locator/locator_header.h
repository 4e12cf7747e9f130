/// The first 64 bytes of a locator (docs/formats/tablet-locator.md).
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "tablet/locator/locator.h"

namespace anystore::tablet {

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

/// Reads a header; none when it is damaged, or of another version.
[[nodiscard]] std::optional<LocatorHeader> LoadLocatorHeader(std::string_view bytes) noexcept;

}  // namespace anystore::tablet
