#include "layers/fault/store_rule.h"

#include <algorithm>
#include <array>
#include <set>
#include <string>
#include <utility>

namespace anystore::layers {
namespace {

using base::AtColumn;
using base::Word;
using filesystem::BadValue;

constexpr std::uint32_t kReadingBits =
    BitOf(Verb::kGet) | BitOf(Verb::kGetMany) | BitOf(Verb::kNext);
constexpr std::uint32_t kWritingBits = BitOf(Verb::kPut) | BitOf(Verb::kDelete) |
                                       BitOf(Verb::kDeleteRange) | BitOf(Verb::kSetExpiry) |
                                       BitOf(Verb::kBatch);

constexpr std::string_view kTerms =
    "key, call, after, times, probability, latency, fail, retry, effect, corrupt";

/// The value of `word` among `names`, by its place.
Result<std::size_t> ParseChoice(const Word& word, std::span<const std::string_view> names) {
  const auto found = std::ranges::find(names, word.text);
  if (found != names.end()) return static_cast<std::size_t>(found - names.begin());
  std::string allowed = "it takes one of ";
  for (const std::string_view name : names) {
    allowed.append(name == names.front() ? "" : ", ").append(name);
  }
  return BadValue(word, allowed);
}

Result<std::vector<Code>> ParseCodes(const Word& word) {
  std::array<std::string_view, kCodeCount - 1> names;  // all but ok
  for (std::uint8_t i = 0; i < names.size(); ++i) names[i] = CodeName(static_cast<Code>(i + 1));
  std::vector<Code> codes;
  for (std::size_t at = 0; at <= word.text.size();) {
    const std::size_t end = std::min(word.text.find('|', at), word.text.size());
    const Word one{.key = word.key,
                   .text = word.text.substr(at, end - at),
                   .quoted = word.quoted,
                   .column = word.column};
    ANYSTORE_ASSIGN_OR_RETURN(const std::size_t place, ParseChoice(one, names));
    codes.push_back(static_cast<Code>(place + 1));
    at = end + 1;
  }
  return codes;
}

/// Reads the terms of one rule, each at most once.
class RuleParser {
 public:
  Result<StoreRule> Parse(std::span<const Word> words) {
    const bool names_verbs = words.front().key.empty() && words.front().text != "corrupt";
    const Word all{.text = "*"};
    ANYSTORE_ASSIGN_OR_RETURN(
        rule_.verbs, filesystem::ParseNames(names_verbs ? words.front() : all, kVerbNames, "verb"));
    if (names_verbs) {
      verbs_ = words.front().text;
      words = words.subspan(1);
    }
    std::size_t end_column = 1 + verbs_.size();
    for (const Word& word : words) {
      ANYSTORE_TRY(ReadTerm(word));
      end_column = word.column + word.key.size() + word.text.size() + 1;
    }
    if (rule_.action == StoreRule::Action::kNone && rule_.when.latency.none()) {
      return AtColumn(end_column, "the rule does nothing; it needs fail=, corrupt or latency=");
    }
    if (rule_.action != StoreRule::Action::kFail &&
        (rule_.retry.has_value() || rule_.effect != Effect::kNone)) {
      return AtColumn(end_column, "retry and effect are of a rule with fail=");
    }
    return std::move(rule_);
  }

 private:
  Status ReadTerm(const Word& word) {
    const std::string& term = word.key.empty() ? word.text : word.key;
    if (!seen_.insert(term).second) return AtColumn(word.column, "a second " + term);
    if (word.key.empty() && term == "corrupt") {
      ANYSTORE_TRY(SetAction(word, StoreRule::Action::kCorrupt));
      return Narrow(word, kReadingBits, "get, get_many and next");
    }
    if (word.key == "key") {
      rule_.key.emplace(word.text);
    } else if (word.key == "fail") {
      ANYSTORE_ASSIGN_OR_RETURN(rule_.codes, ParseCodes(word));
      return SetAction(word, StoreRule::Action::kFail);
    } else if (word.key == "retry") {
      constexpr std::array<std::string_view, 3> kNames = {"never", "temporary", "spent"};
      ANYSTORE_ASSIGN_OR_RETURN(const std::size_t place, ParseChoice(word, kNames));
      rule_.retry = static_cast<Retry>(place);
    } else if (word.key == "effect") {
      constexpr std::array<std::string_view, 3> kNames = {"none", "unknown", "torn"};
      ANYSTORE_ASSIGN_OR_RETURN(const std::size_t place, ParseChoice(word, kNames));
      rule_.effect = static_cast<Effect>(place);
      return Narrow(word, kWritingBits, "writes");
    } else {
      ANYSTORE_ASSIGN_OR_RETURN(const bool known, rule_.when.Read(word));
      if (!known) {
        return AtColumn(word.column, "unknown term " + Quoted(term) +
                                         "; allowed are, after the verbs, " + std::string(kTerms));
      }
    }
    return Ok();
  }

  Status SetAction(const Word& word, StoreRule::Action action) {
    if (rule_.action != StoreRule::Action::kNone) {
      return AtColumn(word.column, "only one of fail and corrupt");
    }
    rule_.action = action;
    return Ok();
  }

  Status Narrow(const Word& word, std::uint32_t bits, std::string_view verbs) {
    rule_.verbs &= bits;
    if (rule_.verbs != 0) return Ok();
    const std::string& term = word.key.empty() ? word.text : word.key;
    return AtColumn(word.column,
                    term + " is for " + std::string(verbs) + ", not for " + Quoted(verbs_));
  }

  StoreRule rule_;
  std::string verbs_ = "*";
  std::set<std::string> seen_;
};

}  // namespace

Result<StoreRule> StoreRule::Parse(std::span<const Word> words) {
  return RuleParser().Parse(words);
}

}  // namespace anystore::layers
