/// Writing files below a directory and nowhere else.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "anystore/error.h"
#include "cli/io.h"

namespace anystore::cli {

/// A directory in which files are made by relative path. Every step goes from a directory handle to
/// a name in it and never follows a symbolic link, so whatever the paths and whatever lies in the
/// directory, nothing outside it is touched.
///
/// Threads: single-thread.
class TreeWriter {
 public:
  /// Opens the directory, and makes it if it is not there.
  ///
  /// Errors: permission_denied, read_only, no_space, io_error.
  static Result<TreeWriter> Open(const std::string& path);

  /// Writes a file, all of it or nothing; makes the directories on the way. A file of that name is
  /// replaced.
  ///
  /// Errors: invalid_argument (a path that cannot be a file here: a component that is empty, ".",
  /// "..", too long or holds a zero byte; a directory where a file should be, or the reverse) ·
  /// permission_denied, read_only, no_space, io_error.
  Status Write(std::string_view path, std::string_view bytes);

 private:
  /// A directory below the root that is open.
  struct Level {
    std::string name;
    File directory;
  };

  TreeWriter(std::string root, File directory)
      : root_(std::move(root)), directory_(std::move(directory)) {}
  [[nodiscard]] int Innermost() const {
    return levels_.empty() ? directory_.fd() : levels_.back().directory.fd();
  }
  Status Enter(const std::vector<std::string>& directories);
  Status EnterOne(const std::string& name);
  Status Replace(const std::string& name, std::string_view bytes);
  [[nodiscard]] std::string Shown(std::string_view name) const;

  std::string root_;
  File directory_;
  std::vector<Level> levels_;
};

}  // namespace anystore::cli
