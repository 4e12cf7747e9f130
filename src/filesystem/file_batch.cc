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

Result<std::unique_ptr<File>> FileBatch::OpenTemporary(std::uint32_t mode, std::string* name) {
  Random& random = options_.random != nullptr ? *options_.random : *Environment::Host().random;
  const FileOptions exclusive{
      .access = FileAccess::kReadWrite, .creation = FileCreation::kExclusive, .mode = mode};
  for (int tried = 1;; ++tried) {
    name->assign(options_.temporary_directory);
    if (!name->empty()) name->push_back('/');
    name->append(options_.temporary_prefix).append(std::to_string(random.Next()));
    auto file = WaitForDescriptors(options_.clock, [&] { return root_.Open(*name, exclusive); });
    if (file.has_value() || file.error().code() != Code::kAlreadyExists ||
        tried == kTemporaryNamesMax) {
      return file;
    }
  }
}

Status FileBatch::Add(const NewFile& file) {
  ANYSTORE_TRY(filesystem::CheckName(file.name, root_.traits().name_bytes_max));
  Change change{.name = std::string(file.name), .temporary = {}};
  ANYSTORE_ASSIGN_OR_RETURN(std::unique_ptr<File> opened,
                            OpenTemporary(file.mode, &change.temporary));
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
    for (std::size_t i = 0; i < changes_.size(); ++i) {
      results_.emplace_back(outcome.error().Clone());
    }
  } else {
    outcome = ApplyAll();
    if (options_.durable) {
      if (Status synced = SyncTouched(); !synced.has_value()) {
        for (Status& result : results_) {
          if (result.has_value()) result = synced.error().Clone();
        }
        outcome = std::move(synced);
        unsynced_.assign(touched_.begin(), touched_.end());
      }
    } else {
      unsynced_.assign(touched_.begin(), touched_.end());
    }
  }
  Finish();
  return outcome;
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

namespace {

/// Hands the results of a batch to the places of its changes in the caller's list.
void Deliver(std::span<const Status> from, std::span<const std::size_t> places,
             std::span<Status> to) {
  if (to.empty()) return;
  for (std::size_t i = 0; i < places.size(); ++i) {
    to[places[i]] = from[i].has_value() ? Ok() : Status(from[i].error().Clone());
  }
}

}  // namespace

Status WriteFile(Directory& root, const NewFile& file, const FileBatchOptions& options) {
  FileBatch batch(root, options);
  ANYSTORE_TRY(batch.Add(file));
  return batch.Commit();
}

Status WriteFiles(Directory& root, std::span<const NewFile> files, std::span<Status> results,
                  const FileBatchOptions& options) {
  FileBatch batch(root, options);
  std::vector<std::size_t> places;
  Status first = Ok();
  for (std::size_t i = 0; i < files.size(); ++i) {
    Status added = batch.Add(files[i]);
    if (added.has_value()) {
      places.push_back(i);
      continue;
    }
    if (first.has_value()) first = added.error().Clone();
    if (!results.empty()) results[i] = std::move(added);
  }
  Status committed = batch.Commit();
  Deliver(batch.results(), places, results);
  if (!committed.has_value()) return committed;
  if (!first.has_value() && !places.empty()) {
    return std::move(first).error().WithApplied(Applied::kUnknown);
  }
  return first;
}

Status RemoveFiles(Directory& root, std::span<const std::string_view> names,
                   std::span<Status> results, const FileBatchOptions& options) {
  FileBatch batch(root, options);
  std::vector<std::size_t> places;
  for (std::size_t i = 0; i < names.size(); ++i) {
    batch.Remove(names[i]);
    places.push_back(i);
  }
  Status committed = batch.Commit();
  Deliver(batch.results(), places, results);
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
