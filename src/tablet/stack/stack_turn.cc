#include "tablet/stack/stack_turn.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "anystore/tablet/stack.h"
#include "tablet/stack/stack_file.h"

namespace anystore::tablet {
namespace {

using std::chrono::milliseconds;

/// Others hold the lock for some syncs, which take from one of these on.
constexpr Duration kPauseMin = milliseconds(1);
constexpr Duration kPauseMax = milliseconds(32);

/// Locks the file, and makes it where it is missed. A reader's right is enough to lock one that is
/// there.
Result<std::unique_ptr<FileLock>> TryLock(Directory& directory) {
  auto lock = directory.Lock(kStackLockFile, LockMode::kExclusive);
  if (lock.has_value() || lock.error().code() != Code::kNotFound) return lock;
  // Nothing is in it, and it may be lost with the power: no sync.
  auto made = directory.Open(
      kStackLockFile, {.access = FileAccess::kReadWrite, .creation = FileCreation::kIfMissing});
  if (!made.has_value()) return std::move(made).error();
  return directory.Lock(kStackLockFile, LockMode::kExclusive);
}

Result<std::unique_ptr<FileLock>> LockStack(Directory& directory, Duration wait) {
  Clock& clock = *Environment::Host().clock;
  for (Duration pause = kPauseMin;; pause = std::min(2 * pause, kPauseMax)) {
    auto lock = TryLock(directory);
    if (lock.has_value() || lock.error().code() != Code::kBusy || wait <= Duration::zero())
      return lock;
    pause = std::min(pause, wait);
    clock.Sleep(pause);
    wait -= pause;
  }
}

}  // namespace

Result<StackTurn> TakeStackTurn(Directory& directory, Duration wait) {
  StackTurn turn;
  ANYSTORE_ASSIGN_OR_RETURN(turn.lock, LockStack(directory, wait));
  ANYSTORE_ASSIGN_OR_RETURN(turn.names, ListedTablets(directory));
  return turn;
}

Result<std::string> PopListedTablet(Directory& directory, Duration wait) {
  // No lock is left where no stack is.
  ANYSTORE_ASSIGN_OR_RETURN(const std::vector<std::string> listed, ListedTablets(directory));
  if (listed.empty()) return StackIsEmpty();
  ANYSTORE_ASSIGN_OR_RETURN(StackTurn turn, TakeStackTurn(directory, wait));
  if (turn.names.empty()) return StackIsEmpty();
  std::string name = std::move(turn.names.back());
  turn.names.pop_back();
  StackWritten written = StackWritten::kNo;
  ANYSTORE_TRY(WriteStackFile(directory, turn.names, written));
  return name;
}

}  // namespace anystore::tablet
