/// Lines of words, as in fault rules, traces and test files: `write path="a b" call=3`.
///
/// Words stand between blanks. In a word, `"…"` is a string as Go writes it, for everything that
/// would otherwise end the word. `key=value` is one word with a key. `#` begins a comment.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "anystore/error.h"

namespace anystore::base {

/// A word of a line.
struct Word {
  /// What stands before the first "=" that is not quoted; empty where there is none.
  std::string key = {};
  /// The rest, without quotes.
  std::string text = {};
  /// Whether some of it was in quotes.
  bool quoted = false;
  /// Where it begins, from 1.
  std::size_t column = 0;
};

/// The words of one line, or of the part of one that begins behind `columns` bytes.
///
/// Errors: invalid_argument ("column 7: ...").
[[nodiscard]] Result<std::vector<Word>> SplitWords(std::string_view line, std::size_t columns = 0);

/// The first part of `text`, up to a `separator` that is in neither quotes nor a comment, or all
/// of it.
[[nodiscard]] std::string_view UpToSeparator(std::string_view text, char separator) noexcept;

/// The line without a comment and the blanks before it.
[[nodiscard]] std::string_view WithoutComment(std::string_view line) noexcept;

/// `text` as one word without a key: quoted where it must be.
[[nodiscard]] std::string AsWord(std::string_view text);

/// All of `text` as a decimal number.
[[nodiscard]] std::optional<std::uint64_t> ParseNumber(std::string_view text) noexcept;

/// Permission bits as people write them: "0644".
[[nodiscard]] std::string OctalMode(std::uint32_t mode);

/// An error about a place in a line: "column 7: message".
[[nodiscard]] Error AtColumn(std::size_t column, std::string_view message);

}  // namespace anystore::base
