#include "registry/references.h"

#include <algorithm>
#include <cstdlib>
#include <string>
#include <utility>

#include "anystore/error.h"
#include "registry/small_file.h"
#include "registry/url.h"

namespace anystore::registry {
namespace {

constexpr std::string_view kFile = "file:";
// A key or a certificate fits; what is larger was not meant.
constexpr std::size_t kSecretBytesMax = 64 << 10;

bool IsNameByte(char c, bool first) {
  return c == '_' || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
         (!first && c >= '0' && c <= '9');
}

Error Wrong(const std::string& place, const std::string& what) {
  return Error(Code::kInvalidConfig, place + ": " + what);
}

Result<std::string> ExpandVariables(std::string_view text, const std::string& place) {
  std::string expanded;
  while (!text.empty()) {
    const std::size_t plain = std::min(text.find('$'), text.size());
    expanded.append(text.substr(0, plain));
    text.remove_prefix(plain);
    if (text.starts_with("$${")) {
      expanded.append("${");
      text.remove_prefix(3);
    } else if (text.starts_with("${")) {
      const std::size_t length = VariableLength(text);
      if (length == 0) {
        return Wrong(place, R"("${" without a name and "}" behind it; write "$${" for the two)");
      }
      const std::string name(text.substr(2, length - 3));
      // Nothing here sets variables, so reading them beside other readers is safe.
      const char* const value = std::getenv(name.c_str());  // NOLINT(concurrency-mt-unsafe)
      if (value == nullptr) return Wrong(place, "the environment variable " + name + " is not set");
      expanded.append(value);
      text.remove_prefix(length);
    } else if (!text.empty()) {
      expanded += text.front();
      text.remove_prefix(1);
    }
  }
  return expanded;
}

// `reference` is what messages quote: `expanded` may hold what variables stand for.
Result<std::string> ReadSecret(std::string_view reference, std::string_view expanded,
                               const std::string& place, const Environment& environment) {
  Result<std::string> text =
      ReadSmallFile(expanded.substr(kFile.size()), environment, kSecretBytesMax);
  if (!text.has_value()) {
    return Wrong(place, "cannot read " + Quoted(reference) + ": " +
                            std::string(CodeName(text.error().code())));
  }
  if (text->ends_with('\n')) text->pop_back();
  if (text->ends_with('\r')) text->pop_back();
  if (text->empty()) return Wrong(place, "nothing is in " + Quoted(reference));
  return text;
}

bool IsSecretField(const std::string& name, const ConfigSpec* spec) {
  if (spec == nullptr) return SoundsSecret(name);
  const auto found = std::ranges::find(spec->fields, name, &FieldSpec::name);
  return found != spec->fields.end() && found->secret;
}

}  // namespace

std::size_t VariableLength(std::string_view text) {
  if (!text.starts_with("${")) return 0;
  std::size_t length = 2;
  while (length < text.size() && IsNameByte(text[length], length == 2)) ++length;
  return length > 2 && length < text.size() && text[length] == '}' ? length + 1 : 0;
}

bool IsVariable(std::string_view text) {
  return !text.empty() && VariableLength(text) == text.size();
}

bool IsSecretFile(std::string_view text) { return text.starts_with(kFile); }

Result<Config> ExpandReferences(const Config& config, const ConfigSpec* spec,
                                const Environment& environment) {
  const auto expand = [&](const std::string& text, const std::string& place,
                          bool secret) -> Result<std::string> {
    ANYSTORE_ASSIGN_OR_RETURN(std::string expanded, ExpandVariables(text, place));
    // What a variable stands for is taken as it is, even where it looks like a reference.
    if (!secret || !IsSecretFile(text)) return expanded;
    return ReadSecret(text, expanded, place, environment);
  };
  Config out{.scheme = config.scheme};
  ANYSTORE_ASSIGN_OR_RETURN(out.user, expand(config.user, "user", false));
  ANYSTORE_ASSIGN_OR_RETURN(out.password, expand(config.password, "password", true));
  ANYSTORE_ASSIGN_OR_RETURN(out.host, expand(config.host, "host", false));
  ANYSTORE_ASSIGN_OR_RETURN(out.path, expand(config.path, "path", false));
  for (const auto& [name, text] : config.fields) {
    ANYSTORE_ASSIGN_OR_RETURN(out.fields[name],
                              expand(text, "field " + Quoted(name), IsSecretField(name, spec)));
  }
  return out;
}

}  // namespace anystore::registry
