#include "filesystem/posix/posix_lock.h"

#include <sys/file.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <string_view>
#include <utility>

namespace anystore::filesystem {
namespace {

class PosixLock final : public FileLock {
 public:
  explicit PosixLock(Descriptor descriptor) noexcept : descriptor_(std::move(descriptor)) {}
  PosixLock(const PosixLock&) = delete;
  PosixLock& operator=(const PosixLock&) = delete;
  // Closing would not do where a forked child still has the file.
  ~PosixLock() override { flock(descriptor_.get(), LOCK_UN); }

 private:
  const Descriptor descriptor_;
};

/// The next word of `line`, taken off it.
std::string_view NextWord(std::string_view& line) {
  line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
  const std::string_view word = line.substr(0, line.find(' '));
  line.remove_prefix(word.size());
  return word;
}

/// The process of a line such as "1: FLOCK  ADVISORY  WRITE 812 fd:00:1573 0 EOF" that is about
/// `file`; else 0, as for one that waits ("1: -> FLOCK …") or is beyond our view.
pid_t HolderIn(std::string_view line, std::string_view file) {
  NextWord(line);
  if (NextWord(line) != "FLOCK") return 0;
  NextWord(line);
  NextWord(line);
  const std::string_view process = NextWord(line);
  if (NextWord(line) != file) return 0;
  pid_t id = 0;
  std::from_chars(process.data(), process.data() + process.size(), id);
  return id > 0 ? id : 0;
}

std::string ReadKernelText(const char* path) {
  std::string text;
  const Descriptor file = Descriptor::Open(AT_FDCWD, path, O_RDONLY);
  std::array<char, 4096> buffer;
  while (file.valid()) {
    const ssize_t count =
        Uninterrupted([&] { return read(file.get(), buffer.data(), buffer.size()); });
    if (count <= 0) break;
    text.append(buffer.data(), static_cast<std::size_t>(count));
  }
  return text;
}

/// "process 812"; "another process" where the kernel does not tell.
std::string HolderOf(int fd) {
  struct stat status;
  if (fstat(fd, &status) != 0) return "another process";
  std::array<char, 64> file;
  const int length =
      std::snprintf(file.data(), file.size(), "%02x:%02x:%llu", major(status.st_dev),
                    minor(status.st_dev), static_cast<unsigned long long>(status.st_ino));
  const std::string locks = ReadKernelText("/proc/locks");
  for (std::size_t at = 0; at < locks.size();) {
    const std::size_t end = std::min(locks.find('\n', at), locks.size());
    const pid_t holder = HolderIn(std::string_view(locks).substr(at, end - at),
                                  {file.data(), static_cast<std::size_t>(length)});
    if (holder == getpid()) return "this process (" + std::to_string(holder) + ")";
    if (holder != 0) return "process " + std::to_string(holder);
    at = end + 1;
  }
  return "another process";
}

}  // namespace

Result<std::unique_ptr<FileLock>> LockFile(int directory, const KernelName& name, LockMode mode,
                                           const std::string& path) {
  const int operation = (mode == LockMode::kShared ? LOCK_SH : LOCK_EX) | LOCK_NB;
  const std::string what = "lock " + path;
  // NFS wants the file open for writing before it locks it for one.
  for (const int access : {O_RDONLY, O_RDWR}) {
    Descriptor file = Descriptor::Open(directory, name.c_str(), access | O_NONBLOCK);
    if (!file.valid()) return Error::FromErrno(errno, what);
    if (Uninterrupted([&] { return flock(file.get(), operation); }) == 0) {
      return std::make_unique<PosixLock>(std::move(file));
    }
    if (errno == EWOULDBLOCK) {
      return Error(Code::kBusy, what + ": held by " + HolderOf(file.get()))
          .WithRetry(Retry::kTemporary);
    }
    if (errno != EBADF) break;
  }
  const bool refused = errno == ENOLCK || errno == EINVAL || errno == EBADF;
  return Error::FromErrno(refused ? EOPNOTSUPP : errno, what);
}

}  // namespace anystore::filesystem
