#include "registry/small_file.h"

#include <cstdint>
#include <memory>

#include "anystore/filesystem.h"
#include "filesystem/names.h"

namespace anystore::registry {

Result<std::string> ReadSmallFile(std::string_view path, const Environment& environment) {
  constexpr std::uint64_t kBytesMax = 1 << 20;
  ANYSTORE_ASSIGN_OR_RETURN(const auto directory,
                            environment.files->OpenDirectory(DirectoryOf(path)));
  ANYSTORE_ASSIGN_OR_RETURN(const auto file, directory->Open(filesystem::LastOf(path), {}));
  ANYSTORE_ASSIGN_OR_RETURN(const FileInfo info, file->Stat());
  if (info.size > kBytesMax) return Error(Code::kTooLarge, "a file of over 1 MiB");
  ANYSTORE_ASSIGN_OR_RETURN(const Value text, file->ReadAll());
  return std::string(text.bytes());
}

std::string DirectoryOf(std::string_view path) {
  const std::string_view parent = filesystem::ParentOf(path);
  if (!parent.empty()) return std::string(parent);
  return path.starts_with('/') ? "/" : ".";
}

std::string PathIn(std::string_view directory, std::string_view path) {
  if (path.starts_with('/') || directory == ".") return std::string(path);
  std::string joined(directory);
  if (!joined.ends_with('/')) joined += '/';
  return joined.append(path);
}

}  // namespace anystore::registry
