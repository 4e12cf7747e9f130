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

}  // namespace

Result<std::size_t> File::ReadAt(std::uint64_t offset, std::span<char> out) {
  Patience patience;
  std::size_t filled = 0;
  while (filled < out.size()) {
    Result<std::size_t> read = ReadSome(offset + filled, out.subspan(filled));
    if (!read.has_value()) [[unlikely]] {
      if (patience.Again(read.error())) continue;
      return read;
    }
    if (*read == 0) break;
    filled += *read;
  }
  return filled;
}

Status File::WriteAt(std::uint64_t offset, std::string_view bytes) {
  Patience patience;
  while (!bytes.empty()) {
    Result<std::size_t> written = WriteSome(offset, {&bytes, 1});
    if (!written.has_value()) [[unlikely]] {
      if (patience.Again(written.error())) continue;
      return std::move(written).error();
    }
    if (*written == 0) [[unlikely]]
      return NoProgress();
    offset += *written;
    bytes.remove_prefix(*written);
  }
  return Ok();
}

Status File::WritePiecesAt(std::uint64_t offset, std::span<const std::string_view> pieces) {
  // A copy that shrinks from the front, a few pieces at a time.
  std::array<std::string_view, 16> held;
  while (!pieces.empty()) {
    const std::size_t count = std::min(pieces.size(), held.size());
    std::copy_n(pieces.begin(), count, held.begin());
    pieces = pieces.subspan(count);
    std::span<std::string_view> left(held.data(), count);
    Patience patience;
    for (DropFront(left, 0); !left.empty();) {
      Result<std::size_t> written = WriteSome(offset, left);
      if (!written.has_value()) {
        if (patience.Again(written.error())) continue;
        return std::move(written).error();
      }
      if (*written == 0) return NoProgress();
      offset += *written;
      DropFront(left, *written);
    }
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
  char* data = nullptr;
  ANYSTORE_ASSIGN_OR_RETURN(Value value, Value::Allocate(info.size, &data));
  ANYSTORE_ASSIGN_OR_RETURN(const std::size_t read, ReadAt(0, {data, info.size}));
  // Another handle may have cut the file meanwhile.
  return read == info.size ? std::move(value) : value.Slice(0, read);
}

}  // namespace anystore
