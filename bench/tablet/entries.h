/// The entries of the tablet benches: random keys of 16 bytes in order, and values that compress to
/// half.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace anystore::bench {

inline constexpr std::size_t kKeyBytes = 16;
/// How many entries a short range has.
inline constexpr std::size_t kRange = 100;

using FixedKey = std::array<char, kKeyBytes>;

[[nodiscard]] inline std::string_view ViewOf(const FixedKey& key) {
  return {key.data(), key.size()};
}

/// The key with this number: hexadecimal digits in an order that has nothing to do with it.
[[nodiscard]] FixedKey KeyOf(std::uint64_t number);

/// `count` keys in order.
[[nodiscard]] std::vector<FixedKey> SortedKeys(std::uint64_t count);

/// Some keys in random order, time and again. They lie behind each other as they come, since a
/// program mostly has the key in hand that it looks for.
class RandomKeys {
 public:
  RandomKeys(std::span<const FixedKey> keys, std::uint64_t seed);
  [[nodiscard]] std::string_view Next() {
    if (at_ == keys_.size()) at_ = 0;
    return ViewOf(keys_[at_++]);
  }

 private:
  std::vector<FixedKey> keys_;
  std::size_t at_ = 0;
};

/// Values of one size; where they are does not depend on their key.
class ValuePool {
 public:
  explicit ValuePool(std::size_t value_bytes);
  [[nodiscard]] std::string_view Value(std::uint64_t number) const;

 private:
  std::size_t value_bytes_;
  std::vector<std::string> values_;
};

/// What every reader does with an entry: looks at both ends of its value.
[[nodiscard]] inline std::uint64_t Touch(std::string_view value) {
  std::uint64_t first = 0;
  std::uint64_t last = 0;
  std::memcpy(&first, value.data(), sizeof(first));
  std::memcpy(&last, value.data() + value.size() - sizeof(last), sizeof(last));
  return first ^ last;
}

/// Reads all of a value.
[[nodiscard]] inline std::uint64_t TouchAll(std::string_view value) {
  std::uint64_t sum = Touch(value);
  for (std::size_t at = 0; at + sizeof(sum) <= value.size(); at += sizeof(sum)) {
    std::uint64_t bytes = 0;
    std::memcpy(&bytes, value.data() + at, sizeof(bytes));
    sum ^= bytes;
  }
  return sum;
}

}  // namespace anystore::bench
