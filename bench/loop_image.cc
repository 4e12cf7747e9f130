#include "loop_image.h"

#include <fcntl.h>
#include <linux/loop.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "harness.h"

namespace anystore::bench {
namespace {

std::string ErrnoText(std::string_view call) {
  return std::string(call) + ": " + std::generic_category().message(errno);
}

/// From here on nobody else sees what this process mounts.
bool HideMounts(std::string* why_not) {
  static const bool hidden =
      unshare(CLONE_NEWNS) == 0 && mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0;
  if (!hidden) *why_not = geteuid() != 0 ? "not root" : ErrnoText("a mount namespace of its own");
  return hidden;
}

/// Writes the whole file: a hole would be allocated by the filesystem below while we measure.
bool WriteZeros(const std::filesystem::path& file, std::uint64_t bytes, std::string* why_not) {
  const int descriptor = open(file.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
  const std::vector<char> zeros(1U << 20U);
  bool written = descriptor >= 0;
  for (std::uint64_t at = 0; written && at < bytes; at += zeros.size()) {
    written = write(descriptor, zeros.data(), zeros.size()) == std::ssize(zeros);
  }
  written = written && fdatasync(descriptor) == 0;
  if (!written) *why_not = ErrnoText(file.native());
  if (descriptor >= 0) close(descriptor);
  return written;
}

/// The block device that a mounted filesystem is on, as /sys/dev/block names it: "7:0".
std::string DeviceOf(const std::filesystem::path& mounted) {
  struct stat info{};
  if (stat(mounted.c_str(), &info) != 0) return "";
  return std::to_string(major(info.st_dev)) + ":" + std::to_string(minor(info.st_dev));
}

/// Its file below /dev.
std::filesystem::path DeviceFileOf(const std::filesystem::path& mounted) {
  std::error_code ignored;
  return "/dev" /
         std::filesystem::canonical("/sys/dev/block/" + DeviceOf(mounted), ignored).filename();
}

/// Lets the loop device go past the page cache, as a disk would: otherwise all is kept twice, and
/// a flush writes back what the device said it had written.
bool BypassPageCache(const std::filesystem::path& mounted, std::string* why_not) {
  const std::filesystem::path device = DeviceFileOf(mounted);
  const int descriptor = open(device.c_str(), O_RDWR | O_CLOEXEC);
  const bool bypassed = descriptor >= 0 && ioctl(descriptor, LOOP_SET_DIRECT_IO, 1UL) == 0;
  if (!bypassed) *why_not = ErrnoText("direct I/O of " + device.native());
  if (descriptor >= 0) close(descriptor);
  return bypassed;
}

bool RunOrTell(std::vector<std::string> command, const std::filesystem::path& log,
               std::string* why_not) {
  const std::string name = command.front();
  if (RunProgram(std::move(command), log) == 0) return true;
  *why_not = name + " failed or is missing";
  std::ifstream text(log);
  for (std::string line; std::getline(text, line);) *why_not += ": " + line;
  return false;
}

}  // namespace

std::unique_ptr<LoopImage> LoopImage::Make(const std::string& kind,
                                           const std::filesystem::path& parent, std::uint64_t bytes,
                                           std::string* why_not,
                                           const std::vector<std::string>& mkfs_options) {
  const std::filesystem::path image = parent / (kind + ".img");
  const std::filesystem::path log = parent / (kind + ".log");
  const std::filesystem::path mount_point = parent / kind;
  std::vector<std::string> make{"mkfs." + kind, "-q", image};
  make.insert(make.end(), mkfs_options.begin(), mkfs_options.end());
  if (kind == "ext4") {
    // All tables now, and none in the background later; no discard of what was just written.
    make.insert(make.end(), {"-F", "-E", "lazy_itable_init=0,lazy_journal_init=0,nodiscard"});
  } else {
    make.emplace_back("-K");
  }
  std::error_code ignored;
  std::filesystem::create_directory(mount_point, ignored);
  const bool mounted =
      HideMounts(why_not) && WriteZeros(image, bytes, why_not) &&
      RunOrTell(std::move(make), log, why_not) &&
      RunOrTell({"mount", "-t", kind, "-o", "loop,nodiscard", image, mount_point}, log, why_not);
  const bool direct = mounted && BypassPageCache(mount_point, why_not);
  // The loop device holds the file.
  std::filesystem::remove(image, ignored);
  std::filesystem::remove(log, ignored);
  if (!mounted) {
    std::filesystem::remove(mount_point, ignored);
    return nullptr;
  }
  std::unique_ptr<LoopImage> made(new LoopImage(kind, mount_point));
  return direct ? std::move(made) : nullptr;
}

LoopImage::~LoopImage() {
  // Detached, it goes as soon as the last open file does.
  static_cast<void>(umount2(mount_point_.c_str(), MNT_DETACH));
  std::error_code ignored;
  std::filesystem::remove(mount_point_, ignored);
}

bool LoopImage::Remount(std::string* why_not) {
  // The kernel frees the device, and the file with it, once nobody has it open.
  const std::filesystem::path device = DeviceFileOf(mount_point_);
  const int held = open(device.c_str(), O_RDONLY | O_CLOEXEC);
  const bool mounted =
      held >= 0 && umount2(mount_point_.c_str(), 0) == 0 &&
      mount(device.c_str(), mount_point_.c_str(), kind_.c_str(), 0, "nodiscard") == 0;
  if (!mounted) *why_not = ErrnoText(device.native());
  if (held >= 0) close(held);
  return mounted;
}

std::optional<std::uint64_t> LoopImage::Flushes() const {
  struct stat info{};
  if (stat(mount_point_.c_str(), &info) != 0) return std::nullopt;
  std::ifstream file("/sys/dev/block/" + std::to_string(major(info.st_dev)) + ":" +
                     std::to_string(minor(info.st_dev)) + "/stat");
  // Documentation/block/stat.rst: the 16th number is that of flush requests completed.
  constexpr int kFlushField = 16;
  std::uint64_t number = 0;
  for (int field = 1; field <= kFlushField; ++field) {
    if (!(file >> number)) return std::nullopt;
  }
  return number;
}

}  // namespace anystore::bench
