#include "registry/small_file.h"

#include <memory>

#include "anystore/filesystem.h"
#include "filesystem/names.h"

namespace anystore::registry {

Result<std::string> ReadSmallFile(std::string_view path, const Environment& environment,
                                  std::size_t bytes_max) {
  ANYSTORE_ASSIGN_OR_RETURN(const auto directory,
                            environment.files->OpenDirectory(DirectoryOf(path)));
  // Opening a pipe would wait for whoever writes into it.
  const std::string_view name = filesystem::LastOf(path);
  ANYSTORE_ASSIGN_OR_RETURN(const FileInfo info, directory->Stat(name, Follow::kYes));
  if (info.kind != FileKind::kFile) return Error(Code::kInvalidArgument, "not a file");
  ANYSTORE_ASSIGN_OR_RETURN(const auto file, directory->Open(name, {}));
  // Files below /proc say that they hold nothing, so the size is not asked.
  std::string text(bytes_max + 1, '\0');
  ANYSTORE_ASSIGN_OR_RETURN(const std::size_t read, file->ReadAt(0, text));
  if (read > bytes_max) {
    return Error(Code::kTooLarge, "a file of over " + std::to_string(bytes_max) + " bytes");
  }
  text.resize(read);
  return text;
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
