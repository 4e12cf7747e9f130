#include "crash/one_file_store.h"

#include <array>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "anystore/filesystem.h"
#include "anystore/query.h"
#include "anystore/results.h"
#include "anystore/simple_datastore.h"

namespace anystore::crash {
namespace {

// What may be wrong with the store.
enum class Flaw : std::uint8_t {
  kNone,
  kNoDataSync,        // the bytes of a value are never synced
  kEarlyRename,       // they are synced only when the name leads to them
  kNoDirectorySync,   // a new name is not synced
  kNoParentSync,      // a new directory's name is not synced
  kTrustsStrangers,   // a directory that was there is taken to be stable
  kNoRemoveSync,      // a removal is not synced
  kEarlyAcknowledge,  // a put returns, and is done with the next one
  kListsTemporaries,  // a listing shows files that are no records
  kFragile,           // it does not open where a put was cut off
  kCarelessRecovery,  // opening writes its mark anew, in place
  kRemovesFirst,      // what is replaced goes before its successor is there
  kNeedlessSync,      // correct, with a sync too many
};
constexpr std::array<std::string_view, 13> kFlaws = {
    "none",
    "no_data_sync",
    "early_rename",
    "no_directory_sync",
    "no_parent_sync",
    "trusts_strangers",
    "no_remove_sync",
    "early_acknowledge",
    "lists_temporaries",
    "fragile",
    "careless_recovery",
    "removes_first",
    "needless_sync",
};

constexpr std::string_view kMark = "MARK";
constexpr std::string_view kMarkBytes = "a store with a file a record\n";
constexpr std::string_view kTemporary = "t-";

// Keys share a directory by their first character.
std::string FileOf(std::string_view key) {
  return std::string(key.substr(1, 1)) + '/' + std::string(key.substr(1));
}

Result<std::vector<std::string>> NamesIn(Directory& directory, std::string_view name,
                                         FileKind kind) {
  ANYSTORE_ASSIGN_OR_RETURN(const std::unique_ptr<Listing> listing, directory.List(name));
  std::vector<std::string> names;
  std::array<DirectoryEntry, 16> entries;
  for (;;) {
    ANYSTORE_ASSIGN_OR_RETURN(const std::size_t count, listing->Next(entries));
    if (count == 0) return names;
    for (std::size_t i = 0; i < count; ++i) {
      if (entries[i].kind == kind) names.emplace_back(entries[i].name);
    }
  }
}

// Bytes under a name: the old ones or the new ones, whenever the power fails.
Status WriteWhole(Directory& root, const std::string& name, std::string_view bytes, Flaw flaw) {
  const std::string temporary = std::string(kTemporary) + name.substr(name.find('/') + 1);
  ANYSTORE_ASSIGN_OR_RETURN(const std::unique_ptr<File> file,
                            root.Open(temporary, {.access = FileAccess::kReadWrite,
                                                  .creation = FileCreation::kIfMissing,
                                                  .truncate = true}));
  ANYSTORE_TRY(file->WriteAt(0, bytes));
  if (flaw != Flaw::kNoDataSync && flaw != Flaw::kEarlyRename) {
    ANYSTORE_TRY(file->Sync(SyncScope::kData));
  }
  if (flaw == Flaw::kRemovesFirst) static_cast<void>(root.Remove(name));
  ANYSTORE_TRY(root.Rename(temporary, name, Replace::kYes));
  return flaw == Flaw::kEarlyRename ? file->Sync(SyncScope::kData) : Ok();
}

class OneFileStore final : public SimpleDatastore {
 public:
  OneFileStore(std::unique_ptr<Directory> root, Flaw flaw) : root_(std::move(root)), flaw_(flaw) {}

  Status Recover() {
    ANYSTORE_ASSIGN_OR_RETURN(const auto left, NamesIn(*root_, "", FileKind::kFile));
    for (const std::string& name : left) {
      if (!name.starts_with(kTemporary) || flaw_ == Flaw::kListsTemporaries) continue;
      if (flaw_ == Flaw::kFragile) return Error(Code::kCorruption, "a put was cut off");
      ANYSTORE_TRY(root_->Remove(name));
    }
    if (flaw_ == Flaw::kCarelessRecovery) {
      ANYSTORE_ASSIGN_OR_RETURN(
          const auto mark,
          root_->Open(kMark, {.access = FileAccess::kReadWrite, .truncate = true}));
      ANYSTORE_TRY(mark->WriteAt(0, kMarkBytes));
      ANYSTORE_TRY(mark->Sync(SyncScope::kData));
    }
    earlier_work_is_stable_ = flaw_ == Flaw::kTrustsStrangers;
    if (!earlier_work_is_stable_) return Ok();
    ANYSTORE_ASSIGN_OR_RETURN(const auto there, NamesIn(*root_, "", FileKind::kDirectory));
    stable_.insert(there.begin(), there.end());
    return Ok();
  }

  [[nodiscard]] Capabilities capabilities() const override {
    return {.keys = {.bytes_min = 2, .bytes_max = 100, .alphabet = KeyAlphabet::kFlatfs},
            .put_durability = Durability::kSurvivesPower,
            .durability_max = Durability::kSurvivesPower,
            .sync_durability = Durability::kSurvivesPower,
            .persistence = Persistence::kReopen};
  }

  Result<Value> Get(std::string_view key) override {
    const std::lock_guard lock(mutex_);
    if (waiting_.has_value() && waiting_->first == key) return Value::Copy(waiting_->second);
    ANYSTORE_ASSIGN_OR_RETURN(const std::unique_ptr<File> file, root_->Open(FileOf(key), {}));
    return file->ReadAll();
  }

  Status Put(std::string_view key, std::string_view value) override {
    const std::lock_guard lock(mutex_);
    ANYSTORE_TRY(WriteWaiting());
    if (flaw_ != Flaw::kEarlyAcknowledge) return Write(key, value);
    waiting_.emplace(key, value);
    return Ok();
  }

  Status Delete(std::string_view key) override {
    const std::lock_guard lock(mutex_);
    ANYSTORE_TRY(WriteWaiting());
    ANYSTORE_TRY(SyncEarlierWork());
    const Status removed = root_->Remove(FileOf(key));
    if (!removed.has_value() && removed.error().code() != Code::kNotFound) {
      return removed.error().Clone();
    }
    if (flaw_ == Flaw::kNoRemoveSync) return Ok();
    // Also where there was nothing to remove: who removed it may have died before the sync.
    Status synced = root_->Sync(key.substr(1, 1));
    const bool never_made = !synced.has_value() && synced.error().code() == Code::kNotFound;
    return never_made ? Ok() : std::move(synced);
  }

  Result<Results> Query(const anystore::Query& query) override {
    const std::lock_guard lock(mutex_);
    ANYSTORE_TRY(WriteWaiting());
    ANYSTORE_ASSIGN_OR_RETURN(std::vector<std::string> folders,
                              NamesIn(*root_, "", FileKind::kDirectory));
    if (flaw_ == Flaw::kListsTemporaries) folders.emplace_back();
    std::vector<Entry> entries;
    for (const std::string& folder : folders) {
      ANYSTORE_ASSIGN_OR_RETURN(const auto names, NamesIn(*root_, folder, FileKind::kFile));
      for (const std::string& name : names) {
        if (name == kMark) continue;
        const std::string path = folder.empty() ? name : folder + '/' + name;
        ANYSTORE_ASSIGN_OR_RETURN(const std::unique_ptr<File> file, root_->Open(path, {}));
        ANYSTORE_ASSIGN_OR_RETURN(Value value, file->ReadAll());
        entries.push_back({.key = '/' + name, .value = std::move(value)});
      }
    }
    ANYSTORE_ASSIGN_OR_RETURN(entries, Evaluate(query, std::move(entries)));
    return Results(query, std::move(entries));
  }

  Status Sync(const KeyRange& /*range*/) override {
    const std::lock_guard lock(mutex_);
    ANYSTORE_TRY(WriteWaiting());
    return SyncEarlierWork();
  }

  Status Close() override {
    const std::lock_guard lock(mutex_);
    return WriteWaiting();
  }

 private:
  Status WriteWaiting() {
    if (!waiting_.has_value()) return Ok();
    const auto [key, value] = *std::exchange(waiting_, std::nullopt);
    return Write(key, value);
  }

  // Everything of this process is synced when it is done. What an earlier one did before it died is
  // not, nor is the store itself, if it was copied here.
  Status SyncEarlierWork() {
    if (std::exchange(earlier_work_is_stable_, true)) return Ok();
    return root_->SyncFileSystem();
  }

  Status Write(std::string_view key, std::string_view value) {
    ANYSTORE_TRY(SyncEarlierWork());
    const std::string folder(key.substr(1, 1));
    const Status made = root_->MakeDirectory(folder);
    if (!made.has_value() && made.error().code() != Code::kAlreadyExists) {
      return made.error().Clone();
    }
    ANYSTORE_TRY(WriteWhole(*root_, FileOf(key), value, flaw_));
    if (flaw_ != Flaw::kNoDirectorySync) ANYSTORE_TRY(root_->Sync(folder));
    if (flaw_ == Flaw::kNeedlessSync) ANYSTORE_TRY(root_->Sync(folder));
    if (stable_.contains(folder) || flaw_ == Flaw::kNoParentSync) return Ok();
    ANYSTORE_TRY(root_->Sync(""));
    stable_.insert(folder);
    return Ok();
  }

  const std::unique_ptr<Directory> root_;
  const Flaw flaw_;
  std::mutex mutex_;
  // Directories whose names are known to survive.
  std::set<std::string, std::less<>> stable_;
  bool earlier_work_is_stable_ = false;
  std::optional<std::pair<std::string, std::string>> waiting_;
};

class OneFileBackend final : public Backend {
 public:
  OneFileBackend() {
    spec_.fields = {{.name = "flaw", .type = FieldType::kChoice, .default_value = "none"}};
    spec_.fields.front().choices.assign(kFlaws.begin(), kFlaws.end());
    spec_.path_help = "its directory, below the root";
    spec_.path_required = true;
  }

  [[nodiscard]] std::string_view scheme() const override { return "onefile"; }
  [[nodiscard]] std::string_view description() const override { return "A file a record."; }
  [[nodiscard]] const ConfigSpec* config_spec() const override { return &spec_; }
  Result<Config> DefaultConfig(const Config& given) const override {
    return FillDefaults(given, *config_spec());
  }
  IndexKind PreferredIndex(const CheckedConfig& /*config*/) const override {
    return IndexKind::kSortedSet;
  }
  Status Ready(Datastore& /*store*/, const CallOptions& /*call*/) override { return Ok(); }
  [[nodiscard]] Capabilities capabilities() const override {
    return OneFileStore(nullptr, Flaw::kNone).capabilities();
  }

  Status Create(const CheckedConfig& config, const Environment& environment) override {
    ANYSTORE_ASSIGN_OR_RETURN(const bool exists, Exists(config, environment));
    if (exists) return Error(Code::kAlreadyExists);
    ANYSTORE_ASSIGN_OR_RETURN(const auto top, environment.files->OpenDirectory("/"));
    const std::string name = config.path().substr(1);
    const Status made = top->MakeDirectory(name);
    if (!made.has_value() && made.error().code() != Code::kAlreadyExists) {
      return made.error().Clone();
    }
    ANYSTORE_ASSIGN_OR_RETURN(const auto root, top->OpenDirectory(name));
    ANYSTORE_TRY(WriteWhole(*root, std::string(kMark), kMarkBytes, Flaw::kNone));
    ANYSTORE_TRY(root->Sync(""));
    return top->Sync("");
  }

  Result<std::unique_ptr<Datastore>> Open(const CheckedConfig& config,
                                          const Environment& environment) override {
    ANYSTORE_ASSIGN_OR_RETURN(auto root, environment.files->OpenDirectory(config.path()));
    ANYSTORE_ASSIGN_OR_RETURN(const auto mark, root->Open(kMark, {}));
    ANYSTORE_ASSIGN_OR_RETURN(const Value bytes, mark->ReadAll());
    if (bytes.bytes() != kMarkBytes) return Error(Code::kIdentityMismatch, "its mark is torn");
    std::size_t flaw = 0;
    while (kFlaws[flaw] != config.String("flaw")) ++flaw;
    auto store = std::make_unique<OneFileStore>(std::move(root), static_cast<Flaw>(flaw));
    ANYSTORE_TRY(store->Recover());
    return Adapt(std::move(store));
  }

  Result<bool> Exists(const CheckedConfig& config, const Environment& environment) override {
    const auto root = environment.files->OpenDirectory(config.path());
    return root.has_value() && (*root)->Stat(kMark).has_value();
  }

  Status Destroy(const CheckedConfig& config, const Environment& environment) override {
    ANYSTORE_ASSIGN_OR_RETURN(const auto top, environment.files->OpenDirectory("/"));
    return top->RemoveTree(config.path().substr(1));
  }

 private:
  ConfigSpec spec_;
};

}  // namespace

const Registry& OneFileRegistry() {
  static Registry registry;
  [[maybe_unused]] static const Status registered =
      registry.Register(std::make_unique<OneFileBackend>());
  return registry;
}

std::span<const std::string_view> OneFileFlaws() { return kFlaws; }

}  // namespace anystore::crash
