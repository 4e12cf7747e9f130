/// `TabletStream` and `TabletReceiver`: read a tablet while it is still arriving.
///
/// Use them where a tablet comes over a wire and what is in it should be seen at once: the entries
/// of a block are there as soon as its last byte is. `TabletReceiver` also writes the file, which
/// can then be pushed onto a stack (stack.h). What has arrived already is for `TabletReader`
/// (reader.h), which also finds single keys.
///
///     struct Download {
///       anystore::tablet::TabletReceiver tablet;
///       std::map<std::string, std::string> shown;
///
///       anystore::Status Take(std::string_view bytes) {
///         while (!bytes.empty()) {
///           ANYSTORE_ASSIGN_OR_RETURN(auto entries, tablet.Feed(bytes));
///           while (entries.Next()) shown[std::string(entries.Key())] = entries.Value();
///         }
///         return anystore::Ok();
///       }
///       anystore::Status End() { return tablet.Finish(); }  // from now on there is a file
///     };
///
/// What is checked when. A block is yielded only after its checksum was found right, every entry of
/// it was read, and its keys were found to come after those of the block before. What is damaged in
/// the indexes and the footer, or missing, Finish tells at the latest. Entries that were yielded
/// before are what the sender's tablet says; a tablet that fails may have more. Not checked are the
/// names of meta blocks and the reserved bytes of the header: nothing in the file says them twice.
///
/// What is taken. Tablets as every known writer makes them: data blocks, meta blocks, meta index,
/// data index and footer, one right behind the other. `TabletReader` would also read one whose
/// parts are in another order, or apart.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "anystore/error.h"
#include "anystore/export.h"
#include "anystore/filesystem.h"
#include "anystore/tablet/fault.h"
#include "anystore/tablet/iterator.h"
#include "anystore/tablet/limits.h"
#include "anystore/tablet/writer.h"

namespace anystore::tablet {

/// What a stream takes. The fields mean what those of `ReaderOptions` do.
///
/// Threads: thread-compatible.
struct StreamOptions {
  /// Blocks are held against their checksums. Their structure is checked in any case.
  bool verify_checksums = true;
  /// A value of the one byte c0 means that the key is deleted. Leave it alone for any writer but
  /// the original in Java.
  bool java_tombstones = false;
  /// The largest block that is taken, as it is stored and decompressed.
  std::uint64_t block_bytes_max = kDefaultBlockBytesMax;
  /// The largest index that is taken.
  std::uint64_t index_bytes_max = kDefaultIndexBytesMax;
  /// The longest key that is taken.
  std::uint64_t key_bytes_max = kDefaultKeyBytesMax;
};

/// Reads a tablet from its bytes, in the order of the file, however they are cut.
///
/// Memory, whatever the file says: one block, as it is stored and decompressed, three keys, and
/// 256 KiB. Blocks already seen are remembered by their ends and a hash over their first keys, for
/// the index to be held against: each by itself up to some thousand, beyond that in groups.
///
/// Threads: single-thread. May be handed over to another thread between calls.
class ANYSTORE_EXPORT TabletStream {
 public:
  /// Stands before the first byte. `name` is what messages call the tablet.
  explicit TabletStream(std::string_view name, const StreamOptions& options = {});
  /// Takes the place of `other`, which may only be destroyed then.
  TabletStream(TabletStream&& other) noexcept;
  /// As above.
  TabletStream& operator=(TabletStream&& other) noexcept;
  /// Forgets what has arrived.
  ~TabletStream();

  /// Takes bytes from the front of `bytes`, up to the end of the next data block or else all, and
  /// returns the entries of that block, deleted ones too; no entries, where no block ended.
  ///
  /// The iterator keeps its block alive, outlives the stream, and may go to another thread.
  ///
  /// Requires: Finish was not called.
  /// Errors: corruption, unsupported, too_large (`fault` says what is wrong) · resource_exhausted ·
  /// closed (Finish succeeded). After an error every call fails with the same one.
  [[nodiscard]] Result<Iterator> Feed(std::string_view& bytes);
  /// Says that there are no more bytes. Succeeds if they are a whole tablet, whose indexes list
  /// exactly the blocks that were seen.
  ///
  /// Errors: as Feed.
  Status Finish();
  /// What is wrong with the tablet, if that is why a call failed.
  [[nodiscard]] const std::optional<Fault>& fault() const noexcept;
  /// What was seen so far.
  [[nodiscard]] const TabletSummary& summary() const noexcept;

 private:
  class Impl;

  std::unique_ptr<Impl> impl_;
};

/// A `TabletStream` that writes what it is fed to a file, which has its name only when it was found
/// whole and right and survives a power cut. Memory: as that, and a buffer of 256 KiB.
///
/// Threads: single-thread. May be handed over to another thread between calls.
class ANYSTORE_EXPORT TabletReceiver {
 public:
  /// Begins a file that will be called `name`, below `directory`, which must outlive the receiver.
  /// One writer of a name at a time. `replace`: whether it may take the place of a file.
  ///
  /// Errors: already_exists · invalid_argument (a bad name) · no_space, permission_denied,
  /// read_only, io_error.
  [[nodiscard]] static Result<TabletReceiver> Create(Directory& directory, std::string_view name,
                                                     const StreamOptions& options = {},
                                                     Replace replace = Replace::kNo);
  /// Takes the place of `other`, which may only be destroyed then.
  TabletReceiver(TabletReceiver&& other) noexcept;
  /// As above.
  TabletReceiver& operator=(TabletReceiver&& other) noexcept;
  /// Forgets the file, unless Finish has succeeded.
  ~TabletReceiver();

  /// As `TabletStream::Feed`.
  ///
  /// Errors: as there · no_space, io_error. After any of them there will be no such file, and it
  /// takes no more room.
  [[nodiscard]] Result<Iterator> Feed(std::string_view& bytes);
  /// As `TabletStream::Finish`; then makes the bytes stable, gives them their name, and makes that
  /// stable. The locator of an earlier tablet of that name is removed.
  ///
  /// Errors: as Feed · already_exists: there is no such file, or it is as it was, unless the error
  /// is that the name could not be made stable.
  Status Finish();
  /// As `TabletStream::fault`.
  [[nodiscard]] const std::optional<Fault>& fault() const noexcept;
  /// As `TabletStream::summary`.
  [[nodiscard]] const TabletSummary& summary() const noexcept;

 private:
  class Impl;

  explicit TabletReceiver(std::unique_ptr<Impl> impl);

  std::unique_ptr<Impl> impl_;
};

}  // namespace anystore::tablet
