#include "cli/text.h"

#include <array>
#include <charconv>
#include <cmath>

#include "anystore/error.h"
#include "base/utf8.h"

namespace anystore::cli {
namespace {

constexpr std::string_view kBase64 =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view kBase32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
constexpr std::string_view kHex = "0123456789abcdef";

unsigned Byte(char c) { return static_cast<unsigned char>(c); }

// Writes `bits` bits at a time as characters of `alphabet`.
std::string EncodeBits(std::string_view bytes, unsigned bits, std::string_view alphabet) {
  std::string text;
  text.reserve((bytes.size() * 8 + bits - 1) / bits);
  unsigned buffer = 0;
  unsigned held = 0;
  for (const char c : bytes) {
    buffer = (buffer << 8U | Byte(c)) & 0xffffU;
    held += 8;
    for (; held >= bits; held -= bits) {
      text += alphabet[buffer >> (held - bits) & ((1U << bits) - 1)];
    }
  }
  if (held > 0) text += alphabet[buffer << (bits - held) & ((1U << bits) - 1)];
  return text;
}

}  // namespace

std::string Base64(std::string_view bytes) {
  std::string text = EncodeBits(bytes, 6, kBase64);
  while (text.size() % 4 != 0) text += '=';
  return text;
}

std::optional<std::string> FromBase64(std::string_view text) {
  std::string bytes;
  unsigned buffer = 0;
  unsigned held = 0;
  const std::string_view digits = text.substr(0, text.find('='));
  for (const char c : digits) {
    const std::size_t digit = kBase64.find(c);
    if (digit == std::string_view::npos) return std::nullopt;
    buffer = (buffer << 6U | static_cast<unsigned>(digit)) & 0xffffU;
    held += 6;
    if (held >= 8) {
      held -= 8;
      bytes += static_cast<char>(buffer >> held & 0xffU);
    }
  }
  if (Base64(bytes) != text) return std::nullopt;
  return bytes;
}

std::string Base32(std::string_view bytes) { return EncodeBits(bytes, 5, kBase32); }

std::string Hex(std::string_view bytes) { return EncodeBits(bytes, 4, kHex); }

std::string Printable(std::string_view key) {
  bool plain = !key.empty() && key.front() != '"' && base::IsUtf8(key);
  for (std::size_t i = 0; plain && i < key.size(); ++i) {
    // Control characters, among them those of two bytes from U+0080 to U+009F.
    plain = Byte(key[i]) >= 0x20 && Byte(key[i]) != 0x7f &&
            !(Byte(key[i]) == 0xc2 && Byte(key[i + 1]) < 0xa0);
  }
  return plain ? std::string(key) : Quoted(key, key.size());
}

std::string WithCommas(std::uint64_t number) {
  const std::string digits = std::to_string(number);
  std::string text;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    if (i > 0 && (digits.size() - i) % 3 == 0) text += ',';
    text += digits[i];
  }
  return text;
}

std::string HumanBytes(double bytes) {
  constexpr std::array<std::string_view, 5> kUnits = {"B", "KiB", "MiB", "GiB", "TiB"};
  std::size_t unit = 0;
  for (; bytes >= 1024 && unit + 1 < kUnits.size(); ++unit) bytes /= 1024;
  std::array<char, 32> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), bytes,
                                 std::chars_format::fixed, unit == 0 ? 0 : 1);
  return std::string(digits.data(), end.ptr).append(" ").append(kUnits[unit]);
}

std::string BytesText(std::uint64_t bytes) {
  return WithCommas(bytes) + " (" + HumanBytes(static_cast<double>(bytes)) + ")";
}

void JsonObject::Name(std::string_view name) {
  if (text_.size() > 1) text_ += ',';
  text_.append("\"").append(name).append("\":");
}

JsonObject& JsonObject::Bytes(std::string_view name, std::string_view bytes) {
  if (base::IsUtf8(bytes)) return Raw(name, JsonString(bytes));
  return Raw(std::string(name) + "_base64", JsonString(Base64(bytes)));
}

JsonObject& JsonObject::Number(std::string_view name, std::int64_t number) {
  return Raw(name, std::to_string(number));
}

JsonObject& JsonObject::Count(std::string_view name, std::uint64_t number) {
  return Raw(name, std::to_string(number));
}

JsonObject& JsonObject::Seconds(std::string_view name, double seconds) {
  std::array<char, 64> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), seconds,
                                 std::chars_format::fixed, 6);
  return Raw(name, {digits.data(), end.ptr});
}

JsonObject& JsonObject::Bool(std::string_view name, bool value) {
  return Raw(name, value ? "true" : "false");
}

JsonObject& JsonObject::Null(std::string_view name) { return Raw(name, "null"); }

JsonObject& JsonObject::Raw(std::string_view name, std::string_view json) {
  Name(name);
  text_ += json;
  return *this;
}

}  // namespace anystore::cli
