#include "filesystem/faults/rule.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <set>
#include <span>
#include <utility>

#include "filesystem/names.h"

namespace anystore::filesystem {
namespace {

using base::AtColumn;
using base::Word;

struct ErrnoName {
  std::string_view name;
  int os_error;
};

constexpr auto kErrnoNames = std::to_array<ErrnoName>({
    {"EACCES", EACCES}, {"EAGAIN", EAGAIN}, {"EBUSY", EBUSY},         {"EDQUOT", EDQUOT},
    {"EEXIST", EEXIST}, {"EFBIG", EFBIG},   {"EINTR", EINTR},         {"EINVAL", EINVAL},
    {"EIO", EIO},       {"EMFILE", EMFILE}, {"ENFILE", ENFILE},       {"ENOENT", ENOENT},
    {"ENOMEM", ENOMEM}, {"ENOSPC", ENOSPC}, {"ENOTEMPTY", ENOTEMPTY}, {"EOPNOTSUPP", EOPNOTSUPP},
    {"EPERM", EPERM},   {"EROFS", EROFS},   {"ESTALE", ESTALE},       {"EXDEV", EXDEV},
});

constexpr std::string_view kTerms =
    "path, site, call, after, times, probability, fail, shorten, pretend, latency";

constexpr std::uint32_t Bit(Operation operation) {
  return std::uint32_t{1} << static_cast<unsigned>(operation);
}

constexpr std::uint32_t kSyncBits =
    Bit(Operation::kSyncDirectory) | Bit(Operation::kSyncFileSystem) | Bit(Operation::kFileSync);
constexpr std::uint32_t kTransferBits = Bit(Operation::kRead) | Bit(Operation::kWrite);

template <class T>
std::string NamesOf(const T& named) {
  std::string text;
  for (const auto& one : named) text.append(text.empty() ? "" : ", ").append(one.name);
  return text;
}

Result<std::uint32_t> ParseOperations(const Word& word) {
  std::array<std::string_view, kOperationCount> names;
  for (std::uint8_t i = 0; i < kOperationCount; ++i) names[i] = Name(static_cast<Operation>(i));
  return ParseNames(word, names, "operation");
}

Result<int> ParseErrno(const Word& word) {
  const auto* const found = std::ranges::find(kErrnoNames, word.text, &ErrnoName::name);
  if (found == kErrnoNames.end()) return BadValue(word, "it takes one of " + NamesOf(kErrnoNames));
  return found->os_error;
}

/// Reads the terms of one rule, each at most once.
class RuleParser {
 public:
  Result<FaultRule> Parse(std::span<const Word> words) {
    std::size_t end_column = 1;
    for (const Word& word : words) {
      ANYSTORE_TRY(ReadWord(word, &word == words.data()));
      end_column = word.column + word.key.size() + word.text.size() + 1;
    }
    if (rule_.action == Decision::Kind::kProceed && rule_.when.latency.none()) {
      return AtColumn(end_column,
                      "the rule does nothing; it needs fail=, shorten=, pretend or latency=");
    }
    return std::move(rule_);
  }

 private:
  Status ReadWord(const Word& word, bool first) {
    if (first) {
      const bool names_operations = word.key.empty() && word.text != "pretend";
      ANYSTORE_ASSIGN_OR_RETURN(rule_.operation_bits,
                                ParseOperations(names_operations ? word : Word{.text = "*"}));
      if (names_operations) {
        rule_.operations = word.text;
        return Ok();
      }
    }
    const std::string& term = word.key.empty() ? word.text : word.key;
    if (!seen_.insert(term).second) return AtColumn(word.column, "a second " + term);
    if (word.key.empty()) {
      if (term != "pretend") return Unknown(word);
      return SetAction(word, Decision::Kind::kPretend, kSyncBits, "sync");
    }
    return ReadTerm(word);
  }

  static Error Unknown(const Word& word) {
    const std::string& term = word.key.empty() ? word.text : word.key;
    return AtColumn(word.column, "unknown term " + Quoted(term) +
                                     "; allowed are, after the operations, " + std::string(kTerms));
  }

  Status ReadTerm(const Word& word) {
    if (word.key == "path") {
      rule_.path.emplace(word.text);
    } else if (word.key == "site") {
      rule_.site.emplace(word.text);
      return Narrow(word, kSyncBits, "sync");
    } else if (word.key == "fail") {
      ANYSTORE_ASSIGN_OR_RETURN(rule_.os_error, ParseErrno(word));
      return SetAction(word, Decision::Kind::kFail, ~std::uint32_t{0}, "");
    } else if (word.key == "shorten") {
      ANYSTORE_ASSIGN_OR_RETURN(rule_.shorten, ParseCount(word));
      return SetAction(word, Decision::Kind::kShorten, kTransferBits, "read and write");
    } else {
      ANYSTORE_ASSIGN_OR_RETURN(const bool known, rule_.when.Read(word));
      if (!known) return Unknown(word);
    }
    return Ok();
  }

  Status SetAction(const Word& word, Decision::Kind action, std::uint32_t bits,
                   std::string_view operations) {
    if (rule_.action != Decision::Kind::kProceed) {
      return AtColumn(word.column, "only one of fail, shorten and pretend");
    }
    rule_.action = action;
    return Narrow(word, bits, operations);
  }

  Status Narrow(const Word& word, std::uint32_t bits, std::string_view operations) {
    rule_.operation_bits &= bits;
    if (rule_.operation_bits != 0) return Ok();
    const std::string& term = word.key.empty() ? word.text : word.key;
    return AtColumn(word.column, term + " is for " + std::string(operations) + " calls, not for " +
                                     Quoted(rule_.operations));
  }

  FaultRule rule_;
  std::set<std::string> seen_;
};

/// "file_batch.cc:120" of a site.
std::string SiteText(const SyncSite& site) {
  return std::string(LastOf(site.file_name())) + ":" + std::to_string(site.line());
}

}  // namespace

Result<FaultRule> FaultRule::Parse(std::span<const Word> words) {
  return RuleParser().Parse(words);
}

std::string FaultRule::ToString() const {
  std::string text = base::AsWord(operations);
  const auto add = [&text](std::string_view key, const std::string& value) {
    text.append(" ").append(key).append("=").append(value);
  };
  if (path.has_value()) add("path", base::AsWord(path->text()));
  if (site.has_value()) add("site", base::AsWord(site->text()));
  text += when.ToString();
  switch (action) {
    case Decision::Kind::kFail:
      add("fail",
          std::string(std::ranges::find(kErrnoNames, os_error, &ErrnoName::os_error)->name));
      break;
    case Decision::Kind::kShorten:
      add("shorten", std::to_string(shorten));
      break;
    case Decision::Kind::kPretend:
      text += " pretend";
      break;
    case Decision::Kind::kProceed:
      break;
  }
  return text;
}

bool FaultRule::IsAbout(const Call& made) const {
  if ((operation_bits & Bit(made.operation)) == 0) return false;
  if (path.has_value() && !path->Matches(made.path) &&
      (made.new_path.empty() || !path->Matches(made.new_path))) {
    return false;
  }
  if (!site.has_value()) return true;
  const std::string where = SiteText(*made.site);
  return site->Matches(where) || site->Matches(where.substr(0, where.rfind(':')));
}

Decision FaultRule::Act(const Call& made) const {
  switch (action) {
    case Decision::Kind::kFail:
      return Decision::Fail(Error::FromErrno(
          os_error, "injected: " + std::string(Name(made.operation)) + " " + Quoted(made.path)));
    case Decision::Kind::kShorten:
      return Decision::Shorten(shorten);
    case Decision::Kind::kPretend:
      return Decision::Pretend();
    case Decision::Kind::kProceed:
      break;
  }
  return Decision::Proceed();
}

}  // namespace anystore::filesystem
