#include "anystore/tablet/stack.h"

#include <algorithm>
#include <mutex>
#include <utility>

#include "base/spin_lock.h"
#include "filesystem/names.h"
#include "tablet/merge/visible_source.h"
#include "tablet/reading/tablet.h"
#include "tablet/stack/source_cursor.h"
#include "tablet/stack/stack_file.h"
#include "tablet/stack/stack_version.h"

namespace anystore::tablet {
namespace {

class Stack final : public TabletStack {
 public:
  Stack(Directory& directory, const StackOptions& options)
      : directory_(directory),
        options_(options),
        cache_(std::make_shared<BlockCache>(options.reader.cache_bytes)) {}

  /// Opens the tablets that the file names.
  Status Load() {
    if (options_.memory == StackMemory::kNowhere) return Ok();
    ANYSTORE_ASSIGN_OR_RETURN(const std::vector<std::string> names, ReadStackFile(directory_));
    std::vector<std::shared_ptr<const Tablet>> tablets;
    for (const std::string& name : names) {
      auto tablet = OpenTablet(name);
      if (!tablet.has_value()) return AsListed(std::move(tablet).error(), name);
      tablets.push_back(*std::move(tablet));
    }
    Show(std::move(tablets));
    return Ok();
  }

  Status PushTablet(std::string_view name) override {
    ANYSTORE_TRY(CheckTabletName(name));
    const std::lock_guard lock(changing_);
    const auto same = [&](const auto& tablet) { return tablet->name() == name; };
    if (std::ranges::any_of(tablets_, same))
      return Error(Code::kAlreadyExists, "tablet " + Quoted(name) + " is in the stack");
    ANYSTORE_ASSIGN_OR_RETURN(std::shared_ptr<const Tablet> tablet, OpenTablet(name));
    if (options_.memory == StackMemory::kFile) ANYSTORE_TRY(MakeStable(name));
    std::vector<std::shared_ptr<const Tablet>> tablets = tablets_;
    tablets.push_back(std::move(tablet));
    return Change(std::move(tablets));
  }

  Result<std::string> PopTablet() override {
    const std::lock_guard lock(changing_);
    if (tablets_.empty()) return Error(Code::kNotFound, "the stack is empty");
    std::string name = tablets_.back()->name();
    std::vector<std::shared_ptr<const Tablet>> tablets(tablets_.begin(), tablets_.end() - 1);
    ANYSTORE_TRY(Change(std::move(tablets)));
    return name;
  }

  std::vector<std::string> names() const override {
    const std::lock_guard lock(changing_);
    return NamesOf(tablets_);
  }

  Result<Value> Get(std::string_view key) const override {
    ANYSTORE_ASSIGN_OR_RETURN(Lookup said, Version()->Look(key));
    if (said.state != Lookup::State::kFound) return Error(Code::kNotFound);
    return std::move(said.value);
  }

  Iterator Find(std::string_view key) const override {
    return Iterator(std::make_unique<VisibleSource>(Version()->NewSource(KeyRange::From(key), {})));
  }

  Result<std::unique_ptr<Cursor>> Scan(const KeyRange& range,
                                       const ScanOptions& options) const override {
    return std::make_unique<SourceCursor>(Version()->NewSource(range, options), options);
  }

 private:
  static std::vector<std::string> NamesOf(std::span<const std::shared_ptr<const Tablet>> tablets) {
    std::vector<std::string> names;
    for (const auto& tablet : tablets) names.push_back(tablet->name());
    return names;
  }

  Result<std::shared_ptr<const Tablet>> OpenTablet(std::string_view name) {
    ANYSTORE_ASSIGN_OR_RETURN(std::shared_ptr<const Tablet> tablet,
                              Tablet::Open(directory_, name, options_.reader, cache_));
    return tablet;
  }

  /// A tablet that somebody has only copied here may be lost with the power; the list must not name
  /// it then.
  Status MakeStable(std::string_view name) {
    ANYSTORE_ASSIGN_OR_RETURN(const std::unique_ptr<File> file, directory_.Open(name, {}));
    ANYSTORE_TRY(file->Sync(SyncScope::kAll));
    return directory_.Sync(filesystem::ParentOf(name));
  }

  /// Writes the new list, where one is kept, and shows it. Requires changing_.
  Status Change(std::vector<std::shared_ptr<const Tablet>> tablets) {
    if (options_.memory == StackMemory::kFile) {
      if (file_unknown_) {
        return Error(Code::kDataLoss,
                     "an earlier change of " + std::string(kStackFile) + " failed");
      }
      StackWritten written = StackWritten::kNo;
      Status wrote = WriteStackFile(directory_, NamesOf(tablets), written);
      if (!wrote.has_value()) {
        file_unknown_ = written == StackWritten::kUnknown;
        return wrote;
      }
    }
    Show(std::move(tablets));
    return Ok();
  }

  /// Makes the list the one that is read.
  void Show(std::vector<std::shared_ptr<const Tablet>> tablets) {
    auto version = std::make_shared<const StackVersion>(
        std::vector<std::shared_ptr<const SortedRun>>(tablets.rbegin(), tablets.rend()));
    tablets_ = std::move(tablets);
    const std::lock_guard lock(version_lock_);
    version_.swap(version);
  }

  [[nodiscard]] std::shared_ptr<const StackVersion> Version() const {
    const std::lock_guard lock(version_lock_);
    return version_;
  }

  Directory& directory_;
  const StackOptions options_;
  const std::shared_ptr<BlockCache> cache_;
  mutable std::mutex changing_ = {};
  std::vector<std::shared_ptr<const Tablet>> tablets_ = {};  // oldest first; guarded by changing_
  bool file_unknown_ = false;                                // guarded by changing_
  mutable base::SpinLock version_lock_ = {};
  std::shared_ptr<const StackVersion> version_ =
      std::make_shared<const StackVersion>();  // guarded by version_lock_
};

}  // namespace

Result<std::unique_ptr<TabletStack>> TabletStack::Open(Directory& directory,
                                                       const StackOptions& options) {
  auto stack = std::make_unique<Stack>(directory, options);
  ANYSTORE_TRY(stack->Load());
  return stack;
}

}  // namespace anystore::tablet
