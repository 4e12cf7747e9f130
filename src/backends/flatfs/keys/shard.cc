#include "backends/flatfs/keys/shard.h"

#include <algorithm>
#include <cassert>
#include <charconv>
#include <optional>
#include <system_error>
#include <utility>

#include "anystore/capabilities.h"

namespace anystore::flatfs {
namespace {

constexpr std::string_view kPrefix = "/repo/flatfs/shard/";
constexpr std::string_view kVersion = "v1";
constexpr std::string_view kWhiteSpace = " \t\n\v\f\r";
/// What takes the place of characters that a key does not have.
constexpr char kFiller = '_';

constexpr std::pair<std::string_view, Shard::Function> kFunctions[] = {
    {"prefix", Shard::Function::kPrefix},
    {"suffix", Shard::Function::kSuffix},
    {"next-to-last", Shard::Function::kNextToLast},
};

std::string_view Trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(kWhiteSpace);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kWhiteSpace) - first + 1);
}

/// Takes what stands before the first "/" off the front; none when there is no "/".
std::optional<std::string_view> TakePart(std::string_view& text) {
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  const std::string_view part = text.substr(0, slash);
  text.remove_prefix(slash + 1);
  return part;
}

/// A number in the form that Go's Atoi takes.
std::optional<std::int64_t> ParseNumber(std::string_view text) {
  if (text.starts_with('+')) {
    text.remove_prefix(1);
    if (text.starts_with('-')) return std::nullopt;
  }
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

bool IsKey(std::string_view key) {
  return CheckKey({.bytes_max = 1 + kStemBytesMax, .alphabet = KeyAlphabet::kFlatfs}, key)
      .has_value();
}

bool IsOwnName(std::string_view name) { return name == kShardingName || name == kReadmeName; }

Error Malformed(std::string_view text, std::string_view reason) {
  std::string message = "not a shard function: " + Quoted(text);
  return Error(Code::kInvalidArgument, message.append(": ").append(reason));
}

}  // namespace

std::string_view StemOf(std::string_view file_name) noexcept {
  if (file_name.starts_with('.') || !file_name.ends_with(kExtension)) return {};
  return file_name.substr(0, file_name.size() - kExtension.size());
}

Result<Shard> Shard::Parse(std::string_view text) {
  const std::string_view trimmed = Trimmed(text);
  if (!trimmed.starts_with(kPrefix)) {
    return Malformed(text, "it does not begin with " + std::string(kPrefix));
  }
  return ParseParts(text, trimmed.substr(kPrefix.size()));
}

Result<Shard> Shard::ParseShort(std::string_view text) {
  const std::string_view trimmed = Trimmed(text);
  if (trimmed.starts_with('/')) return Parse(text);
  if (std::ranges::count(trimmed, '/') == 2) return ParseParts(text, trimmed);
  return ParseParts(text, std::string(kVersion).append("/").append(trimmed));
}

Result<Shard> Shard::ParseParts(std::string_view text, std::string_view parts) {
  const std::optional<std::string_view> version = TakePart(parts);
  const std::optional<std::string_view> name = TakePart(parts);
  if (!version.has_value() || !name.has_value() || parts.contains('/')) {
    return Malformed(text, "it should look like next-to-last/2");
  }
  if (*version != kVersion) return Malformed(text, "only version v1 is known");
  const auto* const function =
      std::ranges::find(kFunctions, *name, [](const auto& known) { return known.first; });
  if (function == std::ranges::end(kFunctions)) {
    return Malformed(text, "there are prefix, suffix and next-to-last");
  }
  const std::optional<std::int64_t> length = ParseNumber(parts);
  if (!length.has_value()) return Malformed(text, Quoted(parts) + " is no number");
  if (*length < 1) return Malformed(text, "records would lie in no directory that is listed");
  if (std::cmp_greater(*length, kShardBytesMax)) {
    return Malformed(text, "the names of directories would be too long");
  }
  return Shard(function->second, static_cast<std::size_t>(*length));
}

std::string Shard::ToString() const {
  return std::string(kPrefix).append(kVersion).append("/").append(ToShortString());
}

std::string Shard::ToShortString() const {
  const auto* const known = std::ranges::find(
      kFunctions, function_, [](const auto& candidate) { return candidate.second; });
  return std::string(known->first) + "/" + std::to_string(length_);
}

void Shard::WriteDirectory(std::string_view stem, char* out) const noexcept {
  const std::size_t taken = std::min(stem.size(), length_);
  if (function_ == Function::kPrefix) {
    std::fill(std::copy_n(stem.data(), taken, out), out + length_, kFiller);
    return;
  }
  std::string_view front = stem;
  if (function_ == Function::kNextToLast && !front.empty()) front.remove_suffix(1);
  const std::string_view last = front.substr(front.size() - std::min(front.size(), length_));
  std::ranges::copy(last, std::fill_n(out, length_ - last.size(), kFiller));
}

bool Shard::IsIn(std::string_view stem, std::string_view directory) const noexcept {
  std::array<char, kShardBytesMax> expected;
  WriteDirectory(stem, expected.data());
  return directory == std::string_view(expected.data(), length_);
}

bool Shard::IsDirectory(std::string_view name) const {
  return name.size() == length_ && !IsOwnName(name) &&
         CheckKey({.alphabet = KeyAlphabet::kFlatfs}, std::string("/").append(name)).has_value();
}

bool Shard::IsRecord(std::string_view key, std::string_view directory) const {
  return IsKey(key) && IsIn(key.substr(1), directory);
}

bool Shard::HasCollisions() const noexcept {
  return length_ == kShardingName.size() || length_ == kReadmeName.size();
}

bool Shard::Collides(std::string_view stem) const noexcept {
  return HasCollisions() && (IsIn(stem, kShardingName) || IsIn(stem, kReadmeName));
}

RecordName::RecordName(const Shard& shard, std::string_view stem) noexcept {
  assert(stem.size() <= kStemBytesMax);
  shard.WriteDirectory(stem, bytes_.data());
  char* at = bytes_.data() + shard.length();
  *at++ = '/';
  at = std::ranges::copy(stem, at).out;
  at = std::ranges::copy(kExtension, at).out;
  size_ = static_cast<std::size_t>(at - bytes_.data());
}

}  // namespace anystore::flatfs
