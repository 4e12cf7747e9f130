#include "filesystem/posix/posix_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>

#include "filesystem/posix/posix_directory.h"

namespace anystore::filesystem {
namespace {

/// So many pieces go into one call; the caller comes again for the rest.
constexpr std::size_t kPiecesMax = 64;

/// Bytes of a mapping.
class Mapping final : public ValueOwner {
 public:
  Mapping(void* start, std::size_t size) noexcept
      : ValueOwner(&Unmap), start_(start), size_(size) {}

 private:
  static void Unmap(ValueOwner* owner) noexcept {
    auto* const self = static_cast<Mapping*>(owner);
    munmap(self->start_, self->size_);
    delete self;
  }

  void* const start_;
  const std::size_t size_;
};

FileKind KindOf(mode_t mode) noexcept {
  switch (mode & S_IFMT) {
    case S_IFREG:
      return FileKind::kFile;
    case S_IFDIR:
      return FileKind::kDirectory;
    case S_IFLNK:
      return FileKind::kLink;
    default:
      return FileKind::kOther;
  }
}

/// Filesystems hold years that nanoseconds in 64 bits do not.
Instant InstantOf(const timespec& time) noexcept {
  constexpr std::int64_t kSecondsMax = Instant::max().time_since_epoch() / std::chrono::seconds(1);
  const std::int64_t seconds = std::clamp<std::int64_t>(time.tv_sec, -kSecondsMax, kSecondsMax - 1);
  return Instant(std::chrono::seconds(seconds) + Duration(time.tv_nsec));
}

timespec TimeOf(Instant instant) noexcept {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(instant.time_since_epoch());
  return {.tv_sec = seconds.count(), .tv_nsec = (instant.time_since_epoch() - seconds).count()};
}

int ModeOf(Allocation allocation) noexcept {
  switch (allocation) {
    case Allocation::kExtend:
      return 0;
    case Allocation::kKeepSize:
      return FALLOC_FL_KEEP_SIZE;
    case Allocation::kZero:
      return FALLOC_FL_ZERO_RANGE;
  }
  return 0;
}

int AdviceOf(ReadAdvice advice) noexcept {
  switch (advice) {
    case ReadAdvice::kNormal:
      return POSIX_FADV_NORMAL;
    case ReadAdvice::kSequential:
      return POSIX_FADV_SEQUENTIAL;
    case ReadAdvice::kRandom:
      return POSIX_FADV_RANDOM;
    case ReadAdvice::kSoon:
      return POSIX_FADV_WILLNEED;
    case ReadAdvice::kDone:
      return POSIX_FADV_DONTNEED;
  }
  return POSIX_FADV_NORMAL;
}

/// Whether the range goes beyond what the kernel can count.
bool IsBeyond(std::uint64_t offset, std::uint64_t length) noexcept {
  return offset > kOffsetMax || length > kOffsetMax - offset;
}

}  // namespace

FileInfo InfoOf(const struct stat& status) noexcept {
  return {.kind = KindOf(status.st_mode),
          .size = static_cast<std::uint64_t>(status.st_size),
          .mode = status.st_mode & 07777U,
          .links = status.st_nlink,
          .modified = InstantOf(status.st_mtim),
          .accessed = InstantOf(status.st_atim)};
}

Error PosixFile::Fail(int os_error, std::string_view verb) const {
  return Error::FromErrno(os_error, std::string(verb) + " " + path_);
}

Result<std::size_t> PosixFile::ReadSome(std::uint64_t offset, std::span<char> out) {
  const ssize_t read = pread(descriptor_.get(), out.data(), out.size(), static_cast<off_t>(offset));
  if (read < 0) [[unlikely]]
    return ReadFailed(errno, offset, out);
  return static_cast<std::size_t>(read);
}

/// The kernel refuses ranges it cannot count; to the caller they are just behind the end.
Result<std::size_t> PosixFile::ReadFailed(int os_error, std::uint64_t offset, std::span<char> out) {
  if (os_error != EINVAL || !IsBeyond(offset, out.size())) return Fail(os_error, "read");
  if (offset >= kOffsetMax) return std::size_t{0};
  return ReadSome(offset, out.first(kOffsetMax - offset));
}

Result<std::size_t> PosixFile::WriteSome(std::uint64_t offset,
                                         std::span<const std::string_view> pieces) {
  if (pieces.size() != 1) return GatherSome(offset, pieces);
  const std::string_view bytes = pieces.front();
  const ssize_t written =
      pwrite(descriptor_.get(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
  if (written < 0) [[unlikely]]
    return WriteFailed(errno, offset, bytes.size());
  return static_cast<std::size_t>(written);
}

Result<std::size_t> PosixFile::GatherSome(std::uint64_t offset,
                                          std::span<const std::string_view> pieces) const {
  std::array<iovec, kPiecesMax> vectors;
  std::size_t count = 0;
  std::size_t bytes = 0;
  for (const std::string_view piece : pieces) {
    if (piece.empty()) continue;
    // The kernel only reads from it.
    vectors[count++] = {.iov_base = const_cast<char*>(piece.data()), .iov_len = piece.size()};
    bytes += piece.size();
    if (count == vectors.size()) break;
  }
  const ssize_t written = pwritev(descriptor_.get(), vectors.data(), static_cast<int>(count),
                                  static_cast<off_t>(offset));
  if (written < 0) return WriteFailed(errno, offset, bytes);
  return static_cast<std::size_t>(written);
}

Error PosixFile::WriteFailed(int os_error, std::uint64_t offset, std::size_t bytes) const {
  const bool is_beyond = os_error == EINVAL && IsBeyond(offset, bytes);
  return Fail(is_beyond ? EFBIG : os_error, "write");
}

Result<FileInfo> PosixFile::Stat() {
  struct stat status;
  if (fstat(descriptor_.get(), &status) != 0) return Fail(errno, "stat");
  return InfoOf(status);
}

Status PosixFile::Sync(SyncScope scope, const SyncSite& /*site*/) {
  const int result = Uninterrupted([&] {
    return scope == SyncScope::kData ? fdatasync(descriptor_.get()) : fsync(descriptor_.get());
  });
  if (result != 0) return Fail(errno, "sync");
  return Ok();
}

Status PosixFile::Link(std::string_view name) {
  if (links_below_ == nullptr) return Fail(EOPNOTSUPP, "link");
  return links_below_->LinkUnnamed(descriptor_.get(), name);
}

Status PosixFile::Truncate(std::uint64_t size) {
  if (size > kOffsetMax) return Fail(EFBIG, "truncate");
  const int result =
      Uninterrupted([&] { return ftruncate(descriptor_.get(), static_cast<off_t>(size)); });
  if (result != 0) return Fail(errno, "truncate");
  return Ok();
}

Status PosixFile::SetDates(const FileDates& dates) {
  const std::array<timespec, 2> times = {TimeOf(dates.accessed), TimeOf(dates.modified)};
  if (futimens(descriptor_.get(), times.data()) != 0) return Fail(errno, "set the dates of");
  return Ok();
}

Status PosixFile::Allocate(std::uint64_t offset, std::uint64_t length, Allocation allocation) {
  if (IsBeyond(offset, length)) return Fail(EFBIG, "allocate");
  // Not posix_fallocate, which writes zeros where the filesystem cannot, beside other writers.
  const int result = Uninterrupted([&] {
    return fallocate(descriptor_.get(), ModeOf(allocation), static_cast<off_t>(offset),
                     static_cast<off_t>(length));
  });
  if (result != 0) return Fail(errno, "allocate");
  return Ok();
}

Result<Value> PosixFile::Map(std::uint64_t offset, std::uint64_t length) {
  ANYSTORE_ASSIGN_OR_RETURN(const FileInfo info, Stat());
  if (info.kind == FileKind::kDirectory) return Fail(EISDIR, "map");
  if (offset >= info.size || length == 0) return Value();
  length = std::min(length, info.size - offset);
  static const auto page_bytes = static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
  const std::uint64_t skipped = offset % page_bytes;
  const std::size_t size = length + skipped;
  void* const start = mmap(nullptr, size, PROT_READ, MAP_SHARED, descriptor_.get(),
                           static_cast<off_t>(offset - skipped));
  if (start == MAP_FAILED) return Fail(errno == ENODEV ? EOPNOTSUPP : errno, "map");
  return Value({static_cast<const char*>(start) + skipped, length}, new Mapping(start, size));
}

void PosixFile::Advise(std::uint64_t offset, std::uint64_t length, ReadAdvice advice) {
  if (IsBeyond(offset, length)) return;
  posix_fadvise(descriptor_.get(), static_cast<off_t>(offset), static_cast<off_t>(length),
                AdviceOf(advice));
}

void PosixFile::BeginWriteOut() {
  // Of failures the file takes note, and the next sync of it or of the filesystem tells them.
  sync_file_range(descriptor_.get(), 0, 0, SYNC_FILE_RANGE_WRITE);
}

}  // namespace anystore::filesystem
