#include "tablet/log/resync.h"

#include <string_view>

#include "base/crc.h"

namespace anystore::tablet {
namespace {

/// Whether a writer could have put such a header there. One that could not is damaged itself, or
/// was written by Java after opening the log again.
bool IsBelievable(const RecordRead& bad) {
  return bad.has_header && bad.header.has_type() && bad.header.size <= LeftInBlock(bad.offset);
}

}  // namespace

Result<std::optional<std::uint64_t>> Resync::FindBehind(const RecordRead& bad) {
  window_->ExpectManyChecksums();
  if (bad.fault == RecordFault::kOrder) return FindFrom(bad.end(), /*is_boundary=*/true);
  if (!bad.has_header) return Place();
  // A damaged size may lead to the end of a later record, so the checksum is asked first.
  ANYSTORE_ASSIGN_OR_RETURN(const Place end, EndByChecksum(bad));
  if (end.has_value()) return FindFrom(*end, /*is_boundary=*/true);
  if (IsBelievable(bad)) return FindFrom(bad.end(), /*is_boundary=*/true);
  return FindFrom(bad.offset + 1, /*is_boundary=*/false);
}

// Where only its type or size is wrong, its checksum fits some size, and a right record follows.
Result<Resync::Place> Resync::EndByChecksum(const RecordRead& bad) {
  if (bad.header.checksum == 0 && !bad.header.has_type()) return Place();  // zeros fit anything
  const std::uint64_t begin = bad.offset + kRecordHeaderBytes;
  if (begin < tried_until_) return Place();
  std::uint32_t crc = 0;
  std::uint64_t end = begin;
  Place place;
  for (; end <= begin + 0xffff; ++end) {
    if (crc == bad.header.checksum) {
      ANYSTORE_ASSIGN_OR_RETURN(const RecordRead next, ReadNextRecord(*window_, end));
      if (next.is_right()) {
        place = end;
        break;
      }
    }
    ANYSTORE_ASSIGN_OR_RETURN(const std::string_view byte, window_->At(end, 1));
    if (byte.empty()) break;
    crc = base::ExtendCrc32(crc, byte);
  }
  tried_until_ = end;
  return place;
}

// Goes from record to record as long as they are right, else from position to position.
Result<Resync::Place> Resync::FindFrom(std::uint64_t position, bool is_boundary) {
  for (;;) {
    if (is_boundary) {
      ANYSTORE_ASSIGN_OR_RETURN(const RecordRead next, ReadNextRecord(*window_, position));
      is_boundary = next.is_right();
      if (!is_boundary) continue;
      if (next.header.begins()) return position;
      position = next.end();
    } else {
      ANYSTORE_ASSIGN_OR_RETURN(const auto found, Scan(position));
      if (!found.has_value()) return Place();
      if (found->header.begins()) return found->offset;
      position = found->end();
      is_boundary = true;
    }
  }
}

// The first right record with data, at any position from this one on.
Result<std::optional<RecordRead>> Resync::Scan(std::uint64_t position) {
  for (; position + kRecordHeaderBytes < window_->size(); ++position) {
    ANYSTORE_ASSIGN_OR_RETURN(const std::string_view bytes,
                              window_->At(position, kRecordHeaderBytes));
    if (bytes.size() < kRecordHeaderBytes) break;
    const RecordHeader header = ParseRecordHeader(bytes);
    if (!header.has_type() || header.size == 0 || header.size > kLogBlockBytes) continue;
    ANYSTORE_ASSIGN_OR_RETURN(const RecordRead read, ReadRecordAt(*window_, position));
    if (read.is_right()) return read;
  }
  return std::optional<RecordRead>();
}

}  // namespace anystore::tablet
