#include "cli/tablet/entry_lines.h"

#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "cli/text.h"

namespace anystore::cli {
namespace {

using nlohmann::json;

Error Wrong(std::string message) { return {Code::kInvalidArgument, std::move(message)}; }

// The bytes of a member, or of the one with "_base64" behind its name; none: there is neither.
Result<std::optional<std::string>> BytesOf(const json& object, const std::string& name) {
  const std::string base64_name = name + "_base64";
  const auto plain = object.find(name);
  const auto base64 = object.find(base64_name);
  if (plain != object.end() && base64 != object.end())
    return Wrong(Quoted(name) + " is there twice, also in base64");
  if (plain != object.end()) {
    if (!plain->is_string()) return Wrong(Quoted(name) + " is no string");
    return plain->get<std::string>();
  }
  if (base64 == object.end()) return std::nullopt;
  std::optional<std::string> bytes;
  if (base64->is_string()) bytes = FromBase64(base64->get_ref<const std::string&>());
  if (!bytes.has_value()) return Wrong(Quoted(base64_name) + " is no base64");
  return bytes;
}

Result<bool> DeletedOf(const json& object) {
  const auto found = object.find("deleted");
  if (found == object.end()) return false;
  if (!found->is_boolean()) return Wrong(R"("deleted" is neither true nor false)");
  return found->get<bool>();
}

Status CheckMembers(const json& object) {
  for (const auto& [name, value] : object.items()) {
    if (name == "expires_at") return Wrong("a tablet cannot keep when a record expires");
    if (name != "key" && name != "key_base64" && name != "value" && name != "value_base64" &&
        name != "deleted") {
      return Wrong("unknown member " + Quoted(name));
    }
  }
  return Ok();
}

}  // namespace

std::string EntryText(const tablet::TabletEntry& entry, ShowValues values) {
  std::string line = Printable(entry.key);
  if (entry.deleted) return line.append("\tdeleted");
  if (values == ShowValues::kYes) line.append("\t").append(Quoted(entry.value));
  return line;
}

std::string EntryJson(const tablet::TabletEntry& entry, ShowValues values) {
  JsonObject json;
  json.Bytes("key", entry.key);
  if (entry.deleted) {
    json.Bool("deleted", true);
  } else if (values == ShowValues::kYes) {
    json.Bytes("value", entry.value);
  }
  return json.Finish();
}

Result<ReadEntry> ParseEntryJson(std::string_view line) {
  const json object = json::parse(line, nullptr, /*allow_exceptions=*/false);
  if (!object.is_object()) return Wrong("no JSON object");
  ANYSTORE_TRY(CheckMembers(object));
  ANYSTORE_ASSIGN_OR_RETURN(std::optional<std::string> key, BytesOf(object, "key"));
  ANYSTORE_ASSIGN_OR_RETURN(std::optional<std::string> value, BytesOf(object, "value"));
  ANYSTORE_ASSIGN_OR_RETURN(const bool deleted, DeletedOf(object));
  if (!key.has_value()) return Wrong("there is no key");
  if (!value.has_value() && !deleted) return Wrong("there is no value, nor that it is deleted");
  if (value.has_value() && deleted) return Wrong("there is a value, and that it is deleted");
  return ReadEntry{
      .key = *std::move(key), .value = std::move(value).value_or(""), .deleted = deleted};
}

}  // namespace anystore::cli
