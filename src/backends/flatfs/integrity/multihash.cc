#include "backends/flatfs/integrity/multihash.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <span>
#include <utility>

#include "base/digest.h"
#include "base/varint.h"

namespace anystore::flatfs {
namespace {

using base::HashFunction;

constexpr std::string_view kBase32Digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
constexpr unsigned kBase32Bits = 5;

constexpr std::uint64_t kIdentity = 0x00;
constexpr std::uint64_t kCidVersion = 0x01;
/// The function of BLAKE2b with n bytes has the number kBlake2b + n.
constexpr std::uint64_t kBlake2b = 0xb200;

/// A function of one size.
struct Known {
  std::uint64_t number;
  HashFunction function;
  std::size_t size;
  std::string_view name;
};

constexpr Known kKnown[] = {
    {0x11, HashFunction::kSha1, 20, "sha1"},
    {0x12, HashFunction::kSha256, 32, "sha2-256"},
    {0x13, HashFunction::kSha512, 64, "sha2-512"},
    {0x14, HashFunction::kSha3Bits512, 64, "sha3-512"},
    {0x15, HashFunction::kSha3Bits384, 48, "sha3-384"},
    {0x16, HashFunction::kSha3Bits256, 32, "sha3-256"},
    {0x17, HashFunction::kSha3Bits224, 28, "sha3-224"},
    {0x20, HashFunction::kSha384, 48, "sha2-384"},
    {0x56, HashFunction::kDoubleSha256, 32, "dbl-sha2-256"},
    {0xb260, HashFunction::kBlake2s256, 32, "blake2s-256"},
};

bool IsBlake2b(std::uint64_t number) {
  return number > kBlake2b && number <= kBlake2b + base::kDigestBytesMax;
}

/// One of the table, or BLAKE2b; none when the number is not known.
std::optional<Known> Find(std::uint64_t number) {
  if (IsBlake2b(number)) {
    return Known{number, HashFunction::kBlake2b, static_cast<std::size_t>(number - kBlake2b), ""};
  }
  const auto* const known = std::ranges::find(kKnown, number, &Known::number);
  return known != std::ranges::end(kKnown) ? std::optional(*known) : std::nullopt;
}

std::string ToBase32(std::string_view bytes) {
  std::string text;
  unsigned buffer = 0;
  unsigned held = 0;
  for (const char c : bytes) {
    buffer = (buffer << 8U | static_cast<unsigned char>(c)) & 0xffffU;
    for (held += 8; held >= kBase32Bits; held -= kBase32Bits) {
      text += kBase32Digits[buffer >> (held - kBase32Bits) & 31U];
    }
  }
  if (held > 0) text += kBase32Digits[buffer << (kBase32Bits - held) & 31U];
  return text;
}

/// The bytes of a text that ToBase32 wrote; none of any other text.
std::optional<std::string> FromBase32(std::string_view text) {
  std::string bytes;
  unsigned buffer = 0;
  unsigned held = 0;
  for (const char c : text) {
    const std::size_t digit = kBase32Digits.find(c);
    if (digit == std::string_view::npos) return std::nullopt;
    buffer = (buffer << kBase32Bits | static_cast<unsigned>(digit)) & 0xffffU;
    held += kBase32Bits;
    if (held < 8) continue;
    held -= 8;
    bytes += static_cast<char>(buffer >> held & 0xffU);
  }
  // What is left is the filling of the last digit.
  const bool is_filled = held < kBase32Bits && (buffer & ((1U << held) - 1)) == 0;
  return is_filled ? std::optional(std::move(bytes)) : std::nullopt;
}

Error NoMultihash(std::string_view why) {
  return Error(Code::kInvalidArgument,
               "the key is no multihash in base32, in upper case: " + std::string(why));
}

}  // namespace

Result<Multihash> ParseMultihashKey(std::string_view key) {
  if (!key.starts_with('/')) return NoMultihash("it begins with no slash");
  const std::optional<std::string> bytes = FromBase32(key.substr(1));
  if (!bytes.has_value()) return NoMultihash("it is no base32");
  std::string_view rest = *bytes;
  std::optional<std::uint64_t> function = base::TakeVarint(rest);
  Multihash multihash;
  if (function == kCidVersion) {
    if (!base::TakeVarint(rest).has_value()) return NoMultihash("a CID has no codec");
    multihash.cid = bytes->substr(0, bytes->size() - rest.size());
    function = base::TakeVarint(rest);
  }
  if (!function.has_value()) return NoMultihash("it has no number of a function");
  const std::optional<std::uint64_t> size = base::TakeVarint(rest);
  if (!size.has_value()) return NoMultihash("it has no length");
  if (*size != rest.size()) {
    return NoMultihash("it has " + std::to_string(rest.size()) + " bytes of a digest, not " +
                       std::to_string(*size));
  }
  multihash.function = *function;
  multihash.digest = rest;
  return multihash;
}

std::string ToKey(const Multihash& multihash) {
  std::string bytes = multihash.cid;
  base::AppendVarint(bytes, multihash.function);
  base::AppendVarint(bytes, multihash.digest.size());
  return "/" + ToBase32(bytes.append(multihash.digest));
}

std::string FunctionName(std::uint64_t function) {
  if (function == kIdentity) return "identity";
  if (IsBlake2b(function)) return "blake2b-" + std::to_string((function - kBlake2b) * 8);
  if (const std::optional<Known> known = Find(function)) return std::string(known->name);
  std::array<char, 16> digits;
  char* const end = std::to_chars(digits.data(), digits.data() + digits.size(), function, 16).ptr;
  return "0x" + std::string(digits.data(), end);
}

Result<std::string> DigestOf(std::uint64_t function, std::size_t size, std::string_view value) {
  // The digest is the value.
  if (function == kIdentity) return std::string(value);
  const std::optional<Known> known = Find(function);
  if (!known.has_value()) {
    return Error(Code::kUnsupported,
                 "the hash function " + FunctionName(function) + " is not known");
  }
  if (size > known->size || (size < known->size && size < kDigestBytesMin)) {
    return Error(Code::kInvalidArgument, "a digest of " + FunctionName(function) + " has " +
                                             std::to_string(known->size) + " bytes, or at least " +
                                             std::to_string(kDigestBytesMin) + " of them, not " +
                                             std::to_string(size));
  }
  std::array<unsigned char, base::kDigestBytesMax> digest;
  ANYSTORE_TRY(base::Digest(known->function, value, std::span(digest).first(known->size)));
  return std::string(digest.begin(), digest.begin() + static_cast<std::ptrdiff_t>(size));
}

}  // namespace anystore::flatfs
