#include "registry/disk_spec.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <string_view>

#include "anystore/file_batch.h"
#include "anystore/filesystem.h"
#include "registry/small_file.h"

namespace anystore::registry {
namespace {

constexpr std::string_view kName = "datastore_spec";
constexpr std::uint32_t kMode = 0600;

std::string_view Trimmed(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r\n\v\f";
  const std::size_t begin = text.find_first_not_of(kBlanks);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlanks) - begin + 1);
}

/// What is JSON most likely, and has enough quotes of its own.
std::string Shown(const std::string& text) {
  constexpr std::size_t kShownMax = 2000;
  const bool is_plain = text.starts_with('{') && text.size() <= kShownMax &&
                        std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~'; });
  return is_plain ? text : Quoted(text, kShownMax);
}

/// The error of working on the file.
Error Explain(Error error, const char* action, const DiskSpec& spec) {
  return std::move(error).During(action).In(PathIn(spec.directory, kName));
}

/// What the file holds; none where there is none.
Result<std::optional<std::string>> Read(const DiskSpec& spec, const Environment& environment) {
  using Found = std::optional<std::string>;
  Result<std::string> text = ReadSmallFile(PathIn(spec.directory, kName), environment);
  if (text.has_value()) return Found(Trimmed(*text));
  if (text.error().code() == Code::kNotFound) return Found();
  return Explain(std::move(text).error(), "read", spec);
}

/// Whether the file is there and right.
Result<bool> Matches(const DiskSpec& spec, const Environment& environment) {
  ANYSTORE_ASSIGN_OR_RETURN(const std::optional<std::string> found, Read(spec, environment));
  if (!found.has_value()) return false;
  if (*found == spec.text) return true;
  return Explain(
      Error(Code::kIdentityMismatch, "the disk was laid out for " + Shown(*found) +
                                         ", the configuration asks for " + Shown(spec.text)),
      "compare", spec);
}

}  // namespace

Status CheckDiskSpec(const DiskSpec& spec, const Environment& environment) {
  ANYSTORE_TRY(Matches(spec, environment));
  return Ok();
}

Result<bool> PlaceDiskSpec(const DiskSpec& spec, const Environment& environment) {
  ANYSTORE_ASSIGN_OR_RETURN(const bool there, Matches(spec, environment));
  if (there || spec.text == "null") return false;
  const auto write = [&]() -> Status {
    ANYSTORE_ASSIGN_OR_RETURN(const auto directory,
                              environment.files->OpenDirectory(spec.directory));
    return WriteFile(*directory, {.name = kName, .bytes = spec.text, .mode = kMode},
                     {.replace = Replace::kNo,
                      .temporary_prefix = ".datastore_spec-",
                      .random = environment.random});
  };
  Status written = write();
  if (!written.has_value()) return Explain(std::move(written).error(), "write", spec);
  return true;
}

Status RemoveDiskSpec(const DiskSpec& spec, const Environment& environment) {
  const auto remove = [&]() -> Status {
    ANYSTORE_ASSIGN_OR_RETURN(const auto directory,
                              environment.files->OpenDirectory(spec.directory));
    ANYSTORE_TRY(directory->Remove(kName));
    return directory->Sync("");
  };
  Status removed = remove();
  if (removed.has_value() || removed.error().code() == Code::kNotFound) return Ok();
  return Explain(std::move(removed).error(), "remove", spec);
}

}  // namespace anystore::registry
