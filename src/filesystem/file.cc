#include "anystore/file.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <string>

namespace anystore {
namespace {

/// A call that is interrupted so often is not going to happen: it fails as it is.
constexpr int kInterruptionsMax = 1000;

/// Counts down the interruptions of one transfer.
class Patience {
 public:
  /// Whether the call that failed so is to be made again.
  [[nodiscard]] bool Again(const Error& error) noexcept {
    return error.os_error() == EINTR && --left_ > 0;
  }

 private:
  int left_ = kInterruptionsMax;
};

Error NoProgress() {
  return Error(Code::kIoError, "the filesystem took none of the bytes and said nothing");
}

/// Drops the first `bytes` of what `pieces` hold together.
void DropFront(std::span<std::string_view>& pieces, std::size_t bytes) {
  while (!pieces.empty() && bytes >= pieces.front().size()) {
    bytes -= pieces.front().size();
    pieces = pieces.subspan(1);
  }
  if (!pieces.empty()) pieces.front().remove_prefix(bytes);
}

/// What is left of a ReadAt whose first transfer gave `read`.
Result<std::size_t> ReadOn(File& file, std::uint64_t offset, std::span<char> out,
                           Result<std::size_t> read) {
  Patience patience;
  std::size_t filled = 0;
  for (;;) {
    if (read.has_value()) {
      filled += *read;
      if (*read == 0 || filled >= out.size()) return filled;
      if (file.EndsWhereReadStopped(offset + filled)) return filled;
    } else if (!patience.Again(read.error())) {
      return read;
    }
    read = file.ReadSome(offset + filled, out.subspan(filled));
  }
}

/// What is left of a write of `pieces` whose first transfer took `written`.
Status WriteOn(File& file, std::uint64_t offset, std::span<std::string_view> pieces,
               Result<std::size_t> written) {
  Patience patience;
  for (;;) {
    if (written.has_value()) {
      if (*written == 0) return NoProgress();
      offset += *written;
      DropFront(pieces, *written);
      if (pieces.empty()) return Ok();
    } else if (!patience.Again(written.error())) {
      return std::move(written).error();
    }
    written = file.WriteSome(offset, pieces);
  }
}

}  // namespace

// The first transfer is nearly always the last: it costs no more than its call.
Result<std::size_t> File::ReadAt(std::uint64_t offset, std::span<char> out) {
  Result<std::size_t> read = ReadSome(offset, out);
  if (!read.has_value() || *read < out.size()) [[unlikely]] {
    read = ReadOn(*this, offset, out, std::move(read));
  }
  return read;
}

Status File::WriteAt(std::uint64_t offset, std::string_view bytes) {
  if (bytes.empty()) return Ok();
  Result<std::size_t> written = WriteSome(offset, {&bytes, 1});
  if (written.has_value() && *written == bytes.size()) [[likely]]
    return Ok();
  return WriteOn(*this, offset, {&bytes, 1}, std::move(written));
}

Status File::WritePiecesAt(std::uint64_t offset, std::span<const std::string_view> pieces) {
  // A copy that shrinks from the front, a few pieces at a time.
  std::array<std::string_view, 16> held;
  while (!pieces.empty()) {
    const std::size_t count = std::min(pieces.size(), held.size());
    std::copy_n(pieces.begin(), count, held.begin());
    pieces = pieces.subspan(count);
    std::span<std::string_view> left(held.data(), count);
    DropFront(left, 0);
    if (left.empty()) continue;
    std::size_t bytes = 0;
    for (const std::string_view piece : left) bytes += piece.size();
    Result<std::size_t> written = WriteSome(offset, left);
    if (!written.has_value() || *written != bytes) [[unlikely]] {
      ANYSTORE_TRY(WriteOn(*this, offset, left, std::move(written)));
    }
    offset += bytes;
  }
  return Ok();
}

Result<std::uint64_t> File::Append(std::string_view bytes) {
  ANYSTORE_ASSIGN_OR_RETURN(const FileInfo info, Stat());
  ANYSTORE_TRY(WriteAt(info.size, bytes));
  return info.size;
}

Result<Value> File::ReadAll() {
  ANYSTORE_ASSIGN_OR_RETURN(const FileInfo info, Stat());
  // An empty one has no bytes whose transfer would be refused.
  if (info.kind == FileKind::kDirectory) return Error::FromErrno(EISDIR, "read");
  if (info.size == 0) return Value();
  char* data = nullptr;
  ANYSTORE_ASSIGN_OR_RETURN(Value value, Value::Allocate(info.size, &data));
  ANYSTORE_ASSIGN_OR_RETURN(const std::size_t read, ReadAt(0, {data, info.size}));
  // Another handle may have cut the file meanwhile.
  return read == info.size ? std::move(value) : value.Slice(0, read);
}

}  // namespace anystore
