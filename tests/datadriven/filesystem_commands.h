// The calls of a filesystem as commands; see tests/data/filesystem.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <variant>

#include "anystore/file.h"
#include "anystore/filesystem.h"
#include "datadriven/datadriven.h"
#include "datadriven/world.h"

namespace anystore::datadriven {

// Handles are named by `as=NAME`, else by their path. Every command prints what the call returned:
// "ok", a value, or the code of an error.
class FilesystemCommands {
 public:
  FilesystemCommands(const std::string& medium, Arguments& arguments);

  // Does one command, or, for `run`, each line of the input; of those it prints what is not "ok".
  std::string Run(const Case& given);

 private:
  using Handle =
      std::variant<std::unique_ptr<File>, std::unique_ptr<FileLock>, std::unique_ptr<Directory>>;

  std::string RunOne(const std::string& line, const std::string& input);
  std::string Batch(Arguments& arguments, const std::string& input);
  std::string ReplayTrace(const std::string& input);
  std::optional<std::string> RunOnFile(Arguments& arguments);
  std::optional<std::string> RunOnDirectory(Arguments& arguments);
  std::optional<std::string> RunOnNames(Arguments& arguments, Directory& in);

  // The file behind the next word. Throws BadCase.
  File& FileOf(Arguments& arguments);
  // The directory of `in=`, or the root.
  Directory& DirectoryOf(Arguments& arguments);
  // Keeps what was opened; "ok" or the code of the error.
  template <class T>
  std::string Keep(Arguments& arguments, const std::string& name,
                   Result<std::unique_ptr<T>> opened);

  World world_;
  std::unique_ptr<Directory> root_;
  std::map<std::string, Handle, std::less<>> handles_;
};

}  // namespace anystore::datadriven
