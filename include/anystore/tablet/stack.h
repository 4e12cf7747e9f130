/// `TabletStack`: tablets on top of each other, the newest last, seen as one.
///
/// A record is what the newest tablet says that has its key; one that is deleted there is not seen.
/// A stack kept in a directory remembers its tablets in a file, `stack.txt`, as the Factory
/// datastore does. For reading with the interface of every store, open `tablets:FILE,FILE`.
///
///     ANYSTORE_ASSIGN_OR_RETURN(const auto stack, anystore::tablet::TabletStack::Open(files));
///     ANYSTORE_TRY(stack->PushTablet("users.tab"));
///     for (auto at = stack->Find("user:"); at.Next();) Print(at.Key(), at.Value());
///     ANYSTORE_ASSIGN_OR_RETURN(const anystore::Value ada, stack->Get("user:ada"));
///     assert(ada.bytes() == "Lovelace");
#pragma once

#include <chrono>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "anystore/cursor.h"
#include "anystore/environment.h"
#include "anystore/error.h"
#include "anystore/export.h"
#include "anystore/filesystem.h"
#include "anystore/key_range.h"
#include "anystore/options.h"
#include "anystore/tablet/iterator.h"
#include "anystore/tablet/reader.h"
#include "anystore/value.h"

namespace anystore::tablet {

/// The file in which a stack remembers its tablets: a name a line, the oldest first.
inline constexpr std::string_view kStackFile = "stack.txt";

/// The empty file that whoever changes the list locks meanwhile. It is made when it is missed and
/// stays; to remove it is safe while nobody pushes or pops. The list itself cannot be locked, as
/// another file takes its place.
inline constexpr std::string_view kStackLockFile = "stack.lock";

/// How long a push or pop waits for those of others, unless it is told otherwise.
inline constexpr Duration kStackWait = std::chrono::seconds(10);

/// Whether a stack remembers its tablets.
enum class StackMemory : std::uint8_t {
  kFile,  ///< In the file `stack.txt` of its directory; every push and pop is in it, and survives
          ///< a power cut, before it is seen.
  kNowhere,  ///< Not at all: it begins empty.
};

/// Options of `TabletStack::Open`.
///
/// Threads: thread-compatible.
struct StackOptions {
  /// Whether it remembers its tablets.
  StackMemory memory = StackMemory::kFile;
  /// How long a push or pop waits for those of other processes and objects, each of which takes
  /// as long as two syncs.
  Duration wait = kStackWait;
  /// How tablets are opened. They share one cache of `cache_bytes`.
  ReaderOptions reader = {};
};

/// A stack of tablets of one directory.
///
/// Get, Find and Scan show the stack as it was when they were called, however long a cursor lives;
/// pushes and pops wait for each other, and for nothing else.
///
/// Any number of processes may push and pop at once: each change is made to what the file lists by
/// then, and this stack shows what others pushed and popped before together with its own change,
/// since a tablet that is pushed is meant to lie on the newest one, whoever pushed that. A tablet
/// that is listed under the name of one that is open here is taken for that one.
///
/// Threads: thread-safe.
class ANYSTORE_EXPORT TabletStack {
 public:
  virtual ~TabletStack() = default;
  /// Opens a stack. `directory` must outlive it. Without the file it is empty.
  ///
  /// Errors: those of `TabletReader::Open` for each tablet (`PopListedTablet` takes one off that
  /// does not open) · corruption (also: the file names a tablet that is not there, or has a line
  /// that can be no name) · io_error.
  [[nodiscard]] static Result<std::unique_ptr<TabletStack>> Open(Directory& directory,
                                                                 const StackOptions& options = {});

  /// Puts a tablet of the directory on top, and makes it stable, whoever wrote it.
  ///
  /// Errors: already_exists (it is in the stack) · invalid_argument (a bad name) · those of
  /// `TabletReader::Open` and, where others have changed the stack, of `Open` · busy (others change
  /// it for longer than `StackOptions::wait`) · unsupported (the filesystem has no locks) ·
  /// no_space, io_error (nothing changed) · data_loss (an earlier change of the file failed so that
  /// what it holds after a power cut is not known; open the stack anew).
  virtual Status PushTablet(std::string_view name) = 0;
  /// Takes the newest tablet off, whoever pushed it, and returns its name. The file of the tablet
  /// stays. It is not opened for that, and may be damaged or missing.
  ///
  /// Errors: not_found (the stack is empty) · those of `Open`, about the tablets below that others
  /// pushed · busy, unsupported, no_space, io_error, data_loss, as above.
  virtual Result<std::string> PopTablet() = 0;
  /// The tablets, oldest first.
  [[nodiscard]] virtual std::vector<std::string> names() const = 0;

  /// The value of `key`. It pins what it lies in, and outlives the stack.
  ///
  /// Errors: not_found, without a message · those of `TabletReader::Get`.
  [[nodiscard]] virtual Result<Value> Get(std::string_view key) const = 0;
  /// The records from the first key that is not before `key`.
  [[nodiscard]] virtual Iterator Find(std::string_view key) const = 0;
  /// A cursor over the records of a range, in either direction. It outlives the stack.
  ///
  /// Errors: resource_exhausted.
  [[nodiscard]] virtual Result<std::unique_ptr<Cursor>> Scan(const KeyRange& range,
                                                             const ScanOptions& options) const = 0;
};

/// The tablets that the file `stack.txt` of a directory lists, the oldest first; none without the
/// file. They are not opened, and may be damaged or missing: use it to look at a stack that does
/// not open.
///
/// Errors: corruption (a line that can be no name) · io_error.
[[nodiscard]] ANYSTORE_EXPORT Result<std::vector<std::string>> ListedTablets(Directory& directory);

/// Takes the newest tablet off that list and returns its name, as `TabletStack::PopTablet`, but
/// opens none: use it where one of them is damaged or missing. Waits for others up to `wait`.
///
/// Errors: not_found (the list is empty) · those of `ListedTablets` · busy, unsupported, no_space,
/// io_error, as `TabletStack::PopTablet`.
ANYSTORE_EXPORT Result<std::string> PopListedTablet(Directory& directory,
                                                    Duration wait = kStackWait);

}  // namespace anystore::tablet
