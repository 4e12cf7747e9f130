#include "tablet/locator/locator.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <string>
#include <utility>

#include "base/crc.h"
#include "tablet/format/or_fault.h"
#include "tablet/locator/locator_header.h"

namespace anystore::tablet {
namespace {

constexpr std::size_t kVersionAt = 8;
constexpr std::size_t kLineCountAt = 12;
constexpr std::size_t kOffsetBitsAt = 48;

std::unexpected<LocatorReport> Damaged(std::uint64_t offset, std::string what) {
  return std::unexpected(
      LocatorReport{.state = LocatorState::kDamaged, .offset = offset, .what = std::move(what)});
}

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
  base::StoreLittle(to + kVersionAt, kLocatorVersion);
  base::StoreLittle(to + kLineCountAt, header.line_count);
  base::StoreLittle(to + 16, header.tablet.file_bytes);
  base::StoreLittle(to + 24, static_cast<std::uint64_t>(header.tablet.modified_ns));
  base::StoreLittle(to + 32, header.tablet.fingerprint);
  base::StoreLittle(to + kEntriesAt, header.entries);
  to[kOffsetBitsAt] = static_cast<char>(header.offset_bits);
  base::StoreLittle(to + kLinesCrcAt, header.lines_crc);
  base::StoreLittle(to + kHeaderCrcAt, base::Crc32c({to, kHeaderCrcAt}));
}

std::expected<LocatorHeader, LocatorReport> ExamineLocatorHeader(std::string_view bytes) {
  if (bytes.size() < kLocatorHeaderBytes) return Damaged(bytes.size(), "the header is cut off");
  if (!bytes.starts_with(kLocatorMagic))
    return Damaged(0, "the file does not begin as a locator does");
  const char* const from = bytes.data();
  const auto stored = base::LoadLittle<std::uint32_t>(from + kHeaderCrcAt);
  const std::uint32_t computed = base::Crc32c(bytes.substr(0, kHeaderCrcAt));
  if (stored != computed)
    return Damaged(kHeaderCrcAt, "header: " + UnlikeChecksums(stored, computed));
  const auto version = base::LoadLittle<std::uint32_t>(from + kVersionAt);
  if (version != kLocatorVersion) {
    return std::unexpected(LocatorReport{.state = LocatorState::kStale,
                                         .offset = kVersionAt,
                                         .what = "it is of version " + std::to_string(version)});
  }
  LocatorHeader header;
  header.line_count = base::LoadLittle<std::uint32_t>(from + kLineCountAt);
  header.tablet.file_bytes = base::LoadLittle<std::uint64_t>(from + 16);
  header.tablet.modified_ns = static_cast<std::int64_t>(base::LoadLittle<std::uint64_t>(from + 24));
  header.tablet.fingerprint = base::LoadLittle<std::uint64_t>(from + 32);
  header.entries = base::LoadLittle<std::uint64_t>(from + kEntriesAt);
  header.offset_bits = static_cast<std::uint8_t>(from[kOffsetBitsAt]);
  header.lines_crc = base::LoadLittle<std::uint32_t>(from + kLinesCrcAt);
  if (header.line_count == 0) return Damaged(kLineCountAt, "it has no lines");
  if (header.offset_bits > kPositionBits)
    return Damaged(kOffsetBitsAt, std::to_string(header.offset_bits) + " offset bits");
  return header;
}

std::optional<LocatorHeader> LoadLocatorHeader(std::string_view bytes) {
  auto header = ExamineLocatorHeader(bytes);
  return header.has_value() ? std::optional(*header) : std::nullopt;
}

std::optional<Locator> Locator::Take(Value bytes, const TabletIdentity& tablet) {
  const auto header = LoadLocatorHeader(bytes);
  if (!header.has_value() || header->tablet != tablet) return std::nullopt;
  const std::string_view lines = bytes.bytes().substr(kLocatorHeaderBytes);
  if (lines.size() != kLineBytes * std::size_t{header->line_count}) return std::nullopt;
  if (base::Crc32c(lines) != header->lines_crc) return std::nullopt;
  Locator locator;
  locator.lines_ = lines.data();
  locator.shape_ = {.line_count = header->line_count, .offset_bits = header->offset_bits};
  locator.bytes_ = std::move(bytes);
  return locator;
}

}  // namespace anystore::tablet
