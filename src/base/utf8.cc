#include "base/utf8.h"

namespace anystore::base {

std::size_t Utf8SequenceLength(std::string_view bytes, std::size_t at) noexcept {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(bytes[i]); };
  const unsigned char lead = byte(at);
  if (lead < 0x80) return 1;
  if (lead < 0xc2 || lead > 0xf4) return 0;
  const std::size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (at + length > bytes.size()) return 0;
  for (std::size_t i = at + 1; i < at + length; ++i) {
    if ((byte(i) & 0xc0U) != 0x80U) return 0;
  }
  const unsigned char second = byte(at + 1);
  const bool overlong = (lead == 0xe0 && second < 0xa0) || (lead == 0xf0 && second < 0x90);
  const bool outside = (lead == 0xed && second > 0x9f) || (lead == 0xf4 && second > 0x8f);
  return overlong || outside ? 0 : length;
}

char32_t DecodeUtf8(std::string_view bytes, std::size_t at, std::size_t length) noexcept {
  const auto lead = static_cast<unsigned char>(bytes[at]);
  if (length == 1) return lead;
  char32_t code_point = lead & (0x7fU >> length);
  for (std::size_t i = at + 1; i < at + length; ++i) {
    code_point = code_point << 6U | (static_cast<unsigned char>(bytes[i]) & 0x3fU);
  }
  return code_point;
}

bool AppendUtf8(char32_t code_point, std::string& text) {
  if (code_point > 0x10ffff || (code_point >= 0xd800 && code_point <= 0xdfff)) return false;
  const auto append = [&text](char32_t byte) { text += static_cast<char>(byte); };
  const auto continuation = [&](unsigned shift) {
    append(0x80U | ((code_point >> shift) & 0x3fU));
  };
  if (code_point < 0x80) {
    append(code_point);
  } else if (code_point < 0x800) {
    append(0xc0U | code_point >> 6U);
    continuation(0);
  } else if (code_point < 0x10000) {
    append(0xe0U | code_point >> 12U);
    continuation(6);
    continuation(0);
  } else {
    append(0xf0U | code_point >> 18U);
    continuation(12);
    continuation(6);
    continuation(0);
  }
  return true;
}

bool IsUtf8(std::string_view bytes) noexcept {
  for (std::size_t at = 0; at < bytes.size();) {
    const std::size_t length = Utf8SequenceLength(bytes, at);
    if (length == 0) return false;
    at += length;
  }
  return true;
}

}  // namespace anystore::base
