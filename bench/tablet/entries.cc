#include "tablet/entries.h"

#include <algorithm>
#include <utility>

#include "harness.h"

namespace anystore::bench {
namespace {

/// So many unlike values: enough that no cache of the processor holds them.
constexpr std::size_t kValues = 4096;

}  // namespace

FixedKey KeyOf(std::uint64_t number) {
  FixedKey key;
  std::uint64_t bits = Shuffle(number).Next();
  for (char& c : key) {
    c = "0123456789abcdef"[bits & 15U];
    bits >>= 4U;
  }
  return key;
}

std::vector<FixedKey> SortedKeys(std::uint64_t count) {
  std::vector<FixedKey> keys(count);
  for (std::uint64_t i = 0; i < count; ++i) keys[i] = KeyOf(i);
  std::ranges::sort(keys, {}, ViewOf);
  return keys;
}

RandomKeys::RandomKeys(std::span<const FixedKey> keys, std::uint64_t seed)
    : keys_(keys.begin(), keys.end()) {
  Shuffle random(seed);
  for (std::size_t left = keys_.size(); left > 1; --left)
    std::swap(keys_[left - 1], keys_[random.Below(left)]);
}

ValuePool::ValuePool(std::size_t value_bytes) : value_bytes_(value_bytes), values_(kValues) {
  Shuffle random(7);
  for (std::string& value : values_) {
    value.resize(value_bytes);
    for (std::size_t i = 0; i < value_bytes / 2; ++i) value[i] = static_cast<char>(random.Next());
    for (std::size_t i = value_bytes / 2; i < value_bytes; ++i)
      value[i] = value[i - value_bytes / 2];
  }
}

std::string_view ValuePool::Value(std::uint64_t number) const {
  return std::string_view(values_[number % kValues]).substr(0, value_bytes_);
}

}  // namespace anystore::bench
