#include "base/words.h"

#include <algorithm>
#include <charconv>

#include "base/quote.h"

namespace anystore::base {
namespace {

bool IsBlank(char c) { return c == ' ' || c == '\t' || c == '\r'; }

/// Whether a word may have the byte outside of quotes.
bool IsPlain(char c) {
  return c > 0x20 && c < 0x7f && c != '"' && c != '#' && c != ';' && c != '=' && c != '\\';
}

/// Where the string that begins at `at` ends, its quote included; the end where it is not closed.
std::size_t EndOfQuoted(std::string_view text, std::size_t at) {
  for (++at; at < text.size() && text[at] != '"'; ++at) {
    if (text[at] == '\\') ++at;
  }
  return std::min(at + 1, text.size());
}

bool BeginsComment(std::string_view line, std::size_t at) {
  return line[at] == '#' && (at == 0 || IsBlank(line[at - 1]));
}

/// Reads the word at `*at` of a line that begins at `columns`, and moves behind it.
Result<Word> ReadWord(std::string_view line, std::size_t columns, std::size_t* at) {
  Word word;
  word.column = columns + *at + 1;
  bool has_key = false;
  while (*at < line.size() && !IsBlank(line[*at])) {
    if (line[*at] == '"') {
      const std::size_t end = EndOfQuoted(line, *at);
      Result<std::string> bytes = Unquote(line.substr(*at, end - *at), 0);
      if (!bytes.has_value())
        return AtColumn(columns + *at + 1, "a string that is not closed or not one");
      word.text += *bytes;
      word.quoted = true;
      *at = end;
      continue;
    }
    // A lone "=" is a word.
    if (line[*at] == '=' && !has_key && !word.text.empty()) {
      word.key.swap(word.text);
      has_key = true;
    } else {
      word.text += line[*at];
    }
    ++*at;
  }
  return word;
}

}  // namespace

Result<std::vector<Word>> SplitWords(std::string_view line, std::size_t columns) {
  std::vector<Word> words;
  for (std::size_t at = 0; at < line.size();) {
    if (IsBlank(line[at])) {
      ++at;
      continue;
    }
    if (BeginsComment(line, at)) break;
    ANYSTORE_ASSIGN_OR_RETURN(Word word, ReadWord(line, columns, &at));
    words.push_back(std::move(word));
  }
  return words;
}

std::string_view UpToSeparator(std::string_view text, char separator) noexcept {
  std::size_t at = 0;
  while (at < text.size() && text[at] != separator) {
    if (BeginsComment(text, at)) return text;
    at = text[at] == '"' ? EndOfQuoted(text, at) : at + 1;
  }
  return text.substr(0, at);
}

std::string_view WithoutComment(std::string_view line) noexcept {
  std::size_t end = 0;
  for (std::size_t at = 0; at < line.size() && !BeginsComment(line, at);) {
    if (!IsBlank(line[at])) end = line[at] == '"' ? EndOfQuoted(line, at) : at + 1;
    at = std::max(end, at + 1);
  }
  return line.substr(0, end);
}

std::string AsWord(std::string_view text) {
  const bool plain = !text.empty() && std::ranges::all_of(text, IsPlain);
  return plain ? std::string(text) : QuoteLikeGo(text);
}

std::optional<std::uint64_t> ParseNumber(std::string_view text) noexcept {
  std::uint64_t number = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (problem != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::string OctalMode(std::uint32_t mode) {
  std::string digits;
  for (; mode != 0 || digits.size() < 4; mode >>= 3U) {
    digits.insert(digits.begin(), static_cast<char>('0' + (mode & 7U)));
  }
  return digits;
}

Error AtColumn(std::size_t column, std::string_view message) {
  return {Code::kInvalidArgument, "column " + std::to_string(column) + ": " + std::string(message)};
}

}  // namespace anystore::base
