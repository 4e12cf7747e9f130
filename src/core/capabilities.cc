#include "anystore/capabilities.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <string>

#include "base/utf8.h"

namespace anystore {
namespace {

/// The name at `value`, which an enumerator out of range does not have.
template <class Enum, std::size_t N>
std::string_view NameIn(const std::array<std::string_view, N>& names, Enum value) noexcept {
  const auto index = static_cast<std::size_t>(value);
  return index < N ? names[index] : "unknown";
}

/// Sixteen bytes of a key, looked at together: keys of flatfs are long, and every call looks.
using Block [[gnu::vector_size(16)]] = std::uint8_t;

/// Bytes with all bits set where `block` has one of 0-9 A-Z + _ = -.
Block FlatfsBytes(Block block) {
  const auto is_known = (block - '0' <= 9) | (block - 'A' <= 'Z' - 'A') | (block == '+') |
                        (block == '_') | (block == '=') | (block == '-');
  return std::bit_cast<Block>(is_known);
}

/// Whether all bytes are of 0-9 A-Z + _ = -.
bool IsFlatfsText(std::string_view text) {
  Block known = ~Block{};
  Block block;
  while (text.size() >= sizeof(block)) {
    std::memcpy(&block, text.data(), sizeof(block));
    known &= FlatfsBytes(block);
    text.remove_prefix(sizeof(block));
  }
  block = Block{} + '0';
  std::memcpy(&block, text.data(), text.size());
  known &= FlatfsBytes(block);
  const auto words = std::bit_cast<std::array<std::uint64_t, 2>>(known);
  return (words[0] & words[1]) == ~std::uint64_t{0};
}

/// Why `key` breaks the alphabet, null when it does not.
const char* BreaksAlphabet(KeyAlphabet alphabet, std::string_view key) {
  if (Restricts(alphabet, KeyAlphabet::kNoNul) && key.contains('\0')) {
    return "the store takes no key with a zero byte";
  }
  if (Restricts(alphabet, KeyAlphabet::kUtf8) && !base::IsUtf8(key)) {
    return "the store takes only keys that are UTF-8";
  }
  const bool flatfs = key.size() > 1 && key.front() == '/' && IsFlatfsText(key.substr(1));
  if (Restricts(alphabet, KeyAlphabet::kFlatfs) && !flatfs) {
    return "the store takes only \"/\" followed by 0-9 A-Z + _ = -";
  }
  return nullptr;
}

}  // namespace

Capabilities Meet(const Capabilities& a, const Capabilities& b) {
  Capabilities met;
  met.keys = {.bytes_min = std::max(a.keys.bytes_min, b.keys.bytes_min),
              .bytes_max = std::min(a.keys.bytes_max, b.keys.bytes_max),
              .alphabet = a.keys.alphabet | b.keys.alphabet};
  Capabilities::VisitAxes(
      [&](std::string_view, auto axis) { met.*axis = std::min(a.*axis, b.*axis); });
  return met;
}

Status CheckKey(const KeyLimits& limits, std::string_view key) {
  if (key.size() < limits.bytes_min) {
    return Error(Code::kInvalidArgument, "the key has " + std::to_string(key.size()) +
                                             " bytes, the store wants at least " +
                                             std::to_string(limits.bytes_min));
  }
  if (key.size() > limits.bytes_max) {
    return Error(Code::kTooLarge, "the key has " + std::to_string(key.size()) +
                                      " bytes, the store takes " +
                                      std::to_string(limits.bytes_max));
  }
  const char* const reason = BreaksAlphabet(limits.alphabet, key);
  return reason == nullptr ? Ok() : Error(Code::kInvalidArgument, reason);
}

std::string_view Name(Support value) noexcept {
  return NameIn(std::to_array<std::string_view>({"absent", "emulated", "native"}), value);
}

std::string_view Name(Atomicity value) noexcept {
  return NameIn(
      std::to_array<std::string_view>({"none", "per_record", "when_reopened", "all_or_nothing"}),
      value);
}

std::string_view Name(ScanIsolation value) noexcept {
  return NameIn(std::to_array<std::string_view>({"none", "entry_exists", "snapshot"}), value);
}

std::string_view Name(ConditionScope value) noexcept {
  return NameIn(std::to_array<std::string_view>({"absent", "handle", "process", "store"}), value);
}

std::string_view Name(VersionSupport value) noexcept {
  return NameIn(std::to_array<std::string_view>({"absent", "content", "monotone"}), value);
}

std::string_view Name(Durability value) noexcept {
  return NameIn(std::to_array<std::string_view>(
                    {"store_default", "applied", "survives_process", "survives_power"}),
                value);
}

std::string_view Name(Consistency value) noexcept {
  return NameIn(std::to_array<std::string_view>({"eventual", "linearizable"}), value);
}

std::string_view Name(Sharing value) noexcept {
  return NameIn(std::to_array<std::string_view>(
                    {"one_handle", "one_process", "one_writer_many_processes", "many_processes"}),
                value);
}

std::string_view Name(Persistence value) noexcept {
  return NameIn(std::to_array<std::string_view>({"handle", "reopen"}), value);
}

std::string_view Name(Access value) noexcept {
  return value == Access::kReadOnly ? "read_only" : "read_write";
}

}  // namespace anystore
