// Directory trees for import.
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <utility>
#include <vector>

#include "cli/import_sources.h"
#include "cli/io.h"
#include "cli/text.h"

namespace anystore::cli {
namespace {

struct CloseDirectory {
  void operator()(DIR* directory) const { closedir(directory); }
};
using DirectoryStream = std::unique_ptr<DIR, CloseDirectory>;

constexpr int kDirectoryFlags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;

// The names in a directory, without "." and "..", in bytewise order.
Result<std::vector<std::string>> NamesIn(const File& directory, const std::string& shown) {
  // fdopendir takes over the descriptor, which is still needed to open what is inside.
  const int copy = fcntl(directory.fd(), F_DUPFD_CLOEXEC, 0);
  if (copy < 0) return Error::FromErrno(errno, "read directory " + Printable(shown));
  const DirectoryStream stream(fdopendir(copy));
  if (stream == nullptr) return Error::FromErrno(errno, "read directory " + Printable(shown));
  std::vector<std::string> names;
  for (;;) {
    errno = 0;
    const dirent* const entry = readdir(stream.get());
    if (entry == nullptr) break;
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") names.emplace_back(name);
  }
  if (errno != 0) return Error::FromErrno(errno, "read directory " + Printable(shown));
  std::ranges::sort(names);
  return names;
}

// One directory on the way from the root to where the walk is.
struct Level {
  File directory;
  std::string path;
  std::vector<std::string> names;
  std::size_t next = 0;
};

// Walks without recursion, so that a deep tree cannot exhaust the stack.
class TreeWalk {
 public:
  TreeWalk(std::string root, std::uint64_t bytes_max, ImportSink& sink)
      : root_(std::move(root)), bytes_max_(bytes_max), sink_(sink) {}

  Status Run() {
    ANYSTORE_ASSIGN_OR_RETURN(File top, File::Open(AT_FDCWD, root_, kDirectoryFlags, root_));
    ANYSTORE_ASSIGN_OR_RETURN(auto names, NamesIn(top, root_));
    levels_.push_back({.directory = std::move(top), .path = "", .names = std::move(names)});
    while (!levels_.empty()) {
      ANYSTORE_TRY(CheckInterrupted());
      Level& level = levels_.back();
      if (level.next == level.names.size()) {
        levels_.pop_back();
        continue;
      }
      const std::string& name = level.names[level.next++];
      ANYSTORE_TRY(Visit(level, name, level.path.empty() ? name : level.path + "/" + name));
    }
    return Ok();
  }

 private:
  [[nodiscard]] std::string Shown(const std::string& path) const { return root_ + "/" + path; }

  Status Visit(const Level& level, const std::string& name, const std::string& path) {
    struct stat info = {};
    if (fstatat(level.directory.fd(), name.c_str(), &info, AT_SYMLINK_NOFOLLOW) != 0) {
      sink_.Refuse(Error::FromErrno(errno, "look at " + Printable(Shown(path))));
      return Ok();
    }
    if (S_ISDIR(info.st_mode)) return Enter(level, name, path);
    if (S_ISREG(info.st_mode)) return Take(level, name, path);
    sink_.SkipSpecial(path);
    return Ok();
  }

  Status Enter(const Level& level, const std::string& name, const std::string& path) {
    Result<File> directory =
        File::Open(level.directory.fd(), name, kDirectoryFlags | O_NOFOLLOW, Shown(path));
    if (!directory.has_value()) {
      sink_.Refuse(directory.error());
      return Ok();
    }
    auto names = NamesIn(*directory, Shown(path));
    if (!names.has_value()) {
      sink_.Refuse(names.error());
      return Ok();
    }
    levels_.push_back(
        {.directory = *std::move(directory), .path = path, .names = *std::move(names)});
    return Ok();
  }

  Status Take(const Level& level, const std::string& name, const std::string& path) {
    // Not blocking: what was a file when it was looked at may have become a pipe.
    constexpr int kFlags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
    const Result<File> file = File::Open(level.directory.fd(), name, kFlags, Shown(path));
    if (!file.has_value()) {
      sink_.Refuse(file.error());
      return Ok();
    }
    Result<std::string> bytes = ReadAll(file->fd(), bytes_max_, Shown(path));
    if (!bytes.has_value()) {
      ANYSTORE_TRY(CheckInterrupted());
      sink_.Refuse(bytes.error());
      return Ok();
    }
    return sink_.TakeFile(path, *std::move(bytes));
  }

  std::string root_;
  std::uint64_t bytes_max_;
  ImportSink& sink_;
  std::vector<Level> levels_;
};

}  // namespace

Status WalkTree(const std::string& path, std::uint64_t bytes_max, ImportSink& sink) {
  return TreeWalk(path, bytes_max, sink).Run();
}

std::uint64_t CountTree(const std::string& path) {
  std::uint64_t count = 0;
  std::vector<std::string> left = {path};
  while (!left.empty() && !Interrupted()) {
    const std::string directory = std::exchange(left.back(), {});
    left.pop_back();
    const DirectoryStream stream(opendir(directory.c_str()));
    if (stream == nullptr) continue;
    while (const dirent* const entry = readdir(stream.get())) {
      const std::string_view name = entry->d_name;
      if (entry->d_type == DT_REG) ++count;
      if (entry->d_type == DT_DIR && name != "." && name != "..") {
        left.push_back(directory + "/" + std::string(name));
      }
    }
  }
  return count;
}

}  // namespace anystore::cli
