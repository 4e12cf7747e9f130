/// `TabletReader`: an immutable sorted table in a file, as the Factory datastore writes them.
///
/// Use it for one file; `TabletStack` (stack.h) puts several on top of each other, and the store
/// `tablets:FILE` is that with the interface of every store. The format:
/// docs/formats/tablet.md.
///
///     ANYSTORE_ASSIGN_OR_RETURN(const auto tablet,
///                               anystore::tablet::TabletReader::Open(files, "users.tab"));
///     ANYSTORE_ASSIGN_OR_RETURN(const auto found, tablet->Get("user:ada"));
///     assert(found.state == anystore::tablet::Lookup::State::kFound);
///     assert(found.value.bytes() == "Lovelace");
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "anystore/error.h"
#include "anystore/export.h"
#include "anystore/filesystem.h"
#include "anystore/tablet/iterator.h"
#include "anystore/tablet/limits.h"
#include "anystore/value.h"

namespace anystore::tablet {

/// How the bytes of a tablet are got at.
enum class Access : std::uint8_t {
  kAuto,  ///< Mapped where the filesystem can, else read.
  kMap,   ///< Mapped. Whoever cuts the file while it is open ends the process.
  kRead,  ///< Read, and kept in the cache.
};

/// What is done with the hash locator beside a tablet, which finds a key with one probe.
enum class LocatorUse : std::uint8_t {
  kIgnore,    ///< Nothing.
  kUse,       ///< It is used if it is there and fits the tablet.
  kInMemory,  ///< Also, one is built in memory where there is none.
  kBuild,     ///< Also, one is built and written beside the tablet where there is none.
};

/// Options of `TabletReader::Open`.
///
/// Threads: thread-compatible.
struct ReaderOptions {
  /// How the bytes are got at.
  Access access = Access::kAuto;
  /// Blocks are held against their checksums when they are read first. Their structure is checked
  /// in any case.
  bool verify_checksums = true;
  /// A value of the one byte c0 means that the key is deleted, which is how the original in Java
  /// wrote that. Leave it alone for any other writer: there it is a value.
  bool java_tombstones = false;
  /// What is done with the hash locator.
  LocatorUse locator = LocatorUse::kUse;
  /// The most bytes of decompressed blocks, or of blocks where they are not mapped, that are kept
  /// in memory.
  std::uint64_t cache_bytes = 32ULL << 20U;
  /// The largest block that is taken, decompressed. Bounds what a damaged file can make a reader
  /// allocate, as the two below do.
  std::uint64_t block_bytes_max = kDefaultBlockBytesMax;
  /// The largest index that is taken.
  std::uint64_t index_bytes_max = kDefaultIndexBytesMax;
  /// The longest key that is taken.
  std::uint64_t key_bytes_max = kDefaultKeyBytesMax;
};

/// What a tablet says of a key.
///
/// Threads: thread-compatible.
struct Lookup {
  /// What it says.
  enum class State : std::uint8_t {
    kMissing,  ///< Nothing: an older tablet may have it.
    kFound,    ///< The value.
    kDeleted,  ///< That it is deleted, whatever older tablets have.
  };
  /// What it says.
  State state = State::kMissing;
  /// The value, for kFound. Pins the mapped file or the block, and outlives the reader.
  Value value = {};
};

/// What is known of a tablet without reading its blocks.
///
/// Threads: thread-compatible.
struct TabletInfo {
  /// The size of the file.
  std::uint64_t file_bytes = 0;
  /// How many data blocks there are.
  std::uint64_t blocks = 0;
  /// The bytes of both indexes.
  std::uint64_t index_bytes = 0;
  /// The names of the meta blocks.
  std::vector<std::string> meta_blocks = {};
  /// Whether blocks are mapped.
  bool mapped = false;
  /// The bytes of the hash locator in use; none: none is.
  std::optional<std::uint64_t> locator_bytes = {};
};

/// An open tablet.
///
/// Threads: thread-safe.
class ANYSTORE_EXPORT TabletReader {
 public:
  virtual ~TabletReader() = default;
  /// Opens a tablet: reads and checks header, footer and indexes. `directory` is used only
  /// meanwhile.
  ///
  /// Errors: not_found · corruption (the message names the check and the offset) · unsupported
  /// (another block encoding) · too_large (over a limit of the options) · io_error,
  /// resource_exhausted.
  [[nodiscard]] static Result<std::shared_ptr<TabletReader>> Open(
      Directory& directory, std::string_view name, const ReaderOptions& options = {});

  /// The name it was opened by. Lives as long as the reader.
  [[nodiscard]] virtual const std::string& name() const noexcept = 0;
  /// What is known of it.
  [[nodiscard]] virtual TabletInfo info() const = 0;
  /// What it says of `key`. With a locator a miss reads no block.
  ///
  /// Errors: corruption (the block that may have it) · too_large · io_error, resource_exhausted.
  [[nodiscard]] virtual Result<Lookup> Get(std::string_view key) const = 0;
  /// The entries from the first key that is not before `key`, deleted ones too.
  [[nodiscard]] virtual Iterator Find(std::string_view key) const = 0;
};

}  // namespace anystore::tablet
