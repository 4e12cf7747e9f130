/// JSON taken apart: what configurations are read from.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "anystore/error.h"

namespace anystore::registry {

/// What a JSON value is.
enum class JsonKind : std::uint8_t { kNull, kPlain, kText, kObject, kList };

/// A JSON value.
struct JsonTree {
  /// What it is called in the object that holds it; empty in a list.
  std::string name = {};
  JsonKind kind = JsonKind::kNull;
  /// A text (kText), or how a number, true or false is written (kPlain).
  std::string text = {};
  /// What an object or a list holds, in the order of the text.
  std::vector<JsonTree> members = {};
};

/// The place of the member `name` of what stands at `where`, for messages: "mounts[1].sync". The
/// place of the whole is empty.
[[nodiscard]] std::string PlaceOf(const std::string& where, std::string_view name);
/// The place of a list's member.
[[nodiscard]] std::string PlaceOf(const std::string& where, std::size_t index);
/// invalid_config at a place.
[[nodiscard]] Error WrongAt(const std::string& where, const std::string& what);

/// Reads one JSON text (RFC 8259) with no name twice in an object.
///
/// Errors: invalid_config (malformed, at which byte; a name given twice, nested too deeply, at
/// which place; too long). Values are never quoted.
[[nodiscard]] Result<JsonTree> ReadJson(std::string_view text);

}  // namespace anystore::registry
