#include "tablet/format/msgpack.h"

#include <bit>

namespace anystore::tablet {
namespace msgpack {
namespace {

/// How many bytes follow the first byte of a number; 0: it is not the first byte of one.
std::size_t WidthOf(unsigned first) noexcept {
  switch (first) {
    case kUint8:
      return 1;
    case kUint16:
      return 2;
    case kUint32:
      return 4;
    case kUint64:
      return 8;
    default:
      return 0;
  }
}

std::uint64_t LoadBigOf(std::string_view bytes) noexcept {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) value = value << 8U | ByteAt(bytes, i);
  return value;
}

}  // namespace

Unpacked TakeLongUint(std::string_view& bytes, std::uint64_t widest,
                      std::uint64_t& value) noexcept {
  if (bytes.empty()) return Unpacked::kCut;
  const unsigned first = ByteAt(bytes, 0);
  if (first < 0x80) {
    value = first;
    bytes.remove_prefix(1);
    return Unpacked::kOk;
  }
  const std::size_t width = WidthOf(first);
  if (width == 0 || first > widest) return Unpacked::kForeign;
  if (bytes.size() <= width) return Unpacked::kCut;
  value = LoadBigOf(bytes.substr(1, width));
  bytes.remove_prefix(1 + width);
  return Unpacked::kOk;
}

Unpacked TakeLongRawSize(std::string_view& bytes, std::size_t& size) noexcept {
  if (bytes.empty()) return Unpacked::kCut;
  const unsigned first = ByteAt(bytes, 0);
  std::size_t width = 0;
  if ((first & 0xe0U) == kFixRaw) {
    size = first & 0x1fU;
  } else if (first == kRaw16 || first == kRaw32) {
    width = first == kRaw16 ? 2 : 4;
    if (bytes.size() <= width) return Unpacked::kCut;
    size = LoadBigOf(bytes.substr(1, width));
  } else {
    return Unpacked::kForeign;
  }
  bytes.remove_prefix(1 + width);
  return Unpacked::kOk;
}

char* StoreLongUint(char* to, std::uint64_t value) noexcept {
  const std::size_t width = PackedUintBytes(value) - 1;
  if (width == 0) {
    *to = static_cast<char>(value);
    return to + 1;
  }
  // kUint8, kUint16, kUint32, kUint64 by their width.
  *to = static_cast<char>(kUint8 + static_cast<unsigned>(std::countr_zero(width)));
  for (std::size_t i = 0; i < width; ++i)
    to[1 + i] = static_cast<char>(value >> (8 * (width - 1 - i)));
  return to + 1 + width;
}

}  // namespace msgpack

void AppendUint(std::string& out, std::uint64_t value) {
  char bytes[kUintBytesMax];
  out.append(bytes, StoreUint(bytes, value));
}

void AppendWideUint(std::string& out, std::uint64_t value) {
  out.push_back(static_cast<char>(msgpack::kUint64));
  base::AppendBig(out, value);
}

void AppendRawSize(std::string& out, std::size_t size) {
  char bytes[kRawSizeBytesMax];
  out.append(bytes, StoreRawSize(bytes, size));
}

void AppendRaw(std::string& out, std::string_view raw) {
  AppendRawSize(out, raw.size());
  out.append(raw);
}

std::size_t PackedUintBytes(std::uint64_t value) noexcept {
  if (value < 0x80) return 1;
  if (value <= 0xff) return 2;
  if (value <= 0xffff) return 3;
  return value <= 0xffffffff ? 5 : 9;
}

}  // namespace anystore::tablet
