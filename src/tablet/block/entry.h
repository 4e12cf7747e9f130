/// One entry of a block: as it is written, and as it is read.
#pragma once

#include <cstdint>
#include <string_view>

#include "tablet/format/msgpack.h"

namespace anystore::tablet {

/// A key, and its value or that it is deleted. Views into what the giver keeps.
struct TabletEntry {
  std::string_view key = {};
  std::string_view value = {};
  bool deleted = false;

  friend bool operator==(const TabletEntry&, const TabletEntry&) = default;
};

/// An entry as it is written: how many bytes its key has in common with that of the entry before,
/// the rest of the key, and the value.
struct WrittenEntry {
  std::uint32_t common = 0;
  std::string_view suffix = {};
  std::string_view value = {};
  bool deleted = false;

  [[nodiscard]] std::size_t key_bytes() const noexcept { return common + suffix.size(); }
};

/// The same as `ReadEntry`, for all forms of an entry.
[[nodiscard]] const char* ReadAnyEntry(const char* at, const char* end,
                                       WrittenEntry& entry) noexcept;

/// Reads the entry at `at`, and returns where it ends; null: there is no whole one before `end`.
///
/// The forms that nearly all entries have are read here, in registers: a scan spends its time in
/// this function.
[[nodiscard]] inline const char* ReadEntry(const char* at, const char* end,
                                           WrittenEntry& entry) noexcept {
  const auto byte = [](const char* from) { return static_cast<unsigned char>(*from); };
  const auto left = static_cast<std::size_t>(end - at);
  constexpr std::size_t kHead = 2;       // common, size of the suffix
  constexpr std::size_t kValueHead = 3;  // the longer one
  if (left < kHead + msgpack::kFixRawMax + kValueHead) return ReadAnyEntry(at, end, entry);
  const unsigned common = byte(at);
  const unsigned suffix = byte(at + 1);
  if (common >= 0x80 || (suffix & 0xe0U) != msgpack::kFixRaw) return ReadAnyEntry(at, end, entry);
  const std::size_t suffix_bytes = suffix & 0x1fU;
  const char* const value = at + kHead + suffix_bytes;
  const unsigned flag = byte(value);
  std::size_t head = 1;
  std::size_t value_bytes = 0;
  if (flag == msgpack::kRaw16) {
    head = kValueHead;
    value_bytes = base::LoadBig<std::uint16_t>(value + 1);
  } else if ((flag & 0xe0U) == msgpack::kFixRaw) {
    value_bytes = flag & 0x1fU;
  } else {
    return ReadAnyEntry(at, end, entry);
  }
  if (static_cast<std::size_t>(end - value) < head + value_bytes) return nullptr;
  entry.common = common;
  entry.suffix = {at + kHead, suffix_bytes};
  entry.value = {value + head, value_bytes};
  entry.deleted = false;
  return value + head + value_bytes;
}

/// Takes an entry from the front of `bytes`. False, and `bytes` unchanged: there is no whole one.
[[nodiscard]] inline bool TakeEntry(std::string_view& bytes, WrittenEntry& entry) noexcept {
  const char* const end = bytes.data() + bytes.size();
  const char* const next = ReadEntry(bytes.data(), end, entry);
  if (next == nullptr) return false;
  bytes = {next, static_cast<std::size_t>(end - next)};
  return true;
}

/// Whether an entry says that its key is deleted. `java_tombstones`: also in the way of the
/// original in Java, by a value of the one byte c0.
[[nodiscard]] inline bool IsDeleted(const WrittenEntry& entry, bool java_tombstones) noexcept {
  return entry.deleted ||
         (java_tombstones && entry.value.size() == 1 && entry.value.front() == kNil);
}

/// The first 8 bytes of a key as a number, padded with zeros: of two keys with unlike numbers, the
/// one with the lower number comes first.
[[nodiscard]] inline std::uint64_t KeyPrefix(std::string_view key) noexcept {
  if (key.size() >= 8) [[likely]]
    return base::LoadBig<std::uint64_t>(key.data());
  char padded[8] = {};
  key.copy(padded, key.size());
  return base::LoadBig<std::uint64_t>(padded);
}

}  // namespace anystore::tablet
