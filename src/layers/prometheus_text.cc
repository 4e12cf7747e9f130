#include "layers/prometheus_text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace anystore::layers {
namespace {

/// What Prometheus takes as the beginning of a name: other characters become "_".
std::string AsName(std::string_view text) {
  std::string name(text);
  for (char& c : name) {
    const bool fits = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (!fits) c = '_';
  }
  if (!name.empty() && name.front() >= '0' && name.front() <= '9') name.insert(0, 1, '_');
  return name;
}

std::string AsLabelValue(std::string_view text) {
  std::string value;
  for (const char c : text) {
    if (c == '\\' || c == '"') value += '\\';
    if (c == '\n') {
      value += "\\n";
    } else {
      value += c;
    }
  }
  return value;
}

/// One family: the lines that describe it, and its samples.
struct FamilyText {
  std::string_view name;
  std::string head = {};
  std::string samples = {};
};

/// The name in "# HELP name ..." or "# TYPE name ..."; empty for a sample.
std::string_view DescribedName(std::string_view line) {
  if (!line.starts_with("# HELP ") && !line.starts_with("# TYPE ")) return {};
  line.remove_prefix(std::string_view("# HELP ").size());
  return line.substr(0, line.find(' '));
}

}  // namespace

PrometheusWriter::PrometheusWriter(std::string_view prefix, std::string_view store)
    : prefix_(AsName(prefix)), store_label_("store=\"" + AsLabelValue(store) + '"') {}

void PrometheusWriter::Family(std::string_view name, std::string_view type, std::string_view help) {
  family_ = prefix_ + '_';
  family_ += name;
  text_ += "# HELP " + family_ + ' ';
  text_ += help;
  text_ += "\n# TYPE " + family_ + ' ';
  text_ += type;
  text_ += '\n';
}

void PrometheusWriter::Begin(std::string_view suffix, std::string_view labels) {
  text_ += family_;
  text_ += suffix;
  text_ += '{';
  text_ += store_label_;
  if (!labels.empty()) text_ += ',';
  text_ += labels;
  text_ += "} ";
}

void PrometheusWriter::Sample(std::string_view suffix, std::string_view labels,
                              std::uint64_t value) {
  Begin(suffix, labels);
  text_ += std::to_string(value);
  text_ += '\n';
}

void PrometheusWriter::Seconds(std::string_view suffix, std::string_view labels,
                               std::uint64_t nanoseconds) {
  Begin(suffix, labels);
  text_ += InSeconds(nanoseconds);
  text_ += '\n';
}

std::string InSeconds(std::uint64_t nanoseconds) {
  std::array<char, 32> text;
  const auto end =
      std::to_chars(text.data(), text.data() + text.size(), static_cast<double>(nanoseconds) / 1e9);
  return {text.data(), end.ptr};
}

std::string JoinPrometheusTexts(const std::vector<std::string>& texts) {
  std::vector<FamilyText> families;
  for (const std::string& text : texts) {
    const std::size_t known_before = families.size();  // those that an earlier text describes
    std::size_t current = 0;
    for (std::string_view rest = text; !rest.empty();) {
      const std::size_t length = std::min(rest.find('\n'), rest.size() - 1) + 1;
      const std::string_view line = rest.substr(0, length);
      rest.remove_prefix(length);
      const std::string_view name = DescribedName(line);
      if (name.empty()) {
        if (families.empty()) continue;  // belongs to nothing
        families[current].samples += line;
        if (!line.ends_with('\n')) families[current].samples += '\n';
        continue;
      }
      const auto known = std::ranges::find(families, name, &FamilyText::name);
      current = static_cast<std::size_t>(known - families.begin());
      if (known == families.end()) families.push_back({.name = name});
      if (current >= known_before) families[current].head += line;
    }
  }
  std::string joined;
  for (const FamilyText& family : families) joined += family.head + family.samples;
  return joined;
}

}  // namespace anystore::layers
