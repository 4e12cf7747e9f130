/// `Iterator`: walks through a tablet or a stack of them with Next, Key, Value and Close, as the
/// Factory datastore does.
///
/// Programs that use stores of every kind read through `Results` (results.h) instead.
///
///     ANYSTORE_ASSIGN_OR_RETURN(const auto tablet,
///                               anystore::tablet::TabletReader::Open(files, "users.tab"));
///     anystore::tablet::Iterator at = tablet->Find("user:b");
///     while (at.Next()) Print(at.Key(), at.Value());
///     ANYSTORE_TRY(at.Close());
#pragma once

#include <cstddef>
#include <memory>
#include <string_view>

#include "anystore/error.h"
#include "anystore/export.h"

namespace anystore::tablet {

class EntrySource;
struct TabletEntry;

/// Entries in key order. It stands before the first one until Next is called.
///
/// Keeps what it reads from alive, and shows that as it was when the iterator was made.
///
/// Threads: single-thread. May be handed over to another thread between calls.
class ANYSTORE_EXPORT Iterator {
 public:
  /// One that has failed already.
  explicit Iterator(Error error);
  /// One over a source. For those who make iterators.
  explicit Iterator(std::unique_ptr<EntrySource> source);
  /// Takes the place of `other`, which may only be destroyed then.
  Iterator(Iterator&& other) noexcept;
  /// As above.
  Iterator& operator=(Iterator&& other) noexcept;
  /// Closes it.
  ~Iterator();

  /// Moves to the next entry. False at the end, after an error (`status` tells it), and after
  /// Close.
  bool Next();
  /// The key. Lives until the next call that is not const.
  ///
  /// Requires: Next returned true, and nothing else was called since.
  [[nodiscard]] std::string_view Key() const noexcept;
  /// The value, empty where `Deleted`. Lives as the key.
  ///
  /// Requires: as Key.
  [[nodiscard]] std::string_view Value() const noexcept;
  /// Whether the key is deleted. Only iterators of single tablets show such entries.
  ///
  /// Requires: as Key.
  [[nodiscard]] bool Deleted() const noexcept;
  /// Why Next returned false, where that was not the end.
  ///
  /// Errors: corruption, io_error and the other errors of reading.
  [[nodiscard]] const Status& status() const noexcept { return status_; }
  /// Lets go of everything. Returns `status`. Further calls do nothing.
  Status Close();

 private:
  std::unique_ptr<EntrySource> source_;
  const TabletEntry* at_ = nullptr;  // of a batch of the source
  std::size_t left_ = 0;             // behind `at_` in that batch
  Status status_ = {};
};

}  // namespace anystore::tablet
