/// The public classes over a `Tree`: names checked, errors put into words.
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <string>
#include <utility>

#include "filesystem/memory/tree.h"
#include "filesystem/names.h"

namespace anystore::filesystem {
namespace {

constexpr std::size_t kNamesAtOnce = 256;

Error Failed(int os_error, std::string_view verb, std::string_view path) {
  std::string message(verb);
  message.append(" ").append(path);
  return Error::FromErrno(os_error, std::move(message));
}

class TreeLock final : public FileLock {
 public:
  TreeLock(std::shared_ptr<Node> node, LockMode mode) : node_(std::move(node)), mode_(mode) {}
  TreeLock(const TreeLock&) = delete;
  TreeLock& operator=(const TreeLock&) = delete;
  ~TreeLock() override {
    if (mode_ == LockMode::kShared) {
      --node_->locks;
    } else {
      node_->locks = 0;
    }
  }

  /// Whether the lock was free.
  static bool Take(Node& node, LockMode mode) {
    std::int32_t now = node.locks;
    do {
      if (now < 0 || (now > 0 && mode == LockMode::kExclusive)) return false;
    } while (!node.locks.compare_exchange_weak(now, mode == LockMode::kShared ? now + 1 : -1));
    return true;
  }

 private:
  const std::shared_ptr<Node> node_;
  const LockMode mode_;
};

class TreeFile final : public File {
 public:
  /// `links_below`: what was opened without a name gets its names below this directory. Null:
  /// opened by a name.
  TreeFile(std::shared_ptr<Tree> tree, std::shared_ptr<Node> node, FileAccess access,
           std::string path, std::shared_ptr<DirectoryNode> links_below = nullptr)
      : tree_(std::move(tree)),
        node_(std::move(node)),
        access_(access),
        path_(std::move(path)),
        links_below_(std::move(links_below)) {}

  [[nodiscard]] Result<FileInfo> Stat() override {
    if (!tree_->StartCall()) return Failed(EIO, "stat", path_);
    return tree_->InfoOf(*node_);
  }

  Status Sync(SyncScope scope, const SyncSite& /*site*/) override {
    return Done(tree_->StartCall() ? tree_->Sync(*node_, scope) : EIO, "sync");
  }

  Status Link(std::string_view name) override {
    if (links_below_ == nullptr) return Done(tree_->StartCall() ? EOPNOTSUPP : EIO, "link");
    ANYSTORE_TRY(CheckName(name, tree_->traits().name_bytes_max));
    const int error = tree_->StartCall() ? tree_->LinkUnnamed(*links_below_, node_, name) : EIO;
    if (error == 0) return Ok();
    return Failed(error, "link an unnamed file of " + path_ + " to", name);
  }

  Status Truncate(std::uint64_t size) override {
    int error = StartWrite(size);
    if (error == EBADF) error = EINVAL;  // so ftruncate(2) puts it
    return Done(error != 0 ? error : tree_->Truncate(AsFile(), size), "truncate");
  }

  Status SetDates(const FileDates& dates) override {
    if (!tree_->StartCall()) return Failed(EIO, "set the dates of", path_);
    // Nobody asks it of a directory.
    const int error = node_->kind == FileKind::kFile ? tree_->SetDates(AsFile(), dates) : EISDIR;
    return Done(error, "set the dates of");
  }

  Status Allocate(std::uint64_t offset, std::uint64_t length, Allocation allocation) override {
    const int error = StartWrite(length > kFileBytesMax ? length : offset);
    return Done(error != 0 ? error : tree_->Allocate(AsFile(), offset, length, allocation),
                "allocate");
  }

  [[nodiscard]] Result<Value> Map(std::uint64_t offset, std::uint64_t length) override {
    if (!tree_->StartCall()) return Failed(EIO, "map", path_);
    if (!tree_->traits().map) return Failed(EOPNOTSUPP, "map", path_);
    if (node_->kind == FileKind::kDirectory) return Failed(EISDIR, "map", path_);
    return tree_->Map(AsFile(), offset, length);
  }

  void Advise(std::uint64_t /*offset*/, std::uint64_t /*length*/, ReadAdvice /*advice*/) override {}
  void BeginWriteOut() override {}

  [[nodiscard]] Result<std::size_t> ReadSome(std::uint64_t offset, std::span<char> out) override {
    int error = tree_->StartCall() ? 0 : EIO;
    if (error == 0 && offset >= kFileBytesMax) return std::size_t{0};
    if (error == 0 && node_->kind == FileKind::kDirectory) error = EISDIR;
    std::size_t read = 0;
    if (error == 0) error = tree_->Read(AsFile(), offset, out, &read);
    if (error != 0) return Failed(error, "read", path_);
    return read;
  }

  [[nodiscard]] Result<std::size_t> WriteSome(std::uint64_t offset,
                                              std::span<const std::string_view> pieces) override {
    int error = StartWrite(offset);
    std::size_t written = 0;
    if (error == 0) error = tree_->Write(AsFile(), offset, pieces, &written);
    if (error != 0) return Failed(error, "write", path_);
    return written;
  }

 private:
  FileNode& AsFile() { return static_cast<FileNode&>(*node_); }
  /// Directories are never open for writing. As on the host, a place that no file has is told
  /// first.
  [[nodiscard]] int StartWrite(std::uint64_t place) {
    if (!tree_->StartCall()) return EIO;
    if (place > kFileBytesMax) return EFBIG;
    return access_ == FileAccess::kRead ? EBADF : 0;
  }
  [[nodiscard]] Status Done(int error, std::string_view verb) const {
    return error == 0 ? Ok() : Failed(error, verb, path_);
  }

  const std::shared_ptr<Tree> tree_;
  const std::shared_ptr<Node> node_;
  const FileAccess access_;
  const std::string path_;
  const std::shared_ptr<DirectoryNode> links_below_;
};

class TreeListing final : public Listing {
 public:
  TreeListing(std::shared_ptr<Tree> tree, std::shared_ptr<DirectoryNode> node, std::string path)
      : tree_(std::move(tree)), node_(std::move(node)), path_(std::move(path)) {}

  [[nodiscard]] Result<std::size_t> Next(std::span<DirectoryEntry> out) override {
    if (!tree_->StartCall()) return Failed(EIO, "list", path_);
    if (at_ == names_.size() && !ended_) {
      const bool first = names_.empty();
      if (!first) last_ = std::move(names_.back().first);
      tree_->NamesAfter(*node_, first ? nullptr : &last_, kNamesAtOnce, &names_);
      ended_ = names_.empty();
      at_ = 0;
    }
    std::size_t count = 0;
    for (; count < out.size() && at_ < names_.size(); ++count, ++at_) {
      out[count] = {.name = names_[at_].first, .kind = names_[at_].second};
    }
    return count;
  }

 private:
  const std::shared_ptr<Tree> tree_;
  const std::shared_ptr<DirectoryNode> node_;
  const std::string path_;
  std::vector<std::pair<std::string, FileKind>> names_;
  std::size_t at_ = 0;
  std::string last_;
  bool ended_ = false;
};

class TreeDirectory final : public Directory {
 public:
  TreeDirectory(std::shared_ptr<Tree> tree, std::shared_ptr<DirectoryNode> node, std::string path)
      : tree_(std::move(tree)), node_(std::move(node)), path_(std::move(path)) {}

  [[nodiscard]] const FileSystemTraits& traits() const override { return tree_->traits(); }
  [[nodiscard]] std::string_view path() const override { return path_; }
  [[nodiscard]] std::string power_session() const override { return tree_->power_session(); }

  [[nodiscard]] Result<std::unique_ptr<File>> Open(std::string_view name,
                                                   const FileOptions& options) override {
    ANYSTORE_TRY(Start("open", name));
    std::shared_ptr<Node> node;
    ANYSTORE_TRY(Done(tree_->OpenFile(*node_, name, options, &node), "open", name));
    return std::make_unique<TreeFile>(tree_, std::move(node), options.access, PathOf(name));
  }

  [[nodiscard]] Result<std::unique_ptr<File>> OpenUnnamed(std::string_view directory,
                                                          std::uint32_t mode) override {
    ANYSTORE_TRY(Start("make an unnamed file in", directory, EmptyName::kAllowed));
    std::shared_ptr<Node> node;
    ANYSTORE_TRY(Done(tree_->OpenUnnamed(*node_, directory, mode, &node), "make an unnamed file in",
                      directory));
    return std::make_unique<TreeFile>(tree_, std::move(node), FileAccess::kReadWrite,
                                      PathOf(directory), node_);
  }

  [[nodiscard]] Result<std::unique_ptr<Directory>> OpenDirectory(std::string_view name) override {
    ANYSTORE_ASSIGN_OR_RETURN(auto node, FindDirectory("open directory", name));
    return NewTreeDirectory(tree_, std::move(node), PathOf(name));
  }

  Status MakeDirectory(std::string_view name, std::uint32_t mode) override {
    ANYSTORE_TRY(Start("make directory", name));
    return Done(tree_->MakeDirectory(*node_, name, mode), "make directory", name);
  }

  [[nodiscard]] Result<FileInfo> Stat(std::string_view name, Follow /*follow*/) override {
    ANYSTORE_TRY(Start("stat", name, EmptyName::kAllowed));
    FileInfo info;
    ANYSTORE_TRY(Done(tree_->Stat(*node_, name, &info), "stat", name));
    return info;
  }

  Status Remove(std::string_view name) override {
    ANYSTORE_TRY(Start("remove", name));
    return Done(tree_->Remove(*node_, name), "remove", name);
  }

  Status RemoveDirectory(std::string_view name) override {
    ANYSTORE_TRY(Start("remove directory", name));
    return Done(tree_->RemoveDirectory(*node_, name), "remove directory", name);
  }

  Status Rename(std::string_view from, std::string_view to, Replace replace) override {
    ANYSTORE_TRY(CheckName(from, traits().name_bytes_max));
    ANYSTORE_TRY(CheckName(to, traits().name_bytes_max));
    if (!tree_->StartCall()) return Done(EIO, "rename", from, to);
    return Done(tree_->Rename(*node_, from, to, replace), "rename", from, to);
  }

  Status Link(std::string_view from, std::string_view to) override {
    ANYSTORE_TRY(CheckName(from, traits().name_bytes_max));
    ANYSTORE_TRY(CheckName(to, traits().name_bytes_max));
    if (!tree_->StartCall()) return Done(EIO, "link", from, to);
    return Done(tree_->Link(*node_, from, to), "link", from, to);
  }

  [[nodiscard]] Result<std::unique_ptr<Listing>> List(std::string_view name) override {
    ANYSTORE_ASSIGN_OR_RETURN(auto node, FindDirectory("list", name));
    return std::make_unique<TreeListing>(tree_, std::move(node), PathOf(name));
  }

  Status Sync(std::string_view name, const SyncSite& /*site*/) override {
    ANYSTORE_ASSIGN_OR_RETURN(const auto node, FindDirectory("sync directory", name));
    return Done(tree_->Sync(*node, SyncScope::kAll), "sync directory", name);
  }

  Status SyncFileSystem(const SyncSite& /*site*/) override {
    const int error = tree_->StartCall() ? tree_->SyncAll(*node_) : EIO;
    return Done(error, "sync the filesystem of", {});
  }

  [[nodiscard]] Result<FileSystemSpace> Space() override {
    const int error = tree_->StartCall() ? tree_->CheckStillThere(*node_) : EIO;
    ANYSTORE_TRY(Done(error, "ask for the space of", {}));
    const Usage& usage = tree_->usage();
    return FileSystemSpace{.capacity = usage.capacity, .available = usage.capacity - usage.used};
  }

  [[nodiscard]] Result<std::unique_ptr<FileLock>> Lock(std::string_view name,
                                                       LockMode mode) override {
    ANYSTORE_TRY(Start("lock", name));
    std::shared_ptr<Node> node;
    ANYSTORE_TRY(Done(tree_->OpenFile(*node_, name, {}, &node), "lock", name));
    if (!TreeLock::Take(*node, mode)) {
      return Error(Code::kBusy, "lock " + PathOf(name) + ": held by this process (" +
                                    std::to_string(::getpid()) + ")")
          .WithRetry(Retry::kTemporary);
    }
    return std::make_unique<TreeLock>(std::move(node), mode);
  }

 private:
  /// The name from the root of the tree, without a leading "/".
  [[nodiscard]] std::string PathOf(std::string_view name) const {
    if (name.empty()) return path_;
    if (path_ == "/") return std::string(name);
    std::string path = path_;
    return std::move(path.append("/").append(name));
  }

  [[nodiscard]] Status Start(std::string_view verb, std::string_view name,
                             EmptyName empty = EmptyName::kRefused) const {
    ANYSTORE_TRY(CheckName(name, traits().name_bytes_max, empty));
    return Done(tree_->StartCall() ? 0 : EIO, verb, name);
  }

  [[nodiscard]] Status Done(int error, std::string_view verb, std::string_view name,
                            std::string_view to = {}) const {
    if (error == 0) return Ok();
    std::string path = PathOf(name);
    if (!to.empty()) path += " to " + PathOf(to);
    return Failed(error, verb, path);
  }

  [[nodiscard]] Result<std::shared_ptr<DirectoryNode>> FindDirectory(std::string_view verb,
                                                                     std::string_view name) const {
    ANYSTORE_TRY(Start(verb, name, EmptyName::kAllowed));
    std::shared_ptr<DirectoryNode> node = node_;
    ANYSTORE_TRY(Done(tree_->OpenDirectory(node, name, &node), verb, name));
    return node;
  }

  const std::shared_ptr<Tree> tree_;
  const std::shared_ptr<DirectoryNode> node_;
  const std::string path_;
};

}  // namespace

std::unique_ptr<Directory> NewTreeDirectory(std::shared_ptr<Tree> tree,
                                            std::shared_ptr<DirectoryNode> node, std::string path) {
  return std::make_unique<TreeDirectory>(std::move(tree), std::move(node), std::move(path));
}

Result<std::unique_ptr<Directory>> OpenTreePath(const std::shared_ptr<Tree>& tree,
                                                std::string_view path) {
  if (path.find('\0') != std::string_view::npos) {
    return Error(Code::kInvalidArgument, "path " + Quoted(path) + ": it has a zero byte");
  }
  return NewTreeDirectory(tree, tree->root(), "/")->OpenDirectory(NameOfPath(path));
}

}  // namespace anystore::filesystem
