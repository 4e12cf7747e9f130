#include "backends/flatfs/keys/stems.h"

#include <algorithm>
#include <optional>

#include "base/hex.h"

namespace anystore::flatfs {
namespace {

/// The escape's own characters.
constexpr char kShift = '=';
constexpr char kEnd = '+';

constexpr std::string_view kUpperHexDigits = "0123456789ABCDEF";

bool IsUpper(char c) { return c >= 'A' && c <= 'Z'; }
bool IsLower(char c) { return c >= 'a' && c <= 'z'; }
bool IsPlain(char c) { return (c >= '0' && c <= '9') || c == '-' || c == '_'; }

constexpr char kCaseBit = 'a' - 'A';

/// Appends to an array, and counts what does not fit.
class StemWriter {
 public:
  explicit StemWriter(StemBuffer& out) : out_(out) {}

  void Append(char c) noexcept {
    if (size_ < out_.size()) out_[size_] = c;
    ++size_;
  }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }

 private:
  StemBuffer& out_;
  std::size_t size_ = 0;
};

/// Takes one part of a stem off its front and appends what it stands for. False when it is no part.
bool TakePart(std::string_view& stem, bool& lower, std::string& key) {
  if (stem.size() >= 3 && stem[2] == kEnd) {
    const std::optional<unsigned> high = base::HexDigit(stem[0]);
    const std::optional<unsigned> low = base::HexDigit(stem[1]);
    if (!high.has_value() || !low.has_value()) return false;
    key += static_cast<char>(*high << 4U | *low);
    stem.remove_prefix(3);
    return true;
  }
  if (stem.starts_with("==")) {
    key += '/';
    stem.remove_prefix(2);
    return true;
  }
  if (stem.front() == kShift) {
    lower = !lower;
    stem.remove_prefix(1);
    if (stem.empty() || !IsUpper(stem.front())) return false;
  }
  const char c = stem.front();
  if (!IsPlain(c) && !IsUpper(c)) return false;
  key += static_cast<char>(IsUpper(c) && lower ? c + kCaseBit : c);
  stem.remove_prefix(1);
  return true;
}

}  // namespace

std::string_view Name(KeyForm form) noexcept {
  return form == KeyForm::kEscape ? "escape" : "strict";
}

std::size_t EscapeKey(std::string_view key, StemBuffer& out) noexcept {
  StemWriter stem(out);
  if (key.size() > 1 && key.front() == '/') {
    key.remove_prefix(1);
  } else {
    stem.Append(kEnd);
  }
  bool lower = false;
  for (const char c : key) {
    if (IsUpper(c) || IsLower(c)) {
      if (IsLower(c) != lower) stem.Append(kShift);
      lower = IsLower(c);
      stem.Append(static_cast<char>(lower ? c - kCaseBit : c));
    } else if (IsPlain(c)) {
      stem.Append(c);
    } else if (c == '/') {
      stem.Append(kShift);
      stem.Append(kShift);
    } else {
      const auto byte = static_cast<unsigned char>(c);
      stem.Append(kUpperHexDigits[byte >> 4U]);
      stem.Append(kUpperHexDigits[byte & 15U]);
      stem.Append(kEnd);
    }
  }
  return stem.size();
}

bool UnescapeStem(std::string_view stem, std::string& key) {
  key.clear();
  if (stem.empty()) return false;
  std::string_view rest = stem;
  if (rest.front() == kEnd) {
    rest.remove_prefix(1);
  } else {
    key += '/';
  }
  bool lower = false;
  while (!rest.empty()) {
    if (!TakePart(rest, lower, key)) return false;
  }
  // Of the ways to write a key, only one is its stem.
  StemBuffer written;
  const std::size_t size = EscapeKey(key, written);
  return size <= written.size() && stem == std::string_view(written.data(), size);
}

Stems::Stems(KeyForm form, std::uint64_t name_bytes_max) noexcept
    : form_(form),
      stem_bytes_max_(std::min<std::uint64_t>(
          name_bytes_max - std::min<std::uint64_t>(name_bytes_max, kExtension.size()),
          kStemBytesMax)) {}

KeyLimits Stems::limits() const noexcept {
  if (form_ == KeyForm::kEscape) {
    return {.bytes_max = 1 + stem_bytes_max_, .alphabet = KeyAlphabet::kOther};
  }
  return {.bytes_min = 2, .bytes_max = 1 + stem_bytes_max_, .alphabet = KeyAlphabet::kFlatfs};
}

Status Stems::CheckKey(std::string_view key) const {
  ANYSTORE_TRY(anystore::CheckKey(limits(), key));
  if (form_ == KeyForm::kStrict) return Ok();
  StemBuffer buffer;
  const std::size_t size = EscapeKey(key, buffer);
  if (size <= stem_bytes_max_) return Ok();
  return Error(Code::kTooLarge,
               "the key's " + std::to_string(key.size()) + " bytes are " + std::to_string(size) +
                   " characters of a file name, which has " + std::to_string(stem_bytes_max_));
}

std::string_view Stems::StemOfKey(std::string_view key, StemBuffer& buffer) const noexcept {
  if (form_ == KeyForm::kStrict) return key.substr(1);
  return {buffer.data(), std::min(EscapeKey(key, buffer), buffer.size())};
}

bool Stems::KeyOfStem(std::string_view stem, std::string& key) const {
  if (stem.size() > stem_bytes_max_) return false;
  if (form_ == KeyForm::kEscape) return UnescapeStem(stem, key);
  key.assign("/").append(stem);
  return anystore::CheckKey(limits(), key).has_value();
}

}  // namespace anystore::flatfs
