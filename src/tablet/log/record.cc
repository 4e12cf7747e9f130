#include "tablet/log/record.h"

#include <algorithm>
#include <array>

#include "base/byte_order.h"
#include "base/crc.h"

namespace anystore::tablet {
namespace {

constexpr std::array<std::string_view, 4> kTypeNames = {"FULL", "FIRST", "MIDDLE", "LAST"};

std::string Hex(std::uint32_t number) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text = "0x";
  for (unsigned shift = 32; shift > 0; shift -= 4) text += kDigits[number >> (shift - 4) & 15U];
  return text;
}

}  // namespace

std::string_view RecordTypeName(RecordType type) noexcept {
  return kTypeNames[static_cast<std::size_t>(type) - 1];
}

RecordHeader ParseRecordHeader(std::string_view bytes) noexcept {
  return {.checksum = base::LoadBig<std::uint32_t>(bytes.data()),
          .type = static_cast<std::uint8_t>(bytes[4]),
          .size = base::LoadBig<std::uint16_t>(bytes.data() + 5)};
}

void WriteRecordHeader(RecordType type, std::string_view data, char* to) noexcept {
  base::StoreBig(to, base::Crc32(data));
  to[4] = static_cast<char>(type);
  base::StoreBig(to + 5, static_cast<std::uint16_t>(data.size()));
}

std::string Describe(const RecordRead& bad) {
  const std::string record = "the record at offset " + std::to_string(bad.offset);
  switch (bad.fault) {
    case RecordFault::kNone:
      return record + " is right";
    case RecordFault::kCut:
      if (!bad.has_header)
        return "the log ends where a record should be, at offset " + std::to_string(bad.offset);
      return record + " ends behind the log";
    case RecordFault::kType:
      return record + " has type " + std::to_string(bad.header.type) + ", which is none";
    case RecordFault::kChecksum:
      return record + " has checksum " + Hex(bad.header.checksum) + ", its data have " +
             Hex(bad.computed);
    case RecordFault::kOrder:
      return record + " is a " +
             std::string(RecordTypeName(static_cast<RecordType>(bad.header.type))) +
             (bad.header.begins() ? ", inside of a transaction" : ", outside of a transaction");
  }
  return record;
}

Result<RecordRead> ReadRecordAt(LogWindow& window, std::uint64_t offset) {
  RecordRead read{.fault = RecordFault::kCut, .offset = offset};
  ANYSTORE_ASSIGN_OR_RETURN(std::string_view bytes, window.At(offset, kRecordHeaderBytes));
  if (bytes.size() < kRecordHeaderBytes) return read;
  read.has_header = true;
  read.header = ParseRecordHeader(bytes);
  if (!read.header.has_type()) {
    read.fault = RecordFault::kType;
    return read;
  }
  const std::size_t size = kRecordHeaderBytes + read.header.size;
  ANYSTORE_ASSIGN_OR_RETURN(bytes, window.At(offset, size));
  if (bytes.size() < size) return read;
  read.computed = window.Checksum(offset + kRecordHeaderBytes, read.header.size);
  if (read.computed != read.header.checksum) {
    read.fault = RecordFault::kChecksum;
    return read;
  }
  read.fault = RecordFault::kNone;
  read.data = bytes.substr(kRecordHeaderBytes);
  return read;
}

Result<RecordRead> ReadNextRecord(LogWindow& window, std::uint64_t position) {
  if (!IsPadded(position)) return ReadRecordAt(window, position);
  const std::size_t left = LeftInBlock(position);
  ANYSTORE_ASSIGN_OR_RETURN(const std::string_view padding, window.At(position, left));
  if (!std::ranges::all_of(padding, [](char byte) { return byte == 0; })) {
    return ReadRecordAt(window, position);
  }
  ANYSTORE_ASSIGN_OR_RETURN(const RecordRead padded, ReadRecordAt(window, position + left));
  if (padded.is_right()) return padded;
  ANYSTORE_ASSIGN_OR_RETURN(const RecordRead unpadded, ReadRecordAt(window, position));
  // Zeros and the first bytes of a cut record may look like an empty one.
  return unpadded.is_right() && unpadded.header.size > 0 ? unpadded : padded;
}

}  // namespace anystore::tablet
