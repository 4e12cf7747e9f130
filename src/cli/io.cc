#include "cli/io.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <climits>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <memory>

#include "cli/text.h"

namespace anystore::cli {
namespace {

constexpr std::size_t kBufferBytes = 64 * 1024;
constexpr std::array<int, 3> kSignals = {SIGINT, SIGTERM, SIGHUP};
constexpr std::string_view kStandardOutput = "standard output";

std::atomic<bool> interrupted{false};
static_assert(std::atomic<bool>::is_always_lock_free, "set in a signal handler");

void Interrupt(int /*signal*/) { interrupted.store(true); }

// The directory that `path` lies in.
std::string DirectoryOf(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

// Whether `path` is written directly: no regular file, or one of the names of an open file.
bool IsSpecial(const std::string& path) {
  struct stat info = {};
  // A directory for everybody's files in memory.
  const bool shared_memory = path.starts_with("/dev/shm/");
  return (path.starts_with("/dev/") && !shared_memory) || path.starts_with("/proc/") ||
         (stat(path.c_str(), &info) == 0 && !S_ISREG(info.st_mode));
}

// Where `path` leads to when it is a symbolic link, which is to stay one.
std::string LinkTarget(const std::string& path) {
  struct stat info = {};
  if (lstat(path.c_str(), &info) != 0 || !S_ISLNK(info.st_mode)) return path;
  const std::unique_ptr<char, decltype(&std::free)> real(realpath(path.c_str(), nullptr),
                                                         std::free);
  return real != nullptr ? std::string(real.get()) : path;
}

Status WriteSpecial(const std::string& path, std::string_view bytes) {
  ANYSTORE_ASSIGN_OR_RETURN(const File file,
                            File::Open(AT_FDCWD, path, O_WRONLY | O_CLOEXEC | O_NOCTTY, path));
  return WriteAll(file.fd(), bytes, path);
}

Status SyncDirectory(const std::string& path) {
  ANYSTORE_ASSIGN_OR_RETURN(const File directory,
                            File::Open(AT_FDCWD, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC, path));
  if (fsync(directory.fd()) != 0) return Error::FromErrno(errno, "sync " + Printable(path));
  return Ok();
}

// Opens the file that will be renamed to `path`, and says its name.
Result<File> OpenTemporary(const std::string& path, const ReplaceOptions& options,
                           std::string& temporary) {
  if (options.only_writer) {
    temporary = path + ".tmp";
    return File::Open(AT_FDCWD, temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW,
                      path);
  }
  temporary = path + ".XXXXXX";
  File file(mkostemp(temporary.data(), O_CLOEXEC));
  if (!file.is_open()) return Error::FromErrno(errno, "write " + Printable(path));
  // mkostemp gives 0600; a file made by name would have had what the umask leaves.
  const mode_t mask = umask(0);
  umask(mask);
  if (fchmod(file.fd(), 0666 & ~mask) != 0) {
    Error error = Error::FromErrno(errno, "set the mode of " + Printable(path));
    unlink(temporary.c_str());
    return error;
  }
  return file;
}

}  // namespace

Exit Worse(Exit a, Exit b) { return static_cast<int>(a) < static_cast<int>(b) ? b : a; }

void Complain(std::string_view message) {
  std::string line = "anystore: ";
  for (const char c : message) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f) {
      line.append("\\x").append(Hex({&c, 1}));
    } else {
      line += c;
    }
  }
  line += '\n';
  std::fwrite(line.data(), 1, line.size(), stderr);
}

Exit Fail(const Error& error) {
  if (error.os_error() == EPIPE) return Exit::kOk;
  if (error.code() == Code::kCancelled) return Exit::kInterrupted;
  Complain(error.ToString());
  // What the operating system refuses is no mistake in the command.
  if (error.os_error() != 0) return Exit::kFailed;
  switch (error.code()) {
    case Code::kInvalidArgument:
    case Code::kInvalidConfig:
    case Code::kUnsupported:
      return Exit::kUsage;
    default:
      return Exit::kFailed;
  }
}

File::~File() {
  if (fd_ >= 0) close(fd_);
}

Result<File> File::Open(int at, const std::string& name, int flags, std::string_view shown) {
  constexpr mode_t kMode = 0666;
  for (;;) {
    const int fd = openat(at, name.c_str(), flags, kMode);
    if (fd >= 0) return File(fd);
    if (errno == EINTR && !Interrupted()) continue;
    return Error::FromErrno(errno, "open " + Printable(shown));
  }
}

Status WriteAll(int fd, std::string_view bytes, std::string_view shown) {
  while (!bytes.empty()) {
    const ssize_t written = write(fd, bytes.data(), bytes.size());
    if (written < 0) {
      if (errno == EINTR && !Interrupted()) continue;
      ANYSTORE_TRY(CheckInterrupted());
      return Error::FromErrno(errno, "write " + Printable(shown));
    }
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return Ok();
}

Result<std::string> ReadAll(int fd, std::uint64_t bytes_max, std::string_view shown) {
  std::string bytes;
  struct stat info = {};
  if (fstat(fd, &info) == 0 && S_ISREG(info.st_mode) && info.st_size > 0) {
    const auto size = static_cast<std::uint64_t>(info.st_size);
    if (size > bytes_max) {
      return Error(Code::kTooLarge, Printable(shown) + " has more than the " +
                                        std::to_string(bytes_max) + " bytes that a value may have");
    }
    bytes.reserve(size);
  }
  std::array<char, kBufferBytes> buffer;
  for (;;) {
    const ssize_t count = read(fd, buffer.data(), buffer.size());
    if (count < 0) {
      if (errno == EINTR && !Interrupted()) continue;
      ANYSTORE_TRY(CheckInterrupted());
      return Error::FromErrno(errno, "read " + Printable(shown));
    }
    if (count == 0) return bytes;
    if (bytes.size() + static_cast<std::size_t>(count) > bytes_max) {
      return Error(Code::kTooLarge, Printable(shown) + " has more than the " +
                                        std::to_string(bytes_max) + " bytes that a value may have");
    }
    bytes.append(buffer.data(), static_cast<std::size_t>(count));
  }
}

Result<std::string> ReadFile(const std::string& path, std::uint64_t bytes_max) {
  if (path == "-") return ReadAll(STDIN_FILENO, bytes_max, "standard input");
  ANYSTORE_ASSIGN_OR_RETURN(const File file,
                            File::Open(AT_FDCWD, path, O_RDONLY | O_CLOEXEC | O_NOCTTY, path));
  return ReadAll(file.fd(), bytes_max, path);
}

Status ReplaceFile(const std::string& name, std::string_view bytes, const ReplaceOptions& options) {
  if (IsSpecial(name)) return WriteSpecial(name, bytes);
  const std::string path = LinkTarget(name);
  std::string temporary;
  ANYSTORE_ASSIGN_OR_RETURN(const File file, OpenTemporary(path, options, temporary));
  Status status = WriteAll(file.fd(), bytes, path);
  if (status.has_value() && options.durable && fsync(file.fd()) != 0) {
    status = Error::FromErrno(errno, "sync " + Printable(path));
  }
  if (status.has_value() && rename(temporary.c_str(), path.c_str()) != 0) {
    status = Error::FromErrno(errno, "rename to " + Printable(path));
  }
  if (!status.has_value()) {
    unlink(temporary.c_str());
    return status;
  }
  return options.durable ? SyncDirectory(DirectoryOf(path)) : Ok();
}

Status Output::Write(std::string_view bytes) {
  if (failed_errno_ != 0) return Error::FromErrno(failed_errno_, "write standard output");
  if (buffer_.size() + bytes.size() > kBufferBytes) {
    ANYSTORE_TRY(Flush());
    if (bytes.size() > kBufferBytes) {
      Status status = WriteAll(STDOUT_FILENO, bytes, kStandardOutput);
      if (!status.has_value()) failed_errno_ = status.error().os_error();
      return status;
    }
  }
  buffer_ += bytes;
  return Ok();
}

Status Output::Line(std::string_view line) {
  ANYSTORE_TRY(Write(line));
  return Write("\n");
}

Status Output::Flush() {
  Status status = WriteAll(STDOUT_FILENO, buffer_, kStandardOutput);
  buffer_.clear();
  if (!status.has_value()) failed_errno_ = status.error().os_error();
  return status;
}

void LeaveSignals() {
  for (const int signal : kSignals) {
    struct sigaction old = {};
    if (sigaction(signal, nullptr, &old) == 0 && old.sa_handler == Interrupt) {
      std::signal(signal, SIG_DFL);
    }
  }
}

void CatchSignals() {
  struct sigaction action = {};
  action.sa_handler = Interrupt;
  // No SA_RESTART: a read that waits for input must end. The second signal does what it always
  // did, for whoever does not want to wait.
  action.sa_flags = static_cast<int>(SA_RESETHAND);
  sigemptyset(&action.sa_mask);
  for (const int signal : kSignals) {
    struct sigaction old = {};
    // A signal that the caller ignores (nohup, a background job) stays ignored.
    if (sigaction(signal, nullptr, &old) == 0 && old.sa_handler != SIG_IGN) {
      sigaction(signal, &action, nullptr);
    }
  }
  std::signal(SIGPIPE, SIG_IGN);
}

bool Interrupted() { return interrupted.load(); }

Status CheckInterrupted() {
  if (Interrupted()) return Error(Code::kCancelled, "interrupted");
  return Ok();
}

}  // namespace anystore::cli
