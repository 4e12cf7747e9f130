/// `TabletWriter`: writes an immutable sorted table from entries in key order.
///
/// Read it with `TabletReader` (reader.h), or open it as the store `tablets:FILE`. The format:
/// docs/formats/tablet.md.
///
///     ANYSTORE_ASSIGN_OR_RETURN(auto writer,
///                               anystore::tablet::TabletWriter::Create(files, "tools.tab"));
///     ANYSTORE_TRY(writer.Add("tool:abacus", "beads"));
///     ANYSTORE_TRY(writer.Add("tool:loom", "cards"));
///     ANYSTORE_TRY(writer.Finish());
///     assert(writer.summary().entries == 2);
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "anystore/error.h"
#include "anystore/export.h"
#include "anystore/filesystem.h"
#include "anystore/tablet/limits.h"

namespace anystore::tablet {

/// How blocks are compressed. One that would not become smaller is stored as it is.
enum class Compression : std::uint8_t {
  kNone,        ///< Not at all.
  kSnappy,      ///< By the Snappy library.
  kSnappy2013,  ///< By the encoder that the original writers in Go and C# had, for files that equal
                ///< theirs. Every reader reads either.
};

/// How a tablet is written. The default is ours: blocks of 8 KiB, a restart point every 16
/// entries, no compression, and prefixes only where they save 8 bytes or more, so that most entries
/// can be read without the one before. All originals read it (the one in Go by whole scans only, as
/// it does any tablet).
///
/// Threads: thread-compatible.
struct WriterOptions {
  /// A block ends with the entry that makes its payload larger than this, before compression.
  std::uint32_t block_bytes = 8 * 1024;
  /// Every so many entries of a block one is written whole and can be searched for. At least 1.
  std::uint32_t restart_interval = 16;
  /// An entry is written whole when it has fewer bytes than this in common with the one before.
  std::uint32_t shared_bytes_min = 8;
  /// How blocks are compressed.
  Compression compression = Compression::kNone;
  /// A compressed block is also kept when it is as large as before.
  bool keep_equal_size = false;
  /// A block also ends when its payload is exactly as large as `block_bytes`.
  bool end_at_equal_size = false;
  /// Record checksums. Without them damage cannot be told from data: leave it alone, but to make a
  /// file anew that has none.
  bool checksums = true;
  /// Whether deleted keys can be written. The original in Go reads those as empty values.
  bool deletions = true;
  /// Whether a tablet without entries can be written. The original in Java cannot read it.
  bool empty = true;
  /// The longest key. The original in Java cannot read a tablet with a longer first key of a block.
  std::uint32_t key_bytes_max = kDefaultKeyBytesMax;
  /// No block becomes larger than this, before compression; at most 1 GiB. A block also ends in
  /// front of an entry that would make it so, and an entry is refused that is too large for a
  /// block of its own, with 23 bytes around key and value. Whoever raises it makes tablets
  /// that only readers with a higher `ReaderOptions::block_bytes_max` take.
  std::uint32_t block_bytes_max = kDefaultBlockBytesMax;
  /// Neither does the index, below 4 GiB. It has the first key of each block; larger blocks make it
  /// smaller. Whoever raises it must raise it for readers, too.
  std::uint32_t index_bytes_max = kDefaultIndexBytesMax;

  /// As the Factory's writer in Go (transcribed from its `tablet` package), byte for byte. It has
  /// no sizes of its own; here it takes those of C#.
  [[nodiscard]] ANYSTORE_EXPORT static WriterOptions Go();
  /// As the Factory's writer in C#, byte for byte.
  [[nodiscard]] ANYSTORE_EXPORT static WriterOptions Csharp();
  /// As the Factory's writer in Java, byte for byte where its Snappy library was this one; but for
  /// deletions, which that writes as a value of the one byte c0, so that they come back as records.
  [[nodiscard]] ANYSTORE_EXPORT static WriterOptions Java();
};

/// What was written.
///
/// Threads: thread-compatible.
struct TabletSummary {
  /// How many entries, deletions included.
  std::uint64_t entries = 0;
  /// How many of them are deletions.
  std::uint64_t deletions = 0;
  /// How many data blocks.
  std::uint64_t blocks = 0;
  /// The bytes of all keys.
  std::uint64_t key_bytes = 0;
  /// The bytes of all values.
  std::uint64_t value_bytes = 0;
  /// The size of the file.
  std::uint64_t file_bytes = 0;
};

/// Writes one tablet to a file, which has its name only when it is whole and survives a power cut.
/// Memory: two blocks, the index, and a buffer of 256 KiB.
///
/// Threads: single-thread. May be handed over to another thread between calls.
class ANYSTORE_EXPORT TabletWriter {
 public:
  /// Begins a tablet that will be called `name`, below `directory`, which must outlive the writer.
  /// One writer of a name at a time. `replace`: whether it may take the place of a file.
  ///
  /// Errors: already_exists · invalid_argument (a bad name, the name of a directory, options that
  /// make no sense) · no_space, permission_denied, read_only, io_error.
  [[nodiscard]] static Result<TabletWriter> Create(Directory& directory, std::string_view name,
                                                   const WriterOptions& options = {},
                                                   Replace replace = Replace::kNo);
  /// Takes the place of `other`, which may only be destroyed then.
  TabletWriter(TabletWriter&& other) noexcept;
  /// As above.
  TabletWriter& operator=(TabletWriter&& other) noexcept;
  /// Forgets the tablet, unless Finish has succeeded.
  ~TabletWriter();

  /// Adds an entry. The bytes are consumed at return.
  ///
  /// Errors: invalid_argument (`key` does not come after the one before, which the message names;
  /// nothing was added) · too_large (over a limit of the options, which the message tells;
  /// likewise) · no_space,
  /// io_error: the writer can only be destroyed then.
  Status Add(std::string_view key, std::string_view value);
  /// Adds that a key is deleted, which hides it in older tablets of a stack.
  ///
  /// Errors: as Add · unsupported (`WriterOptions::deletions` is false).
  Status AddDeletion(std::string_view key);
  /// Writes what is left, makes it stable and gives it its name. The locator of an earlier tablet
  /// of that name is removed. Nothing may be called after it but `summary`.
  ///
  /// Errors: already_exists · unsupported (no entries, and `WriterOptions::empty` is false) ·
  /// too_large (the index) · no_space, io_error: there is no such tablet, or it is as it was,
  /// unless the error is that the name could not be made stable.
  Status Finish();
  /// What was written so far; after Finish, in all.
  [[nodiscard]] const TabletSummary& summary() const noexcept;

 private:
  class Impl;

  explicit TabletWriter(std::unique_ptr<Impl> impl);

  std::unique_ptr<Impl> impl_;
};

}  // namespace anystore::tablet
