#include "filesystem/names.h"

#include <algorithm>
#include <string>

namespace anystore::filesystem {
namespace {

Error Bad(std::string_view name, std::string_view why) {
  return Error(Code::kInvalidArgument, "name " + Quoted(name) + ": " + std::string(why));
}

Error TooLong(std::string_view name, std::string_view what, std::size_t bytes, std::size_t max) {
  return Error(Code::kTooLarge, "name " + Quoted(name) + ": " + std::string(what) + " of " +
                                    std::to_string(bytes) + " bytes, at most " +
                                    std::to_string(max));
}

}  // namespace

Status CheckName(std::string_view name, std::uint32_t component_bytes_max, EmptyName empty) {
  if (name.empty()) {
    if (empty == EmptyName::kAllowed) return Ok();
    return Bad(name, "it is empty");
  }
  if (name.size() > kNameBytesMax) return TooLong(name, "a path", name.size(), kNameBytesMax);
  if (name.find('\0') != std::string_view::npos) return Bad(name, "it has a zero byte");
  for (std::size_t at = 0; at <= name.size();) {
    const std::size_t end = std::min(name.find('/', at), name.size());
    const std::string_view component = name.substr(at, end - at);
    if (component.empty()) return Bad(name, "it has an empty component");
    if (component == "." || component == "..") return Bad(name, "it has a component of dots");
    if (component.size() > component_bytes_max) {
      return TooLong(name, "a component", component.size(), component_bytes_max);
    }
    at = end + 1;
  }
  return Ok();
}

PathPlace PlaceOfPath(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string_view::npos) return {.directory = ".", .name = std::string(path)};
  return {.directory = std::string(path.substr(0, slash == 0 ? 1 : slash)),
          .name = std::string(path.substr(slash + 1))};
}

std::string NameOfPath(std::string_view path) {
  std::string name;
  while (!path.empty()) {
    const std::size_t end = std::min(path.find('/'), path.size());
    const std::string_view component = path.substr(0, end);
    path.remove_prefix(std::min(end + 1, path.size()));
    if (component == "..") {
      name.resize(ParentOf(name).size());
    } else if (!component.empty() && component != ".") {
      if (!name.empty()) name += '/';
      name += component;
    }
  }
  return name;
}

std::string JoinNames(std::string_view directory, std::string_view name) {
  std::string joined(directory);
  if (!directory.empty() && !name.empty()) joined += '/';
  return joined.append(name);
}

}  // namespace anystore::filesystem
