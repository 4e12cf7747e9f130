/// Kinds of keys that tests draw at random, each hard on another part of the tree.
#pragma once

#include <random>
#include <string>
#include <string_view>

namespace anystore::memory::testing {

/// What the keys of a test look like.
enum class KeyKind {
  kNested,      ///< Short strings over two letters: prefixes of each other, the empty key.
  kDigits,      ///< Decimal numbers behind many zeros.
  kLongPrefix,  ///< One of three prefixes longer than what a node keeps, then a number.
  kBinary,      ///< Random bytes, many of them 0x00 and 0xff.
  kTies,        ///< Long equal runs, so that the bytes kept in nodes decide nothing.
};
inline constexpr KeyKind kKeyKinds[] = {KeyKind::kNested, KeyKind::kDigits, KeyKind::kLongPrefix,
                                        KeyKind::kBinary, KeyKind::kTies};

/// A key of that kind, one of about `distinct`.
inline std::string DrawKey(KeyKind kind, unsigned distinct, std::mt19937& random) {
  const unsigned number = static_cast<unsigned>(random()) % distinct;
  const std::string digits = std::to_string(number);
  switch (kind) {
    case KeyKind::kNested: {
      std::string key;
      for (unsigned bits = number; bits != 0; bits /= 3) key += "\0ab"[bits % 3];
      return key;
    }
    case KeyKind::kDigits:
      return std::string(16 - digits.size(), '0') + digits;
    case KeyKind::kLongPrefix:
      return std::string(50 + number % 3 * 30, static_cast<char>('x' + number % 3)) + digits;
    case KeyKind::kBinary: {
      std::mt19937 bytes(number);
      std::string key(bytes() % 12, '\0');
      for (char& c : key) {
        const unsigned roll = bytes() % 4;
        c = static_cast<char>(roll == 0   ? 0x00
                              : roll == 1 ? 0xff
                                          : static_cast<int>(bytes() % 256));
      }
      return key;
    }
    case KeyKind::kTies:
      return std::string(number % 64, '\0') + (number % 2 == 0 ? "" : "z") + digits.substr(0, 2);
  }
  return {};
}

}  // namespace anystore::memory::testing
