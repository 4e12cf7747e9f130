// A record sealed and then damaged as the input says: the damage is found, always. And any bytes as
// a record: what unseals is what sealing makes.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "layers/checksum/sealed_value.h"

namespace {

using anystore::Code;
using anystore::layers::ChecksumKind;

void Require(bool holds) {
  if (!holds) std::abort();
}

std::string Sealed(ChecksumKind kind, std::string_view key, std::string_view value) {
  std::string sealed(anystore::layers::SealBytes(kind) + value.size(), '\0');
  anystore::layers::Seal(kind, key, value, sealed.data());
  return sealed;
}

/// What an input is: how to damage, and of what.
struct Input {
  ChecksumKind kind = ChecksumKind::kXxh3Of64;
  unsigned damage = 0;
  std::size_t place = 0;
  unsigned char operand = 1;
  std::string_view key = {};
  std::string_view value = {};
};

constexpr std::size_t kHead = 6;

Input Read(std::string_view bytes) {
  const auto byte = [&bytes](std::size_t i) { return static_cast<unsigned char>(bytes[i]); };
  Input input;
  input.kind = static_cast<ChecksumKind>(1 + byte(0) % 3);
  input.damage = byte(1) % 4;
  input.place = byte(2) + std::size_t{256} * byte(3);
  input.operand = byte(4) == 0 ? 1 : byte(4);
  bytes.remove_prefix(kHead);
  const std::size_t key_bytes = bytes.empty() ? 0 : byte(0) % (bytes.size() + 1);
  input.key = bytes.substr(0, key_bytes);
  input.value = bytes.substr(key_bytes);
  return input;
}

/// One burst of at most 8 bits, a cut, or bytes at the end: what every kind of checksum finds for
/// certain, or as far as chance goes.
void Damage(const Input& input, std::string& sealed) {
  if (input.damage == 0 || sealed.empty()) {
    char& at = sealed[input.place % sealed.size()];
    at = static_cast<char>(at ^ input.operand);
  } else if (input.damage == 1) {
    sealed.resize(input.place % sealed.size());
  } else {
    sealed.append(input.operand, static_cast<char>(input.place));
  }
}

void CheckDamage(const Input& input) {
  const std::string whole = Sealed(input.kind, input.key, input.value);
  const auto value = anystore::layers::Unseal(input.kind, input.key, whole);
  Require(value.has_value() && *value == input.value);
  std::string damaged = whole;
  std::string key(input.key);
  if (input.damage == 3) {
    key.push_back(static_cast<char>(input.operand));
  } else {
    Damage(input, damaged);
  }
  const auto found = anystore::layers::Unseal(input.kind, key, damaged);
  Require(!found.has_value() && found.error().code() == Code::kCorruption);
}

void CheckAnyBytes(ChecksumKind kind, std::string_view bytes) {
  const auto value = anystore::layers::Unseal(kind, "/key", bytes);
  if (value.has_value()) Require(Sealed(kind, "/key", *value) == bytes);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  for (const int kind : {1, 2, 3}) CheckAnyBytes(static_cast<ChecksumKind>(kind), bytes);
  if (size >= kHead) CheckDamage(Read(bytes));
  return 0;
}
