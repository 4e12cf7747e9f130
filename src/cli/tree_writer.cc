#include "cli/tree_writer.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <utility>

#include "cli/text.h"

namespace anystore::cli {
namespace {

constexpr int kDirectoryFlags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;
constexpr std::size_t kNameBytesMax = 255;

Error CannotBeAFile(const std::string& why) {
  return Error(Code::kInvalidArgument, "cannot be a file: " + why);
}

// The components of a path that may be made below a directory.
Result<std::vector<std::string>> Components(std::string_view path) {
  std::vector<std::string> components;
  for (;;) {
    const std::string_view name = path.substr(0, path.find('/'));
    if (name.empty()) return CannotBeAFile("a part of its path is empty");
    if (name == "." || name == "..") {
      return CannotBeAFile("a part of its path is \"" + std::string(name) + "\"");
    }
    if (name.contains('\0')) return CannotBeAFile("its path holds a zero byte");
    if (name.size() > kNameBytesMax) {
      return CannotBeAFile("a part of its path has more than " + std::to_string(kNameBytesMax) +
                           " bytes");
    }
    components.emplace_back(name);
    if (name.size() == path.size()) return components;
    path.remove_prefix(name.size() + 1);
  }
}

}  // namespace

Result<TreeWriter> TreeWriter::Open(const std::string& path) {
  constexpr mode_t kMode = 0777;
  if (mkdir(path.c_str(), kMode) != 0 && errno != EEXIST) {
    return Error::FromErrno(errno, "make directory " + Printable(path));
  }
  ANYSTORE_ASSIGN_OR_RETURN(File directory, File::Open(AT_FDCWD, path, kDirectoryFlags, path));
  return TreeWriter(path, std::move(directory));
}

std::string TreeWriter::Shown(std::string_view name) const {
  std::string path = root_;
  for (const Level& level : levels_) path.append("/").append(level.name);
  return Printable(path.append("/").append(name));
}

Status TreeWriter::Write(std::string_view path, std::string_view bytes) {
  ANYSTORE_ASSIGN_OR_RETURN(std::vector<std::string> directories, Components(path));
  const std::string name = std::exchange(directories.back(), {});
  directories.pop_back();
  ANYSTORE_TRY(Enter(directories));
  return Replace(name, bytes);
}

Status TreeWriter::Enter(const std::vector<std::string>& directories) {
  std::size_t common = 0;
  while (common < levels_.size() && common < directories.size() &&
         levels_[common].name == directories[common]) {
    ++common;
  }
  levels_.resize(common);
  for (std::size_t i = common; i < directories.size(); ++i) ANYSTORE_TRY(EnterOne(directories[i]));
  return Ok();
}

Status TreeWriter::EnterOne(const std::string& name) {
  constexpr mode_t kMode = 0777;
  if (mkdirat(Innermost(), name.c_str(), kMode) != 0 && errno != EEXIST) {
    return Error::FromErrno(errno, "make directory " + Shown(name));
  }
  const int fd = openat(Innermost(), name.c_str(), kDirectoryFlags | O_NOFOLLOW);
  if (fd < 0) {
    if (errno == ENOTDIR || errno == ELOOP) {
      return CannotBeAFile(Shown(name) + " is there and is no directory");
    }
    return Error::FromErrno(errno, "open directory " + Shown(name));
  }
  levels_.push_back({.name = name, .directory = File(fd)});
  return Ok();
}

Status TreeWriter::Replace(const std::string& name, std::string_view bytes) {
  const int at = Innermost();
  struct stat info = {};
  if (fstatat(at, name.c_str(), &info, AT_SYMLINK_NOFOLLOW) == 0 && !S_ISREG(info.st_mode)) {
    return CannotBeAFile(Shown(name) + " is there and is no file");
  }
  // A name of our own; should a record have the very same one, it replaces the file later.
  const std::string temporary = ".anystore-export." + std::to_string(getpid());
  unlinkat(at, temporary.c_str(), 0);
  ANYSTORE_ASSIGN_OR_RETURN(
      const File file,
      File::Open(at, temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, Shown(name)));
  Status status = WriteAll(file.fd(), bytes, Shown(name));
  if (status.has_value() && renameat(at, temporary.c_str(), at, name.c_str()) != 0) {
    status = Error::FromErrno(errno, "rename to " + Shown(name));
  }
  if (!status.has_value()) unlinkat(at, temporary.c_str(), 0);
  return status;
}

}  // namespace anystore::cli
