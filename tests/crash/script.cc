#include "crash/script.h"

#include <array>
#include <charconv>
#include <utility>

namespace anystore::crash {
namespace {

struct DurabilityWord {
  Durability durability;
  std::string_view word;
};
constexpr DurabilityWord kDurabilityWords[] = {{Durability::kApplied, "applied"},
                                               {Durability::kSurvivesProcess, "process"},
                                               {Durability::kSurvivesPower, "durable"}};

constexpr std::array<std::string_view, 3> kProfiles = {"strict", "journaled", "no_journal"};
constexpr std::array<std::string_view, 3> kMoments = {"before", "after", "end"};

void Add(std::string& text, std::string_view word) {
  if (!text.empty()) text += ' ';
  text += word;
}

// Takes the words of one step from front to back.
class Words {
 public:
  explicit Words(std::string_view step) : step_(step), rest_(step) { Skip(); }

  [[nodiscard]] bool empty() const { return rest_.empty(); }
  // The next word, if it is this one.
  bool Take(std::string_view word) {
    if (Peek() != word) return false;
    static_cast<void>(Next());
    return true;
  }
  std::string_view Next() {
    const std::string_view word = Peek();
    rest_.remove_prefix(word.size());
    Skip();
    return word;
  }
  template <class T>
  Result<T> Number() {
    const std::string_view word = Next();
    T number = 0;
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), number);
    if (word.empty() || error != std::errc() || end != word.data() + word.size()) {
      return Wrong("a number");
    }
    return number;
  }
  [[nodiscard]] Error Wrong(std::string_view wanted) const {
    return {Code::kInvalidArgument,
            "script: expected " + std::string(wanted) + " in " + Quoted(step_)};
  }

 private:
  [[nodiscard]] std::string_view Peek() const { return rest_.substr(0, rest_.find(' ')); }
  void Skip() { rest_.remove_prefix(std::min(rest_.find_first_not_of(' '), rest_.size())); }

  std::string_view step_;
  std::string_view rest_;
};

Result<Change> ParseChange(Words& words, bool put) {
  const std::string_view key = words.Next();
  if (!key.starts_with('/')) return words.Wrong("a key");
  Change change{.key = std::string(key)};
  if (put) {
    ANYSTORE_ASSIGN_OR_RETURN(change.bytes, words.Number<std::uint32_t>());
  }
  return change;
}

Result<Operation> ParseOperation(std::string_view word, Words& words) {
  using Kind = Operation::Kind;
  Operation operation;
  if (word == "put" || word == "delete" || word == "get") {
    operation.kind = word == "put" ? Kind::kPut : word == "get" ? Kind::kGet : Kind::kDelete;
    ANYSTORE_ASSIGN_OR_RETURN(Change change, ParseChange(words, word == "put"));
    operation.changes.push_back(std::move(change));
  } else if (word == "batch") {
    operation.kind = Kind::kBatch;
    for (;;) {
      const bool put = words.Take("put");
      if (!put && !words.Take("delete")) break;
      ANYSTORE_ASSIGN_OR_RETURN(Change change, ParseChange(words, put));
      operation.changes.push_back(std::move(change));
    }
  } else if (word == "sync" || word == "reopen") {
    operation.kind = word == "sync" ? Kind::kSync : Kind::kReopen;
  } else if (word == "move") {
    operation.kind = Kind::kMove;
  } else {
    return words.Wrong("an operation");
  }
  for (const auto& [durability, name] : kDurabilityWords) {
    if (words.Take(name)) operation.durability = durability;
  }
  operation.all = words.Take("all");
  if (words.Take("dies")) {
    ANYSTORE_ASSIGN_OR_RETURN(operation.dies_at, words.Number<std::uint32_t>());
  }
  return operation;
}

Result<Survivors> ParseSurvivors(Words& words) {
  const std::string_view word = words.Next();
  for (const Survivors survivors : kAllSurvivors) {
    if (Name(survivors) == word) return survivors;
  }
  return words.Wrong("none, all, random or torn");
}

Result<Cut> ParseCut(Words& words) {
  Cut cut;
  const std::string_view moment = words.Next();
  std::size_t at = 0;
  while (at < kMoments.size() && kMoments[at] != moment) ++at;
  if (at == kMoments.size()) return words.Wrong("before, after or end");
  cut.moment = static_cast<Moment>(at);
  if (cut.moment != Moment::kEnd) {
    ANYSTORE_ASSIGN_OR_RETURN(cut.call, words.Number<std::uint64_t>());
  }
  ANYSTORE_ASSIGN_OR_RETURN(cut.survivors, ParseSurvivors(words));
  ANYSTORE_ASSIGN_OR_RETURN(cut.seed, words.Number<std::uint64_t>());
  if (words.Take("again")) {
    SecondCut again;
    ANYSTORE_ASSIGN_OR_RETURN(again.call, words.Number<std::uint64_t>());
    ANYSTORE_ASSIGN_OR_RETURN(again.survivors, ParseSurvivors(words));
    ANYSTORE_ASSIGN_OR_RETURN(again.seed, words.Number<std::uint64_t>());
    cut.again = again;
  }
  return cut;
}

Status ParseStep(std::string_view step, Script& script) {
  Words words(step);
  if (words.empty()) return Ok();
  const std::string_view word = words.Next();
  if (word == "disk") {
    const auto profile = ParseProfile(words.Next());
    if (!profile.has_value()) return words.Wrong("strict, journaled or no_journal");
    script.profile = *profile;
    ANYSTORE_ASSIGN_OR_RETURN(script.seed, words.Number<std::uint64_t>());
    script.copied = words.Take("copied");
  } else if (word == "cut") {
    ANYSTORE_ASSIGN_OR_RETURN(script.cut, ParseCut(words));
  } else {
    ANYSTORE_ASSIGN_OR_RETURN(Operation operation, ParseOperation(word, words));
    script.operations.push_back(std::move(operation));
  }
  return words.empty() ? Ok() : Status(words.Wrong("nothing more"));
}

}  // namespace

std::string_view Name(DiskProfile profile) noexcept {
  return kProfiles[static_cast<std::size_t>(profile)];
}

std::optional<DiskProfile> ParseProfile(std::string_view name) noexcept {
  for (std::size_t i = 0; i < kProfiles.size(); ++i) {
    if (kProfiles[i] == name) return static_cast<DiskProfile>(i);
  }
  return std::nullopt;
}

std::string ToText(const Operation& operation) {
  constexpr std::array<std::string_view, kKindCount> kWords = {"put", "delete", "batch", "sync",
                                                               "get", "reopen", "move"};
  std::string text(kWords[static_cast<std::size_t>(operation.kind)]);
  for (const Change& change : operation.changes) {
    if (operation.kind == Operation::Kind::kBatch) {
      Add(text, change.bytes.has_value() ? "put" : "delete");
    }
    Add(text, change.key);
    if (change.bytes.has_value()) Add(text, std::to_string(*change.bytes));
  }
  for (const auto& [durability, word] : kDurabilityWords) {
    if (operation.durability == durability) Add(text, word);
  }
  if (operation.all) Add(text, "all");
  if (operation.dies_at != 0) Add(text, "dies " + std::to_string(operation.dies_at));
  return text;
}

std::string ToText(const Cut& cut) {
  std::string text = "cut";
  Add(text, kMoments[static_cast<std::size_t>(cut.moment)]);
  if (cut.moment != Moment::kEnd) Add(text, std::to_string(cut.call));
  Add(text, Name(cut.survivors));
  Add(text, std::to_string(cut.seed));
  if (cut.again.has_value()) {
    Add(text, "again " + std::to_string(cut.again->call));
    Add(text, Name(cut.again->survivors));
    Add(text, std::to_string(cut.again->seed));
  }
  return text;
}

std::string ToText(const Script& script, std::string_view separator) {
  std::string text = "disk ";
  text += Name(script.profile);
  Add(text, std::to_string(script.seed));
  if (script.copied) Add(text, "copied");
  for (const Operation& operation : script.operations) {
    text += separator;
    text += ToText(operation);
  }
  if (script.cut.has_value()) {
    text += separator;
    text += ToText(*script.cut);
  }
  return text;
}

Result<Script> ParseScript(std::string_view text) {
  Script script;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find_first_of(";\n"), text.size());
    ANYSTORE_TRY(ParseStep(text.substr(0, end), script));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return script;
}

}  // namespace anystore::crash
