#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "anystore/key.h"
#include "base/hex.h"
#include "base/utf8.h"

namespace anystore {
namespace {

void AppendUnicodeEscape(std::uint32_t code_unit, std::string& json) {
  json += "\\u";
  for (const unsigned shift : {12U, 8U, 4U, 0U}) {
    json += base::kHexDigits[(code_unit >> shift) & 15U];
  }
}

/// Whether go-datastore's encoder, which is made for HTML pages, escapes this character.
bool IsEscapedByGo(char32_t c) {
  return c < 0x20 || c == '<' || c == '>' || c == '&' || c == 0x2028 || c == 0x2029;
}

/// Reads a JSON document (RFC 8259) that is one string or null.
class StringDocument {
 public:
  explicit StringDocument(std::string_view json) : json_(json) {}

  Result<std::string> Read() {
    SkipSpace();
    std::string text;
    if (json_.substr(at_).starts_with("null")) {
      at_ += 4;
    } else {
      ANYSTORE_TRY(ReadString(text));
    }
    SkipSpace();
    if (at_ != json_.size()) return Wrong("the end");
    return text;
  }

 private:
  Error Wrong(std::string_view expected) const {
    return {Code::kInvalidArgument, "not a key in JSON: at byte " + std::to_string(at_) +
                                        " expected " + std::string(expected)};
  }

  void SkipSpace() {
    while (at_ < json_.size() && std::string_view(" \t\n\r").contains(json_[at_])) ++at_;
  }

  bool Take(char c) {
    if (at_ == json_.size() || json_[at_] != c) return false;
    ++at_;
    return true;
  }

  Status ReadString(std::string& text) {
    if (!Take('"')) return Wrong("a string or null");
    while (!Take('"')) {
      if (at_ == json_.size()) return Wrong("the closing quote");
      if (Take('\\')) {
        ANYSTORE_TRY(ReadEscape(text));
        continue;
      }
      const std::size_t length = base::Utf8SequenceLength(json_, at_);
      if (length == 0) return Wrong("UTF-8");
      if (static_cast<unsigned char>(json_[at_]) < 0x20) return Wrong("no control character");
      text.append(json_.substr(at_, length));
      at_ += length;
    }
    return Ok();
  }

  Status ReadEscape(std::string& text) {
    constexpr std::string_view kNames = "\"\\/bfnrt";
    constexpr std::string_view kMeanings = "\"\\/\b\f\n\r\t";
    if (Take('u')) return ReadUnicode(text);
    const std::size_t name = at_ < json_.size() ? kNames.find(json_[at_]) : std::string_view::npos;
    if (name == std::string_view::npos) return Wrong("one of \"\\/bfnrtu");
    text += kMeanings[name];
    ++at_;
    return Ok();
  }

  Status ReadUnicode(std::string& text) {
    ANYSTORE_ASSIGN_OR_RETURN(char32_t code_point, ReadFourDigits());
    if (code_point >= 0xd800 && code_point < 0xdc00) {
      if (!Take('\\') || !Take('u')) return Wrong("the second half of a surrogate pair");
      ANYSTORE_ASSIGN_OR_RETURN(const char32_t second, ReadFourDigits());
      if (second < 0xdc00 || second > 0xdfff) return Wrong("the second half of a surrogate pair");
      code_point = 0x10000 + ((code_point - 0xd800) << 10U) + (second - 0xdc00);
    }
    if (!base::AppendUtf8(code_point, text)) return Wrong("no lone half of a surrogate pair");
    return Ok();
  }

  Result<char32_t> ReadFourDigits() {
    char32_t unit = 0;
    for (int i = 0; i < 4; ++i) {
      const std::optional<unsigned> digit =
          at_ < json_.size() ? base::HexDigit(json_[at_]) : std::nullopt;
      if (!digit.has_value()) return Wrong("four hexadecimal digits");
      unit = unit << 4U | *digit;
      ++at_;
    }
    return unit;
  }

  const std::string_view json_;
  std::size_t at_ = 0;
};

}  // namespace

Result<std::string> Key::ToJson() const {
  std::string json = "\"";
  for (std::size_t at = 0; at < bytes_.size();) {
    const std::size_t length = base::Utf8SequenceLength(bytes_, at);
    if (length == 0) {
      return Error(Code::kInvalidArgument, "JSON cannot hold a key that is not UTF-8")
          .ForKey(bytes_);
    }
    const char32_t c = base::DecodeUtf8(bytes_, at, length);
    if (c == '"' || c == '\\') {
      json.append(1, '\\').append(1, bytes_[at]);
    } else if (c == '\n' || c == '\r' || c == '\t') {
      json.append(1, '\\').append(1, c == '\n' ? 'n' : c == '\r' ? 'r' : 't');
    } else if (IsEscapedByGo(c)) {
      AppendUnicodeEscape(c, json);
    } else {
      json.append(bytes_, at, length);
    }
    at += length;
  }
  return json + '"';
}

Result<Key> Key::FromJson(std::string_view json) {
  ANYSTORE_ASSIGN_OR_RETURN(const std::string text, StringDocument(json).Read());
  return Key(text);
}

}  // namespace anystore
