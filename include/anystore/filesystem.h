/// `FileSystem` and `Directory`: the second seam of anystore, below every engine that writes bytes
/// of its own.
///
/// Use it to write a backend that keeps files; or implement it, so that such backends run on
/// another medium. The kernel's filesystems, one in memory and a simulated disk come with anystore.
///
///     anystore::Result<anystore::Value> ReadCurrent(anystore::Directory& root) {
///       ANYSTORE_ASSIGN_OR_RETURN(const auto file, root.Open("CURRENT", {}));
///       return file->ReadAll();
///     }
///
/// Names. A name is relative to the directory it is given to: components of 1 to `name_bytes_max`
/// bytes joined by "/", none of them "." or "..", no zero byte. Everything else is
/// `invalid_argument` (`too_large` for length) before anything is touched. The empty name stands
/// for the directory itself where a comment says so.
///
/// Power cuts. A change to a directory (a file made, linked, renamed, removed) survives after
/// `Directory::Sync` of that directory; the bytes of a file after `File::Sync`. Neither implies the
/// other, and a directory survives only if its own entry in its parent does. Without a sync every
/// change may survive or not, each by itself, in any order.
///
/// Errors common to all: not_found (also a component on the way) · invalid_argument (also a
/// component on the way that is no directory, or links that go round) · permission_denied,
/// read_only, io_error · resource_exhausted (descriptors, memory; temporary) · unavailable with
/// `os_error()` EINTR (interrupted before anything happened; temporary).
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "anystore/environment.h"
#include "anystore/error.h"
#include "anystore/export.h"
#include "anystore/file.h"

namespace anystore {

/// What a filesystem can do; known when a directory is opened.
///
/// Threads: thread-compatible.
struct FileSystemTraits {
  /// A rename over an existing name leaves the old or the new file there, also after a power cut.
  bool atomic_rename = true;
  /// `Directory::Sync` works. Where it is refused (some shared folders), it does nothing at all
  /// and a change to a directory survives only what the host makes it survive.
  bool directory_sync = true;
  /// `Directory::SyncFileSystem` works.
  bool filesystem_sync = true;
  /// What is on it outlives a power cut at all.
  bool outlives_power = true;
  /// A name that is found after a power cut leads to a file with the dates that were set before it
  /// got the name, and reading changes those at most once a day.
  bool dates_with_names = false;
  /// `Directory::Link` works.
  bool hard_links = true;
  /// `Directory::OpenUnnamed` and `File::Link` work.
  bool unnamed_files = true;
  /// `File::Map` works.
  bool map = true;
  /// "a" and "A" are two names.
  bool case_sensitive = true;
  /// So many files the process may have open at once.
  std::uint32_t open_files_max = 1024;
  /// The longest component of a name.
  std::uint32_t name_bytes_max = 255;
  /// A write of so many bytes, aligned to as many, survives a power cut whole or not at all.
  std::uint32_t atomic_write_bytes = 512;

  /// Whether both say the same.
  friend bool operator==(const FileSystemTraits&, const FileSystemTraits&) = default;
};

/// What Rename and Link do where the new name is taken.
enum class Replace : std::uint8_t {
  kNo,   ///< Fail with `already_exists`, and touch nothing.
  kYes,  ///< Replace it in one step: readers find the old file or the new one.
};

/// Whether Stat looks at a symbolic link or at what it leads to.
enum class Follow : std::uint8_t {
  kNo,   ///< At the link itself.
  kYes,  ///< At what it leads to; `not_found` where that is nothing.
};

/// How a lock is shared.
enum class LockMode : std::uint8_t {
  kShared,     ///< With other shared ones.
  kExclusive,  ///< With nobody.
};

/// Room on a medium, in bytes.
///
/// Threads: thread-compatible.
struct FileSystemSpace {
  /// All of it.
  std::uint64_t capacity = 0;
  /// What this process may still use.
  std::uint64_t available = 0;
};

/// A name in a directory.
///
/// Threads: thread-compatible.
struct DirectoryEntry {
  /// The name, one component. Lives until the next call of the listing.
  std::string_view name = {};
  /// What it stands for; links are not followed.
  FileKind kind = FileKind::kFile;
};

/// A directory being listed, each name once, without "." and "..". Names that come or go meanwhile
/// may be listed or not. In the order of names where the implementation says so, else in any order.
///
/// Threads: single-thread. May be handed over to another thread between calls.
class ANYSTORE_EXPORT Listing {
 public:
  virtual ~Listing() = default;
  /// Fills at least one of `out`, which has room for one or more; 0 at the end.
  ///
  /// Errors: io_error.
  [[nodiscard]] virtual Result<std::size_t> Next(std::span<DirectoryEntry> out) = 0;
};

/// An open directory: the root that all names below it are given to.
///
/// It stays what it is when it is renamed; after it is removed, calls fail with `not_found`.
///
/// Threads: thread-safe.
class ANYSTORE_EXPORT Directory {
 public:
  virtual ~Directory() = default;

  /// What its filesystem can do. Lives as long as the directory.
  [[nodiscard]] virtual const FileSystemTraits& traits() const = 0;
  /// How it was opened, for messages. Lives as long as the directory.
  [[nodiscard]] virtual std::string_view path() const = 0;
  /// What is another text after a power cut, and the same until then, also for other processes: as
  /// long as it is, what was written is still there, be it stable or not. Empty: nobody knows.
  [[nodiscard]] virtual std::string power_session() const = 0;

  /// Opens or makes a file. Symbolic links are followed, but for kExclusive.
  ///
  /// Errors: not_found, already_exists (see `FileCreation`) · invalid_argument (a directory opened
  /// for writing, a bad name, options that contradict each other) · no_space.
  [[nodiscard]] virtual Result<std::unique_ptr<File>> Open(std::string_view name,
                                                           const FileOptions& options) = 0;
  /// Makes a file that has no name, for reading and writing, on the filesystem of a directory and
  /// near what is in it; the empty name: this one. Unless `File::Link` gives it a name, it goes
  /// with its handle, or with the power. `mode`: its permission bits, less the process' umask.
  /// This directory must outlive the file's last `Link`.
  ///
  /// Errors: not_found · unsupported (`unnamed_files` is false) · invalid_argument (not a
  /// directory) · no_space.
  [[nodiscard]] virtual Result<std::unique_ptr<File>> OpenUnnamed(std::string_view directory,
                                                                  std::uint32_t mode = 0666) = 0;
  /// Opens a directory below this one. The empty name: this one again.
  ///
  /// Errors: not_found · invalid_argument (not a directory).
  [[nodiscard]] virtual Result<std::unique_ptr<Directory>> OpenDirectory(std::string_view name) = 0;
  /// Makes an empty directory, with permission bits `mode` less the process' umask.
  ///
  /// Errors: already_exists · not_found (its parent) · no_space.
  virtual Status MakeDirectory(std::string_view name, std::uint32_t mode = 0777) = 0;
  /// What is known of a file or directory. The empty name: this directory.
  ///
  /// Errors: not_found.
  [[nodiscard]] virtual Result<FileInfo> Stat(std::string_view name,
                                              Follow follow = Follow::kNo) = 0;
  /// Removes a name that is not a directory's. Open handles of the file go on working.
  ///
  /// Errors: not_found · invalid_argument (a directory).
  virtual Status Remove(std::string_view name) = 0;
  /// Removes an empty directory.
  ///
  /// Errors: not_found · invalid_argument (not a directory) · precondition_failed (not empty).
  virtual Status RemoveDirectory(std::string_view name) = 0;
  /// Gives a file or directory another name, anywhere below this directory. With Replace::kYes,
  /// renaming a name to itself, or to another name of the same file, changes nothing. A directory
  /// replaces only an empty directory.
  ///
  /// Errors: not_found · already_exists (Replace::kNo) · unsupported (to another filesystem) ·
  /// invalid_argument (a directory over a file or the reverse, or into itself) ·
  /// precondition_failed (over a directory that is not empty) · no_space.
  virtual Status Rename(std::string_view from, std::string_view to, Replace replace) = 0;
  /// Gives a file a second name.
  ///
  /// Errors: not_found · already_exists · unsupported (`hard_links` is false, or on another
  /// filesystem) · permission_denied (a directory) · no_space.
  virtual Status Link(std::string_view from, std::string_view to) = 0;
  /// Lists a directory. The empty name: this one.
  ///
  /// Errors: not_found · invalid_argument (not a directory).
  [[nodiscard]] virtual Result<std::unique_ptr<Listing>> List(std::string_view name) = 0;
  /// Makes the names in a directory survive a power cut: all changes to it that returned before.
  /// The empty name: this one. Does nothing where `directory_sync` is false.
  ///
  /// Errors: not_found · io_error, no_space: the changes may be lost although a later sync
  /// succeeds.
  virtual Status Sync(std::string_view name, const SyncSite& site = SyncSite::current()) = 0;
  /// A hint: up to `count_max` directories below this one, once they were synced, may stay open
  /// for their next sync. They are closed with this one, when they were removed, and when the
  /// process runs out of descriptors. Only for directories that nobody renames.
  virtual void KeepDirectories(std::size_t /*count_max*/) {}
  /// Makes everything that was changed on the whole filesystem before survive a power cut: of
  /// strangers, too, which may take long.
  ///
  /// Errors: unsupported (`filesystem_sync` is false) · io_error, no_space, as Sync.
  virtual Status SyncFileSystem(const SyncSite& site = SyncSite::current()) = 0;
  /// Room on the filesystem.
  ///
  /// Errors: io_error.
  [[nodiscard]] virtual Result<FileSystemSpace> Space() = 0;
  /// Locks a file that is there, without waiting, against everybody who locks it, be it through
  /// another handle of this process. Changes nothing in it.
  ///
  /// Errors: busy (the message names the process that holds it, where that is known) · not_found ·
  /// unsupported.
  [[nodiscard]] virtual Result<std::unique_ptr<FileLock>> Lock(std::string_view name,
                                                               LockMode mode) = 0;

  /// Removes a file, or a directory with all that is in it; links are removed, not followed. A
  /// missing one is success. After an error some of it may be gone.
  ///
  /// Errors: those of Remove, but for not_found.
  Status RemoveTree(std::string_view name);
};

/// Something that has directories.
///
/// Threads: thread-safe.
class ANYSTORE_EXPORT FileSystem {
 public:
  virtual ~FileSystem() = default;
  /// Opens a directory that is there. On the host, any path; elsewhere a path from the root, with
  /// or without a leading "/", whose "." and ".." are resolved by text.
  ///
  /// Errors: not_found · invalid_argument (not a directory, a zero byte).
  [[nodiscard]] virtual Result<std::unique_ptr<Directory>> OpenDirectory(std::string_view path) = 0;
};

/// The filesystems of the operating system. Lives forever.
[[nodiscard]] ANYSTORE_EXPORT FileSystem& HostFileSystem();

/// An empty filesystem in memory, which goes with its contents when it is destroyed; files that
/// are open by then go on working. Lists in the order of names. Everything counts as stable at
/// once. Modes are kept, less a umask of 022, and never stop anybody. `clock` dates files and must
/// outlive it.
[[nodiscard]] ANYSTORE_EXPORT std::unique_ptr<FileSystem> NewMemoryFileSystem(Clock& clock);

}  // namespace anystore
