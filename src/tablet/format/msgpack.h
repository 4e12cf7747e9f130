/// The four kinds of msgpack value in tablets and their logs, in the form of 2013, before strings
/// and binaries were told apart (docs/formats/tablet.md, "Numbers and byte strings").
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/byte_order.h"

namespace anystore::tablet {

/// Whether a value could be taken.
enum class Unpacked : std::uint8_t {
  kOk,
  kCut,      ///< The bytes end before it does.
  kForeign,  ///< Its first byte is of no form that is allowed there.
};

/// Stands in the place of a value: the key is deleted.
inline constexpr char kNil = '\xc0';

namespace msgpack {

inline constexpr unsigned kUint8 = 0xcc;
inline constexpr unsigned kUint16 = 0xcd;
inline constexpr unsigned kUint32 = 0xce;
inline constexpr unsigned kUint64 = 0xcf;
inline constexpr unsigned kFixRaw = 0xa0;
inline constexpr unsigned kRaw16 = 0xda;
inline constexpr unsigned kRaw32 = 0xdb;
inline constexpr std::size_t kFixRawMax = 31;

/// Takes what `TakeUint32` and `TakeRawSize` have no short way for. `widest`: the first byte of the
/// longest form that is allowed.
[[nodiscard]] Unpacked TakeLongUint(std::string_view& bytes, std::uint64_t widest,
                                    std::uint64_t& value) noexcept;
[[nodiscard]] Unpacked TakeLongRawSize(std::string_view& bytes, std::size_t& size) noexcept;

/// Writes what `StoreUint` has no short way for.
[[nodiscard]] char* StoreLongUint(char* to, std::uint64_t value) noexcept;

/// The byte at `at`, which is there.
[[nodiscard]] inline unsigned ByteAt(std::string_view bytes, std::size_t at) noexcept {
  return static_cast<unsigned char>(bytes[at]);
}

}  // namespace msgpack

/// Takes a number from the front of `bytes`, in any form, also a longer one than it needs. What is
/// over 32 bits is foreign; on failure `bytes` is as before.
[[nodiscard]] inline Unpacked TakeUint32(std::string_view& bytes, std::uint32_t& value) noexcept {
  if (!bytes.empty() && msgpack::ByteAt(bytes, 0) < 0x80) [[likely]] {
    value = msgpack::ByteAt(bytes, 0);
    bytes.remove_prefix(1);
    return Unpacked::kOk;
  }
  std::uint64_t wide = 0;
  const Unpacked taken = msgpack::TakeLongUint(bytes, msgpack::kUint32, wide);
  value = static_cast<std::uint32_t>(wide);
  return taken;
}

/// As above, up to 64 bits.
[[nodiscard]] inline Unpacked TakeUint64(std::string_view& bytes, std::uint64_t& value) noexcept {
  return msgpack::TakeLongUint(bytes, msgpack::kUint64, value);
}

/// Takes the size in front of a byte string, in any form.
[[nodiscard]] inline Unpacked TakeRawSize(std::string_view& bytes, std::size_t& size) noexcept {
  if (!bytes.empty() && (msgpack::ByteAt(bytes, 0) & 0xe0U) == msgpack::kFixRaw) [[likely]] {
    size = msgpack::ByteAt(bytes, 0) & 0x1fU;
    bytes.remove_prefix(1);
    return Unpacked::kOk;
  }
  if (bytes.size() > 2 && msgpack::ByteAt(bytes, 0) == msgpack::kRaw16) [[likely]] {
    size = base::LoadBig<std::uint16_t>(bytes.data() + 1);
    bytes.remove_prefix(3);
    return Unpacked::kOk;
  }
  return msgpack::TakeLongRawSize(bytes, size);
}

/// Takes a byte string; `raw` is a part of what `bytes` was.
[[nodiscard]] inline Unpacked TakeRaw(std::string_view& bytes, std::string_view& raw) noexcept {
  std::string_view rest = bytes;
  std::size_t size = 0;
  if (const Unpacked taken = TakeRawSize(rest, size); taken != Unpacked::kOk) return taken;
  if (size > rest.size()) return Unpacked::kCut;
  raw = rest.substr(0, size);
  bytes = rest.substr(size);
  return Unpacked::kOk;
}

/// The most bytes of a number.
inline constexpr std::size_t kUintBytesMax = 9;
/// The most bytes in front of a byte string.
inline constexpr std::size_t kRawSizeBytesMax = 5;

/// Writes a number in its shortest form to `to`, which has room for `kUintBytesMax`; returns where
/// it ends.
[[nodiscard]] inline char* StoreUint(char* to, std::uint64_t value) noexcept {
  if (value < 0x80) [[likely]] {
    *to = static_cast<char>(value);
    return to + 1;
  }
  return msgpack::StoreLongUint(to, value);
}
/// Writes the size that stands in front of a byte string, in its shortest form, likewise.
///
/// Requires: `size` fits 32 bits.
[[nodiscard]] inline char* StoreRawSize(char* to, std::size_t size) noexcept {
  if (size <= msgpack::kFixRawMax) {
    *to = static_cast<char>(msgpack::kFixRaw | size);
    return to + 1;
  }
  const bool narrow = size <= 0xffff;
  *to = static_cast<char>(narrow ? msgpack::kRaw16 : msgpack::kRaw32);
  if (narrow) {
    base::StoreBig(to + 1, static_cast<std::uint16_t>(size));
    return to + 3;
  }
  base::StoreBig(to + 1, static_cast<std::uint32_t>(size));
  return to + 5;
}

/// Appends a number in its shortest form.
void AppendUint(std::string& out, std::uint64_t value);
/// Appends a number as nine bytes, as all writers do in the footer.
void AppendWideUint(std::string& out, std::uint64_t value);
/// Appends the size that stands in front of a byte string, in its shortest form.
///
/// Requires: `size` fits 32 bits.
void AppendRawSize(std::string& out, std::size_t size);
/// Appends a byte string.
void AppendRaw(std::string& out, std::string_view raw);

/// How many bytes `AppendUint` appends.
[[nodiscard]] std::size_t PackedUintBytes(std::uint64_t value) noexcept;

}  // namespace anystore::tablet
