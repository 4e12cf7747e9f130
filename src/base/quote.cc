#include "base/quote.h"

#include <algorithm>
#include <array>
#include <optional>

#include "base/hex.h"
#include "base/utf8.h"

namespace anystore::base {
namespace {

constexpr std::string_view kEscapeNames = "abfnrtv\\\"";
constexpr std::string_view kEscapeMeanings = "\a\b\f\n\r\t\v\\\"";

struct CodePoints {
  char32_t first;
  char32_t last;
};

/// What Unicode calls control, format, separator (but for the space) or private use.
constexpr auto kInvisible = std::to_array<CodePoints>({
    {0x0000, 0x001f},    {0x007f, 0x00a0},   {0x00ad, 0x00ad},   {0x0600, 0x0605},
    {0x061c, 0x061c},    {0x06dd, 0x06dd},   {0x070f, 0x070f},   {0x08e2, 0x08e2},
    {0x1680, 0x1680},    {0x180e, 0x180e},   {0x2000, 0x200f},   {0x2028, 0x202f},
    {0x205f, 0x206f},    {0x3000, 0x3000},   {0xe000, 0xf8ff},   {0xfeff, 0xfeff},
    {0xfff0, 0xfffb},    {0xfffe, 0xffff},   {0x110bd, 0x110bd}, {0x110cd, 0x110cd},
    {0x13430, 0x13438},  {0x1bca0, 0x1bca3}, {0x1d173, 0x1d17a}, {0xe0000, 0xe00ff},
    {0xe01f0, 0x10ffff},
});

bool IsVisible(char32_t c) {
  return std::ranges::none_of(kInvisible,
                              [c](const CodePoints& r) { return r.first <= c && c <= r.last; });
}

void AppendHex(char32_t number, unsigned digits, std::string& text) {
  while (digits > 0) text += base::kHexDigits[(number >> (4 * --digits)) & 15U];
}

void AppendEscaped(char32_t c, std::string& text) {
  if (c < 0x80) {
    text += "\\x";
    AppendHex(c, 2, text);
  } else if (c < 0x10000) {
    text += "\\u";
    AppendHex(c, 4, text);
  } else {
    text += "\\U";
    AppendHex(c, 8, text);
  }
}

/// Reads what stands between the quotes.
class Unquoter {
 public:
  Unquoter(std::string_view quoted, std::size_t offset) : quoted_(quoted), offset_(offset) {}

  Result<std::string> Read() {
    if (!Take('"')) return Wrong("a quote");
    std::string bytes;
    while (!Take('"')) {
      if (at_ == quoted_.size()) return Wrong("the closing quote");
      if (Take('\\')) {
        ANYSTORE_TRY(ReadEscape(bytes));
      } else {
        bytes += quoted_[at_++];
      }
    }
    if (at_ != quoted_.size()) return Wrong("nothing after the closing quote");
    return bytes;
  }

 private:
  Error Wrong(std::string_view expected) const {
    return {Code::kInvalidArgument,
            "at byte " + std::to_string(offset_ + at_) + ": expected " + std::string(expected)};
  }

  bool Take(char c) {
    if (at_ == quoted_.size() || quoted_[at_] != c) return false;
    ++at_;
    return true;
  }

  Status ReadEscape(std::string& bytes) {
    if (Take('x')) {
      ANYSTORE_ASSIGN_OR_RETURN(const char32_t byte, ReadHex(2));
      bytes += static_cast<char>(byte);
      return Ok();
    }
    if (Take('u')) return ReadCodePoint(4, bytes);
    if (Take('U')) return ReadCodePoint(8, bytes);
    const std::size_t name =
        at_ < quoted_.size() ? kEscapeNames.find(quoted_[at_]) : std::string_view::npos;
    if (name == std::string_view::npos) return Wrong("one of abfnrtvxuU\\\" after a backslash");
    bytes += kEscapeMeanings[name];
    ++at_;
    return Ok();
  }

  Status ReadCodePoint(unsigned digits, std::string& bytes) {
    ANYSTORE_ASSIGN_OR_RETURN(const char32_t code_point, ReadHex(digits));
    if (!base::AppendUtf8(code_point, bytes)) return Wrong("a code point before this");
    return Ok();
  }

  Result<char32_t> ReadHex(unsigned digits) {
    char32_t number = 0;
    for (unsigned i = 0; i < digits; ++i) {
      const auto digit = at_ < quoted_.size() ? base::HexDigit(quoted_[at_]) : std::nullopt;
      if (!digit.has_value()) return Wrong(std::to_string(digits) + " hexadecimal digits");
      number = number << 4U | *digit;
      ++at_;
    }
    return number;
  }

  const std::string_view quoted_;
  const std::size_t offset_;
  std::size_t at_ = 0;
};

}  // namespace

std::string QuoteLikeGo(std::string_view bytes) {
  std::string text = "\"";
  for (std::size_t at = 0; at < bytes.size();) {
    const std::size_t length = base::Utf8SequenceLength(bytes, at);
    if (length == 0) {
      text += "\\x";
      AppendHex(static_cast<unsigned char>(bytes[at]), 2, text);
      ++at;
      continue;
    }
    const char32_t c = base::DecodeUtf8(bytes, at, length);
    const std::size_t name = length == 1 ? kEscapeMeanings.find(bytes[at]) : std::string_view::npos;
    if (name != std::string_view::npos) {
      text.append(1, '\\').append(1, kEscapeNames[name]);
    } else if (IsVisible(c)) {
      text.append(bytes.substr(at, length));
    } else {
      AppendEscaped(c, text);
    }
    at += length;
  }
  return text + '"';
}

Result<std::string> Unquote(std::string_view quoted, std::size_t offset) {
  return Unquoter(quoted, offset).Read();
}

}  // namespace anystore::base
