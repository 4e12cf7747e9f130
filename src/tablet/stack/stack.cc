#include "anystore/tablet/stack.h"

#include <algorithm>
#include <mutex>
#include <span>
#include <utility>

#include "base/spin_lock.h"
#include "filesystem/names.h"
#include "tablet/merge/visible_source.h"
#include "tablet/reading/tablet.h"
#include "tablet/stack/source_cursor.h"
#include "tablet/stack/stack_file.h"
#include "tablet/stack/stack_turn.h"
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
    ANYSTORE_ASSIGN_OR_RETURN(const std::vector<std::string> names, ListedTablets(directory_));
    ANYSTORE_ASSIGN_OR_RETURN(Tablets tablets, Listed(names));
    Show(std::move(tablets));
    return Ok();
  }

  Status PushTablet(std::string_view name) override {
    ANYSTORE_TRY(CheckTabletName(name));
    // Before anybody has to wait for it.
    ANYSTORE_ASSIGN_OR_RETURN(std::shared_ptr<const Tablet> tablet, OpenTablet(name));
    if (options_.memory == StackMemory::kFile) ANYSTORE_TRY(MakeStable(name));
    const std::lock_guard lock(changing_);
    ANYSTORE_ASSIGN_OR_RETURN(const StackTurn turn, TakeTurn());
    if (std::ranges::find(turn.names, name) != turn.names.end())
      return Error(Code::kAlreadyExists, "tablet " + Quoted(name) + " is in the stack");
    ANYSTORE_ASSIGN_OR_RETURN(Tablets tablets, Listed(turn.names));
    tablets.push_back(std::move(tablet));
    return Change(std::move(tablets));
  }

  Result<std::string> PopTablet() override {
    const std::lock_guard lock(changing_);
    ANYSTORE_ASSIGN_OR_RETURN(StackTurn turn, TakeTurn());
    if (turn.names.empty()) {
      Show({});
      return StackIsEmpty();
    }
    std::string name = std::move(turn.names.back());
    turn.names.pop_back();
    ANYSTORE_ASSIGN_OR_RETURN(Tablets tablets, Listed(turn.names));
    ANYSTORE_TRY(Change(std::move(tablets)));
    return name;
  }

  std::vector<std::string> names() const override { return NamesOf(Now()->tablets); }

  Result<Value> Get(std::string_view key) const override {
    ANYSTORE_ASSIGN_OR_RETURN(Lookup said, Now()->version.Look(key));
    if (said.state != Lookup::State::kFound) return Error(Code::kNotFound);
    return std::move(said.value);
  }

  Iterator Find(std::string_view key) const override {
    return Iterator(
        std::make_unique<VisibleSource>(Now()->version.NewSource(KeyRange::From(key), {})));
  }

  Result<std::unique_ptr<Cursor>> Scan(const KeyRange& range,
                                       const ScanOptions& options) const override {
    return std::make_unique<SourceCursor>(Now()->version.NewSource(range, options), options);
  }

 private:
  using Tablets = std::vector<std::shared_ptr<const Tablet>>;

  /// The stack at one moment.
  struct Moment {
    Tablets tablets = {};  // oldest first
    StackVersion version = {};
  };

  static std::vector<std::string> NamesOf(const Tablets& tablets) {
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

  /// The tablets of a list. Those that are open are not opened again.
  Result<Tablets> Listed(std::span<const std::string> names) {
    const std::shared_ptr<const Moment> now = Now();
    Tablets tablets;
    for (const std::string& name : names) {
      const auto open = std::ranges::find(now->tablets, name, &Tablet::name);
      if (open != now->tablets.end()) {
        tablets.push_back(*open);
        continue;
      }
      auto tablet = OpenTablet(name);
      if (!tablet.has_value()) return AsListed(std::move(tablet).error(), name);
      tablets.push_back(*std::move(tablet));
    }
    return tablets;
  }

  /// Requires changing_.
  Result<StackTurn> TakeTurn() {
    if (options_.memory == StackMemory::kNowhere) return StackTurn{.names = names()};
    if (file_unknown_) {
      return Error(Code::kDataLoss, "an earlier change of " + std::string(kStackFile) + " failed");
    }
    return TakeStackTurn(directory_, options_.wait);
  }

  /// Writes the new list, where one is kept, and shows it. Requires changing_ and a turn.
  Status Change(Tablets tablets) {
    if (options_.memory == StackMemory::kFile) {
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
  void Show(Tablets tablets) {
    StackVersion version(
        std::vector<std::shared_ptr<const SortedRun>>(tablets.rbegin(), tablets.rend()));
    auto now = std::make_shared<const Moment>(std::move(tablets), std::move(version));
    const std::lock_guard lock(now_lock_);
    now_.swap(now);
  }

  [[nodiscard]] std::shared_ptr<const Moment> Now() const {
    const std::lock_guard lock(now_lock_);
    return now_;
  }

  Directory& directory_;
  const StackOptions options_;
  const std::shared_ptr<BlockCache> cache_;
  std::mutex changing_ = {};
  bool file_unknown_ = false;  // guarded by changing_
  mutable base::SpinLock now_lock_ = {};
  std::shared_ptr<const Moment> now_ = std::make_shared<const Moment>();  // guarded by now_lock_
};

}  // namespace

Result<std::unique_ptr<TabletStack>> TabletStack::Open(Directory& directory,
                                                       const StackOptions& options) {
  auto stack = std::make_unique<Stack>(directory, options);
  ANYSTORE_TRY(stack->Load());
  return stack;
}

}  // namespace anystore::tablet
