#include "backends/flatfs/stability.h"

#include <utility>

#include "backends/flatfs/names.h"
#include "core/identity.h"
#include "filesystem/descriptors.h"
#include "filesystem/entries.h"
#include "filesystem/lost_by_sync.h"

namespace anystore::flatfs {

Error Stability::Failed(Error error) {
  if (error.code() == Code::kDataLoss) health_.Poison(error.ToString());
  return error;
}

/// As `FileBatch` says it: what could not be synced may be gone, though a later sync succeeds.
Status Stability::Synced(Status status) {
  if (status.has_value() || filesystem::IsOutOfDescriptors(status.error())) return status;
  return Failed(filesystem::LostBySync(std::move(status).error(), Applied::kUnknown));
}

Status Stability::SyncFile(std::string_view name) {
  ANYSTORE_ASSIGN_OR_RETURN(const auto file, root_.Open(name, {}));
  return Synced(file->Sync(SyncScope::kAll));
}

Status Stability::SecureGroundOnce() {
  const std::lock_guard lock(ground_mutex_);
  if (ground_is_stable_.load(std::memory_order_relaxed)) return Ok();
  // Before the sync, so that it covers them.
  ANYSTORE_ASSIGN_OR_RETURN(const std::set<std::string> directories, ListDirectories());
  ANYSTORE_TRY(SyncFile(kShardingName));
  // The identity record, if there is one that can be read: a copy may not be stable yet.
  for (const std::string_view name : {kReadmeName, internal::kIdentityFile}) {
    Status record = SyncFile(name);
    if (!record.has_value() && record.error().code() != Code::kNotFound &&
        record.error().code() != Code::kPermissionDenied &&
        record.error().code() != Code::kInvalidArgument) {
      return record;
    }
  }
  ANYSTORE_TRY(Synced(root_.Sync("")));
  if (parent_ != nullptr) ANYSTORE_TRY(Synced(parent_->Sync("")));
  for (const std::string& directory : directories) directories_.Insert(directory);
  ground_is_stable_.store(true, std::memory_order_release);
  return Ok();
}

Status Stability::SyncRoot(bool durable) {
  if (durable && !ground_is_stable_.load(std::memory_order_acquire)) return SecureGroundOnce();
  return Synced(root_.Sync(""));
}

void Stability::Note(std::span<const std::string> directories) {
  if (directories.empty()) return;
  const std::lock_guard lock(unsynced_mutex_);
  unsynced_.directories.insert(directories.begin(), directories.end());
}

void Stability::NoteFile(std::string_view name) {
  const std::lock_guard lock(unsynced_mutex_);
  if (unsynced_.files.size() <= kFileSyncsMax && !unsynced_.files.contains(name)) {
    unsynced_.files.emplace(name);
  }
}

void Stability::Unsynced::Add(Unsynced other) {
  directories.merge(other.directories);
  files.merge(other.files);
}

Status Stability::Sync() {
  const std::lock_guard lock(sync_mutex_);
  ANYSTORE_TRY(CheckHealth());
  ANYSTORE_TRY(SecureGround());
  Unsynced work;
  {
    const std::lock_guard unsynced_lock(unsynced_mutex_);
    std::swap(work, unsynced_);
  }
  // A removal notes its directory whether there is one or not, and says nothing of the root.
  std::set<std::string> there;
  for (const std::string& directory : work.directories) {
    const bool known = directory.empty() || directories_.Contains(directory);
    if (!known && root_.Stat(directory).has_value()) there.insert(directory);
  }
  if (!there.empty()) work.directories.emplace();
  Status synced = earlier_work_is_stable_ ? SyncWork(work) : SyncEarlierWork();
  if (!synced.has_value()) {
    const std::lock_guard unsynced_lock(unsynced_mutex_);
    unsynced_.Add(std::move(work));
    return synced;
  }
  earlier_work_is_stable_ = true;
  for (const std::string& directory : there) directories_.Insert(directory);
  return Ok();
}

Status Stability::Settle(bool earlier_work) {
  ANYSTORE_TRY(CheckHealth());
  bool is_settled = false;
  {
    const std::scoped_lock lock(sync_mutex_, unsynced_mutex_);
    is_settled = unsynced_.empty() && (earlier_work_is_stable_ || !earlier_work);
  }
  // Nothing may outlive the repository it is about.
  if (is_settled) return SecureGround();
  return Sync();
}

Status Stability::SyncEarlierWork() {
  if (root_.traits().filesystem_sync) return Synced(root_.SyncFileSystem());
  ANYSTORE_ASSIGN_OR_RETURN(std::set<std::string> directories, ListDirectories());
  directories.emplace();
  return SyncDirectories(directories);
}

Status Stability::SyncWork(const Unsynced& work) {
  // All directories with them.
  if (work.files.size() > kFileSyncsMax) return Synced(root_.SyncFileSystem());
  ANYSTORE_TRY(SyncFiles(work.files));
  return SyncDirectories(work.directories);
}

Status Stability::SyncFiles(const std::set<std::string, std::less<>>& files) {
  for (const std::string& name : files) {
    const auto file = filesystem::WaitForDescriptors(&clock_, [&] { return root_.Open(name, {}); });
    if (!file.has_value()) {
      if (file.error().code() == Code::kNotFound) continue;  // removed since
      return file.error().Clone();
    }
    ANYSTORE_TRY(Synced((*file)->Sync(SyncScope::kData)));
  }
  return Ok();
}

Status Stability::SyncDirectories(const std::set<std::string>& directories) {
  const FileSystemTraits& traits = root_.traits();
  const bool many = directories.size() > kDirectorySyncsMax || !traits.directory_sync;
  if (many && traits.filesystem_sync) return Synced(root_.SyncFileSystem());
  for (const std::string& directory : directories) {
    Status synced = filesystem::WaitForDescriptors(&clock_, [&] { return root_.Sync(directory); });
    // Whoever removed it removed what was in it.
    if (!synced.has_value() && synced.error().code() == Code::kNotFound) continue;
    ANYSTORE_TRY(Synced(std::move(synced)));
  }
  return Ok();
}

Result<std::set<std::string>> Stability::ListDirectories() {
  std::set<std::string> directories;
  ANYSTORE_TRY(filesystem::ForEachEntry(root_, "", [&](const DirectoryEntry& entry) {
    if (entry.kind == FileKind::kDirectory && shard_.IsDirectory(entry.name)) {
      directories.emplace(entry.name);
    }
    return true;
  }));
  return directories;
}

}  // namespace anystore::flatfs
