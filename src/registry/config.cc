#include "anystore/config.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <limits>
#include <span>
#include <utility>

#include "anystore/error.h"
#include "core/identity.h"
#include "registry/config_check.h"
#include "registry/suggest.h"
#include "registry/url.h"

namespace anystore {
namespace {

struct Unit {
  std::string_view name;
  std::int64_t factor;
};

constexpr std::array<Unit, 10> kByteUnits = {{{"", 1},
                                              {"B", 1},
                                              {"KB", 1'000},
                                              {"MB", 1'000'000},
                                              {"GB", 1'000'000'000},
                                              {"TB", 1'000'000'000'000},
                                              {"KiB", 1LL << 10},
                                              {"MiB", 1LL << 20},
                                              {"GiB", 1LL << 30},
                                              {"TiB", 1LL << 40}}};
constexpr std::array<Unit, 7> kTimeUnits = {{{"ns", 1},
                                             {"us", 1'000},
                                             {"ms", 1'000'000},
                                             {"s", 1'000'000'000},
                                             {"m", 60'000'000'000},
                                             {"h", 3'600'000'000'000},
                                             {"d", 86'400'000'000'000}}};
constexpr std::array<Unit, 1> kNoUnit = {{{"", 1}}};

// Reads a number with one of `units` behind it; none where it is malformed or overflows.
std::optional<std::int64_t> ParseNumber(std::string_view text, std::span<const Unit> units) {
  std::int64_t count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (error != std::errc()) return std::nullopt;
  const std::string_view name(end, text.data() + text.size());
  const auto unit = std::ranges::find(units, name, &Unit::name);
  if (unit == units.end()) return std::nullopt;
  std::int64_t number = 0;
  if (__builtin_mul_overflow(count, unit->factor, &number)) return std::nullopt;
  return number;
}

std::optional<std::int64_t> ParseBool(std::string_view text) {
  for (const std::string_view yes : {"true", "1", "yes", "on"}) {
    if (text == yes) return 1;
  }
  for (const std::string_view no : {"false", "0", "no", "off"}) {
    if (text == no) return 0;
  }
  return std::nullopt;
}

// A length or a size below zero means nothing, so those need not say so in their spec.
std::int64_t Smallest(const FieldSpec& spec) {
  const std::int64_t smallest =
      spec.type == FieldType::kInteger ? std::numeric_limits<std::int64_t>::min() : 0;
  return spec.min.value_or(smallest);
}

std::int64_t Largest(const FieldSpec& spec) {
  return spec.max.value_or(std::numeric_limits<std::int64_t>::max());
}

// The number behind `text`, 0 for texts and choices; none where the field does not allow it.
std::optional<std::int64_t> ParseField(const FieldSpec& spec, std::string_view text) {
  std::optional<std::int64_t> number;
  switch (spec.type) {
    case FieldType::kString:
      return 0;
    case FieldType::kChoice:
      if (std::ranges::find(spec.choices, text) == spec.choices.end()) return std::nullopt;
      return 0;
    case FieldType::kBool:
      return ParseBool(text);
    case FieldType::kInteger:
      number = ParseNumber(text, kNoUnit);
      break;
    case FieldType::kBytes:
      number = ParseNumber(text, kByteUnits);
      break;
    case FieldType::kDuration:
      number = text == "0" ? 0 : ParseNumber(text, kTimeUnits);
      break;
  }
  if (!number.has_value() || *number < Smallest(spec) || *number > Largest(spec)) {
    return std::nullopt;
  }
  return number;
}

Error Wrong(const std::string& what) { return Error(Code::kInvalidConfig, what); }

// Where the text of a field came from, and the text.
struct Given {
  std::string text = {};
  // What messages say instead of it.
  std::string shown = {};
  std::string source = {};
  Code code_if_wrong = Code::kInvalidConfig;
};

Result<Given> Find(const Config& config, const FieldSpec& spec) {
  const std::string quoted = "field " + Quoted(spec.name);
  if (const auto found = config.fields.find(spec.name); found != config.fields.end()) {
    return Given{.text = found->second, .shown = Quoted(found->second), .source = quoted};
  }
  const std::string variable = registry::VariableOf(spec, config.scheme);
  // Backends and the registry never set variables, so reading them beside other readers is safe.
  if (const char* const text = std::getenv(variable.c_str());  // NOLINT(concurrency-mt-unsafe)
      text != nullptr && *text != '\0') {
    return Given{
        .text = text, .shown = Quoted(text), .source = quoted + " (from " + variable + ")"};
  }
  if (spec.default_value.has_value()) {
    return Given{.text = *spec.default_value,
                 .shown = Quoted(*spec.default_value),
                 .source = "default of " + quoted,
                 .code_if_wrong = Code::kInternal};
  }
  return Wrong(quoted + " is missing; it takes " + registry::Allowed(spec) + ", in the URL or in " +
               variable);
}

// The same in `config`, which is `written` after references and defaults were filled in.
Result<Given> FindFilledIn(const Config& config, const FieldSpec& spec, const Config& written) {
  const auto filled = config.fields.find(spec.name);
  const auto wrote = written.fields.find(spec.name);
  if (wrote == written.fields.end()) {
    Result<Given> found = Find(written, spec);
    if (filled == config.fields.end()) return found;
    // Not what the environment or the default says: the backend's own.
    if (!found.has_value() || found->text != filled->second) return Find(config, spec);
    return found;
  }
  ANYSTORE_ASSIGN_OR_RETURN(Given found, Find(config, spec));
  if (found.text != wrote->second) found.shown = "what " + Quoted(wrote->second) + " stands for";
  return found;
}

Status CheckHost(const Config& config, const ConfigSpec& spec) {
  if (spec.takes_host) return Ok();
  if (!config.user.empty() || !config.password.empty()) {
    return Wrong(config.scheme + " takes no user, password and host");
  }
  if (config.host.empty()) return Ok();
  return Wrong(config.scheme + " takes no host, and " + Quoted(config.host) +
               " stands where a host would; did you mean \"" + config.scheme + ":" +
               registry::EncodePath(config.host + config.path) + "\"?");
}

Status CheckPath(const Config& config, const ConfigSpec& spec, const Config& written) {
  if (config.path.empty()) {
    if (!spec.path_required) return Ok();
    return Wrong("no path; " + config.scheme + " needs one: " + spec.path_help);
  }
  if (!spec.path_help.empty() || spec.takes_host) return Ok();
  return Wrong(config.scheme + " takes no path, found \"" + registry::PrintedPath(written.path) +
               "\"");
}

}  // namespace

namespace registry {

std::string Allowed(const FieldSpec& field) {
  std::string text;
  switch (field.type) {
    case FieldType::kString:
      return "any text";
    case FieldType::kChoice:
      return "one of " + JoinNames(field.choices);
    case FieldType::kBool:
      return "true or false";
    case FieldType::kInteger:
      text = "a whole number";
      break;
    case FieldType::kBytes:
      text = "a number of bytes such as 4096, 64KiB or 1MB";
      break;
    case FieldType::kDuration:
      text = "a length of time such as 250ms, 30s or 5m";
      break;
  }
  const std::string_view unit = field.type == FieldType::kDuration ? "ns" : "";
  if (field.min.has_value())
    text.append(", at least ").append(std::to_string(*field.min)).append(unit);
  if (field.max.has_value())
    text.append(", at most ").append(std::to_string(*field.max)).append(unit);
  return text;
}

bool TakesId(const ConfigSpec& spec) {
  return spec.children == ChildCount::kNone &&
         std::ranges::find(spec.fields, kIdField, &FieldSpec::name) == spec.fields.end();
}

Status CheckNames(const Config& config, const ConfigSpec& spec) {
  std::vector<std::string> names;
  names.reserve(spec.fields.size());
  for (const FieldSpec& field : spec.fields) names.push_back(field.name);
  for (const auto& [name, value] : config.fields) {
    if (std::ranges::find(names, name) != names.end()) continue;
    if (name == kIdField && TakesId(spec)) continue;
    const std::string group = ChildrenName(spec);
    if (name == group) {
      return Wrong("field " + Quoted(name) + ": found a text, allowed is " +
                   (spec.children == ChildCount::kOne ? "a store" : "a list of stores"));
    }
    const std::string known =
        names.empty() ? config.scheme + " has no fields" : "known: " + JoinNames(names);
    // In JSON these stand beside the fields.
    if (!spec.path_help.empty()) names.emplace_back("path");
    if (spec.takes_host) names.insert(names.end(), {"host", "user", "password"});
    if (!group.empty()) names.push_back(group);
    if (TakesId(spec)) names.emplace_back(kIdField);
    return Wrong("unknown field " + Quoted(name) + "; " + known + DidYouMean(Nearest(name, names)));
  }
  return Ok();
}

std::string VariableOf(const FieldSpec& field, std::string_view kind) {
  return field.environment_variable.empty() ? EnvironmentVariable(kind, field.name)
                                            : field.environment_variable;
}

std::string ChildrenName(const ConfigSpec& spec) {
  if (spec.children == ChildCount::kNone) return {};
  return spec.children == ChildCount::kOne ? "child" : spec.children_name;
}

}  // namespace registry

namespace {

/// The id that the configuration wants; empty: any.
Result<std::string> FindId(const Config& config, const ConfigSpec& spec) {
  const auto found = config.fields.find(registry::kIdField);
  if (found == config.fields.end() || !registry::TakesId(spec)) return std::string();
  std::string id = internal::NormalUuid(found->second);
  if (!id.empty()) return id;
  return Wrong("field \"id\": found " + Quoted(found->second) +
               ", allowed is a UUID such as 6d1f0c1e-0c5b-4a52-9d3c-3f6c3a1f0b11");
}

}  // namespace

Result<CheckedConfig> CheckedConfig::Make(const Config& config, const ConfigSpec* spec,
                                          const Config* written) {
  const Config& printed = written != nullptr ? *written : config;
  CheckedConfig checked;
  checked.config_ = config;
  checked.name_ = printed.Redacted(spec);
  if (spec == nullptr) {
    for (const auto& [name, text] : config.fields) {
      checked.fields_.emplace(name, Field{.text = text, .given = true});
    }
    return checked;
  }
  ANYSTORE_TRY(registry::CheckNames(config, *spec));
  ANYSTORE_TRY(CheckHost(printed, *spec));
  ANYSTORE_TRY(CheckPath(config, *spec, printed));
  for (const FieldSpec& field : spec->fields) {
    ANYSTORE_ASSIGN_OR_RETURN(Given given, FindFilledIn(config, field, printed));
    const std::optional<std::int64_t> number = ParseField(field, given.text);
    if (!number.has_value()) {
      const bool secret = field.secret || registry::SoundsSecret(field.name);
      return Error(given.code_if_wrong, given.source + ": found " +
                                            (secret ? "a wrong value" : given.shown) +
                                            ", allowed is " + registry::Allowed(field));
    }
    checked.fields_.emplace(field.name, Field{.text = std::move(given.text),
                                              .number = *number,
                                              .given = printed.fields.contains(field.name)});
  }
  ANYSTORE_ASSIGN_OR_RETURN(checked.id_, FindId(config, *spec));
  return checked;
}

const CheckedConfig::Field& CheckedConfig::at(std::string_view field) const {
  static const Field kNone;
  const auto found = fields_.find(field);
  return found == fields_.end() ? kNone : found->second;
}

std::string_view CheckedConfig::String(std::string_view field) const { return at(field).text; }

bool CheckedConfig::Bool(std::string_view field) const { return at(field).number != 0; }

std::int64_t CheckedConfig::Integer(std::string_view field) const { return at(field).number; }

Result<Config> FillDefaults(const Config& given, const ConfigSpec& spec) {
  Config full = given;
  for (const FieldSpec& field : spec.fields) {
    ANYSTORE_ASSIGN_OR_RETURN(Given found, Find(given, field));
    full.fields.insert_or_assign(field.name, std::move(found.text));
  }
  return full;
}

std::string EnvironmentVariable(std::string_view scheme, std::string_view field) {
  std::string name = "ANYSTORE_";
  for (const std::string_view part : {scheme, std::string_view("_"), field}) {
    for (const char c : part) {
      const bool lower = c >= 'a' && c <= 'z';
      const bool keep = (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
      name += lower ? static_cast<char>(c - 'a' + 'A') : (keep ? c : '_');
    }
  }
  return name;
}

}  // namespace anystore
