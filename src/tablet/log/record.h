/// The records of a transaction log (docs/formats/tablet-log.md, "Records").
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "anystore/error.h"
#include "tablet/log/log_window.h"

namespace anystore::tablet {

inline constexpr std::size_t kLogBlockBytes = 32768;
inline constexpr std::size_t kRecordHeaderBytes = 7;
/// The longest that a header can tell of.
inline constexpr std::size_t kRecordBytesMax = kRecordHeaderBytes + 0xffff;

/// How the parts of a transaction follow each other: full, or first middle* last.
enum class RecordType : std::uint8_t { kFull = 1, kFirst = 2, kMiddle = 3, kLast = 4 };

/// "FULL".
[[nodiscard]] std::string_view RecordTypeName(RecordType type) noexcept;

/// What stands in front of the data of a record, as it is there, right or wrong.
struct RecordHeader {
  std::uint32_t checksum = 0;
  std::uint8_t type = 0;
  std::uint16_t size = 0;

  [[nodiscard]] bool has_type() const noexcept { return type >= 1 && type <= 4; }
  /// Whether a transaction begins with it.
  [[nodiscard]] bool begins() const noexcept { return type == 1 || type == 2; }
};

/// Reads a header. Requires: `bytes` has kRecordHeaderBytes.
[[nodiscard]] RecordHeader ParseRecordHeader(std::string_view bytes) noexcept;
/// Writes the header of a record with `data` to kRecordHeaderBytes at `to`.
void WriteRecordHeader(RecordType type, std::string_view data, char* to) noexcept;

/// How many bytes there are from a position to the end of its block, 1 to kLogBlockBytes.
[[nodiscard]] constexpr std::size_t LeftInBlock(std::uint64_t position) noexcept {
  return kLogBlockBytes - static_cast<std::size_t>(position % kLogBlockBytes);
}

/// Whether no record fits at a position, so that writers fill the block with zeros.
[[nodiscard]] constexpr bool IsPadded(std::uint64_t position) noexcept {
  return LeftInBlock(position) < kRecordHeaderBytes;
}

/// What is wrong where a record should be.
enum class RecordFault : std::uint8_t {
  kNone,
  kCut,       ///< The log ends before the record does.
  kType,      ///< No type of record.
  kChecksum,  ///< The data are not those that were written.
  kOrder,     ///< A right record, but not one that may follow the one in front.
};

/// A record, or what is there instead of one.
struct RecordRead {
  RecordFault fault = RecordFault::kNone;
  /// Where its header begins.
  std::uint64_t offset = 0;
  /// Whether the log has all of a header there; else `header` says nothing.
  bool has_header = false;
  RecordHeader header = {};
  /// The checksum of what is there; of kChecksum.
  std::uint32_t computed = 0;
  /// The data of a right record, until the window is asked for something else.
  std::string_view data = {};

  [[nodiscard]] bool is_right() const noexcept { return fault == RecordFault::kNone; }
  /// Where it ends, if its header is right.
  [[nodiscard]] std::uint64_t end() const noexcept {
    return offset + kRecordHeaderBytes + header.size;
  }
};

/// What is wrong, for people.
[[nodiscard]] std::string Describe(const RecordRead& bad);

/// Reads the record whose header begins at `offset`.
///
/// Errors: those of reading.
[[nodiscard]] Result<RecordRead> ReadRecordAt(LogWindow& window, std::uint64_t offset);

/// Reads the record that comes next at `position`, over the padding of a block. Where that would
/// be needed and is not there, or nothing right is behind it, a right record at `position` itself
/// is taken: a Java writer that was opened again does not know where blocks end.
///
/// Errors: those of reading.
[[nodiscard]] Result<RecordRead> ReadNextRecord(LogWindow& window, std::uint64_t position);

}  // namespace anystore::tablet
