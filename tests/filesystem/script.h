/// Random calls of a filesystem, written down: drawn from any source of choices, played on any
/// filesystem, and compared by what they say.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "anystore/filesystem.h"

namespace anystore::script {

/// A call, or the end of something that is open.
enum class Verb : std::uint8_t {
  kOpen,
  kOpenUnnamed,
  kClose,
  kRead,
  kReadAll,
  kWrite,
  kGather,
  kAppend,
  kTruncate,
  kAllocate,
  kMap,
  kAdvise,
  kStatFile,
  kLinkFile,
  kSyncFile,
  kOpenDirectory,
  kCloseDirectory,
  kMakeDirectory,
  kStat,
  kRemove,
  kRemoveDirectory,
  kRemoveTree,
  kRename,
  kLink,
  kList,
  kSync,
  kLock,
  kUnlock,
};

/// How many files, directories and locks a script may hold open. Directory 0 is the root.
inline constexpr std::size_t kFiles = 4;
inline constexpr std::size_t kDirectories = 4;
inline constexpr std::size_t kLocks = 3;

/// One line of a script; a verb uses what it needs.
struct Step {
  Verb verb = Verb::kStat;
  /// The file, directory or lock that the verb opens, uses or ends.
  std::size_t slot = 0;
  /// The directory that names are given to.
  std::size_t directory = 0;
  std::string name = {};
  std::string new_name = {};
  FileOptions options = {};
  Replace replace = Replace::kNo;
  Allocation allocation = Allocation::kExtend;
  LockMode lock = LockMode::kShared;
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
  /// What is written: `length` bytes that follow from it.
  std::uint8_t pattern = 0;
};

using Script = std::vector<Step>;

/// "write f3 at 4095, 7 of pattern 2".
[[nodiscard]] std::string ToString(const Step& step);

/// Gives a number below the bound.
using Choose = std::function<std::uint64_t(std::uint64_t bound)>;

/// The next line of a random script over a few names, some of them bad.
[[nodiscard]] Step Draw(const Choose& choose);

/// What a filesystem can do: the host's may lack what those of our own have.
class Abilities {
 public:
  /// Tries them in the directory of a path.
  Abilities(FileSystem& files, std::string_view path);
  [[nodiscard]] bool Allow(const Step& step) const;

 private:
  bool zeroes_ = false;
  bool unnamed_files_ = false;
};

/// Plays scripts on a directory.
class Player {
 public:
  /// `path` must be there and empty.
  Player(FileSystem& files, std::string_view path);

  /// Makes the call and tells all that its contract lets nobody choose: the error's code, or what
  /// was returned. Listings are sorted.
  [[nodiscard]] std::string Play(const Step& step);
  /// All that is in the directory and in files that are open, a line each.
  [[nodiscard]] std::string Describe();

 private:
  [[nodiscard]] std::string PlayOnFile(const Step& step, File& file);
  [[nodiscard]] std::string PlayOnDirectory(const Step& step, Directory& directory);
  void DescribeTree(const std::string& name, std::string* text);

  /// A file gets names below the directory it was opened on, which therefore outlives it.
  struct OpenedFile {
    std::shared_ptr<Directory> in;
    std::unique_ptr<File> file;
  };

  [[nodiscard]] std::string KeepFile(const Step& step, Result<std::unique_ptr<File>> opened);

  std::array<OpenedFile, kFiles> files_;
  std::array<std::shared_ptr<Directory>, kDirectories> directories_;
  std::array<std::unique_ptr<FileLock>, kLocks> locks_;
};

}  // namespace anystore::script
