/// Patterns of paths.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace anystore::filesystem {

/// A pattern: `?` is one byte and `*` any number of them, but never a "/"; `**` is any bytes, and
/// `**/` any directories on the way or none. Everything else stands for itself.
///
/// Threads: immutable.
class Glob {
 public:
  explicit Glob(std::string_view pattern);

  /// Whether all of `text` matches: in time of the product of the two lengths.
  [[nodiscard]] bool Matches(std::string_view text) const;
  [[nodiscard]] const std::string& text() const noexcept { return text_; }

 private:
  enum class Kind : std::uint8_t { kByte, kAnyByte, kAnyBytes, kAnything, kDirectories };
  struct Token {
    Kind kind;
    char byte;
  };

  std::string text_;
  std::vector<Token> tokens_;
};

}  // namespace anystore::filesystem
