#include "filesystem/faults/terms.h"

#include <algorithm>
#include <array>
#include <optional>
#include <vector>

#include "filesystem/faults/glob.h"

namespace anystore::filesystem {
namespace {

using base::AtColumn;
using base::Word;

struct Unit {
  std::string_view name;
  std::uint64_t nanoseconds;
};

constexpr auto kUnits =
    std::to_array<Unit>({{"s", 1'000'000'000}, {"ms", 1'000'000}, {"us", 1'000}, {"ns", 1}});

constexpr std::uint64_t kLatencyMaxNs = 3'600ULL * 1'000'000'000ULL;

Result<std::uint32_t> ParseProbability(const Word& word) {
  // By hand: the same everywhere, and no more digits than are drawn.
  const std::string_view text = word.text;
  const Error bad = BadValue(word, "it takes a number over 0 and up to 1, of at most 9 decimals");
  const std::size_t point = std::min(text.find('.'), text.size());
  const std::string_view decimals = text.substr(std::min(point + 1, text.size()));
  std::string digits(text.substr(0, point));
  if (digits.size() != 1 || decimals.size() > 9) return bad.Clone();
  digits.append(decimals).append(9 - decimals.size(), '0');
  const auto number = base::ParseNumber(digits);
  if (!number.has_value() || *number == 0 || *number > RuleTerms::kCertain) return bad.Clone();
  return static_cast<std::uint32_t>(*number);
}

/// None where `text` is no length of time.
std::optional<Duration> ParseTime(std::string_view text) {
  const std::size_t unit_at = std::min(text.find_first_not_of("0123456789"), text.size());
  const auto number = base::ParseNumber(text.substr(0, unit_at));
  const auto* const unit = std::ranges::find(kUnits, text.substr(unit_at), &Unit::name);
  if (!number.has_value() || *number == 0 || unit == kUnits.end() ||
      *number > kLatencyMaxNs / unit->nanoseconds) {
    return std::nullopt;
  }
  return Duration(*number * unit->nanoseconds);
}

Result<Latency> ParseLatency(const Word& word) {
  const std::string_view text = word.text;
  Latency latency;
  std::size_t end = text.size();
  std::size_t second_at = end;
  if (const std::size_t dots = text.find(".."); dots != text.npos) {
    latency.kind = Latency::Kind::kUniform;
    end = dots;
    second_at = dots + 2;
  } else if (const std::size_t mark = text.find('~'); mark != text.npos) {
    latency.kind = Latency::Kind::kNormal;
    end = mark;
    second_at = mark + 1;
  }
  const auto first = ParseTime(text.substr(0, end));
  const auto second = latency.kind == Latency::Kind::kFixed ? std::optional(Duration::zero())
                                                            : ParseTime(text.substr(second_at));
  if (!first.has_value() || !second.has_value()) {
    return BadValue(word,
                    "it takes a number and a unit (s, ms, us, ns), at most an hour; or two, as in "
                    "1ms..9ms for any between them, and 5ms~1ms for a mean and its deviation");
  }
  if (latency.kind == Latency::Kind::kUniform && *second < *first) {
    return BadValue(word, "the second is the smaller one");
  }
  latency.first = *first;
  latency.second = *second;
  return latency;
}

std::string DecimalOf(std::uint32_t probability) {
  std::string digits = std::to_string(probability % RuleTerms::kCertain);
  digits.insert(0, 9 - digits.size(), '0');
  return "0." + digits.substr(0, digits.find_last_not_of('0') + 1);
}

std::string TimeText(Duration time) {
  const auto count = static_cast<std::uint64_t>(time.count());
  // Nanoseconds divide everything.
  const auto* const unit = std::ranges::find_if(
      kUnits, [count](const Unit& one) { return count % one.nanoseconds == 0; });
  return std::to_string(count / unit->nanoseconds) + std::string(unit->name);
}

}  // namespace

Duration Latency::Draw(SeededRandom& random) const {
  switch (kind) {
    case Kind::kFixed:
      break;
    case Kind::kUniform:
      return first +
             Duration(random.Below(static_cast<std::uint64_t>((second - first).count()) + 1));
    case Kind::kNormal: {
      // Twelve even draws add up to a normal one as near as delays need, the same everywhere.
      double sum = -6.0;
      for (int i = 0; i < 12; ++i) sum += static_cast<double>(random.Next() >> 11U) * 0x1p-53;
      const double drawn =
          static_cast<double>(first.count()) + sum * static_cast<double>(second.count());
      return Duration(static_cast<std::int64_t>(std::max(drawn, 0.0)));
    }
  }
  return first;
}

std::string Latency::ToString() const {
  std::string text = TimeText(first);
  if (kind == Kind::kUniform) text.append("..").append(TimeText(second));
  if (kind == Kind::kNormal) text.append("~").append(TimeText(second));
  return text;
}

Result<bool> RuleTerms::Read(const Word& word) {
  if (word.key == "call") {
    ANYSTORE_ASSIGN_OR_RETURN(call, ParseCount(word));
  } else if (word.key == "after") {
    ANYSTORE_ASSIGN_OR_RETURN(after, ParseCount(word));
  } else if (word.key == "times") {
    ANYSTORE_ASSIGN_OR_RETURN(times, ParseCount(word));
  } else if (word.key == "probability") {
    ANYSTORE_ASSIGN_OR_RETURN(probability, ParseProbability(word));
  } else if (word.key == "latency") {
    ANYSTORE_ASSIGN_OR_RETURN(latency, ParseLatency(word));
  } else {
    return false;
  }
  if (call != 0 && after >= call) return AtColumn(word.column, "call and after leave no call");
  return true;
}

std::string RuleTerms::ToString() const {
  std::string text;
  const auto add = [&text](std::string_view key, const std::string& value) {
    text.append(" ").append(key).append("=").append(value);
  };
  if (call != 0) add("call", std::to_string(call));
  if (after != 0) add("after", std::to_string(after));
  if (times != UINT64_MAX) add("times", std::to_string(times));
  if (probability != kCertain) add("probability", DecimalOf(probability));
  if (!latency.none()) add("latency", latency.ToString());
  return text;
}

bool RuleCounter::Fires(const RuleTerms& terms) {
  ++calls_;
  if (terms.call != 0 && calls_ != terms.call) return false;
  if (calls_ <= terms.after || times_ == terms.times) return false;
  if (terms.probability < RuleTerms::kCertain &&
      random_->Below(RuleTerms::kCertain) >= terms.probability) {
    return false;
  }
  ++times_;
  return true;
}

Error BadValue(const Word& word, std::string_view allowed) {
  return AtColumn(word.column,
                  word.key + "=" + Quoted(word.text) + ", but " + std::string(allowed));
}

Result<std::uint64_t> ParseCount(const Word& word) {
  const auto number = base::ParseNumber(word.text);
  if (!number.has_value() || *number == 0) return BadValue(word, "it takes a number from 1");
  return *number;
}

Result<std::uint32_t> ParseNames(const Word& word, std::span<const std::string_view> names,
                                 std::string_view what) {
  std::uint32_t bits = 0;
  for (std::size_t at = 0; at <= word.text.size();) {
    const std::size_t end = std::min(word.text.find('|', at), word.text.size());
    const Glob pattern(std::string_view(word.text).substr(at, end - at));
    std::uint32_t found = 0;
    for (std::size_t i = 0; i < names.size(); ++i) {
      if (pattern.Matches(names[i])) found |= std::uint32_t{1} << i;
    }
    if (found == 0) {
      std::string known;
      for (const std::string_view name : names) {
        known.append(known.empty() ? "" : ", ").append(name);
      }
      return AtColumn(word.column + at, "no " + std::string(what) + " is called " +
                                            Quoted(pattern.text()) +
                                            "; there are, also with * and |: " + known);
    }
    bits |= found;
    at = end + 1;
  }
  return bits;
}

Status ForEachRule(std::string_view text,
                   const std::function<Status(std::span<const Word>)>& take) {
  std::size_t line_number = 0;
  while (!text.empty()) {
    ++line_number;
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    for (std::size_t at = 0; at <= line.size();) {
      const std::string_view part = base::UpToSeparator(line.substr(at), ';');
      const Result<std::vector<Word>> words = base::SplitWords(part, at);
      Status taken = Ok();
      if (!words.has_value()) {
        taken = words.error().Clone();
      } else if (!words->empty()) {
        taken = take(*words);
      }
      if (!taken.has_value()) {
        return Error(Code::kInvalidArgument, "fault rules: line " + std::to_string(line_number) +
                                                 ", " + std::string(taken.error().message()));
      }
      at += part.size() + 1;
    }
  }
  return Ok();
}

}  // namespace anystore::filesystem
