#include "anystore/file_batch.h"

#include <string>
#include <utility>

#include "filesystem/descriptors.h"
#include "filesystem/lost_by_sync.h"
#include "filesystem/names.h"

namespace anystore {
namespace {

using filesystem::LostBySync;
using filesystem::ParentOf;
using filesystem::WaitForDescriptors;

/// How many names are tried for a temporary file before something must be wrong.
constexpr int kTemporaryNamesMax = 100;

/// Whether it was not there. Looks first, since most are: `emplace` would allocate before it looks.
template <class Set>
bool Insert(std::string_view name, Set* set) {
  return !set->contains(name) && set->emplace(name).second;
}

bool IsNotFound(const Status& status) {
  return !status.has_value() && status.error().code() == Code::kNotFound;
}

}  // namespace

bool StableDirectories::Contains(std::string_view directory) const {
  const std::lock_guard lock(mutex_);
  return names_.find(directory) != names_.end();
}

void StableDirectories::Insert(std::string_view directory) {
  const std::lock_guard lock(mutex_);
  names_.emplace(directory);
}

void StableDirectories::Erase(std::string_view directory) {
  const std::lock_guard lock(mutex_);
  if (const auto found = names_.find(directory); found != names_.end()) names_.erase(found);
}

FileBatch::FileBatch(Directory& root, const FileBatchOptions& options)
    : root_(root), options_(options) {}

FileBatch::~FileBatch() { Discard(); }

Result<std::unique_ptr<File>> FileBatch::Create(std::string_view name, std::uint32_t mode) {
  const FileOptions exclusive{
      .access = FileAccess::kReadWrite, .creation = FileCreation::kExclusive, .mode = mode};
  const auto open = [&] { return root_.Open(name, exclusive); };
  auto file = WaitForDescriptors(options_.clock, open);
  // As in RenameIntoPlace, which then finds the directory made.
  if (file.has_value() || file.error().code() != Code::kNotFound || !options_.make_directories ||
      options_.temporary_place == TemporaryPlace::kDirectory) {
    return file;
  }
  ANYSTORE_TRY(MakeDirectory(ParentOf(name)));
  return WaitForDescriptors(options_.clock, open);
}

Result<std::unique_ptr<File>> FileBatch::OpenTemporary(const NewFile& file, std::string* name) {
  Random& random = options_.random != nullptr ? *options_.random : *Environment::Host().random;
  const std::string_view directory = options_.temporary_place == TemporaryPlace::kDirectory
                                         ? options_.temporary_directory
                                         : ParentOf(file.name);
  for (int tried = 1;; ++tried) {
    name->assign(directory);
    if (!name->empty()) name->push_back('/');
    name->append(options_.temporary_prefix).append(std::to_string(random.Next()));
    auto opened = Create(*name, file.mode);
    if (opened.has_value() || opened.error().code() != Code::kAlreadyExists ||
        tried == kTemporaryNamesMax) {
      return opened;
    }
  }
}

Status FileBatch::Add(const NewFile& file) {
  ANYSTORE_TRY(filesystem::CheckName(file.name, root_.traits().name_bytes_max));
  Change change{.name = std::string(file.name), .temporary = {}};
  ANYSTORE_ASSIGN_OR_RETURN(std::unique_ptr<File> opened, OpenTemporary(file, &change.temporary));
  Status written = opened->WriteAt(0, file.bytes);
  if (written.has_value()) written = KeepOpen(std::move(opened));
  if (!written.has_value()) {
    static_cast<void>(root_.Remove(change.temporary));
    return written;
  }
  changes_.push_back(std::move(change));
  return Ok();
}

/// Few files stay open until they are synced. With more, the filesystem is synced as a whole, which
/// needs no descriptors; where it cannot be, each is synced and closed at once.
Status FileBatch::KeepOpen(std::unique_ptr<File> file) {
  if (closed_unstable_) return Ok();
  open_files_.push_back(std::move(file));
  if (open_files_.size() <= options_.file_syncs_max) return Ok();
  if (root_.traits().filesystem_sync) {
    closed_unstable_ = true;
    open_files_.clear();
    return Ok();
  }
  return SyncOpenFiles();
}

Status FileBatch::SyncOpenFiles() {
  for (const std::unique_ptr<File>& file : open_files_) {
    if (Status synced = file->Sync(SyncScope::kData); !synced.has_value()) {
      return LostBySync(std::move(synced).error(), Applied::kNo);
    }
  }
  open_files_.clear();
  return Ok();
}

void FileBatch::Remove(std::string_view name) {
  changes_.push_back({.name = std::string(name), .temporary = {}});
}

Status FileBatch::MakeBytesStable() {
  if (!closed_unstable_) return SyncOpenFiles();
  if (Status synced = root_.SyncFileSystem(); !synced.has_value()) {
    return LostBySync(std::move(synced).error(), Applied::kNo);
  }
  closed_unstable_ = false;
  return Ok();
}

Status FileBatch::Commit() {
  results_.clear();
  unsynced_.clear();
  Status outcome = MakeBytesStable();
  if (!outcome.has_value()) {
    FailOthers(outcome.error());
  } else {
    outcome = ApplyAll();
    Status synced = options_.durable ? SyncTouched() : Ok();
    if (!options_.durable || !synced.has_value()) {
      unsynced_.assign(touched_.begin(), touched_.end());
    }
    if (!synced.has_value()) {
      FailOthers(synced.error());
      outcome = std::move(synced);
    }
  }
  Finish();
  return outcome;
}

/// What has not failed for a reason of its own, or was not tried yet, failed for this one.
void FileBatch::FailOthers(const Error& error) {
  results_.resize(changes_.size());
  for (Status& result : results_) {
    if (result.has_value()) result = error.Clone();
  }
}

Status FileBatch::ApplyAll() {
  Status first = Ok();
  bool applied = false;
  for (Change& change : changes_) {
    Status& result = results_.emplace_back(Apply(change));
    if (result.has_value()) {
      applied = true;
    } else if (first.has_value()) {
      first = result.error().Clone();
    }
  }
  if (!first.has_value() && applied) {
    return std::move(first).error().WithApplied(Applied::kUnknown);
  }
  return first;
}

Status FileBatch::Apply(Change& change) {
  if (change.temporary.empty()) {
    Status removed = root_.Remove(change.name);
    if (!removed.has_value() && !IsNotFound(removed)) return removed;
    // Also when it was missing: somebody's earlier removal may not be stable. The directory's own
    // entry does not matter: without it the name is gone, too.
    Insert(ParentOf(change.name), &touched_);
    return Ok();
  }
  ANYSTORE_TRY(RenameIntoPlace(change));
  change.temporary.clear();
  Touch(change.name);
  return Ok();
}

/// The directory is nearly always there, so it is made only when the rename misses it.
Status FileBatch::RenameIntoPlace(const Change& change) {
  Status renamed = root_.Rename(change.temporary, change.name, options_.replace);
  if (!IsNotFound(renamed) || !options_.make_directories) return renamed;
  ANYSTORE_TRY(MakeDirectory(ParentOf(change.name)));
  return root_.Rename(change.temporary, change.name, options_.replace);
}

Status FileBatch::MakeDirectory(std::string_view directory) {
  if (directory.empty()) return Ok();
  Status made = root_.MakeDirectory(directory, options_.directory_mode);
  if (IsNotFound(made)) {
    ANYSTORE_TRY(MakeDirectory(ParentOf(directory)));
    made = root_.MakeDirectory(directory, options_.directory_mode);
  }
  if (!made.has_value() && made.error().code() != Code::kAlreadyExists) return made;
  return Ok();
}

/// Notes what must be synced for a new `name` to survive: its directory, and every directory
/// on the way that may have been made, by whomever, without its entry having been synced since.
void FileBatch::Touch(std::string_view name) {
  std::string_view directory = ParentOf(name);
  Insert(directory, &touched_);
  while (!directory.empty()) {
    if (options_.stable != nullptr && options_.stable->Contains(directory)) return;
    if (!Insert(directory, &becoming_stable_)) return;  // so are those on the way
    directory = ParentOf(directory);
    Insert(directory, &touched_);
  }
}

Status FileBatch::SyncTouched() {
  if (touched_.empty()) return Ok();
  const FileSystemTraits& traits = root_.traits();
  if (!traits.directory_sync && traits.filesystem_sync) {
    if (Status synced = root_.SyncFileSystem(); !synced.has_value()) {
      return LostBySync(std::move(synced).error(), Applied::kUnknown);
    }
  } else {
    for (const std::string& directory : touched_) {
      Status synced = WaitForDescriptors(options_.clock, [&] { return root_.Sync(directory); });
      // Whoever removed the directory removed what was in it.
      if (synced.has_value() || IsNotFound(synced)) continue;
      if (filesystem::IsOutOfDescriptors(synced.error())) {
        // Not a sync that failed: none was tried, and a later one will do.
        return std::move(synced).error().WithApplied(Applied::kUnknown);
      }
      return LostBySync(std::move(synced).error(), Applied::kUnknown);
    }
  }
  if (options_.stable == nullptr) return Ok();
  for (const std::string& directory : becoming_stable_) options_.stable->Insert(directory);
  return Ok();
}

void FileBatch::Finish() {
  open_files_.clear();
  for (const Change& change : changes_) {
    if (!change.temporary.empty()) static_cast<void>(root_.Remove(change.temporary));
  }
  changes_.clear();
  closed_unstable_ = false;
  touched_.clear();
  becoming_stable_.clear();
}

void FileBatch::Discard() { Finish(); }

Status WriteFile(Directory& root, const NewFile& file, const FileBatchOptions& options) {
  FileBatch batch(root, options);
  ANYSTORE_TRY(batch.Add(file));
  return batch.Commit();
}

Status RemoveFiles(Directory& root, std::span<const std::string_view> names,
                   std::span<Status> results, const FileBatchOptions& options) {
  FileBatch batch(root, options);
  for (const std::string_view name : names) batch.Remove(name);
  Status committed = batch.Commit();
  for (std::size_t i = 0; i < results.size(); ++i) {
    const Status& result = batch.results()[i];
    results[i] = result.has_value() ? Ok() : Status(result.error().Clone());
  }
  return committed;
}

void ReadFiles(Directory& root, std::span<const std::string_view> names,
               std::span<Result<Value>> out, Clock* clock) {
  for (std::size_t i = 0; i < names.size(); ++i) {
    auto file = WaitForDescriptors(clock, [&] { return root.Open(names[i], {}); });
    out[i] = file.has_value() ? (*file)->ReadAll() : std::move(file).error();
  }
}

void StatFiles(Directory& root, std::span<const std::string_view> names,
               std::span<Result<FileInfo>> out) {
  for (std::size_t i = 0; i < names.size(); ++i) out[i] = root.Stat(names[i], Follow::kYes);
}

}  // namespace anystore
