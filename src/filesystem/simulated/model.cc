#include "filesystem/simulated/model.h"

#include <algorithm>
#include <new>
#include <utility>

namespace anystore::filesystem {
namespace {

Dates DatesOf(const Node& node) {
  return {.modified = node.modified_ns, .accessed = node.accessed_ns};
}

std::shared_ptr<DiskNode> OnDisk(const Node* node) {
  return node == nullptr ? nullptr : std::static_pointer_cast<DiskNode>(node->shadow);
}

/// As the containers of the standard library do.
void Require(bool had_memory) {
  if (!had_memory) throw std::bad_alloc();
}

}  // namespace

void SetEntry(Entries* entries, const std::string& name, std::shared_ptr<DiskNode> node) {
  if (node == nullptr) {
    entries->erase(name);
  } else {
    entries->insert_or_assign(name, std::move(node));
  }
}

void Apply(const ByteChange& change, Content* content) {
  switch (change.kind) {
    case ByteChange::Kind::kWrite:
      Require(content->Write(change.offset, change.bytes));
      break;
    case ByteChange::Kind::kTruncate:
      Require(content->Resize(change.offset));
      break;
    case ByteChange::Kind::kGrow:
      Require(content->Resize(std::max(content->size(), change.offset)));
      break;
    case ByteChange::Kind::kZero:
      Require(content->Zero(change.offset, change.length));
      break;
  }
}

void DiskDirectory::MoveEntriesTo(std::vector<std::shared_ptr<DiskNode>>* nodes) {
  for (auto& [name, node] : stable) nodes->push_back(std::move(node));
  for (EntryChange& change : changes) {
    if (change.node != nullptr) nodes->push_back(std::move(change.node));
  }
  stable.clear();
  changes.clear();
}

DiskDirectory::~DiskDirectory() {
  // The first one to go takes the others apart; those leave to it what they led to.
  static thread_local std::vector<std::shared_ptr<DiskNode>>* nodes_to_go = nullptr;
  if (nodes_to_go != nullptr) {
    MoveEntriesTo(nodes_to_go);
    return;
  }
  std::vector<std::shared_ptr<DiskNode>> nodes;
  MoveEntriesTo(&nodes);
  nodes_to_go = &nodes;
  while (!nodes.empty()) {
    const std::shared_ptr<DiskNode> node = std::move(nodes.back());
    nodes.pop_back();
  }
  nodes_to_go = nullptr;
}

Model::~Model() {
  std::vector<std::shared_ptr<DiskNode>> nodes;
  for (const std::weak_ptr<DiskDirectory>& weak : directories_) {
    if (const std::shared_ptr<DiskDirectory> directory = weak.lock()) {
      directory->MoveEntriesTo(&nodes);
    }
  }
}

void Model::Created(Node& node) {
  const std::lock_guard lock(mutex_);
  const std::uint64_t number = ++nodes_;
  std::shared_ptr<DiskNode> created;
  if (node.kind == FileKind::kDirectory) {
    const auto directory = std::make_shared<DiskDirectory>(number, name_less());
    directories_.push_back(directory);
    created = directory;
  } else {
    created = std::make_shared<DiskFile>(number);
  }
  created->mode = node.mode;
  created->dates = DatesOf(node);
  // The first is the root, which nobody made.
  if (root_ == nullptr) root_ = std::static_pointer_cast<DiskDirectory>(created);
  created->mode_is_stable = profile_ == DiskProfile::kJournaled || created == root_;
  node.shadow = std::move(created);
  Pend(node);
  ForgetWhatIsGone();
}

void Model::ForgetWhatIsGone() {
  if (pending_.size() + directories_.size() < forget_at_) return;
  std::erase_if(pending_, [](const auto& entry) { return entry.second.expired(); });
  std::erase_if(directories_, [](const auto& weak) { return weak.expired(); });
  forget_at_ = std::max(kForgetAtLeast, 2 * (pending_.size() + directories_.size()));
}

void Model::Pend(Node& node) {
  const std::shared_ptr<DiskNode> on_disk = OnDisk(&node);
  on_disk->dates = DatesOf(node);
  pending_.insert_or_assign(on_disk->number, on_disk);
}

void Model::NamesChanged(std::span<const NameChange> changes) {
  const std::lock_guard lock(mutex_);
  ++calls_;
  for (const NameChange& change : changes) PendName(change);
}

void Model::PendName(const NameChange& change) {
  Pend(*change.directory);
  auto& directory = static_cast<DiskDirectory&>(*change.directory->shadow);
  std::shared_ptr<DiskNode> node = OnDisk(change.node);
  if (traits_.dates_with_names && node != nullptr) node->stable_dates = node->dates;
  std::string name(change.name);
  if (!traits_.atomic_rename && node != nullptr) {
    // What the name led to goes first. Where that was nothing, it changes nothing.
    directory.changes.push_back({.call = calls_++, .name = name});
  }
  directory.changes.push_back({calls_, std::move(name), std::move(node)});
}

void Model::Dated(FileNode& node) {
  const std::lock_guard lock(mutex_);
  Pend(node);
}

void Model::PendBytes(FileNode& node, ByteChange change) {
  Pend(node);
  static_cast<DiskFile&>(*node.shadow).changes.push_back(std::move(change));
}

void Model::Written(FileNode& node, std::uint64_t offset, std::span<const std::string_view> pieces,
                    std::uint64_t length) {
  const std::lock_guard lock(mutex_);
  ByteChange change = {.kind = ByteChange::Kind::kWrite, .offset = offset, .length = length};
  change.bytes.reserve(length);
  for (const std::string_view piece : pieces) {
    change.bytes.append(piece.substr(0, length - change.bytes.size()));
  }
  PendBytes(node, std::move(change));
}

void Model::Truncated(FileNode& node, std::uint64_t size) {
  const std::lock_guard lock(mutex_);
  PendBytes(node, {.kind = ByteChange::Kind::kTruncate, .offset = size});
}

void Model::Allocated(FileNode& node, std::uint64_t offset, std::uint64_t length,
                      Allocation allocation) {
  if (allocation == Allocation::kKeepSize) return;
  const std::lock_guard lock(mutex_);
  if (allocation == Allocation::kZero) {
    PendBytes(node, {.kind = ByteChange::Kind::kZero, .offset = offset, .length = length});
  }
  PendBytes(node, {.kind = ByteChange::Kind::kGrow, .offset = offset + length});
}

void Model::SettleBytes(DiskFile& file) {
  for (const ByteChange& change : file.changes) Apply(change, &file.stable);
  file.changes = {};
}

void Model::SettleNames(DiskDirectory& directory) {
  for (EntryChange& change : directory.changes) {
    SetEntry(&directory.stable, change.name, std::move(change.node));
  }
  directory.changes = {};
}

void Model::SettleMode(DiskNode& node) {
  node.mode_is_stable = true;
  node.stable_dates = node.dates;
}

void Model::SettleAllNames() {
  for (const std::shared_ptr<DiskNode>& node : Pending()) {
    if (node->kind == FileKind::kDirectory) SettleNames(static_cast<DiskDirectory&>(*node));
  }
}

void Model::Synced(Node& node, SyncScope scope) {
  const std::lock_guard lock(mutex_);
  const std::shared_ptr<DiskNode> on_disk = OnDisk(&node);
  if (profile_ == DiskProfile::kJournaled) SettleAllNames();
  if (on_disk->kind == FileKind::kFile) {
    SettleBytes(static_cast<DiskFile&>(*on_disk));
  } else {
    SettleNames(static_cast<DiskDirectory&>(*on_disk));
  }
  if (scope == SyncScope::kAll) SettleMode(*on_disk);
}

void Model::AllSynced() {
  const std::lock_guard lock(mutex_);
  SettleAllNames();
  for (const std::shared_ptr<DiskNode>& node : Pending()) {
    if (node->kind == FileKind::kFile) SettleBytes(static_cast<DiskFile&>(*node));
    SettleMode(*node);
  }
  pending_.clear();
}

std::vector<std::shared_ptr<DiskNode>> Model::Pending() const {
  std::vector<std::shared_ptr<DiskNode>> nodes;
  for (const auto& [number, weak] : pending_) {
    if (std::shared_ptr<DiskNode> node = weak.lock()) nodes.push_back(std::move(node));
  }
  return nodes;
}

std::size_t Model::PendingChanges() const {
  const std::lock_guard lock(mutex_);
  std::size_t count = 0;
  for (const std::shared_ptr<DiskNode>& node : Pending()) {
    count += node->kind == FileKind::kFile
                 ? static_cast<const DiskFile&>(*node).changes.size()
                 : static_cast<const DiskDirectory&>(*node).changes.size();
  }
  return count;
}

std::vector<std::uint64_t> Model::PendingCalls() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::uint64_t> calls;
  for (const std::shared_ptr<DiskNode>& node : Pending()) {
    if (node->kind != FileKind::kDirectory) continue;
    for (const EntryChange& change : static_cast<const DiskDirectory&>(*node).changes) {
      calls.push_back(change.call);
    }
  }
  std::sort(calls.begin(), calls.end());
  calls.erase(std::unique(calls.begin(), calls.end()), calls.end());
  return calls;
}

}  // namespace anystore::filesystem
