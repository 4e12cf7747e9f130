#include "cli/lines.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "cli/text.h"

namespace anystore::cli {
namespace {

constexpr std::size_t kReadBytes = 64 * 1024;
constexpr std::size_t kLineBytesMax = 1U << 30U;

}  // namespace

Result<LineReader> LineReader::Open(const std::string& path) {
  if (path == "-")
    return LineReader(File(fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0)), "standard input");
  ANYSTORE_ASSIGN_OR_RETURN(File file,
                            File::Open(AT_FDCWD, path, O_RDONLY | O_CLOEXEC | O_NOCTTY, path));
  return LineReader(std::move(file), path);
}

Result<bool> LineReader::Fill() {
  buffer_.erase(0, at_);
  at_ = 0;
  const std::size_t before = buffer_.size();
  if (before > kLineBytesMax)
    return Error(Code::kTooLarge, "a line of more than 1 GiB").In(Printable(shown_));
  for (;;) {
    ANYSTORE_TRY(CheckInterrupted());
    buffer_.resize(before + kReadBytes);
    const ssize_t count = read(file_.fd(), buffer_.data() + before, kReadBytes);
    const int failed_errno = errno;
    buffer_.resize(before + static_cast<std::size_t>(count < 0 ? 0 : count));
    if (count >= 0) return count > 0;
    if (failed_errno != EINTR) return Error::FromErrno(failed_errno, "read " + Printable(shown_));
  }
}

Result<bool> LineReader::Next(std::string& line) {
  std::size_t searched = at_;
  std::size_t end = buffer_.find('\n', searched);
  while (end == std::string::npos) {
    searched = buffer_.size() - at_;
    ANYSTORE_ASSIGN_OR_RETURN(const bool more, Fill());
    if (!more) break;
    end = buffer_.find('\n', searched);
  }
  if (end == std::string::npos && at_ == buffer_.size()) return false;
  end = end == std::string::npos ? buffer_.size() : end;
  line.assign(buffer_, at_, end - at_);
  at_ = end < buffer_.size() ? end + 1 : end;
  ++number_;
  return true;
}

}  // namespace anystore::cli
