#include "tablet/log/log_window.h"

#include <algorithm>
#include <span>

#include "base/crc.h"

namespace anystore::tablet {

Result<std::string_view> LogWindow::At(std::uint64_t offset, std::size_t size) {
  if (offset >= size_) return std::string_view();
  size = static_cast<std::size_t>(std::min<std::uint64_t>(size, size_ - offset));
  if (offset < begin_ || offset + size > begin_ + held_) {
    const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(kBytes, size_ - offset));
    held_ = 0;
    buffer_.resize(std::max(buffer_.size(), wanted));
    ANYSTORE_ASSIGN_OR_RETURN(held_, file_->ReadAt(offset, std::span(buffer_.data(), wanted)));
    begin_ = offset;
    if (held_ < wanted) size_ = offset + held_;
    if (many_checksums_) crc_.Reset(held());
    size = std::min(size, held_);
  }
  return held().substr(static_cast<std::size_t>(offset - begin_), size);
}

std::uint32_t LogWindow::Checksum(std::uint64_t offset, std::size_t size) {
  const auto at = static_cast<std::size_t>(offset - begin_);
  if (many_checksums_) return crc_.Of(at, size);
  return base::Crc32(held().substr(at, size));
}

void LogWindow::ExpectManyChecksums() {
  if (many_checksums_) return;
  many_checksums_ = true;
  crc_.Reset(held());
}

}  // namespace anystore::tablet
