#include "base/json_text.h"

#include "base/hex.h"

namespace anystore::base {

std::string JsonString(std::string_view text) {
  std::string json = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      json += {'\\', c};
    } else if (c == '\n') {
      json += "\\n";
    } else if (c == '\t') {
      json += "\\t";
    } else if (byte < 0x20 || byte == 0x7f) {
      json.append("\\u00").append({kHexDigits[byte >> 4U], kHexDigits[byte & 15U]});
    } else {
      json += c;
    }
  }
  return json += '"';
}

std::string JsonArray(const std::vector<std::string>& values) {
  std::string json = "[";
  for (const std::string& value : values) json.append(json.size() > 1 ? "," : "").append(value);
  return json += "]";
}

}  // namespace anystore::base
