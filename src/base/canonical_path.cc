#include "base/canonical_path.h"

#include <filesystem>
#include <system_error>

namespace anystore::base {

Result<std::string> CanonicalPath(std::string_view path) {
  std::error_code error;
  // Absolute first: of a relative path whose first component does not exist, weakly_canonical makes
  // nothing, and "x" has no directory above it.
  const std::filesystem::path absolute = std::filesystem::absolute(path, error);
  if (error) return Error::FromErrno(error.value(), "resolve " + std::string(path));
  std::filesystem::path canonical = std::filesystem::weakly_canonical(absolute, error);
  // What lies behind a file, or cannot be looked at, is told by whoever looks there.
  if (error) canonical = absolute;
  // "x/" names x.
  if (!canonical.has_filename()) canonical = canonical.parent_path();
  return canonical.string();
}

std::string LexicalPath(std::string_view path) {
  std::filesystem::path normal = std::filesystem::path(path).lexically_normal();
  if (!normal.has_filename() && normal.has_parent_path()) normal = normal.parent_path();
  return normal.string();
}

}  // namespace anystore::base
