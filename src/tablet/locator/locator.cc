#include "tablet/locator/locator.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <utility>

#include "base/crc.h"
#include "tablet/locator/locator_header.h"

namespace anystore::tablet {
namespace {

constexpr std::size_t kHeaderCrcAt = kLocatorHeaderBytes - 4;

}  // namespace

std::uint64_t LocatorHash(std::string_view key) noexcept {
  return XXH3_64bits(key.data(), key.size());
}

std::uint64_t FingerprintOf(std::string_view footer, std::string_view index) noexcept {
  return XXH3_64bits_withSeed(index.data(), index.size(),
                              XXH3_64bits(footer.data(), footer.size()));
}

void StoreLocatorHeader(char* to, const LocatorHeader& header) noexcept {
  std::fill_n(to, kLocatorHeaderBytes, '\0');
  kLocatorMagic.copy(to, kLocatorMagic.size());
  base::StoreLittle(to + 8, kLocatorVersion);
  base::StoreLittle(to + 12, header.line_count);
  base::StoreLittle(to + 16, header.tablet.file_bytes);
  base::StoreLittle(to + 24, static_cast<std::uint64_t>(header.tablet.modified_ns));
  base::StoreLittle(to + 32, header.tablet.fingerprint);
  base::StoreLittle(to + 40, header.entries);
  to[48] = static_cast<char>(header.offset_bits);
  base::StoreLittle(to + 52, header.lines_crc);
  base::StoreLittle(to + kHeaderCrcAt, base::Crc32c({to, kHeaderCrcAt}));
}

std::optional<LocatorHeader> LoadLocatorHeader(std::string_view bytes) noexcept {
  if (bytes.size() < kLocatorHeaderBytes || !bytes.starts_with(kLocatorMagic)) return std::nullopt;
  const char* const from = bytes.data();
  const bool sound = base::LoadLittle<std::uint32_t>(from + kHeaderCrcAt) ==
                     base::Crc32c(bytes.substr(0, kHeaderCrcAt));
  if (!sound || base::LoadLittle<std::uint32_t>(from + 8) != kLocatorVersion) return std::nullopt;
  LocatorHeader header;
  header.line_count = base::LoadLittle<std::uint32_t>(from + 12);
  header.tablet.file_bytes = base::LoadLittle<std::uint64_t>(from + 16);
  header.tablet.modified_ns = static_cast<std::int64_t>(base::LoadLittle<std::uint64_t>(from + 24));
  header.tablet.fingerprint = base::LoadLittle<std::uint64_t>(from + 32);
  header.entries = base::LoadLittle<std::uint64_t>(from + 40);
  header.offset_bits = static_cast<std::uint8_t>(from[48]);
  header.lines_crc = base::LoadLittle<std::uint32_t>(from + 52);
  if (header.offset_bits > kPositionBits || header.line_count == 0) return std::nullopt;
  return header;
}

std::optional<Locator> Locator::Take(Value bytes, const TabletIdentity& tablet) {
  const auto header = LoadLocatorHeader(bytes);
  if (!header.has_value() || header->tablet != tablet) return std::nullopt;
  const std::string_view lines = bytes.bytes().substr(kLocatorHeaderBytes);
  if (lines.size() != kLineBytes * std::size_t{header->line_count}) return std::nullopt;
  if (base::Crc32c(lines) != header->lines_crc) return std::nullopt;
  Locator locator;
  locator.lines_ = lines.data();
  locator.line_count_ = header->line_count;
  locator.offset_bits_ = header->offset_bits;
  locator.bytes_ = std::move(bytes);
  return locator;
}

}  // namespace anystore::tablet
