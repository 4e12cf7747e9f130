/// Standard input and output, files and messages of the program.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "anystore/error.h"

namespace anystore::cli {

/// What the program ends with.
enum class Exit : int {
  kOk = 0,
  kDifferent = 1,  // missing, or different
  kUsage = 2,      // wrong usage, URL or configuration
  kFailed = 3,     // the store, a file or the output failed
  kInterrupted = 130,
};

/// The worse of both, so that work which goes on after a failure still tells of it.
[[nodiscard]] Exit Worse(Exit a, Exit b);

/// Prints one line, `anystore: …`, to standard error; control characters are escaped.
void Complain(std::string_view message);

/// Complains of `error` and returns what the program should end with. A reader that closed the pipe
/// and an interruption are not complained of.
Exit Fail(const Error& error);

/// A file descriptor that closes itself. Threads: thread-compatible.
class File {
 public:
  File() = default;
  explicit File(int fd) : fd_(fd) {}
  File(File&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  File& operator=(File&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~File();

  /// Opens `name` in the directory `at`; `shown` is its name in errors.
  static Result<File> Open(int at, const std::string& name, int flags, std::string_view shown);

  [[nodiscard]] int fd() const { return fd_; }
  [[nodiscard]] bool is_open() const { return fd_ >= 0; }

 private:
  int fd_ = -1;
};

/// Writes all of `bytes`; `shown` is the file's name in errors.
Status WriteAll(int fd, std::string_view bytes, std::string_view shown);

/// Reads to the end, at most `bytes_max` bytes.
///
/// Errors: too_large · cancelled (interrupted) · io_error and the like.
Result<std::string> ReadAll(int fd, std::uint64_t bytes_max, std::string_view shown);

/// The whole of a file, or of standard input for "-".
Result<std::string> ReadFile(const std::string& path, std::uint64_t bytes_max);

/// How ReplaceFile works.
struct ReplaceOptions {
  /// The file survives a power cut at return.
  bool durable = false;
  /// Nobody else writes this file. Its temporary one then always has the same name, so that
  /// processes which are killed do not leave many.
  bool only_writer = false;
};

/// Writes `bytes` to a temporary file beside `name` and renames it, so that nobody ever sees a part
/// of it and a failure leaves what was there. What is no regular file (a pipe, a terminal) is
/// written directly; a symbolic link stays one.
Status ReplaceFile(const std::string& name, std::string_view bytes,
                   const ReplaceOptions& options = {});

/// Standard output through a buffer. Once a write failed, every later one fails likewise.
///
/// Threads: thread-compatible.
class Output {
 public:
  Output() = default;
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;

  Status Write(std::string_view bytes);
  /// `line` and an end of line.
  Status Line(std::string_view line);
  /// Must be called at the end; only then is it known that everything was written.
  Status Flush();

 private:
  std::string buffer_;
  int failed_errno_ = 0;
};

/// Lets SIGINT, SIGTERM and SIGHUP end the work cleanly, a second one at once, and makes writing to
/// a closed pipe an error.
void CatchSignals();

/// Lets the first signal end the program at once again, for work that cannot be asked to stop.
void LeaveSignals();

/// Whether one came.
[[nodiscard]] bool Interrupted();

/// `cancelled` when a signal came.
Status CheckInterrupted();

}  // namespace anystore::cli
