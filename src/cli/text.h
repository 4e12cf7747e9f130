/// Bytes as text: for people, for JSON, for keys.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/json_text.h"

namespace anystore::cli {

using base::JsonArray;
using base::JsonString;

/// RFC 4648, with padding.
[[nodiscard]] std::string Base64(std::string_view bytes);
/// The bytes behind what Base64 returned; none for anything else.
[[nodiscard]] std::optional<std::string> FromBase64(std::string_view text);
/// RFC 4648 in upper case, without padding: the alphabet that every store takes.
[[nodiscard]] std::string Base32(std::string_view bytes);
/// Lower-case hexadecimal.
[[nodiscard]] std::string Hex(std::string_view bytes);

/// A key in a listing of lines: as it is, or quoted with \xNN where it could be misread, because it
/// holds a control character, is not UTF-8, is empty or begins with a quote.
[[nodiscard]] std::string Printable(std::string_view key);

/// "8,596".
[[nodiscard]] std::string WithCommas(std::uint64_t number);
/// "137.2 MiB".
[[nodiscard]] std::string HumanBytes(double bytes);
/// Both: "8,596 (8.4 KiB)".
[[nodiscard]] std::string BytesText(std::uint64_t bytes);

/// One JSON object, written in the order of the calls. Bytes that are no UTF-8 go under the name
/// with "_base64" behind it, so that nothing is lost and a reader can tell.
///
/// Threads: thread-compatible.
class JsonObject {
 public:
  JsonObject& Bytes(std::string_view name, std::string_view bytes);
  JsonObject& Number(std::string_view name, std::int64_t number);
  JsonObject& Count(std::string_view name, std::uint64_t number);
  JsonObject& Seconds(std::string_view name, double seconds);
  JsonObject& Bool(std::string_view name, bool value);
  JsonObject& Null(std::string_view name);
  /// `json` is a JSON value already.
  JsonObject& Raw(std::string_view name, std::string_view json);
  /// The object on one line, without an end of line.
  [[nodiscard]] std::string Finish() const { return text_ + "}"; }

 private:
  void Name(std::string_view name);

  std::string text_ = "{";
};

}  // namespace anystore::cli
