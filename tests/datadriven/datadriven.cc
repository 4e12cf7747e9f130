#include "datadriven/datadriven.h"

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <iterator>

#include "anystore/error.h"

namespace anystore::datadriven {
namespace {

constexpr std::string_view kRule = "----";

std::vector<std::string_view> Lines(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    lines.push_back(text.substr(0, text.find('\n')));
    text.remove_prefix(std::min(lines.back().size() + 1, text.size()));
  }
  return lines;
}

bool IsRule(std::string_view line) { return line == kRule; }

// A case as it stands in a file.
struct Found {
  Case given = {};
  std::string expected = {};
  // The lines before the expected output, with the rule.
  std::string before = {};
  std::size_t line = 0;
};

// Reads the cases of a file from the top.
class Reader {
 public:
  explicit Reader(std::string_view text) : lines_(Lines(text)) {}

  // The next case; none at the end. Throws BadCase.
  std::optional<Found> Next() {
    Found found;
    while (!AtEnd() && (lines_[at_].empty() || lines_[at_].starts_with('#'))) Keep(found);
    if (AtEnd()) {
      tail_ = found.before;
      return std::nullopt;
    }
    found.line = at_ + 1;
    found.given.command = lines_[at_];
    Keep(found);
    while (!AtEnd() && !IsRule(lines_[at_])) {
      found.given.input.append(lines_[at_]).append("\n");
      Keep(found);
    }
    if (AtEnd()) throw BadCase("a command without \"----\" behind it");
    Keep(found);
    ReadExpected(found);
    return found;
  }

  // The number of the line that is next.
  [[nodiscard]] std::size_t line() const { return at_ + 1; }
  // What stands behind the last case.
  [[nodiscard]] const std::string& tail() const { return tail_; }

 private:
  [[nodiscard]] bool AtEnd() const { return at_ == lines_.size(); }

  [[nodiscard]] bool RuleAt(std::size_t at) const {
    return at < lines_.size() && IsRule(lines_[at]);
  }

  void Keep(Found& found) { found.before.append(lines_[at_++]).append("\n"); }

  void ReadExpected(Found& found) {
    const bool framed = !AtEnd() && IsRule(lines_[at_]);
    if (framed) ++at_;
    const auto ends = [&] {
      if (!framed) return AtEnd() || lines_[at_].empty();
      if (AtEnd()) throw BadCase("output that begins with two \"----\" and does not end so");
      // A third one: the first is output.
      return RuleAt(at_) && RuleAt(at_ + 1) && !RuleAt(at_ + 2);
    };
    while (!ends()) found.expected.append(lines_[at_++]).append("\n");
    if (framed) at_ += 2;
  }

  const std::vector<std::string_view> lines_;
  std::size_t at_ = 0;
  std::string tail_;
};

// Output as it stands in a file.
std::string Framed(const std::string& output) {
  const std::vector<std::string_view> lines = Lines(output);
  const bool plain = std::ranges::none_of(
      lines, [](std::string_view line) { return line.empty() || IsRule(line); });
  return plain ? output : "----\n" + output + "----\n----\n";
}

std::string Slurp(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

std::vector<std::string> LinesOf(std::string_view input) {
  std::vector<std::string> lines;
  for (const std::string_view line : Lines(input)) {
    const std::string_view words = base::WithoutComment(line);
    if (!words.empty()) lines.emplace_back(words);
  }
  return lines;
}

std::string RunLines(std::string_view input,
                     const std::function<std::string(const std::string&)>& run) {
  std::string text;
  for (const std::string& line : LinesOf(input)) {
    const std::string printed = run(line);
    if (printed == "ok") continue;
    // One line stands behind the command, several below it.
    text.append(line).append(printed.find('\n') < printed.size() - 1 ? ":\n" : ": ");
    text.append(printed).append(printed.ends_with('\n') ? "" : "\n");
  }
  return text.empty() ? "ok" : text;
}

std::string LineDifference(std::string_view expected, std::string_view printed) {
  const std::vector<std::string_view> left = Lines(expected);
  const std::vector<std::string_view> right = Lines(printed);
  // common[i][j]: how many lines the ends from i and j have in common.
  std::vector<std::vector<std::size_t>> common(left.size() + 1,
                                               std::vector<std::size_t>(right.size() + 1));
  for (std::size_t i = left.size(); i-- > 0;) {
    for (std::size_t j = right.size(); j-- > 0;) {
      common[i][j] = left[i] == right[j] ? common[i + 1][j + 1] + 1
                                         : std::max(common[i + 1][j], common[i][j + 1]);
    }
  }
  std::string text;
  const auto add = [&text](std::string_view mark, std::string_view line) {
    text.append(mark).append(line).append("\n");
  };
  std::size_t i = 0;
  std::size_t j = 0;
  while (i < left.size() || j < right.size()) {
    if (i < left.size() && j < right.size() && left[i] == right[j]) {
      add("    ", left[i]);
      ++i;
      ++j;
    } else if (j == right.size() || (i < left.size() && common[i + 1][j] >= common[i][j + 1])) {
      add("  - ", left[i++]);
    } else {
      add("  + ", right[j++]);
    }
  }
  return text;
}

FileReport RunText(std::string_view text, const RunCase& run) {
  FileReport report;
  Reader reader(text);
  std::size_t line = 1;
  try {
    while (const auto found = reader.Next()) {
      line = found->line;
      std::string printed = run(found->given);
      if (!printed.empty() && !printed.ends_with('\n')) printed += '\n';
      report.rewritten += found->before + Framed(printed);
      if (printed != found->expected) {
        report.failures.push_back(
            {.line = line,
             .text = found->given.command + "\n" + LineDifference(found->expected, printed)});
      }
      line = reader.line();
    }
    report.rewritten += reader.tail();
  } catch (const BadCase& bad) {
    // What follows would run in a state that nobody meant.
    report.failures.push_back({.line = line, .text = std::string("bad case: ") + bad.what()});
    report.rewritten = text;
  }
  return report;
}

void RunFile(const std::filesystem::path& file, const RunCase& run) {
  const std::string text = Slurp(file);
  const FileReport report = RunText(text, run);
  const char* const rewrite = std::getenv("ANYSTORE_REWRITE");
  if (rewrite != nullptr && std::string_view(rewrite) == "1" && report.rewritten != text) {
    std::ofstream(file, std::ios::binary) << report.rewritten;
    std::cout << "rewrote " << file.string() << "\n";
    return;
  }
  for (const CaseFailure& failure : report.failures) {
    ADD_FAILURE_AT(file.c_str(), static_cast<int>(failure.line)) << failure.text;
  }
}

std::vector<std::filesystem::path> DataFiles(std::string_view area) {
  std::vector<std::filesystem::path> files;
  const std::filesystem::path folder = std::filesystem::path(ANYSTORE_TEST_DATA) / area;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() == ".test") files.push_back(entry.path());
  }
  if (files.empty()) throw std::runtime_error("no tests in " + folder.string());
  std::ranges::sort(files);
  return files;
}

std::string DataFileName(const ::testing::TestParamInfo<std::filesystem::path>& info) {
  std::string name = info.param.stem().string();
  std::ranges::replace_if(name, [](unsigned char c) { return std::isalnum(c) == 0; }, '_');
  return name;
}

Arguments::Arguments(std::string_view line) {
  auto words = base::SplitWords(line);
  if (!words.has_value()) throw BadCase(std::string(words.error().message()));
  if (words->empty()) throw BadCase("a line without a command");
  command_ = words->front().text;
  words_.assign(words->begin() + 1, words->end());
}

std::vector<base::Word>::const_iterator Arguments::FindNext() const {
  return std::ranges::find_if(words_, [](const base::Word& word) { return word.key.empty(); });
}

bool Arguments::HasNext() const { return FindNext() != words_.end(); }

base::Word Arguments::NextWord(std::string_view name) {
  const auto next = FindNext();
  if (next == words_.end()) throw BadCase(command_ + ": no " + std::string(name));
  base::Word word = *next;
  words_.erase(next);
  return word;
}

std::string Arguments::Next(std::string_view name) { return NextWord(name).text; }

std::uint64_t Arguments::NextNumber(std::string_view name) {
  const auto number = base::ParseNumber(Next(name));
  if (!number.has_value()) throw BadCase(command_ + ": " + std::string(name) + " is no number");
  return *number;
}

std::optional<std::string> Arguments::Key(std::string_view key) {
  const auto found = std::ranges::find(words_, key, &base::Word::key);
  if (found == words_.end()) return std::nullopt;
  std::string value = found->text;
  words_.erase(found);
  return value;
}

std::optional<std::uint64_t> Arguments::KeyNumber(std::string_view key) {
  const auto value = Key(key);
  if (!value.has_value()) return std::nullopt;
  const auto number = base::ParseNumber(*value);
  if (!number.has_value()) throw BadCase(command_ + ": " + std::string(key) + "= is no number");
  return number;
}

bool Arguments::Flag(std::string_view word) {
  const auto found = std::ranges::find_if(words_, [&](const base::Word& one) {
    return one.key.empty() && !one.quoted && one.text == word;
  });
  if (found == words_.end()) return false;
  words_.erase(found);
  return true;
}

void Arguments::End() const {
  if (words_.empty()) return;
  const base::Word& left = words_.front();
  throw BadCase(command_ + ": what is " +
                Quoted(left.key.empty() ? left.text : left.key + "=" + left.text) + "?");
}

}  // namespace anystore::datadriven
