/// The tree of files and directories that the memory filesystem and the simulated disk both are.
///
/// It answers as Linux does, with the errno that Linux gives, for a user whom permissions never
/// stop. Names are checked by the caller.
///
/// Locks: the tree's, for names; under it a file's, for its bytes; under both an observer's own.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <shared_mutex>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "anystore/environment.h"
#include "anystore/error.h"
#include "anystore/file.h"
#include "anystore/filesystem.h"
#include "anystore/value.h"
#include "filesystem/memory/content.h"

namespace anystore::filesystem {

/// The bits that a mode loses when a file or directory is made.
inline constexpr std::uint32_t kTreeUmask = 022;
/// The largest file, as on ext4.
inline constexpr std::uint64_t kFileBytesMax = (std::uint64_t{1} << 44U) - 4096;

/// The order of names, and which of them are the same.
class NameLess {
 public:
  using is_transparent = void;  // NOLINT(readability-identifier-naming): the standard's name
  explicit NameLess(bool case_sensitive = true) noexcept : case_sensitive_(case_sensitive) {}
  [[nodiscard]] bool operator()(std::string_view a, std::string_view b) const noexcept;

 private:
  bool case_sensitive_;
};

/// What an observer keeps of a file or directory; outlives it where the observer wants.
struct Shadow {
  virtual ~Shadow() = default;
};

/// A file or directory.
struct Node {
  Node(FileKind node_kind, std::uint32_t node_mode) : kind(node_kind), mode(node_mode) {}
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;
  virtual ~Node() = default;

  const FileKind kind;
  const std::uint32_t mode;
  /// Names; of a directory, 2 and one for each directory in it, 0 once it is removed.
  std::atomic<std::uint32_t> links = 0;
  /// Whether it never had a name, and may get one. Under the tree's lock.
  bool unnamed = false;
  std::atomic<std::int64_t> modified_ns = 0;
  std::atomic<std::int64_t> accessed_ns = 0;
  /// How many hold it locked; -1: one, exclusively.
  std::atomic<std::int32_t> locks = 0;
  /// The observer's.
  std::shared_ptr<Shadow> shadow;
};

/// How many bytes the files of a tree hold together.
struct Usage {
  explicit Usage(std::uint64_t bytes_max) : capacity(bytes_max) {}
  /// Whether so many more fit; takes them if they do.
  [[nodiscard]] bool Take(std::uint64_t bytes) noexcept;

  const std::uint64_t capacity;
  std::atomic<std::uint64_t> used = 0;
};

struct FileNode final : Node {
  FileNode(std::uint32_t node_mode, std::shared_ptr<Usage> node_usage)
      : Node(FileKind::kFile, node_mode), usage(std::move(node_usage)) {}
  ~FileNode() override { usage->used -= content.held(); }

  const std::shared_ptr<Usage> usage;
  mutable std::shared_mutex mutex;
  /// Under `mutex`.
  Content content;
};

struct DirectoryNode final : Node {
  DirectoryNode(std::uint32_t node_mode, NameLess less)
      : Node(FileKind::kDirectory, node_mode), names(less) {}

  /// All under the tree's lock.
  std::map<std::string, std::shared_ptr<Node>, NameLess> names;
  DirectoryNode* parent = nullptr;
  bool removed = false;
};

/// A name that came to lead to something else.
struct NameChange {
  DirectoryNode* directory = nullptr;
  std::string_view name = {};
  /// What it leads to now; null: nothing.
  Node* node = nullptr;
};

/// Sees every change after it was made, under the locks of what it is told about, and decides what
/// a sync does.
class Observer {
 public:
  virtual ~Observer() = default;
  /// A node that has no name yet.
  virtual void Created(Node& node) = 0;
  /// The changes that one call made to names, together.
  virtual void NamesChanged(std::span<const NameChange> changes) = 0;
  virtual void Written(FileNode& node, std::uint64_t offset,
                       std::span<const std::string_view> pieces, std::uint64_t length) = 0;
  virtual void Truncated(FileNode& node, std::uint64_t size) = 0;
  virtual void Allocated(FileNode& node, std::uint64_t offset, std::uint64_t length,
                         Allocation allocation) = 0;
  virtual void Dated(FileNode& node) = 0;
  /// With the tree locked.
  virtual void Synced(Node& node, SyncScope scope) = 0;
  /// With the tree locked.
  virtual void AllSynced() = 0;
};

/// What a tree is made with.
struct TreeOptions {
  FileSystemTraits traits = {};
  std::uint64_t capacity_bytes = 0;
  /// Dates files. Null: nothing is dated.
  Clock* clock = nullptr;
  /// Null: nobody looks, and everything counts as stable at once.
  Observer* observer = nullptr;
  /// What `Directory::power_session` says.
  std::string power_session = {};
};

/// Functions that return int give 0 or an errno.
///
/// Threads: thread-safe.
class Tree {
 public:
  explicit Tree(const TreeOptions& options);
  Tree(const Tree&) = delete;
  Tree& operator=(const Tree&) = delete;
  ~Tree();

  [[nodiscard]] const FileSystemTraits& traits() const noexcept { return options_.traits; }
  [[nodiscard]] const std::string& power_session() const noexcept { return options_.power_session; }
  [[nodiscard]] const std::shared_ptr<DirectoryNode>& root() const noexcept { return root_; }
  [[nodiscard]] const Usage& usage() const noexcept { return *usage_; }
  [[nodiscard]] std::shared_mutex& mutex() const noexcept { return mutex_; }

  /// After `calls` more of them, every call fails with EIO.
  void CutPower(std::uint64_t calls) noexcept { calls_left_ = std::min(calls, kForever - 1); }
  /// Counts a call. False: there is no power for it.
  [[nodiscard]] bool StartCall() noexcept;
  /// Forgets clock, observer and all names: open files go on, directories count as removed.
  void Close();

  int OpenFile(DirectoryNode& at, std::string_view name, const FileOptions& options,
               std::shared_ptr<Node>* out);
  /// The empty name: `at` itself.
  int OpenUnnamed(DirectoryNode& at, std::string_view name, std::uint32_t mode,
                  std::shared_ptr<Node>* out);
  /// The empty name: `at` itself.
  int OpenDirectory(const std::shared_ptr<DirectoryNode>& at, std::string_view name,
                    std::shared_ptr<DirectoryNode>* out);
  int MakeDirectory(DirectoryNode& at, std::string_view name, std::uint32_t mode);
  int Stat(DirectoryNode& at, std::string_view name, FileInfo* out);
  int Remove(DirectoryNode& at, std::string_view name);
  int RemoveDirectory(DirectoryNode& at, std::string_view name);
  int Rename(DirectoryNode& at, std::string_view from, std::string_view to, Replace replace);
  int Link(DirectoryNode& at, std::string_view from, std::string_view to);
  /// Of a file that was opened without a name.
  int LinkUnnamed(DirectoryNode& at, const std::shared_ptr<Node>& node, std::string_view to);
  int SyncAll(const DirectoryNode& at);
  /// ENOENT if it was removed.
  int CheckStillThere(const DirectoryNode& directory) const;
  /// The first names behind `after`; from the first one if `after` is null.
  void NamesAfter(DirectoryNode& directory, const std::string* after, std::size_t count_max,
                  std::vector<std::pair<std::string, FileKind>>* out);

  [[nodiscard]] FileInfo InfoOf(const Node& node) const;
  int Read(const FileNode& node, std::uint64_t offset, std::span<char> out, std::size_t* read);
  int Write(FileNode& node, std::uint64_t offset, std::span<const std::string_view> pieces,
            std::size_t* written);
  int Truncate(FileNode& node, std::uint64_t size);
  int Allocate(FileNode& node, std::uint64_t offset, std::uint64_t length, Allocation allocation);
  int SetDates(FileNode& node, const FileDates& dates);
  [[nodiscard]] Result<Value> Map(const FileNode& node, std::uint64_t offset,
                                  std::uint64_t length) const;
  int Sync(Node& node, SyncScope scope);

  /// A node that has no name yet.
  [[nodiscard]] std::shared_ptr<FileNode> NewFile(std::uint32_t mode);
  [[nodiscard]] std::shared_ptr<DirectoryNode> NewDirectory(std::uint32_t mode);
  /// Lets a name lead to `node`, null for nothing, and counts links. The tree is locked, the name
  /// is not a component of dots, and what it led to may go.
  void SetName(DirectoryNode& directory, std::string_view name, std::shared_ptr<Node> node);

 private:
  /// Where a name is, or would be.
  struct Place {
    DirectoryNode* directory = nullptr;
    std::string_view last = {};
    std::shared_ptr<Node> node = {};
  };

  /// Follows all components but the last.
  static int Find(DirectoryNode& at, std::string_view name, Place* out);
  static int CheckRename(const Place& source, const Place& target);
  static constexpr std::uint64_t kForever = ~std::uint64_t{0};

  int OpenFound(const Place& place, const FileOptions& options);
  void Date(Node& node) noexcept;
  void Tell(std::span<const NameChange> changes);

  const TreeOptions options_;
  const std::shared_ptr<Usage> usage_;
  mutable std::shared_mutex mutex_;
  std::atomic<Clock*> clock_;
  std::atomic<Observer*> observer_;
  std::atomic<std::uint64_t> calls_left_ = kForever;
  std::shared_ptr<DirectoryNode> root_;
};

/// The filesystem's root, as users see it; `path` names it in messages.
[[nodiscard]] std::unique_ptr<Directory> NewTreeDirectory(std::shared_ptr<Tree> tree,
                                                          std::shared_ptr<DirectoryNode> node,
                                                          std::string path);
/// `FileSystem::OpenDirectory` of a tree.
[[nodiscard]] Result<std::unique_ptr<Directory>> OpenTreePath(const std::shared_ptr<Tree>& tree,
                                                              std::string_view path);

}  // namespace anystore::filesystem
