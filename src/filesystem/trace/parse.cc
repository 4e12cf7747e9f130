#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

#include "base/hex.h"
#include "base/words.h"
#include "filesystem/trace/text.h"

namespace anystore::filesystem {
namespace {

using base::Word;

std::optional<std::uint32_t> ParseMode(std::string_view text) {
  std::uint32_t mode = 0;
  if (text.empty() || text.size() > 8) return std::nullopt;
  for (const char c : text) {
    if (c < '0' || c > '7') return std::nullopt;
    mode = mode << 3U | static_cast<std::uint32_t>(c - '0');
  }
  return mode;
}

std::optional<std::string> ParseHex(std::string_view digits) {
  if (digits.size() % 2 != 0) return std::nullopt;
  std::string bytes;
  for (std::size_t i = 0; i < digits.size(); i += 2) {
    const auto high = base::HexDigit(digits[i]);
    const auto low = base::HexDigit(digits[i + 1]);
    if (!high.has_value() || !low.has_value()) return std::nullopt;
    bytes += static_cast<char>(*high << 4U | *low);
  }
  return bytes;
}

/// "4096:00".
std::optional<std::string> ParseFill(std::string_view text) {
  const std::size_t colon = std::min(text.find(':'), text.size());
  const auto count = base::ParseNumber(text.substr(0, colon));
  const auto byte = ParseHex(text.substr(std::min(colon + 1, text.size())));
  if (!count.has_value() || *count > kTransferBytesMax || !byte.has_value() || byte->size() != 1) {
    return std::nullopt;
  }
  return std::string(*count, byte->front());
}

/// Reads the words of a line from left to right.
class LineParser {
 public:
  explicit LineParser(std::string_view line) : line_(base::WithoutComment(line)) {}

  Result<std::optional<TraceLine>> Parse() {
    ANYSTORE_ASSIGN_OR_RETURN(words_, base::SplitWords(line_));
    if (words_.empty()) return std::nullopt;
    if (TakeIf("close")) {
      parsed_.is_close = true;
      ANYSTORE_TRY(TakeHandle());
      if (!parsed_.has_handle) return Expected("@ and the number of a call");
      if (!AtEnd()) return Expected("nothing more");
      return std::move(parsed_);
    }
    ANYSTORE_ASSIGN_OR_RETURN(parsed_.call.number, TakeNumber("the number of the call"));
    ANYSTORE_TRY(TakeOperation());
    ANYSTORE_ASSIGN_OR_RETURN(parsed_.path, TakePath());
    if (HasNewPath(parsed_.call.operation)) {
      if (!TakeIf("->")) return Expected("-> and the new path");
      ANYSTORE_ASSIGN_OR_RETURN(parsed_.new_path, TakePath());
    }
    ANYSTORE_TRY(TakeHandle());
    ANYSTORE_TRY(TakeArguments());
    ANYSTORE_TRY(TakeOutcome());
    return std::move(parsed_);
  }

 private:
  [[nodiscard]] bool AtEnd() const { return next_ == words_.size(); }

  [[nodiscard]] Error Expected(std::string_view what) const {
    return base::AtColumn(AtEnd() ? line_.size() + 1 : words_[next_].column,
                          "expected " + std::string(what));
  }

  /// The next word, unless it has a key or is the "=" before the outcome.
  [[nodiscard]] const Word* Plain() const {
    if (AtEnd()) return nullptr;
    const Word& word = words_[next_];
    return word.key.empty() && (word.quoted || word.text != "=") ? &word : nullptr;
  }

  bool TakeIf(std::string_view text) {
    if (AtEnd() || words_[next_].quoted || !words_[next_].key.empty() ||
        words_[next_].text != text) {
      return false;
    }
    ++next_;
    return true;
  }

  Result<std::uint64_t> TakeNumber(std::string_view what) {
    const Word* const word = Plain();
    const auto number = word != nullptr ? base::ParseNumber(word->text) : std::nullopt;
    if (!number.has_value()) return Expected(what);
    ++next_;
    return *number;
  }

  template <class Enum, std::size_t n>
  Status TakeOneOf(const std::array<std::string_view, n>& words, Enum* value) {
    std::string allowed;
    for (std::size_t i = 0; i < n; ++i) {
      if (TakeIf(words[i])) {
        *value = static_cast<Enum>(i);
        return Ok();
      }
      allowed.append(i == 0 ? "" : i + 1 == n ? " or " : ", ").append(words[i]);
    }
    return Expected(allowed);
  }

  /// `key=` and a mode, where it stands there.
  Status TakeMode(std::uint32_t* mode) {
    if (AtEnd() || words_[next_].key != "mode") return Ok();
    const auto parsed = ParseMode(words_[next_].text);
    if (!parsed.has_value()) return Expected("mode= and an octal number");
    *mode = *parsed;
    ++next_;
    return Ok();
  }

  Status TakeOperation() {
    const Word* const word = Plain();
    const auto operation = word != nullptr ? OperationOf(word->text) : std::nullopt;
    if (!operation.has_value()) return Expected("the name of an operation");
    parsed_.call.operation = *operation;
    ++next_;
    return Ok();
  }

  Result<std::string> TakePath() {
    if (TakeIf("/")) return std::string();
    const Word* const word = Plain();
    if (word == nullptr) return Expected("a path");
    ++next_;
    return word->text;
  }

  Status TakeHandle() {
    const Word* const word = Plain();
    if (word == nullptr || word->quoted || !word->text.starts_with('@')) return Ok();
    const auto number = base::ParseNumber(std::string_view(word->text).substr(1));
    if (!number.has_value()) return Expected("@ and the number of a call");
    parsed_.call.handle = *number;
    parsed_.has_handle = true;
    ++next_;
    return Ok();
  }

  Status TakeOpenArguments() {
    FileOptions& options = parsed_.call.options;
    ANYSTORE_TRY(TakeOneOf(kAccessWords, &options.access));
    for (std::size_t i = 0; i < kCreationWords.size(); ++i) {
      if (TakeIf(kCreationWords[i])) options.creation = static_cast<FileCreation>(i);
    }
    options.truncate = TakeIf("truncate");
    return TakeMode(&options.mode);
  }

  Status TakeRange() {
    ANYSTORE_ASSIGN_OR_RETURN(parsed_.call.offset, TakeNumber("an offset"));
    ANYSTORE_ASSIGN_OR_RETURN(parsed_.call.length, TakeNumber("a length"));
    return Ok();
  }

  Result<Instant> TakeDate() {
    ANYSTORE_ASSIGN_OR_RETURN(const std::uint64_t ns, TakeNumber("a date in nanoseconds"));
    return Instant(Duration(static_cast<std::int64_t>(ns)));
  }

  Status TakePieces() {
    ANYSTORE_ASSIGN_OR_RETURN(parsed_.call.offset, TakeNumber("an offset"));
    std::uint64_t total = 0;
    while (const Word* const word = Plain()) {
      std::optional<std::string> bytes = BytesOf(*word);
      if (!bytes.has_value() || (total += bytes->size()) > kTransferBytesMax)
        return Expected("bytes as \"text\", hex:00ff or fill:4096:00");
      parsed_.pieces.push_back(*std::move(bytes));
      ++next_;
    }
    return Ok();
  }

  Status TakeSite() {
    if (!AtEnd() && words_[next_].key == "site") ++next_;
    return Ok();
  }

  Status TakeArguments() {
    Call& call = parsed_.call;
    switch (call.operation) {
      case Operation::kOpen:
        return TakeOpenArguments();
      case Operation::kOpenUnnamed:
        call.mode = 0666;
        return TakeMode(&call.mode);
      case Operation::kMakeDirectory:
        call.mode = 0777;
        return TakeMode(&call.mode);
      case Operation::kStat:
        call.follow = TakeIf("follow") ? Follow::kYes : Follow::kNo;
        return Ok();
      case Operation::kRename:
        call.replace = TakeIf("no_replace") ? Replace::kNo : Replace::kYes;
        return Ok();
      case Operation::kLock:
        return TakeOneOf(kLockWords, &call.lock_mode);
      case Operation::kListNext: {
        ANYSTORE_ASSIGN_OR_RETURN(call.length, TakeNumber("how many names"));
        return Ok();
      }
      case Operation::kSyncDirectory:
      case Operation::kSyncFileSystem:
        return TakeSite();
      case Operation::kFileSync:
        ANYSTORE_TRY(TakeOneOf(kScopeWords, &call.scope));
        return TakeSite();
      case Operation::kTruncate: {
        ANYSTORE_ASSIGN_OR_RETURN(call.offset, TakeNumber("a size"));
        return Ok();
      }
      case Operation::kSetDates: {
        ANYSTORE_ASSIGN_OR_RETURN(call.dates.accessed, TakeDate());
        ANYSTORE_ASSIGN_OR_RETURN(call.dates.modified, TakeDate());
        return Ok();
      }
      case Operation::kAllocate:
        ANYSTORE_TRY(TakeRange());
        return TakeOneOf(kAllocationWords, &call.allocation);
      case Operation::kMap:
      case Operation::kRead:
        return TakeRange();
      case Operation::kWrite:
        return TakePieces();
      default:
        return Ok();
    }
  }

  Status TakeOutcome() {
    if (!TakeIf("=")) return Expected("= and what came of it");
    if (AtEnd()) return Expected("what came of it");
    std::string_view outcome = line_.substr(words_[next_].column - 1);
    constexpr std::string_view kDecided = " decided";
    if (outcome.ends_with(kDecided)) {
      parsed_.decided = true;
      outcome.remove_suffix(kDecided.size());
    }
    parsed_.outcome = outcome;
    return Ok();
  }

  const std::string_view line_;
  std::vector<Word> words_;
  std::size_t next_ = 0;
  TraceLine parsed_;
};

}  // namespace

Result<std::optional<TraceLine>> ParseTraceLine(std::string_view line) {
  return LineParser(line).Parse();
}

std::optional<std::string> BytesOf(const Word& word) {
  const std::string_view text = word.text;
  if (!word.quoted && text.starts_with("hex:")) return ParseHex(text.substr(4));
  if (!word.quoted && text.starts_with("fill:")) return ParseFill(text.substr(5));
  return word.text;
}

bool AddNames(std::string_view outcome, std::vector<std::string>& names) {
  if (outcome == "end") return true;
  const Result<std::vector<Word>> words = base::SplitWords(outcome);
  if (!words.has_value() || words->empty() || words->front().text != "names") return false;
  for (const Word& word : *words) {
    if (&word != &words->front())
      names.push_back(word.key.empty() ? word.text : word.key + "=" + word.text);
  }
  return true;
}

}  // namespace anystore::filesystem
