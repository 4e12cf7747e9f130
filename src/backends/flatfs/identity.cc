#include "backends/flatfs/identity.h"

#include <utility>

#include "anystore/file_batch.h"
#include "backends/flatfs/names.h"
#include "backends/flatfs/readme.h"
#include "core/identity.h"

namespace anystore::flatfs {
namespace {

/// More than any text with an identity record.
constexpr std::size_t kReadmeBytesMax = 4096 + internal::kIdentityBytesMax;

constexpr std::string_view kScheme = "flatfs";

Status PlaceText(Directory& root, std::string_view name, std::string_view text, Random* random) {
  return WriteFile(root, {.name = name, .bytes = text, .mode = kReadmeMode},
                   {.temporary_directory = kTemporaryName,
                    .temporary_prefix = kTemporaryPrefix,
                    .random = random});
}

/// Removes a file that need not be there.
Status RemoveText(Directory& root, std::string_view name) {
  Status removed = root.Remove(name);
  return !removed.has_value() && removed.error().code() == Code::kNotFound ? Ok()
                                                                           : std::move(removed);
}

/// Whether we wrote the text, with an identity record or without.
bool IsOurReadme(std::string_view text) {
  if (!text.starts_with(kReadme)) return false;
  text.remove_prefix(kReadme.size());
  return text.empty() || text == kEscapeNote || text.starts_with(kIdentityPrefix);
}

/// The record in ANYSTORE.json; an empty one where there is none, or one of another kind of store.
Result<StoreIdentity> ReadOwnIdentity(Directory& root) {
  ANYSTORE_ASSIGN_OR_RETURN(StoreIdentity identity, internal::ReadIdentity(root));
  return identity.backend == kScheme ? std::move(identity) : StoreIdentity{};
}

/// The record in the last line of `_README`; an empty one where there is none.
Result<StoreIdentity> ReadReadmeIdentity(Directory& root) {
  auto text = ReadSmall(root, kReadmeName, kReadmeBytesMax);
  // Who may not read it, or finds no file, finds no record.
  if (!text.has_value() && text.error().code() != Code::kPermissionDenied &&
      text.error().code() != Code::kInvalidArgument) {
    return std::move(text).error();
  }
  if (!text.has_value() || !text->has_value()) return StoreIdentity{};
  const std::size_t line = (*text)->rfind(kIdentityPrefix);
  const std::size_t begin = line + kIdentityPrefix.size();
  if (line != std::string::npos && (*text)->ends_with('\n')) {
    const std::size_t size = (*text)->size() - begin - 1;
    return internal::ParseIdentity(std::string_view(**text).substr(begin, size), kReadmeName,
                                   begin);
  }
  // A part of one is damage; the original's text has none.
  if (!(*text)->starts_with(kReadme) || **text == kReadme) return StoreIdentity{};
  return Error(Code::kCorruption,
               "the identity record in _README is damaged at byte " +
                   std::to_string(line == std::string::npos ? kReadme.size() : (*text)->size()) +
                   ": expected a line");
}

}  // namespace

Result<std::optional<std::string>> ReadSmall(Directory& root, std::string_view name,
                                             std::size_t bytes_max) {
  const auto file = root.Open(name, {});
  if (!file.has_value()) {
    if (file.error().code() == Code::kNotFound) return std::optional<std::string>();
    return file.error().Clone();
  }
  std::string text(bytes_max, '\0');
  ANYSTORE_ASSIGN_OR_RETURN(const std::size_t size, (*file)->ReadAt(0, text));
  text.resize(size);
  return std::optional(std::move(text));
}

Status PlaceIdentity(Directory& root, const Shard& shard, const StoreIdentity& identity,
                     Random* random) {
  ANYSTORE_ASSIGN_OR_RETURN(const KeyForm form, KeyFormOf(identity));
  const std::string record = internal::ToText(identity) + "\n";
  std::string readme(kReadme);
  if (form == KeyForm::kEscape) {
    ANYSTORE_TRY(PlaceText(root, internal::kIdentityFile, record, random));
    readme.append(kEscapeNote);
  } else {
    ANYSTORE_TRY(RemoveText(root, internal::kIdentityFile));
    readme.append(kIdentityPrefix).append(record);
  }
  // Beside any other rule the original puts nothing, and does not expect anything.
  return shard == Shard() ? PlaceText(root, kReadmeName, readme, random)
                          : RemoveText(root, kReadmeName);
}

Status RemoveIdentity(Directory& root) {
  ANYSTORE_TRY(RemoveText(root, kReadmeName));
  return RemoveText(root, internal::kIdentityFile);
}

Result<bool> IsFromCreation(Directory& root, std::string_view name) {
  if (name == internal::kIdentityFile) {
    const auto identity = ReadOwnIdentity(root);
    if (identity.has_value()) return !identity->id.empty();
    if (identity.error().code() == Code::kCorruption) return false;
    return identity.error().Clone();
  }
  if (name != kReadmeName) return false;
  ANYSTORE_ASSIGN_OR_RETURN(const auto text, ReadSmall(root, kReadmeName, kReadmeBytesMax));
  return text.has_value() && IsOurReadme(*text);
}

Result<StoreIdentity> IdentityOf(Directory& root) {
  ANYSTORE_ASSIGN_OR_RETURN(StoreIdentity identity, ReadOwnIdentity(root));
  if (!identity.id.empty()) return identity;
  return ReadReadmeIdentity(root);
}

bool IsOwnFile(std::string_view name, KeyForm form) noexcept {
  return name == kShardingName || name == kReadmeName || name == kDiskUsageName ||
         name == kChecksumsName || (name == internal::kIdentityFile && form == KeyForm::kEscape);
}

Result<KeyForm> KeyFormOf(const StoreIdentity& identity) {
  const auto field = identity.options.find(std::string(kKeysField));
  if (field == identity.options.end() || field->second == Name(KeyForm::kStrict)) {
    return KeyForm::kStrict;
  }
  if (field->second == Name(KeyForm::kEscape)) return KeyForm::kEscape;
  return Error(Code::kUnsupported, "the repository's keys have the form " + Quoted(field->second) +
                                       ", which is not known: there are strict and escape");
}

Result<KeyForm> KeyFormOf(Directory& root) {
  ANYSTORE_ASSIGN_OR_RETURN(const StoreIdentity identity, ReadOwnIdentity(root));
  return KeyFormOf(identity);
}

}  // namespace anystore::flatfs
