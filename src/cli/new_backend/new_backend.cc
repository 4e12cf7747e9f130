// new-backend: writes the beginnings of a backend of somebody else's.
#include <algorithm>
#include <array>
#include <filesystem>
#include <string>
#include <system_error>
#include <utility>

#include "anystore/backend.h"
#include "cli/commands.h"
#include "cli/new_backend/templates.h"
#include "cli/stores.h"
#include "cli/tree_writer.h"

namespace anystore::cli {
namespace {

bool IsLetter(char c) { return c >= 'a' && c <= 'z'; }
bool IsDigit(char c) { return c >= '0' && c <= '9'; }

/// The forms that a backend's name takes in its files.
struct Names {
  std::string name;        ///< my-store
  std::string name_space;  ///< anystore_my_store
  std::string type;        ///< MyStore
  std::string upper;       ///< MY_STORE
};

Result<Names> NamesFor(const std::string& name) {
  if (name.empty() || !IsLetter(name.front()) || name.back() == '-' ||
      !std::ranges::all_of(name, [](char c) { return IsLetter(c) || IsDigit(c) || c == '-'; })) {
    return Error(Code::kInvalidArgument,
                 Quoted(name) +
                     " is no name for a backend: a lower-case letter, then lower-case "
                     "letters, digits and \"-\"");
  }
  const Registry& registry = Registry::Global();
  if (registry.Find(name).has_value() || registry.FindLayer(name) != nullptr) {
    return Error(Code::kInvalidArgument, Quoted(name) + " is taken: see \"anystore backends\"");
  }
  Names names{.name = name, .name_space = "anystore_", .type = {}, .upper = {}};
  bool capital = true;
  for (const char c : name) {
    const char upper = IsLetter(c) ? static_cast<char>(c - 'a' + 'A') : c;
    names.name_space += c == '-' ? '_' : c;
    names.upper += c == '-' ? '_' : upper;
    if (c != '-') names.type += capital ? upper : c;
    capital = c == '-';
  }
  return names;
}

std::string FilledIn(std::string_view text, const Names& names) {
  const std::array<std::pair<std::string_view, const std::string&>, 4> marks = {
      {{"@NAME@", names.name},
       {"@NAMESPACE@", names.name_space},
       {"@CLASS@", names.type},
       {"@UPPER@", names.upper}}};
  std::string filled;
  while (!text.empty()) {
    const auto mark =
        std::ranges::find_if(marks, [&](auto& m) { return text.starts_with(m.first); });
    if (mark == marks.end()) {
      filled += text.front();
      text.remove_prefix(1);
    } else {
      filled += mark->second;
      text.remove_prefix(mark->first.size());
    }
  }
  return filled;
}

/// Nothing that is there is overwritten.
Status CheckEmpty(const std::string& directory) {
  std::error_code error;
  const bool empty =
      !std::filesystem::exists(directory, error) || std::filesystem::is_empty(directory, error);
  if (error) return Error::FromErrno(error.value(), "look into " + directory);
  if (!empty) return Error(Code::kAlreadyExists, Quoted(directory) + " is not empty");
  return Ok();
}

Status WriteProject(const NewBackendArguments& arguments, Output& output) {
  ANYSTORE_ASSIGN_OR_RETURN(const Names names, NamesFor(arguments.name));
  const std::string directory =
      arguments.directory.empty() ? names.name + "-backend" : arguments.directory;
  ANYSTORE_TRY(CheckEmpty(directory));
  ANYSTORE_ASSIGN_OR_RETURN(TreeWriter writer, TreeWriter::Open(directory));
  for (const Template& part : BackendTemplates()) {
    ANYSTORE_TRY(writer.Write(part.file, FilledIn(part.text, names)));
    ANYSTORE_TRY(output.Write(directory + "/" + std::string(part.file) + "\n"));
  }
  return output.Write("\nNext:\n  cmake -S " + directory + " -B " + directory +
                      "/build\n  cmake --build " + directory + "/build\n  " + directory +
                      "/build/" + names.name + "_conformance\n");
}

}  // namespace

Exit NewBackend(const NewBackendArguments& arguments) {
  Output output;
  return Finish(WriteProject(arguments, output), output);
}

}  // namespace anystore::cli
