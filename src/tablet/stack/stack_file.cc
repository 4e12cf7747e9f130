#include "tablet/stack/stack_file.h"

#include <memory>
#include <utility>

#include "anystore/tablet/stack.h"
#include "tablet/writing/new_file.h"

namespace anystore::tablet {
namespace {

/// Whether it is the file of the stack, the name under which that is written, or its lock.
bool IsOurs(std::string_view name) {
  if (name == kStackLockFile) return true;
  if (!name.starts_with(kStackFile)) return false;
  name.remove_prefix(kStackFile.size());
  return name.empty() || name == kTemporarySuffix;
}

}  // namespace

Status CheckTabletName(std::string_view name) {
  if (name.empty() || IsOurs(name) ||
      name.find_first_of(std::string_view("\n\r\0", 3)) != std::string_view::npos) {
    return Error(Code::kInvalidArgument, "no name for a tablet: " + Quoted(name));
  }
  return Ok();
}

Result<std::vector<std::string>> ListedTablets(Directory& directory) {
  std::vector<std::string> names;
  auto file = directory.Open(kStackFile, {});
  if (!file.has_value()) {
    if (file.error().code() == Code::kNotFound) return names;
    return std::move(file).error();
  }
  ANYSTORE_ASSIGN_OR_RETURN(const Value text, (*file)->ReadAll());
  std::string_view rest = text.bytes();
  for (std::size_t line = 1; !rest.empty(); ++line) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    std::string_view name = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    // The original in C# ends lines as its platform does, and suffers no empty ones; we do.
    if (name.ends_with('\r')) name.remove_suffix(1);
    if (name.empty()) continue;
    if (const Status checked = CheckTabletName(name); !checked.has_value()) {
      return Error(Code::kCorruption, std::string(kStackFile) + ", line " + std::to_string(line) +
                                          ": " + std::string(checked.error().message()));
    }
    names.emplace_back(name);
  }
  return names;
}

Error AsListed(Error error, std::string_view name) {
  if (error.code() != Code::kNotFound) return error;
  return {Code::kCorruption,
          std::string(kStackFile) + " names tablet " + Quoted(name) + ", which is not there"};
}

Error StackIsEmpty() { return {Code::kNotFound, "the stack is empty"}; }

Status WriteStackFile(Directory& directory, std::span<const std::string> names,
                      StackWritten& written) {
  written = StackWritten::kNo;
  std::string text;
  for (const std::string& name : names) text.append(name).push_back('\n');
  ANYSTORE_ASSIGN_OR_RETURN(NewFile file, NewFile::Create(directory, kStackFile, Replace::kYes));
  ANYSTORE_TRY(file.Append(text));
  Status published = file.Publish();
  if (!published.has_value() && file.may_be_named()) written = StackWritten::kUnknown;
  return published;
}

}  // namespace anystore::tablet
