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

/// Takes an entry from the front of `bytes`. False, and `bytes` unchanged: there is none; see
/// `WhyNoEntry`.
[[nodiscard]] inline bool TakeEntry(std::string_view& bytes, WrittenEntry& entry) noexcept {
  std::string_view rest = bytes;
  if (TakeUint32(rest, entry.common) != Unpacked::kOk) return false;
  if (TakeRaw(rest, entry.suffix) != Unpacked::kOk) return false;
  entry.deleted = !rest.empty() && rest.front() == kNil;
  if (entry.deleted) {
    entry.value = {};
    rest.remove_prefix(1);
  } else if (TakeRaw(rest, entry.value) != Unpacked::kOk) {
    return false;
  }
  bytes = rest;
  return true;
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
