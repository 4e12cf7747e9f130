#include "filesystem/posix/posix_traits.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <linux/magic.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>
#include <sys/utsname.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <climits>
#include <cstdint>
#include <cstdio>
#include <limits>
#include <string_view>

#include "filesystem/posix/descriptor.h"

namespace anystore::filesystem {
namespace {

// Those that linux/magic.h leaves out.
constexpr std::uint32_t kBcachefsMagic = 0xca451a4e;
constexpr std::uint32_t kExfatMagic = 0x2011bab0;
constexpr std::uint32_t kSmbMagic = 0xff534d42;
constexpr std::uint32_t kSmb2Magic = 0xfe534d42;
constexpr std::uint32_t kXfsMagic = 0x58465342;
constexpr std::uint32_t kZfsMagic = 0x2fc12fc1;

/// What a kind of filesystem is known for. All of them rename without replacing. `syncs_whole`:
/// syncfs returns when everything is stable; for a filesystem in user space or over a network it
/// only hands the bytes over. `reads_pages`: reads copy from the kernel's pages, one after the
/// other. `dates_with_names`: a file's dates go to the medium with the count of its names, or
/// before.
struct Known {
  std::uint32_t magic;
  bool syncs_whole;
  bool reads_pages = false;
  bool outlives_power = true;
  bool dates_with_names = false;
  bool atomic_rename = true;
  bool hard_links = true;
  bool case_sensitive = true;
};

constexpr Known kKnown[] = {
    {.magic = BTRFS_SUPER_MAGIC, .syncs_whole = true, .reads_pages = true},
    // Also ext2 and ext3. With a journal, dates_with_names.
    {.magic = EXT4_SUPER_MAGIC, .syncs_whole = true, .reads_pages = true},
    {.magic = F2FS_SUPER_MAGIC, .syncs_whole = true, .reads_pages = true},
    {.magic = OVERLAYFS_SUPER_MAGIC, .syncs_whole = true},
    {.magic = RAMFS_MAGIC, .syncs_whole = true, .reads_pages = true, .outlives_power = false},
    {.magic = TMPFS_MAGIC, .syncs_whole = true, .reads_pages = true, .outlives_power = false},
    {.magic = kBcachefsMagic, .syncs_whole = true},
    {.magic = kXfsMagic, .syncs_whole = true, .reads_pages = true, .dates_with_names = true},
    {.magic = kZfsMagic, .syncs_whole = true},
    {.magic = MSDOS_SUPER_MAGIC,
     .syncs_whole = true,
     .atomic_rename = false,
     .hard_links = false,
     .case_sensitive = false},
    {.magic = kExfatMagic,
     .syncs_whole = true,
     .atomic_rename = false,
     .hard_links = false,
     .case_sensitive = false},
    {.magic = kSmbMagic, .syncs_whole = false, .atomic_rename = false, .case_sensitive = false},
    {.magic = kSmb2Magic, .syncs_whole = false, .atomic_rename = false, .case_sensitive = false},
};

/// Before 5.8 syncfs said nothing of bytes that could not be written.
bool KernelTellsOfFailedSyncs() noexcept {
  utsname names;
  if (uname(&names) != 0) return false;
  const std::string_view release = names.release;
  const char* const end = release.data() + release.size();
  int major = 0;
  int minor = 0;
  const auto first = std::from_chars(release.data(), end, major);
  if (first.ec != std::errc() || first.ptr == end) return false;
  if (std::from_chars(first.ptr + 1, end, minor).ec != std::errc()) return false;
  return major > 5 || (major == 5 && minor >= 8);
}

std::uint32_t OpenFilesMax() noexcept {
  rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return FileSystemTraits().open_files_max;
  return static_cast<std::uint32_t>(
      std::min<rlim_t>(limit.rlim_cur, std::numeric_limits<std::uint32_t>::max()));
}

}  // namespace

int ReadTraits(int directory, PosixTraits* traits) noexcept {
  struct statfs status;
  if (Uninterrupted([&] { return fstatfs(directory, &status); }) != 0) return errno;
  FileSystemTraits& common = traits->common;
  // Some filesystems in user space leave it empty.
  if (status.f_namelen > 0) common.name_bytes_max = static_cast<std::uint32_t>(status.f_namelen);
  common.open_files_max = OpenFilesMax();
  common.filesystem_sync = false;
  const auto magic = static_cast<std::uint32_t>(status.f_type);
  for (const Known& known : kKnown) {
    if (known.magic != magic) continue;
    static const bool tells = KernelTellsOfFailedSyncs();
    common.filesystem_sync = known.syncs_whole && tells;
    common.outlives_power = known.outlives_power;
    // Else each read changes one.
    const bool reads_seldom_date = (status.f_flags & (ST_RELATIME | ST_NOATIME)) != 0;
    common.dates_with_names = known.dates_with_names && reads_seldom_date;
    traits->is_ext4_dating_seldom = magic == EXT4_SUPER_MAGIC && reads_seldom_date;
    common.atomic_rename = known.atomic_rename;
    common.hard_links = known.hard_links;
    common.case_sensitive = known.case_sensitive;
    traits->renames_without_replacing = true;
    if (known.reads_pages) traits->short_reads = ShortReads::kAtPages;
  }
  return 0;
}

int LinkUnnamed(UnnamedLink how, int file, int directory, const char* name) noexcept {
  switch (how) {
    case UnnamedLink::kByDescriptor:
      return linkat(file, "", directory, name, AT_EMPTY_PATH);
    case UnnamedLink::kByProc: {
      std::array<char, 32> path{};
      std::snprintf(path.data(), path.size(), "/proc/self/fd/%d", file);
      return linkat(AT_FDCWD, path.data(), directory, name, AT_SYMLINK_FOLLOW);
    }
    case UnnamedLink::kNever:
      break;
  }
  errno = EOPNOTSUPP;
  return -1;
}

/// Whether the errno of opening one means that the filesystem has no such thing. An old kernel, to
/// which the flag means nothing, sees a directory opened for writing.
bool RefusesUnnamedFiles(int os_error) noexcept {
  return os_error == EOPNOTSUPP || os_error == EISDIR || os_error == EINVAL;
}

/// Files without names stay open by the hundred. While a process has one thread, its table of
/// descriptors grows for nothing; with more, the kernel waits some 7 ms each time it doubles.
void GrowDescriptorTable(int descriptor) noexcept {
  constexpr rlim_t kDescriptors = 2048;
  rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == 0) return;
  const auto last = static_cast<int>(std::min(limit.rlim_cur, kDescriptors) - 1);
  const Descriptor highest(fcntl(descriptor, F_DUPFD_CLOEXEC, last));
}

UnnamedLink FindUnnamedLink(int directory) noexcept {
  const Descriptor file = Descriptor::Open(directory, ".", O_TMPFILE | O_RDWR, 0600);
  if (!file.valid()) {
    // Who may not write here, or has no descriptor left, may have files without names elsewhere or
    // later; what /proc says works for all.
    return RefusesUnnamedFiles(errno) ? UnnamedLink::kNever : UnnamedLink::kByProc;
  }
  GrowDescriptorTable(file.get());
  for (const UnnamedLink how : {UnnamedLink::kByDescriptor, UnnamedLink::kByProc}) {
    // The kernel looks for the file first, and then says that this name is taken.
    if (LinkUnnamed(how, file.get(), directory, ".") != 0 && errno == EEXIST) return how;
  }
  return UnnamedLink::kNever;
}

bool IsCaseSensitive(int directory) noexcept {
  // The kernel writes an int, whatever the name of the request says.
  int flags = 0;
  return ioctl(directory, FS_IOC_GETFLAGS, &flags) != 0 || (flags & FS_CASEFOLD_FL) == 0;
}

std::string ReadBoot() {
  const Descriptor file = Descriptor::Open(AT_FDCWD, "/proc/sys/kernel/random/boot_id", O_RDONLY);
  std::array<char, 36> text{};
  if (!file.valid()) return {};
  const ssize_t size = Uninterrupted([&] { return read(file.get(), text.data(), text.size()); });
  return size == std::ssize(text) ? std::string(text.data(), text.size()) : std::string();
}

bool HasExt4Journal(int directory) {
  struct stat status;
  if (fstat(directory, &status) != 0) return false;
  const std::string device = "/sys/dev/block/" + std::to_string(major(status.st_dev)) + ":" +
                             std::to_string(minor(status.st_dev));
  std::array<char, PATH_MAX> target{};
  const ssize_t size = readlink(device.c_str(), target.data(), target.size());
  if (size <= 0) return false;
  std::string_view name(target.data(), static_cast<std::size_t>(size));
  name.remove_prefix(name.rfind('/') + 1);
  // That of a journal within the filesystem, which is the file with this number.
  return access(("/proc/fs/jbd2/" + std::string(name) + "-8").c_str(), F_OK) == 0;
}

bool RefusesDirectorySync(int os_error) noexcept {
  return os_error == EINVAL || os_error == EOPNOTSUPP || os_error == ENOSYS;
}

}  // namespace anystore::filesystem
