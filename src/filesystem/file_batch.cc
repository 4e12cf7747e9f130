#include "anystore/file_batch.h"

#include <optional>
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
/// Of smaller files more than one goes to the disk in one request, when they are written out
/// together.
constexpr std::size_t kWriteOutBytesMin = std::size_t{64} << 10U;

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
    : root_(root), options_(options), unnamed_left_(options.unnamed_max) {}

FileBatch::~FileBatch() { Discard(); }

/// Descriptors that run out may be this batch's own.
template <class Open>
Result<std::unique_ptr<File>> FileBatch::OpenWhereThereIsRoom(const Open& open) {
  if (unnamed_ > 0) {
    auto opened = open();
    if (opened.has_value() || !filesystem::IsOutOfDescriptors(opened.error())) return opened;
    ANYSTORE_TRY(CloseUnnamed());
  }
  return WaitForDescriptors(options_.clock, open);
}

/// The directory is nearly always there, so it is made only when `act` misses it.
template <class Act>
auto FileBatch::InDirectoryOf(std::string_view name, const Act& act) -> decltype(act()) {
  auto done = act();
  if (done.has_value() || done.error().code() != Code::kNotFound || !options_.make_directories) {
    return done;
  }
  ANYSTORE_TRY(MakeDirectory(ParentOf(name)));
  return act();
}

/// Draws temporary names until `attempt` finds one that is not taken.
template <class Try>
auto FileBatch::UnderTemporaryName(Change& change, const Try& attempt) -> decltype(attempt()) {
  Random& random = options_.random != nullptr ? *options_.random : *Environment::Host().random;
  const bool beside = options_.temporary_place == TemporaryPlace::kBesideTarget;
  for (int tried = 1;; ++tried) {
    change.temporary.assign(beside ? ParentOf(change.name) : options_.temporary_directory);
    if (!change.temporary.empty()) change.temporary.push_back('/');
    change.temporary.append(options_.temporary_prefix).append(std::to_string(random.Next()));
    auto done = attempt();
    if (done.has_value()) return done;
    if (done.error().code() == Code::kAlreadyExists && tried < kTemporaryNamesMax) continue;
    change.temporary.clear();
    return done;
  }
}

Status FileBatch::OpenFile(Change& change, std::uint32_t mode) {
  Result<std::unique_ptr<File>> opened = Error(Code::kUnsupported);
  if (unnamed_left_ > 0 && root_.traits().unnamed_files) {
    opened = InDirectoryOf(change.name, [&] {
      return OpenWhereThereIsRoom([&] { return root_.OpenUnnamed(ParentOf(change.name), mode); });
    });
  }
  if (opened.has_value()) {
    ++unnamed_;
    if (unnamed_left_ > 0) --unnamed_left_;  // unless descriptors ran out meanwhile
  }
  // Also where the filesystem cannot do in one directory what it can in another.
  if (!opened.has_value() && opened.error().code() == Code::kUnsupported) {
    const FileOptions exclusive{
        .access = FileAccess::kReadWrite, .creation = FileCreation::kExclusive, .mode = mode};
    const auto open = [&] {
      return OpenWhereThereIsRoom([&] { return root_.Open(change.temporary, exclusive); });
    };
    opened = UnderTemporaryName(change, [&] {
      return options_.temporary_place == TemporaryPlace::kBesideTarget
                 ? InDirectoryOf(change.name, open)
                 : open();
    });
  }
  ANYSTORE_ASSIGN_OR_RETURN(change.file, std::move(opened));
  return Ok();
}

Status FileBatch::Add(const NewFile& file) {
  ANYSTORE_TRY(filesystem::CheckName(file.name, root_.traits().name_bytes_max));
  Change change{.name = std::string(file.name), .bytes = file.bytes.size()};
  ANYSTORE_TRY(OpenFile(change, file.mode));
  Status written = change.file->WriteAt(0, file.bytes);
  // The disk is busy with it while the next one is written.
  if (written.has_value() && file.bytes.size() >= kWriteOutBytesMin) change.file->BeginWriteOut();
  change.is_marked = written.has_value() && Mark(change, file.bytes);
  changes_.push_back(std::move(change));
  if (written.has_value() && !changes_.back().is_marked) written = CountUnstable();
  if (!written.has_value()) {
    Forget(changes_.back());
    changes_.pop_back();
  }
  return written;
}

bool FileBatch::Mark(Change& change, std::string_view bytes) {
  if (options_.marker == nullptr || options_.durable || !change.is_unnamed()) return false;
  return options_.marker->Mark(*change.file, bytes).has_value();
}

/// Few files stay open until they are synced. With more, the filesystem is synced as a whole, which
/// needs no descriptors; where it cannot be, each is synced at once.
Status FileBatch::CountUnstable() {
  if (++unstable_ <= options_.file_syncs_max) return Ok();
  if (!root_.traits().filesystem_sync) return SyncOpenFiles();
  syncs_filesystem_ = true;
  CloseNamed();
  return Ok();
}

/// A file with a name can be found again.
void FileBatch::CloseNamed() {
  for (; first_unstable_ < changes_.size(); ++first_unstable_) {
    Change& change = changes_[first_unstable_];
    if (!change.is_unnamed()) change.file.reset();
  }
}

Status FileBatch::SyncEachFile() {
  for (std::size_t i = first_unstable_; i < changes_.size(); ++i) {
    if (changes_[i].file != nullptr) ANYSTORE_TRY(changes_[i].file->Sync(SyncScope::kData));
  }
  return Ok();
}

Status FileBatch::SyncOpenFiles() {
  if (unstable_ == 0) return Ok();
  Status synced = SyncEachFile();
  if (!synced.has_value()) {
    synced_ = LostBySync(std::move(synced).error(), Applied::kNo);
    return synced_.error().Clone();
  }
  CloseNamed();
  unstable_ = 0;
  return Ok();
}

void FileBatch::Remove(std::string_view name) { changes_.push_back({.name = std::string(name)}); }

void FileBatch::Drop(std::string_view name) {
  for (Change& change : changes_) {
    if (change.name != name) continue;
    Forget(change);
    change = {};
  }
}

void FileBatch::NoteStable() {
  syncs_filesystem_ = false;
  unstable_ = 0;
  first_unstable_ = changes_.size();
}

Status FileBatch::MakeBytesStable() {
  if (!synced_.has_value()) return synced_.error().Clone();
  if (!syncs_filesystem_) return SyncOpenFiles();
  if (Status synced = root_.SyncFileSystem(); !synced.has_value()) {
    return LostBySync(std::move(synced).error(), Applied::kNo);
  }
  NoteStable();
  return Ok();
}

/// A second way to a name, for files that were opened without one. It may replace an older file.
Status FileBatch::NameTemporarily(Change& change) {
  if (change.is_marked) {
    if (Status synced = change.file->Sync(SyncScope::kAll); !synced.has_value()) {
      synced_ = LostBySync(std::move(synced).error(), Applied::kNo);
      return synced_.error().Clone();
    }
  }
  ANYSTORE_TRY(UnderTemporaryName(change, [&] { return change.file->Link(change.temporary); }));
  change.file.reset();
  --unnamed_;
  return Ok();
}

/// Gives back all descriptors that are held by files without names, and takes no more.
Status FileBatch::CloseUnnamed() {
  unnamed_left_ = 0;
  if (!syncs_filesystem_) ANYSTORE_TRY(SyncOpenFiles());
  for (Change& change : changes_) {
    if (change.is_unnamed()) ANYSTORE_TRY(NameTemporarily(change));
  }
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
  if (change.name.empty()) return Ok();
  if (change.temporary.empty() && change.file == nullptr) {
    Status removed =
        options_.sizes == nullptr ? root_.Remove(change.name) : RemoveCounted(change.name);
    if (!removed.has_value() && !IsNotFound(removed)) return removed;
    // Also when it was missing: somebody's earlier removal may not be stable. The directory's own
    // entry does not matter: without it the name is gone, too.
    Insert(ParentOf(change.name), &touched_);
    return Ok();
  }
  ANYSTORE_TRY(change.is_unnamed() ? LinkIntoPlace(change) : RenameIntoPlace(change));
  Touch(change.name);
  return Ok();
}

Status FileBatch::LinkIntoPlace(Change& change) {
  Status linked = InDirectoryOf(change.name, [&] {
    std::optional<FileSizes::Hold> hold;
    if (options_.sizes != nullptr) hold.emplace(*options_.sizes, change.name);
    return change.file->Link(change.name);
  });
  if (linked.has_value()) {
    change.file.reset();
    --unnamed_;
    Count(change.bytes);
    return Ok();
  }
  if (linked.error().code() != Code::kAlreadyExists || options_.replace == Replace::kNo) {
    return linked;
  }
  // A link replaces nothing.
  ANYSTORE_TRY(NameTemporarily(change));
  return RenameIntoPlace(change);
}

Status FileBatch::RenameIntoPlace(Change& change) {
  ANYSTORE_TRY(InDirectoryOf(change.name, [&] {
    return options_.sizes != nullptr && options_.replace == Replace::kYes
               ? RenameCounted(change)
               : root_.Rename(change.temporary, change.name, options_.replace);
  }));
  change.temporary.clear();
  Count(change.bytes);
  return Ok();
}

/// What is replaced no longer counts.
Status FileBatch::RenameCounted(const Change& change) {
  const FileSizes::Hold hold(*options_.sizes, change.name);
  const Result<FileInfo> old = root_.Stat(change.name);
  ANYSTORE_TRY(root_.Rename(change.temporary, change.name, Replace::kYes));
  if (old.has_value()) {
    Count(-old->size);
  } else if (old.error().code() != Code::kNotFound) {
    options_.sizes->Doubt();
  }
  return Ok();
}

/// A file that came after the look at it is not removed: then the removal came before it.
Status FileBatch::RemoveCounted(const std::string& name) {
  const FileSizes::Hold hold(*options_.sizes, name);
  ANYSTORE_ASSIGN_OR_RETURN(const FileInfo old, root_.Stat(name));
  ANYSTORE_TRY(root_.Remove(name));
  Count(-old.size);
  return Ok();
}

void FileBatch::Count(std::uint64_t bytes) {
  if (options_.sizes != nullptr) options_.sizes->Add(static_cast<std::int64_t>(bytes));
}

Status FileBatch::MakeDirectory(std::string_view directory) {
  if (directory.empty()) return Ok();
  Status made = root_.MakeDirectory(directory, options_.directory_mode);
  if (IsNotFound(made)) {
    ANYSTORE_TRY(MakeDirectory(ParentOf(directory)));
    made = root_.MakeDirectory(directory, options_.directory_mode);
  }
  if (!made.has_value())
    return made.error().code() == Code::kAlreadyExists ? Ok() : std::move(made);
  if (options_.sizes != nullptr) {
    const Result<FileInfo> info = root_.Stat(directory);
    if (info.has_value()) {
      Count(info->size);
    } else {
      options_.sizes->Doubt();
    }
  }
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
  Status synced = SyncDirectories();
  if (!synced.has_value()) {
    // No descriptor is not a sync that failed: none was tried, and a later one will do.
    if (filesystem::IsOutOfDescriptors(synced.error())) {
      return std::move(synced).error().WithApplied(Applied::kUnknown);
    }
    return LostBySync(std::move(synced).error(), Applied::kUnknown);
  }
  if (options_.stable == nullptr) return Ok();
  for (const std::string& directory : becoming_stable_) options_.stable->Insert(directory);
  return Ok();
}

Status FileBatch::SyncDirectories() {
  const FileSystemTraits& traits = root_.traits();
  const bool one_by_one = traits.directory_sync && touched_.size() <= options_.directory_syncs_max;
  if (!one_by_one && traits.filesystem_sync) return root_.SyncFileSystem();
  for (const std::string& directory : touched_) {
    Status synced = WaitForDescriptors(options_.clock, [&] { return root_.Sync(directory); });
    // Whoever removed the directory removed what was in it.
    if (!synced.has_value() && !IsNotFound(synced)) return synced;
  }
  return Ok();
}

/// What was written of a change that is not to be made goes.
void FileBatch::Forget(const Change& change) {
  if (change.is_unnamed()) --unnamed_;
  if (!change.temporary.empty()) static_cast<void>(root_.Remove(change.temporary));
}

void FileBatch::Finish() {
  for (const Change& change : changes_) Forget(change);
  changes_.clear();
  NoteStable();
  synced_ = Ok();
  unnamed_left_ = options_.unnamed_max;
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
