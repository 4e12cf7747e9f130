#include "layers/checksum/sealed_value.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <string>

#include "base/byte_order.h"
#include "base/crc.h"

namespace anystore::layers {
namespace {

constexpr unsigned char kVersion = 0xA1;
constexpr std::size_t kDigestAt = 2;  // behind version and algorithm
constexpr std::size_t kDigestBytesMax = 16;

struct Kind {
  ChecksumKind kind;
  std::string_view name;
  std::size_t digest_bytes;
};

constexpr std::array<Kind, 3> kKinds = {{{ChecksumKind::kXxh3Of64, "xxh3-64", 8},
                                         {ChecksumKind::kXxh3Of128, "xxh3-128", 16},
                                         {ChecksumKind::kCrc32c, "crc32c", 4}}};

constexpr const Kind& Of(ChecksumKind kind) noexcept {
  return kKinds[static_cast<std::size_t>(kind) - 1];
}

void WriteDigest(ChecksumKind kind, std::string_view key, std::string_view value,
                 char* to) noexcept {
  if (kind == ChecksumKind::kCrc32c) {
    std::array<char, 8> length;
    base::StoreLittle(length.data(), std::uint64_t{key.size()});
    std::uint32_t crc = base::Crc32c({length.data(), length.size()});
    crc = base::ExtendCrc32c(crc, key);
    base::StoreLittle(to, base::ExtendCrc32c(crc, value));
    return;
  }
  // The key as the seed: a value that stands under another key has another checksum.
  const std::uint64_t seed = XXH3_64bits(key.data(), key.size());
  if (kind == ChecksumKind::kXxh3Of64) {
    base::StoreLittle(to, std::uint64_t{XXH3_64bits_withSeed(value.data(), value.size(), seed)});
    return;
  }
  const XXH128_hash_t hash = XXH3_128bits_withSeed(value.data(), value.size(), seed);
  base::StoreLittle(to, std::uint64_t{hash.low64});
  base::StoreLittle(to + 8, std::uint64_t{hash.high64});
}

[[gnu::cold]] Error Damaged(std::string message, std::string_view key) {
  return Error(Code::kCorruption, std::move(message)).ForKey(key);
}

[[gnu::cold]] Error NoRoom(ChecksumKind kind, std::uint64_t sealed_size, std::string_view key) {
  return Damaged("the record has " + std::to_string(sealed_size) + " bytes, and a checksum alone " +
                     std::to_string(SealBytes(kind)) +
                     ": it was cut, or written without this layer",
                 key);
}

[[gnu::cold]] Error WrongAlgorithm(ChecksumKind kind, unsigned char found, std::string_view key) {
  const bool known = found >= 1 && found <= kKinds.size();
  return Damaged("the record says that its checksum is of kind " +
                     (known ? std::string(kKinds[found - 1U].name) : std::to_string(found)) +
                     ", and the layer is set to " + std::string(Name(kind)),
                 key);
}

}  // namespace

std::string_view Name(ChecksumKind kind) noexcept { return Of(kind).name; }

std::optional<ChecksumKind> ChecksumKindOf(std::string_view name) noexcept {
  const auto* const found = std::ranges::find(kKinds, name, &Kind::name);
  return found == kKinds.end() ? std::nullopt : std::optional(found->kind);
}

std::size_t SealBytes(ChecksumKind kind) noexcept { return kDigestAt + Of(kind).digest_bytes; }

void Seal(ChecksumKind kind, std::string_view key, std::string_view value, char* to) noexcept {
  to[0] = static_cast<char>(kVersion);
  to[1] = static_cast<char>(kind);
  WriteDigest(kind, key, value, to + kDigestAt);
  if (!value.empty()) std::memcpy(to + SealBytes(kind), value.data(), value.size());
}

Result<std::string_view> Unseal(ChecksumKind kind, std::string_view key, std::string_view sealed) {
  if (sealed.size() < SealBytes(kind)) [[unlikely]]
    return NoRoom(kind, sealed.size(), key);
  if (static_cast<unsigned char>(sealed[0]) != kVersion) [[unlikely]] {
    return Damaged(
        "the record does not begin with a checksum: it was written without this layer, or its "
        "front is damaged",
        key);
  }
  const auto algorithm = static_cast<unsigned char>(sealed[1]);
  if (algorithm != static_cast<unsigned char>(kind)) [[unlikely]]
    return WrongAlgorithm(kind, algorithm, key);
  const std::string_view value = sealed.substr(SealBytes(kind));
  std::array<char, kDigestBytesMax> digest;
  WriteDigest(kind, key, value, digest.data());
  if (std::memcmp(digest.data(), sealed.data() + kDigestAt, Of(kind).digest_bytes) != 0)
      [[unlikely]] {
    return Damaged("the value and its " + std::string(Name(kind)) +
                       " checksum do not match: one of them was damaged, or they belong to "
                       "another key",
                   key);
  }
  return value;
}

Result<std::uint64_t> UnsealedSize(ChecksumKind kind, std::string_view key,
                                   std::uint64_t sealed_size) {
  if (sealed_size < SealBytes(kind)) [[unlikely]]
    return NoRoom(kind, sealed_size, key);
  return sealed_size - SealBytes(kind);
}

}  // namespace anystore::layers
