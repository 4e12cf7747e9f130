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

/// Where an entry ends, and how many bytes its key has in common with the one before. Two words, so
/// that it is returned in registers.
struct EntryEnd {
  const char* at = nullptr;  // null: there is no whole entry
  std::size_t common = 0;
};

/// The same as `ReadEntry`, for all forms of an entry.
[[nodiscard]] EntryEnd ReadAnyEntry(const char* at, const char* end, TabletEntry& entry) noexcept;

/// Reads the entry at `at`, if there is a whole one before `end`. `entry.key` becomes what its key
/// has behind the common bytes.
///
/// The forms that nearly all entries have are read here: a scan spends its time in this function.
[[nodiscard]] inline EntryEnd ReadEntry(const char* at, const char* end,
                                        TabletEntry& entry) noexcept {
  const auto byte = [](const char* from) { return static_cast<unsigned char>(*from); };
  constexpr std::size_t kHead = 2;       // common, size of the suffix
  constexpr std::size_t kValueHead = 3;  // the longer one
  constexpr std::size_t kBytesMin = kHead + msgpack::kFixRawMax + kValueHead;
  if (static_cast<std::size_t>(end - at) < kBytesMin) return ReadAnyEntry(at, end, entry);
  const unsigned common = byte(at);
  const unsigned suffix = byte(at + 1);
  if (common >= 0x80 || (suffix & 0xe0U) != msgpack::kFixRaw) return ReadAnyEntry(at, end, entry);
  const std::size_t suffix_bytes = suffix & 0x1fU;
  const char* value = at + kHead + suffix_bytes;
  const unsigned flag = byte(value);
  std::size_t value_bytes = 0;
  if (flag == msgpack::kRaw16) {
    value_bytes = base::LoadBig<std::uint16_t>(value + 1);
    value += kValueHead;
  } else if ((flag & 0xe0U) == msgpack::kFixRaw) {
    value_bytes = flag & 0x1fU;
    ++value;
  } else {
    return ReadAnyEntry(at, end, entry);
  }
  if (static_cast<std::size_t>(end - value) < value_bytes) return {};
  entry.key = {at + kHead, suffix_bytes};
  entry.value = {value, value_bytes};
  entry.deleted = false;
  return {value + value_bytes, common};
}

/// Takes an entry from the front of `bytes`. False, and `bytes` unchanged: there is no whole one.
[[nodiscard]] inline bool TakeEntry(std::string_view& bytes, WrittenEntry& entry) noexcept {
  const char* const end = bytes.data() + bytes.size();
  TabletEntry read;
  const EntryEnd next = ReadEntry(bytes.data(), end, read);
  if (next.at == nullptr) return false;
  entry = {.common = static_cast<std::uint32_t>(next.common),
           .suffix = read.key,
           .value = read.value,
           .deleted = read.deleted};
  bytes = {next.at, static_cast<std::size_t>(end - next.at)};
  return true;
}

/// Whether an entry says that its key is deleted. `java_tombstones`: also in the way of the
/// original in Java, by a value of the one byte c0.
template <class Entry>
[[nodiscard]] bool IsDeleted(const Entry& entry, bool java_tombstones) noexcept {
  return entry.deleted ||
         (java_tombstones && entry.value.size() == 1 && entry.value.front() == kNil);
}

/// An entry that is deleted in the way of the original in Java becomes one that is in ours.
inline void TakeJavaTombstone(TabletEntry& entry) noexcept {
  if (IsDeleted(entry, /*java_tombstones=*/true)) entry = {.key = entry.key, .deleted = true};
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
