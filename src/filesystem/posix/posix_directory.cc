#include "filesystem/posix/posix_directory.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <cerrno>

#include "filesystem/posix/posix_file.h"
#include "filesystem/posix/posix_listing.h"
#include "filesystem/posix/posix_lock.h"

namespace anystore::filesystem {
namespace {

// Not O_PATH: what is opened so cannot be synced.
constexpr int kDirectoryFlags = O_RDONLY | O_DIRECTORY;

/// The flags of open(2), or -1 where the options contradict each other.
int FlagsOf(const FileOptions& options) noexcept {
  if (options.access == FileAccess::kRead) {
    const bool reads_only = options.creation == FileCreation::kNever && !options.truncate;
    // Opening a pipe would wait for somebody who writes; on files it means nothing.
    return reads_only ? O_RDONLY | O_NONBLOCK : -1;
  }
  int flags = O_RDWR;
  if (options.creation != FileCreation::kNever) flags |= O_CREAT;
  if (options.creation == FileCreation::kExclusive) flags |= O_EXCL;
  if (options.truncate) flags |= O_TRUNC;
  return flags;
}

/// For filesystems without a rename that does not replace: errno, or 0. A link cannot stand in for
/// a directory, of which it is `refusal`.
int RenameByLink(int directory, const char* from, const char* to, int refusal) noexcept {
  struct stat status;
  if (fstatat(directory, from, &status, AT_SYMLINK_NOFOLLOW) != 0) return errno;
  const bool is_directory = S_ISDIR(status.st_mode);
  if (fstatat(directory, to, &status, AT_SYMLINK_NOFOLLOW) == 0) return EEXIST;
  if (is_directory) return refusal;
  if (Uninterrupted([&] { return linkat(directory, from, directory, to, 0); }) != 0) return errno;
  if (Uninterrupted([&] { return unlinkat(directory, from, 0); }) == 0) return 0;
  const int os_error = errno;
  Uninterrupted([&] { return unlinkat(directory, to, 0); });
  return os_error;
}

int RenameWithoutReplacing(int directory, const char* from, const char* to,
                           bool is_known_to_work) noexcept {
  const auto rename = [&] { return renameat2(directory, from, directory, to, RENAME_NOREPLACE); };
  if (Uninterrupted(rename) == 0) return 0;
  if (errno != EINVAL && errno != ENOSYS) return errno;
  // EINVAL also means a directory moved into itself. Looking again would not tell: others move
  // directories meanwhile.
  return RenameByLink(directory, from, to, is_known_to_work ? errno : EOPNOTSUPP);
}

}  // namespace

Result<std::unique_ptr<Directory>> PosixDirectory::OpenPath(std::string_view path) {
  if (path.find('\0') != std::string_view::npos) {
    return Error(Code::kInvalidArgument, "path " + Quoted(path) + ": it has a zero byte");
  }
  std::string text(path);
  Descriptor descriptor = Descriptor::Open(AT_FDCWD, text.c_str(), kDirectoryFlags);
  if (!descriptor.valid()) return Error::FromErrno(errno, "open directory " + text);
  return Adopt(std::move(descriptor), std::move(text));
}

Result<std::unique_ptr<Directory>> PosixDirectory::Adopt(Descriptor descriptor, std::string path) {
  std::unique_ptr<PosixDirectory> opened(
      new PosixDirectory(std::move(descriptor), std::move(path)));
  if (const int os_error = ReadTraits(opened->descriptor_.get(), &opened->traits_); os_error != 0) {
    return opened->Fail(os_error, "open directory", "");
  }
  return opened;
}

const FileSystemTraits& PosixDirectory::traits() const {
  // There is no way to know but to do it, and doing it may wait for the medium: so not at every
  // opening, but when somebody asks.
  std::call_once(traits_read_, [this] {
    if (!IsCaseSensitive(descriptor_.get())) traits_.common.case_sensitive = false;
    if (traits_.is_ext4_dating_seldom) {
      traits_.common.dates_with_names = HasExt4Journal(descriptor_.get());
    }
    traits_.unnamed_link = FindUnnamedLink(descriptor_.get());
    traits_.common.unnamed_files = traits_.unnamed_link != UnnamedLink::kNever;
    if (Uninterrupted([this] { return fsync(descriptor_.get()); }) == 0) return;
    if (RefusesDirectorySync(errno)) {
      traits_.common.directory_sync = false;
    } else {
      probe_error_ = errno;  // the kernel tells it once: the next Sync passes it on
    }
  });
  return traits_.common;
}

/// The kernel's, and which of its filesystems: a medium that was pulled out comes back as another.
std::string PosixDirectory::power_session() const {
  static const std::string boot = ReadBoot();
  struct stat status;
  if (boot.empty() || fstat(descriptor_.get(), &status) != 0) return {};
  return boot + "-" + std::to_string(status.st_dev);
}

std::string PosixDirectory::PathOf(std::string_view name) const {
  if (name.empty()) return path_;
  std::string path;
  path.reserve(path_.size() + 1 + name.size());
  path.append(path_);
  if (!path.ends_with('/')) path.push_back('/');
  return path.append(name);
}

Error PosixDirectory::Fail(int os_error, std::string_view verb, std::string_view name) const {
  return Error::FromErrno(os_error, std::string(verb) + " " + PathOf(name));
}

Error PosixDirectory::Fail(int os_error, std::string_view verb, std::string_view from,
                           std::string_view to) const {
  return Error::FromErrno(os_error, std::string(verb) + " " + PathOf(from) + " to " + PathOf(to));
}

/// The kernel goes on serving the descriptor of a directory that was removed.
Status PosixDirectory::CheckStillThere(std::string_view verb) const {
  struct stat status;
  if (fstat(descriptor_.get(), &status) != 0) return Fail(errno, verb, "");
  if (status.st_nlink == 0) return Fail(ENOENT, verb, "");
  return Ok();
}

Result<std::unique_ptr<File>> PosixDirectory::Open(std::string_view name,
                                                   const FileOptions& options) {
  KernelName kernel_name;
  ANYSTORE_TRY(Take(name, &kernel_name));
  const int flags = FlagsOf(options);
  if (flags < 0) {
    return Error(Code::kInvalidArgument,
                 "open " + PathOf(name) + ": only for reading, and yet to be made or emptied");
  }
  const auto open_with = [&](int with) {
    return Descriptor::Open(descriptor_.get(), kernel_name.c_str(), with, options.mode & 07777U);
  };
  Descriptor descriptor = open_with(flags);
  if (!descriptor.valid()) {
    // Somebody holds a lease on the file, and is asked to let go: worth to wait for.
    if (errno == EWOULDBLOCK) descriptor = open_with(flags & ~O_NONBLOCK);
    if (!descriptor.valid()) return Fail(errno, "open", name);
  }
  return std::make_unique<PosixFile>(std::move(descriptor), PathOf(name), traits_.short_reads);
}

Result<std::unique_ptr<File>> PosixDirectory::OpenUnnamed(std::string_view directory,
                                                          std::uint32_t mode) {
  constexpr std::string_view kVerb = "make an unnamed file in";
  KernelName kernel_name;
  ANYSTORE_TRY(Take(directory, &kernel_name, EmptyName::kAllowed));
  if (!traits().unnamed_files) return Fail(EOPNOTSUPP, kVerb, directory);
  if (directory.empty()) ANYSTORE_TRY(CheckStillThere(kVerb));
  Descriptor descriptor =
      Descriptor::Open(descriptor_.get(), kernel_name.c_str(), O_TMPFILE | O_RDWR, mode & 07777U);
  if (!descriptor.valid()) return Fail(errno, kVerb, directory);
  return std::make_unique<PosixFile>(std::move(descriptor), PathOf(directory), traits_.short_reads,
                                     this);
}

Status PosixDirectory::LinkUnnamed(int file, std::string_view name) const {
  KernelName kernel_name;
  ANYSTORE_TRY(Take(name, &kernel_name));
  const int result = Uninterrupted([&] {
    return filesystem::LinkUnnamed(traits_.unnamed_link, file, descriptor_.get(),
                                   kernel_name.c_str());
  });
  if (result != 0) return Fail(errno, "link an unnamed file to", name);
  return Ok();
}

Result<std::unique_ptr<Directory>> PosixDirectory::OpenDirectory(std::string_view name) {
  KernelName kernel_name;
  ANYSTORE_TRY(Take(name, &kernel_name, EmptyName::kAllowed));
  if (name.empty()) ANYSTORE_TRY(CheckStillThere("open directory"));
  Descriptor descriptor = Descriptor::Open(descriptor_.get(), kernel_name.c_str(), kDirectoryFlags);
  if (!descriptor.valid()) return Fail(errno, "open directory", name);
  return Adopt(std::move(descriptor), PathOf(name));
}

Status PosixDirectory::MakeDirectory(std::string_view name, std::uint32_t mode) {
  KernelName kernel_name;
  ANYSTORE_TRY(Take(name, &kernel_name));
  const int result =
      Uninterrupted([&] { return mkdirat(descriptor_.get(), kernel_name.c_str(), mode & 07777U); });
  if (result != 0) return Fail(errno, "make directory", name);
  return Ok();
}

Result<FileInfo> PosixDirectory::Stat(std::string_view name, Follow follow) {
  KernelName kernel_name;
  ANYSTORE_TRY(Take(name, &kernel_name, EmptyName::kAllowed));
  if (name.empty()) ANYSTORE_TRY(CheckStillThere("stat"));
  struct stat status;
  const int flags = follow == Follow::kNo ? AT_SYMLINK_NOFOLLOW : 0;
  const int result = Uninterrupted(
      [&] { return fstatat(descriptor_.get(), kernel_name.c_str(), &status, flags); });
  if (result != 0) return Fail(errno, "stat", name);
  return InfoOf(status);
}

Status PosixDirectory::Remove(std::string_view name) {
  KernelName kernel_name;
  ANYSTORE_TRY(Take(name, &kernel_name));
  const int result =
      Uninterrupted([&] { return unlinkat(descriptor_.get(), kernel_name.c_str(), 0); });
  if (result != 0) return Fail(errno, "remove", name);
  return Ok();
}

Status PosixDirectory::RemoveDirectory(std::string_view name) {
  KernelName kernel_name;
  ANYSTORE_TRY(Take(name, &kernel_name));
  const int result =
      Uninterrupted([&] { return unlinkat(descriptor_.get(), kernel_name.c_str(), AT_REMOVEDIR); });
  if (result != 0) return Fail(errno == EEXIST ? ENOTEMPTY : errno, "remove directory", name);
  kept_.Forget(name);
  return Ok();
}

Status PosixDirectory::Rename(std::string_view from, std::string_view to, Replace replace) {
  KernelName kernel_from;
  KernelName kernel_to;
  ANYSTORE_TRY(Take(from, &kernel_from));
  ANYSTORE_TRY(Take(to, &kernel_to));
  const int fd = descriptor_.get();
  if (replace == Replace::kNo) {
    const int os_error = RenameWithoutReplacing(fd, kernel_from.c_str(), kernel_to.c_str(),
                                                traits_.renames_without_replacing);
    if (os_error != 0) return Fail(os_error, "rename", from, to);
    return Ok();
  }
  const int result =
      Uninterrupted([&] { return renameat(fd, kernel_from.c_str(), fd, kernel_to.c_str()); });
  // Filesystems have two words for a directory that is not empty.
  if (result != 0) return Fail(errno == EEXIST ? ENOTEMPTY : errno, "rename", from, to);
  return Ok();
}

Status PosixDirectory::Link(std::string_view from, std::string_view to) {
  KernelName kernel_from;
  KernelName kernel_to;
  ANYSTORE_TRY(Take(from, &kernel_from));
  ANYSTORE_TRY(Take(to, &kernel_to));
  const int fd = descriptor_.get();
  const int result =
      Uninterrupted([&] { return linkat(fd, kernel_from.c_str(), fd, kernel_to.c_str(), 0); });
  if (result == 0) return Ok();
  const bool refused = errno == EPERM && !traits_.common.hard_links;
  return Fail(refused ? EOPNOTSUPP : errno, "link", from, to);
}

Result<std::unique_ptr<Listing>> PosixDirectory::List(std::string_view name) {
  KernelName kernel_name;
  ANYSTORE_TRY(Take(name, &kernel_name, EmptyName::kAllowed));
  Descriptor descriptor = Descriptor::Open(descriptor_.get(), kernel_name.c_str(), kDirectoryFlags);
  if (!descriptor.valid()) return Fail(errno, "list", name);
  return PosixListing::Start(std::move(descriptor), PathOf(name));
}

/// A directory below this one, open: one that was kept, unless it was removed and maybe made anew.
Result<KeptDirectories::Held> PosixDirectory::HoldBelow(std::string_view name,
                                                        const KernelName& kernel_name) {
  if (KeptDirectories::Held kept = kept_.Find(name)) {
    struct stat status;
    if (fstat(kept->get(), &status) == 0 && status.st_nlink > 0) return kept;
    kept_.Forget(name);
  }
  Descriptor opened = Descriptor::Open(descriptor_.get(), kernel_name.c_str(), kDirectoryFlags);
  if (!opened.valid()) return Fail(errno, "sync directory", name);
  return kept_.Keep(name, std::move(opened));
}

Status PosixDirectory::Sync(std::string_view name, const SyncSite& /*site*/) {
  KernelName kernel_name;
  ANYSTORE_TRY(Take(name, &kernel_name, EmptyName::kAllowed));
  KeptDirectories::Held below;
  if (name.empty()) {
    ANYSTORE_TRY(CheckStillThere("sync directory"));
    if (const int os_error = probe_error_.exchange(0); os_error != 0) {
      return Fail(os_error, "sync directory", name);
    }
  } else {
    ANYSTORE_ASSIGN_OR_RETURN(below, HoldBelow(name, kernel_name));
  }
  const int fd = name.empty() ? descriptor_.get() : below->get();
  if (Uninterrupted([&] { return fsync(fd); }) == 0 || RefusesDirectorySync(errno)) return Ok();
  return Fail(errno, "sync directory", name);
}

Status PosixDirectory::SyncFileSystem(const SyncSite& /*site*/) {
  ANYSTORE_TRY(CheckStillThere("sync the filesystem of"));
  if (!traits_.common.filesystem_sync) return Fail(EOPNOTSUPP, "sync the filesystem of", "");
  if (Uninterrupted([&] { return syncfs(descriptor_.get()); }) != 0) {
    return Fail(errno, "sync the filesystem of", "");
  }
  return Ok();
}

Result<FileSystemSpace> PosixDirectory::Space() {
  ANYSTORE_TRY(CheckStillThere("ask for the space of"));
  struct statfs status;
  if (Uninterrupted([&] { return fstatfs(descriptor_.get(), &status); }) != 0) {
    return Fail(errno, "ask for the space of", "");
  }
  const auto block_bytes = static_cast<std::uint64_t>(status.f_frsize);
  return FileSystemSpace{.capacity = status.f_blocks * block_bytes,
                         .available = status.f_bavail * block_bytes};
}

Result<std::unique_ptr<FileLock>> PosixDirectory::Lock(std::string_view name, LockMode mode) {
  KernelName kernel_name;
  ANYSTORE_TRY(Take(name, &kernel_name));
  return LockFile(descriptor_.get(), kernel_name, mode, PathOf(name));
}

}  // namespace anystore::filesystem
