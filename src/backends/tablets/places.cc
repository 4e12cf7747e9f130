#include "backends/tablets/places.h"

#include <cstddef>

namespace anystore::tablets {

Result<std::vector<std::string>> SplitPaths(std::string_view list) {
  std::vector<std::string> paths(1);
  for (std::size_t at = 0; at < list.size(); ++at) {
    if (list[at] == ',') {
      paths.emplace_back();
    } else if (list[at] != '\\') {
      paths.back().push_back(list[at]);
    } else if (at + 1 < list.size() && (list[at + 1] == ',' || list[at + 1] == '\\')) {
      paths.back().push_back(list[++at]);
    } else {
      return Error(Code::kInvalidConfig,
                   "path " + Quoted(list) + R"(: allowed behind a backslash are "," and "\")");
    }
  }
  for (const std::string& path : paths) {
    if (path.empty() || path.ends_with('/')) {
      return Error(Code::kInvalidConfig, "path " + Quoted(list) + ": " + Quoted(path) +
                                             " names no file; files are separated by commas");
    }
  }
  return paths;
}

}  // namespace anystore::tablets
