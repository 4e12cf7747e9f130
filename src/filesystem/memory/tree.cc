#include "filesystem/memory/tree.h"

#include <algorithm>
#include <cerrno>
#include <mutex>

#include "filesystem/names.h"

namespace anystore::filesystem {
namespace {

constexpr std::uint32_t kFileModeBits = 07777;
constexpr std::uint32_t kDirectoryModeBits = 01777;

char Folded(char letter) noexcept {
  return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
}

std::shared_ptr<DirectoryNode> AsDirectory(const std::shared_ptr<Node>& node) {
  return std::static_pointer_cast<DirectoryNode>(node);
}

bool IsDirectory(const std::shared_ptr<Node>& node) {
  return node != nullptr && node->kind == FileKind::kDirectory;
}

/// Whether `node` is `directory` or one of those it lies in.
bool IsAtOrAbove(const Node* node, const DirectoryNode* directory) {
  while (directory != nullptr && directory != node) directory = directory->parent;
  return directory != nullptr;
}

}  // namespace

bool NameLess::operator()(std::string_view a, std::string_view b) const noexcept {
  if (case_sensitive_) return a < b;
  return std::lexicographical_compare(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) {
    return static_cast<unsigned char>(Folded(x)) < static_cast<unsigned char>(Folded(y));
  });
}

bool Usage::Take(std::uint64_t bytes) noexcept {
  std::uint64_t now = used.load(std::memory_order_relaxed);
  do {
    if (bytes > capacity - std::min(now, capacity)) return false;
  } while (!used.compare_exchange_weak(now, now + bytes, std::memory_order_relaxed));
  return true;
}

Tree::Tree(const TreeOptions& options)
    : options_(options),
      usage_(std::make_shared<Usage>(options.capacity_bytes)),
      clock_(options.clock),
      observer_(options.observer),
      root_(NewDirectory(0777)) {
  root_->links = 2;
}

Tree::~Tree() { Close(); }

bool Tree::StartCall() noexcept {
  std::uint64_t left = calls_left_.load(std::memory_order_relaxed);
  do {
    if (left == kForever) return true;
    if (left == 0) return false;
  } while (!calls_left_.compare_exchange_weak(left, left - 1));
  return true;
}

void Tree::Close() {
  const std::unique_lock lock(mutex_);
  clock_ = nullptr;
  observer_ = nullptr;
  // One after the other: a tree may be deeper than the thread's stack.
  std::vector<std::shared_ptr<DirectoryNode>> directories = {root_};
  while (!directories.empty()) {
    const std::shared_ptr<DirectoryNode> directory = std::move(directories.back());
    directories.pop_back();
    for (const auto& [name, node] : directory->names) {
      node->links = 0;
      if (IsDirectory(node)) directories.push_back(AsDirectory(node));
    }
    directory->names.clear();
    directory->parent = nullptr;
    directory->removed = true;
  }
}

std::shared_ptr<FileNode> Tree::NewFile(std::uint32_t mode) {
  auto node = std::make_shared<FileNode>(mode & kFileModeBits & ~kTreeUmask, usage_);
  Date(*node);
  node->accessed_ns = node->modified_ns.load();
  if (Observer* const observer = observer_) observer->Created(*node);
  return node;
}

std::shared_ptr<DirectoryNode> Tree::NewDirectory(std::uint32_t mode) {
  auto node = std::make_shared<DirectoryNode>(mode & kDirectoryModeBits & ~kTreeUmask,
                                              NameLess(options_.traits.case_sensitive));
  Date(*node);
  node->accessed_ns = node->modified_ns.load();
  if (Observer* const observer = observer_) observer->Created(*node);
  return node;
}

void Tree::Date(Node& node) noexcept {
  if (Clock* const clock = clock_) node.modified_ns = clock->Now().time_since_epoch().count();
}

void Tree::Tell(std::span<const NameChange> changes) {
  for (const NameChange& change : changes) Date(*change.directory);
  if (Observer* const observer = observer_) observer->NamesChanged(changes);
}

void Tree::SetName(DirectoryNode& directory, std::string_view name, std::shared_ptr<Node> node) {
  const auto found = directory.names.find(name);
  if (found != directory.names.end()) {
    --(found->second->kind == FileKind::kDirectory ? directory.links : found->second->links);
  }
  if (node == nullptr) {
    if (found != directory.names.end()) directory.names.erase(found);
    return;
  }
  if (node->kind == FileKind::kDirectory) {
    ++directory.links;
    AsDirectory(node)->parent = &directory;
    if (node->links == 0) node->links = 2;
  } else {
    ++node->links;
  }
  if (found != directory.names.end()) {
    found->second = std::move(node);
  } else {
    directory.names.emplace(name, std::move(node));
  }
}

int Tree::Find(DirectoryNode& at, std::string_view name, Place* out) {
  DirectoryNode* directory = &at;
  for (;;) {
    if (directory->removed) return ENOENT;
    const std::size_t slash = name.find('/');
    const auto found = directory->names.find(name.substr(0, slash));
    const bool there = found != directory->names.end();
    if (slash == std::string_view::npos) {
      out->directory = directory;
      out->last = name;
      if (there) out->node = found->second;
      return 0;
    }
    if (!there) return ENOENT;
    if (!IsDirectory(found->second)) return ENOTDIR;
    directory = static_cast<DirectoryNode*>(found->second.get());
    name.remove_prefix(slash + 1);
  }
}

int Tree::OpenFound(const Place& place, const FileOptions& options) {
  if (options.creation == FileCreation::kExclusive) return EEXIST;
  if (IsDirectory(place.node)) return options.access == FileAccess::kRead ? 0 : EISDIR;
  return options.truncate ? Truncate(static_cast<FileNode&>(*place.node), 0) : 0;
}

int Tree::OpenFile(DirectoryNode& at, std::string_view name, const FileOptions& options,
                   std::shared_ptr<Node>* out) {
  if (options.access == FileAccess::kRead &&
      (options.creation != FileCreation::kNever || options.truncate)) {
    return EINVAL;
  }
  {
    const std::shared_lock lock(mutex_);
    Place place;
    if (const int error = Find(at, name, &place)) return error;
    if (place.node != nullptr) {
      *out = place.node;
      return OpenFound(place, options);
    }
    if (options.creation == FileCreation::kNever) return ENOENT;
  }
  const std::unique_lock lock(mutex_);
  Place place;
  if (const int error = Find(at, name, &place)) return error;
  if (place.node != nullptr) {
    *out = place.node;
    return OpenFound(place, options);
  }
  *out = NewFile(options.mode);
  SetName(*place.directory, place.last, *out);
  const NameChange change = {.directory = place.directory, .name = place.last, .node = out->get()};
  Tell({&change, 1});
  return 0;
}

int Tree::OpenUnnamed(DirectoryNode& at, std::string_view name, std::uint32_t mode,
                      std::shared_ptr<Node>* out) {
  if (!traits().unnamed_files) return EOPNOTSUPP;
  const std::unique_lock lock(mutex_);
  if (name.empty()) {
    if (at.removed) return ENOENT;
  } else {
    Place place;
    if (const int error = Find(at, name, &place)) return error;
    if (place.node == nullptr) return ENOENT;
    if (!IsDirectory(place.node)) return ENOTDIR;
  }
  *out = NewFile(mode);
  (*out)->unnamed = true;
  return 0;
}

int Tree::OpenDirectory(const std::shared_ptr<DirectoryNode>& at, std::string_view name,
                        std::shared_ptr<DirectoryNode>* out) {
  const std::shared_lock lock(mutex_);
  if (name.empty()) {
    if (at->removed) return ENOENT;
    *out = at;
    return 0;
  }
  Place place;
  if (const int error = Find(*at, name, &place)) return error;
  if (place.node == nullptr) return ENOENT;
  if (!IsDirectory(place.node)) return ENOTDIR;
  *out = AsDirectory(place.node);
  return 0;
}

int Tree::MakeDirectory(DirectoryNode& at, std::string_view name, std::uint32_t mode) {
  const std::unique_lock lock(mutex_);
  Place place;
  if (const int error = Find(at, name, &place)) return error;
  if (place.node != nullptr) return EEXIST;
  place.node = NewDirectory(mode);
  SetName(*place.directory, place.last, place.node);
  const NameChange change = {place.directory, place.last, place.node.get()};
  Tell({&change, 1});
  return 0;
}

FileInfo Tree::InfoOf(const Node& node) const {
  FileInfo info = {.kind = node.kind,
                   .mode = node.mode,
                   .links = node.links,
                   .modified = Instant(Duration(node.modified_ns)),
                   .accessed = Instant(Duration(node.accessed_ns))};
  if (node.kind == FileKind::kFile) {
    const auto& file = static_cast<const FileNode&>(node);
    const std::shared_lock lock(file.mutex);
    info.size = file.content.size();
  }
  return info;
}

int Tree::Stat(DirectoryNode& at, std::string_view name, FileInfo* out) {
  const std::shared_lock lock(mutex_);
  if (name.empty()) {
    if (at.removed) return ENOENT;
    *out = InfoOf(at);
    return 0;
  }
  Place place;
  if (const int error = Find(at, name, &place)) return error;
  if (place.node == nullptr) return ENOENT;
  *out = InfoOf(*place.node);
  return 0;
}

int Tree::Remove(DirectoryNode& at, std::string_view name) {
  const std::unique_lock lock(mutex_);
  Place place;
  if (const int error = Find(at, name, &place)) return error;
  if (place.node == nullptr) return ENOENT;
  if (IsDirectory(place.node)) return EISDIR;
  SetName(*place.directory, place.last, nullptr);
  const NameChange change = {place.directory, place.last, nullptr};
  Tell({&change, 1});
  return 0;
}

int Tree::RemoveDirectory(DirectoryNode& at, std::string_view name) {
  const std::unique_lock lock(mutex_);
  Place place;
  if (const int error = Find(at, name, &place)) return error;
  if (place.node == nullptr) return ENOENT;
  if (!IsDirectory(place.node)) return ENOTDIR;
  const std::shared_ptr<DirectoryNode> victim = AsDirectory(place.node);
  if (!victim->names.empty()) return ENOTEMPTY;
  SetName(*place.directory, place.last, nullptr);
  victim->links = 0;
  victim->parent = nullptr;
  victim->removed = true;
  const NameChange change = {place.directory, place.last, nullptr};
  Tell({&change, 1});
  return 0;
}

int Tree::CheckRename(const Place& source, const Place& target) {
  // Linux asks in this order. The second holds for files, too: they would replace a directory that
  // they lie in.
  if (IsDirectory(source.node) && IsAtOrAbove(source.node.get(), target.directory)) return EINVAL;
  if (IsDirectory(target.node) && IsAtOrAbove(target.node.get(), source.directory)) {
    return ENOTEMPTY;
  }
  if (target.node == nullptr || target.node == source.node) return 0;
  if (!IsDirectory(source.node)) return IsDirectory(target.node) ? EISDIR : 0;
  if (!IsDirectory(target.node)) return ENOTDIR;
  return static_cast<const DirectoryNode&>(*target.node).names.empty() ? 0 : ENOTEMPTY;
}

int Tree::Rename(DirectoryNode& at, std::string_view from, std::string_view to, Replace replace) {
  const std::unique_lock lock(mutex_);
  Place source;
  Place target;
  if (const int error = Find(at, from, &source)) return error;
  if (const int error = Find(at, to, &target)) return error;
  if (source.node == nullptr) return ENOENT;
  if (replace == Replace::kNo && target.node != nullptr) return EEXIST;
  if (const int error = CheckRename(source, target)) return error;
  if (target.node == source.node) return 0;
  SetName(*source.directory, source.last, nullptr);
  SetName(*target.directory, target.last, source.node);
  if (IsDirectory(target.node)) {
    const std::shared_ptr<DirectoryNode> victim = AsDirectory(target.node);
    victim->links = 0;
    victim->parent = nullptr;
    victim->removed = true;
  }
  const NameChange changes[] = {{target.directory, target.last, source.node.get()},
                                {source.directory, source.last, nullptr}};
  Tell(changes);
  return 0;
}

int Tree::Link(DirectoryNode& at, std::string_view from, std::string_view to) {
  if (!traits().hard_links) return EOPNOTSUPP;
  const std::unique_lock lock(mutex_);
  Place source;
  Place target;
  if (const int error = Find(at, from, &source)) return error;
  if (source.node == nullptr) return ENOENT;
  if (const int error = Find(at, to, &target)) return error;
  if (target.node != nullptr) return EEXIST;
  if (IsDirectory(source.node)) return EPERM;
  SetName(*target.directory, target.last, source.node);
  const NameChange change = {target.directory, target.last, source.node.get()};
  Tell({&change, 1});
  return 0;
}

int Tree::LinkUnnamed(DirectoryNode& at, const std::shared_ptr<Node>& node, std::string_view to) {
  const std::unique_lock lock(mutex_);
  Place target;
  if (const int error = Find(at, to, &target)) return error;
  if (target.node != nullptr) return EEXIST;
  // As in Linux, whoever had a name and lost it gets none again.
  if (node->links == 0 && !node->unnamed) return ENOENT;
  node->unnamed = false;
  SetName(*target.directory, target.last, node);
  const NameChange change = {target.directory, target.last, node.get()};
  Tell({&change, 1});
  return 0;
}

int Tree::CheckStillThere(const DirectoryNode& directory) const {
  const std::shared_lock lock(mutex_);
  return directory.removed ? ENOENT : 0;
}

int Tree::SyncAll(const DirectoryNode& at) {
  const std::unique_lock lock(mutex_);
  if (at.removed) return ENOENT;
  if (!traits().filesystem_sync) return EOPNOTSUPP;
  if (Observer* const observer = observer_) observer->AllSynced();
  return 0;
}

void Tree::NamesAfter(DirectoryNode& directory, const std::string* after, std::size_t count_max,
                      std::vector<std::pair<std::string, FileKind>>* out) {
  out->clear();
  const std::shared_lock lock(mutex_);
  auto at = after == nullptr ? directory.names.begin() : directory.names.upper_bound(*after);
  for (; at != directory.names.end() && out->size() < count_max; ++at) {
    out->emplace_back(at->first, at->second->kind);
  }
}

int Tree::Read(const FileNode& node, std::uint64_t offset, std::span<char> out, std::size_t* read) {
  const std::shared_lock lock(node.mutex);
  *read = node.content.Read(offset, out);
  return 0;
}

int Tree::Write(FileNode& node, std::uint64_t offset, std::span<const std::string_view> pieces,
                std::size_t* written) {
  *written = 0;
  std::uint64_t length = 0;
  for (const std::string_view piece : pieces) length += piece.size();
  if (length == 0) return 0;
  if (offset >= kFileBytesMax) return EFBIG;
  length = std::min(length, kFileBytesMax - offset);
  const std::unique_lock lock(node.mutex);
  const std::uint64_t growth = node.content.Growth(offset, length);
  if (!usage_->Take(growth)) return ENOSPC;
  const std::uint64_t held_before = node.content.held();
  bool stored = true;
  for (const std::string_view piece : pieces) {
    const std::string_view part = piece.substr(0, length - *written);
    stored = node.content.Write(offset + *written, part);
    if (!stored) break;
    *written += part.size();
  }
  usage_->used -= growth - (node.content.held() - held_before);
  Date(node);
  if (Observer* const observer = observer_) observer->Written(node, offset, pieces, *written);
  return stored ? 0 : ENOSPC;
}

int Tree::Truncate(FileNode& node, std::uint64_t size) {
  if (size > kFileBytesMax) return EFBIG;
  const std::unique_lock lock(node.mutex);
  const std::uint64_t held_before = node.content.held();
  if (!node.content.Resize(size)) return ENOSPC;
  usage_->used -= held_before - node.content.held();
  Date(node);
  if (Observer* const observer = observer_) observer->Truncated(node, size);
  return 0;
}

int Tree::SetDates(FileNode& node, const FileDates& dates) {
  const std::unique_lock lock(node.mutex);
  node.accessed_ns = dates.accessed.time_since_epoch().count();
  node.modified_ns = dates.modified.time_since_epoch().count();
  if (Observer* const observer = observer_) observer->Dated(node);
  return 0;
}

int Tree::Allocate(FileNode& node, std::uint64_t offset, std::uint64_t length,
                   Allocation allocation) {
  if (length == 0) return EINVAL;
  if (offset > kFileBytesMax || length > kFileBytesMax - offset) return EFBIG;
  const std::unique_lock lock(node.mutex);
  const std::uint64_t growth = node.content.Growth(offset, length);
  if (!usage_->Take(growth)) return ENOSPC;
  const std::uint64_t held_before = node.content.held();
  bool held = node.content.Reserve(offset, length);
  if (held && allocation == Allocation::kZero) held = node.content.Zero(offset, length);
  if (held && allocation != Allocation::kKeepSize && offset + length > node.content.size()) {
    held = node.content.Resize(offset + length);
  }
  usage_->used -= growth - (node.content.held() - held_before);
  if (!held) return ENOSPC;
  Date(node);
  if (Observer* const observer = observer_) observer->Allocated(node, offset, length, allocation);
  return 0;
}

Result<Value> Tree::Map(const FileNode& node, std::uint64_t offset, std::uint64_t length) const {
  const std::shared_lock lock(node.mutex);
  return node.content.Map(offset, length);
}

int Tree::Sync(Node& node, SyncScope scope) {
  if (node.kind == FileKind::kDirectory && !traits().directory_sync) return 0;
  if (observer_.load() == nullptr) return 0;
  const std::unique_lock lock(mutex_);
  if (Observer* const observer = observer_) observer->Synced(node, scope);
  return 0;
}

}  // namespace anystore::filesystem
