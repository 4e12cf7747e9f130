#include <algorithm>
#include <cstdio>
#include <string>

#include "anystore/conformance.h"

namespace anystore::conformance {
namespace {

// Bytes above 0x7f are printed as they stand: what reports quote of keys is escaped already.
std::string Json(std::string_view text) {
  std::string json = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      json += {'\\', c};
    } else if (static_cast<unsigned char>(c) < 0x20) {
      char escaped[8];
      std::snprintf(escaped, sizeof escaped, "\\u%04x", static_cast<unsigned>(c));
      json += escaped;
    } else {
      json += c;
    }
  }
  return json += '"';
}

std::string Seconds(double seconds) {
  char text[32];
  std::snprintf(text, sizeof text, "%.3f", seconds);
  return text;
}

// `[f(a),f(b)]`, with the brackets given.
template <class Range, class Format>
std::string Joined(const Range& range, std::string_view brackets, Format format) {
  std::string json(1, brackets[0]);
  for (const auto& item : range) {
    if (json.size() > 1) json += ',';
    json += format(item);
  }
  return json += brackets[1];
}

std::string Json(const Failure& failure) {
  return "{\"check\":" + Json(failure.check) + ",\"expected\":" + Json(failure.expected) +
         ",\"found\":" + Json(failure.found) + ",\"history\":" +
         Joined(failure.history, "[]", [](const std::string& line) { return Json(line); }) + "}";
}

std::string Json(const ChapterReport& chapter) {
  return "{\"name\":" + Json(chapter.name) + ",\"about\":" + Json(chapter.about) +
         ",\"outcome\":" + Json(Name(chapter.outcome)) + ",\"reason\":" + Json(chapter.reason) +
         ",\"checks\":" + std::to_string(chapter.checks) +
         ",\"cases\":" + std::to_string(chapter.cases) +
         ",\"seconds\":" + Seconds(chapter.seconds) + ",\"failures\":" +
         Joined(chapter.failures, "[]", [](const Failure& failure) { return Json(failure); }) + "}";
}

std::string Json(const Guarantee& guarantee) {
  return "{\"axis\":" + Json(guarantee.axis) + ",\"claimed\":" + Json(guarantee.claimed) +
         ",\"verdict\":" + Json(Name(guarantee.verdict)) + ",\"chapters\":" +
         Joined(guarantee.chapters, "[]", [](const std::string& name) { return Json(name); }) + "}";
}

std::string Json(const LargestTaken& largest) {
  return "{\"key_bytes\":" + std::to_string(largest.key) +
         ",\"value_bytes\":" + std::to_string(largest.value) +
         ",\"batch_bytes\":" + std::to_string(largest.batch) + "}";
}

std::string Padded(std::string_view text, std::size_t width) {
  return std::string(text) + std::string(width - std::min(width, text.size()), ' ');
}

}  // namespace

std::string_view Name(Outcome outcome) noexcept {
  switch (outcome) {
    case Outcome::kPassed:
      return "passed";
    case Outcome::kFailed:
      return "failed";
    case Outcome::kSkipped:
      return "skipped";
  }
  return "unknown";
}

bool Report::passed() const noexcept { return count(Outcome::kFailed) == 0; }

std::size_t Report::count(Outcome outcome) const noexcept {
  return static_cast<std::size_t>(std::ranges::count(chapters, outcome, &ChapterReport::outcome));
}

const ChapterReport* Report::find(std::string_view chapter) const noexcept {
  const auto found = std::ranges::find(chapters, chapter, &ChapterReport::name);
  return found == chapters.end() ? nullptr : &*found;
}

std::string ToText(const ChapterReport& chapter) {
  std::string text = Padded(Name(chapter.outcome), 8) + Padded(chapter.name, 28);
  if (chapter.outcome == Outcome::kSkipped) return text + chapter.reason + "\n";
  text += std::to_string(chapter.checks) + " checks";
  if (chapter.cases > 0) text += " in " + std::to_string(chapter.cases) + " cases";
  text += ", " + Seconds(chapter.seconds) + " s\n";
  if (!chapter.failures.empty()) text += "  promise   " + chapter.about + "\n";
  for (const Failure& failure : chapter.failures) {
    text += "  check     " + failure.check + "\n  expected  " + failure.expected +
            "\n  found     " + failure.found + "\n";
    std::string_view label = "  after     ";
    for (const std::string& line : failure.history) {
      text.append(label).append(line).append("\n");
      label = "            ";
    }
    text += "\n";
  }
  return text;
}

std::string Report::ToText() const {
  std::string text =
      "conformance of " + target + ", seed " + std::to_string(seed) + (quick ? ", quick\n" : "\n");
  for (const ChapterReport& chapter : chapters) text += conformance::ToText(chapter);
  text += std::to_string(count(Outcome::kPassed)) + " passed, " +
          std::to_string(count(Outcome::kFailed)) + " failed, " +
          std::to_string(count(Outcome::kSkipped)) + " skipped\n";
  if (!passed()) {
    text += "again: --seed " + std::to_string(seed) + (quick ? " --quick" : "");
    for (const ChapterReport& chapter : chapters) {
      if (chapter.outcome == Outcome::kFailed) text += " --chapter " + chapter.name;
    }
    text += "\n";
  }
  return text;
}

std::string Report::ToJson() const {
  double seconds = 0;
  for (const ChapterReport& chapter : chapters) seconds += chapter.seconds;
  return "{\"format\":1,\"version\":" + Json(ANYSTORE_VERSION) +
         ",\"compiler\":" + Json(__VERSION__) + ",\"target\":" + Json(target) +
         ",\"seed\":" + std::to_string(seed) + ",\"quick\":" + (quick ? "true" : "false") +
         ",\"passed\":" + (passed() ? "true" : "false") + ",\"seconds\":" + Seconds(seconds) +
         ",\"guarantees\":" +
         Joined(guarantees(), "[]", [](const Guarantee& guarantee) { return Json(guarantee); }) +
         ",\"largest_taken\":" + Json(largest) + ",\"chapters\":" +
         Joined(chapters, "[]", [](const ChapterReport& chapter) { return Json(chapter); }) +
         ",\"provoked\":" +
         Joined(provoked, "{}",
                [](const auto& entry) {
                  return Json(entry.first) + ":" +
                         Joined(entry.second, "[]", [](Code code) { return Json(CodeName(code)); });
                }) +
         "}";
}

}  // namespace anystore::conformance
