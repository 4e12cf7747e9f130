// Any bytes as a configuration in JSON: nothing crashes, refusals and prints are fit for printing,
// what is printed reads back as the same, and secrets do not matter to it.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "anystore/backend.h"
#include "anystore/config.h"
#include "anystore/environment.h"
#include "base/json_text.h"
#include "base/utf8.h"
#include "registry/config_json.h"
#include "registry/references.h"
#include "registry/stack.h"
#include "registry/url.h"

namespace {

using anystore::Config;

void Require(bool holds) {
  if (!holds) std::abort();
}

bool IsLine(std::string_view text) {
  for (const char c : text) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) return false;
  }
  return anystore::base::IsUtf8(text);
}

bool NamesSecret(std::string_view name) {
  return name.contains("password") || name.contains("secret") || name.contains("token");
}

bool IsReference(std::string_view text) {
  return anystore::registry::IsVariable(text) || anystore::registry::IsSecretFile(text);
}

// Other secrets at every depth.
void Replace(Config* config) {
  if (!config->password.empty()) config->password = "another";
  for (auto& [name, value] : config->fields) {
    if (NamesSecret(name)) value = "another";
  }
  for (Config& child : config->children) Replace(&child);
}

// Whether secrets say where they are, which is printed.
bool HasReference(const Config& config) {
  if (IsReference(config.password)) return true;
  for (const auto& [name, value] : config.fields) {
    if (NamesSecret(name) && IsReference(value)) return true;
  }
  return std::ranges::any_of(config.children, HasReference);
}

// Whether a list of stores may be one of secrets, of which nothing is printed.
bool HasSecretStores(const Config& config) {
  return std::ranges::any_of(config.children, [](const Config& child) {
    return anystore::registry::SoundsSecret(child.group) || HasSecretStores(child);
  });
}

void CheckParsed(const Config& config) {
  const std::string printed = config.Redacted();
  Require(IsLine(printed));
  // One level may come of a URL with something said beside it.
  constexpr std::ptrdiff_t kDepthMax = 60;
  const auto depth = std::ranges::count(printed, '{') + std::ranges::count(printed, '[');
  if (!HasSecretStores(config) && depth <= kDepthMax) {
    const auto again = Config::Parse(printed);
    Require(again.has_value());
    Require(again->Redacted() == printed);
    Require(again->children.size() == config.children.size());
  }
  if (!HasReference(config)) {
    Config other = config;
    Replace(&other);
    Require(other.Redacted() == printed);
  }
  // Files are not read for what a fuzzer wrote.
  if (printed.contains("file:")) return;
  const auto stack = anystore::registry::Resolve(config, anystore::Registry::Global(),
                                                 anystore::Environment::Host());
  if (!stack.has_value()) Require(IsLine(stack.error().ToString()));
}

// The input as a password in a tree that is otherwise in order.
void CheckAsPassword(std::string_view secret) {
  if (!anystore::base::IsUtf8(secret) || secret.empty()) return;
  if (IsReference(secret)) return;
  const std::string text = anystore::base::JsonString(secret);
  const auto config = Config::Parse(R"({"type":"a","token":)" + text +
                                    R"(,"child":{"type":"b","host":"h","password":)" + text + "}}");
  if (!config.has_value()) std::abort();
  Require(config->children.front().password == secret);
  Require(config->Redacted() == R"({"type":"a","token":"***","child":"b://:***@h"})");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto config = anystore::registry::ParseJson(text);
  if (config.has_value()) {
    CheckParsed(*config);
  } else {
    Require(config.error().code() == anystore::Code::kInvalidConfig);
    Require(IsLine(config.error().ToString()));
  }
  Require(IsLine(anystore::RedactUrl(text)) || !anystore::registry::IsJson(text));
  CheckAsPassword(text);
  return 0;
}
