/// `File`: an open file of a `FileSystem`, and the words that describe one.
///
/// Engines that write bytes of their own use it instead of the operating system, so that the same
/// code runs on a disk, in memory, and on a simulated disk that loses power.
///
///     anystore::Status AppendLine(anystore::File& log, std::string_view line) {
///       ANYSTORE_TRY(log.Append(line));
///       return log.Sync(anystore::SyncScope::kData);
///     }
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <source_location>
#include <span>
#include <string_view>

#include "anystore/environment.h"
#include "anystore/error.h"
#include "anystore/export.h"
#include "anystore/value.h"

namespace anystore {

/// What a name in a directory stands for.
enum class FileKind : std::uint8_t {
  kFile,       ///< Bytes.
  kDirectory,  ///< Names.
  kLink,       ///< A symbolic link, seen without following it.
  kOther,      ///< A device, a socket, a pipe.
};

/// What is known of a file or directory without reading it.
///
/// Threads: thread-compatible.
struct FileInfo {
  /// What it is.
  FileKind kind = FileKind::kFile;
  /// How many bytes it holds; of a directory, whatever the filesystem calls its size.
  std::uint64_t size = 0;
  /// The permission bits: 0644.
  std::uint32_t mode = 0;
  /// How many names it has.
  std::uint64_t links = 0;
  /// When its contents changed last.
  Instant modified = {};
  /// When it was read last, as far as its filesystem keeps that.
  Instant accessed = {};
};

/// The dates of a file that can be set.
///
/// Threads: thread-compatible.
struct FileDates {
  /// When it was read last.
  Instant accessed = {};
  /// When its contents changed last.
  Instant modified = {};
};

/// What an open file may be used for.
enum class FileAccess : std::uint8_t {
  kRead,       ///< Reading.
  kReadWrite,  ///< Reading and writing.
};

/// What opening does when there is no such file, or there is one.
enum class FileCreation : std::uint8_t {
  kNever,      ///< There must be one; else `not_found`.
  kIfMissing,  ///< Make it where there is none.
  kExclusive,  ///< There must be none, not even a link; else `already_exists`.
};

/// Options of `Directory::Open`.
///
/// Threads: thread-compatible.
struct FileOptions {
  /// What it will be used for.
  FileAccess access = FileAccess::kRead;
  /// What to do when it is missing or there. Anything but kNever needs kReadWrite.
  FileCreation creation = FileCreation::kNever;
  /// Empty it. Needs kReadWrite.
  bool truncate = false;
  /// The permission bits of a file that is made, less the process' umask.
  std::uint32_t mode = 0666;
};

/// How much a sync makes stable.
enum class SyncScope : std::uint8_t {
  kData,  ///< The bytes and the size: all that reading them back needs.
  kAll,   ///< Also the mode and the times.
};

/// What space reserved by `File::Allocate` looks like.
enum class Allocation : std::uint8_t {
  kExtend,    ///< The file grows to cover the range; new bytes are zero.
  kKeepSize,  ///< The size stays; later writes there do not fail for want of space.
  kZero,      ///< As kExtend, and bytes that were there become zero.
};

/// How a file will be read next. A hint.
enum class ReadAdvice : std::uint8_t {
  kNormal,      ///< Nothing is known.
  kSequential,  ///< From front to back.
  kRandom,      ///< Here and there: reading ahead is a waste.
  kSoon,        ///< This range is wanted soon.
  kDone,        ///< This range is not wanted again.
};

/// Where in the source a sync is asked for. Simulations name barriers by it, so leave it alone
/// unless you forward somebody's request.
using SyncSite = std::source_location;

/// An open file. Destroying it closes it, which loses nothing that was written.
///
/// Bytes written are seen by every other handle at once. They survive a power cut after `Sync`, as
/// long as the directory entry does too: see `Directory::Sync`.
///
/// Threads: thread-safe. Two writes to one range leave either, or a mixture.
class ANYSTORE_EXPORT File {
 public:
  virtual ~File() = default;

  /// Reads from `offset` until `out` is full or the file ends, over short transfers and
  /// interruptions. Returns how many bytes were read: fewer than asked only at the end.
  ///
  /// Errors: io_error · invalid_argument (a directory).
  [[nodiscard]] Result<std::size_t> ReadAt(std::uint64_t offset, std::span<char> out);
  /// Writes all of `bytes` at `offset`, over short transfers and interruptions; a gap behind the
  /// old end reads as zeros. After an error any part may have been written.
  ///
  /// Errors: no_space, quota_exceeded, too_large, io_error · invalid_argument (opened for reading).
  Status WriteAt(std::uint64_t offset, std::string_view bytes);
  /// WriteAt of several pieces that stand one behind the other in the file, in one call to the
  /// operating system where that takes them.
  ///
  /// Errors: as WriteAt.
  Status WritePiecesAt(std::uint64_t offset, std::span<const std::string_view> pieces);
  /// Writes at the end. Returns the offset at which `bytes` begin. One appender at a time.
  ///
  /// Errors: as WriteAt.
  Result<std::uint64_t> Append(std::string_view bytes);
  /// The whole file in one value.
  ///
  /// Errors: io_error · resource_exhausted (it does not fit in memory) · invalid_argument (a
  /// directory).
  [[nodiscard]] Result<Value> ReadAll();

  /// What is known of the file, also after its name was removed.
  ///
  /// Errors: io_error.
  [[nodiscard]] virtual Result<FileInfo> Stat() = 0;
  /// Makes what was written before survive a power cut. After a failure it may be lost although a
  /// later sync succeeds: treat it as `data_loss`.
  ///
  /// Errors: io_error, no_space.
  virtual Status Sync(SyncScope scope, const SyncSite& site = SyncSite::current()) = 0;
  /// Gives a file that `Directory::OpenUnnamed` made a name below the directory it was called on,
  /// or a further one. Nothing is replaced. As with any name, see `Directory::Sync`.
  ///
  /// Errors: already_exists · not_found (a component on the way, or the names it had are removed) ·
  /// invalid_argument (a bad name) · unsupported (another filesystem, or a file that was opened by
  /// a name) · no_space.
  virtual Status Link(std::string_view name) = 0;
  /// Cuts the file, or lets it grow by zeros.
  ///
  /// Errors: no_space, too_large, io_error · invalid_argument (opened for reading).
  virtual Status Truncate(std::uint64_t size) = 0;
  /// Sets the dates, as exactly as the filesystem keeps any. They survive a power cut after
  /// `SyncScope::kAll`, and where `FileSystemTraits::dates_with_names` says so.
  ///
  /// Errors: io_error · permission_denied (somebody else's file).
  virtual Status SetDates(const FileDates& dates) = 0;
  /// Reserves space.
  ///
  /// Errors: unsupported (the filesystem cannot) · no_space, too_large, io_error ·
  /// invalid_argument (opened for reading, or no bytes).
  virtual Status Allocate(std::uint64_t offset, std::uint64_t length, Allocation allocation) = 0;
  /// The bytes from `offset`, at most `length` and cut to what is there, mapped rather than read:
  /// later writes may or may not show. Cutting the file below a mapping makes reading it fatal.
  ///
  /// Errors: unsupported (`FileSystemTraits::map` is false) · resource_exhausted, io_error.
  [[nodiscard]] virtual Result<Value> Map(std::uint64_t offset, std::uint64_t length) = 0;
  /// Tells how a range will be read; length 0 means to the end. Never fails.
  virtual void Advise(std::uint64_t offset, std::uint64_t length, ReadAdvice advice) = 0;

  /// Lets the system begin to write out what was written, so that a later sync has less to wait
  /// for. Makes nothing stable, and never fails: what cannot be written out is told by that sync.
  virtual void BeginWriteOut() = 0;

  /// One transfer, for implementers; everybody else uses ReadAt. May return fewer bytes than asked
  /// for, but none only at the end of the file or for an empty `out`.
  ///
  /// Errors: as ReadAt · unavailable with `os_error()` EINTR (interrupted: nothing was read).
  [[nodiscard]] virtual Result<std::size_t> ReadSome(std::uint64_t offset, std::span<char> out) = 0;
  /// One transfer, for implementers; everybody else uses WriteAt. May take fewer bytes than given,
  /// but at least one of those given.
  ///
  /// Errors: as WriteAt · unavailable with `os_error()` EINTR (interrupted: nothing was written).
  [[nodiscard]] virtual Result<std::size_t> WriteSome(std::uint64_t offset,
                                                      std::span<const std::string_view> pieces) = 0;
  /// For implementers: whether a ReadSome that filled some of `out`, not all, and stopped at
  /// `offset` can only have met the end of the file there. Then ReadAt asks no further; by
  /// default nobody knows, and it does.
  [[nodiscard]] virtual bool EndsWhereReadStopped(std::uint64_t /*offset*/) const noexcept {
    return false;
  }
};

/// A lock that is held until this is destroyed, the process ends, or the machine does.
///
/// Threads: thread-compatible.
class ANYSTORE_EXPORT FileLock {
 public:
  virtual ~FileLock() = default;
};

}  // namespace anystore
