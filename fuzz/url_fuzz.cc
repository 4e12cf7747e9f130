// Any bytes as a URL: nothing crashes, what is printed parses again and is independent of secrets.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "anystore/config.h"
#include "registry/config_json.h"
#include "registry/references.h"

namespace {

void Require(bool holds) {
  if (!holds) std::abort();
}

bool IsPrintable(std::string_view text) {
  for (const char c : text) {
    if (c < 0x21 || c > 0x7e) return false;
  }
  return true;
}

// Where a secret is to be found is printed.
bool IsReference(std::string_view text) {
  return anystore::registry::IsVariable(text) || anystore::registry::IsSecretFile(text);
}

// Two configurations that differ in nothing but secrets must be printed alike.
void CheckIndependence(const anystore::Config& config) {
  anystore::Config other = config;
  if (!other.password.empty() && !IsReference(other.password)) other.password = "another";
  for (auto& [name, value] : other.fields) {
    if (IsReference(value)) continue;
    if (name.contains("password") || name.contains("secret")) value = "another";
  }
  Require(config.Redacted() == other.Redacted());
}

void CheckMalformed(std::string_view url, const anystore::Error& error) {
  const std::string printed = anystore::RedactUrl(url);
  Require(error.code() == anystore::Code::kInvalidConfig);
  Require(error.store() == printed);
  Require(IsPrintable(printed) && !printed.contains('@'));
  const std::size_t mark = printed.find('?');
  Require(mark == std::string::npos || printed.substr(mark) == "?***");
}

void CheckParsed(const anystore::Config& config) {
  const std::string printed = config.Redacted();
  Require(IsPrintable(printed));
  const auto again = anystore::Config::Parse(printed);
  Require(again.has_value());
  Require(again->Redacted() == printed);
  Require(again->password.empty() == config.password.empty());
  Require(again->host == config.host && again->user == config.user);
  CheckIndependence(config);
}

// The input as a password, encoded as it must be, in a URL that is otherwise in order.
void CheckAsPassword(std::string_view secret) {
  if (IsReference(secret)) return;
  std::string encoded;
  for (const char c : secret) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    const auto byte = static_cast<unsigned char>(c);
    encoded += {'%', kDigits[byte >> 4U], kDigits[byte & 15U]};
  }
  const auto config = anystore::Config::Parse("redis://u:" + encoded + "@h/p?password=" + encoded);
  Require(config.has_value() && config->password == secret);
  Require(config->Redacted() ==
          (secret.empty() ? "redis://u@h/p?password=***" : "redis://u:***@h/p?password=***"));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view url(reinterpret_cast<const char*>(data), size);
  if (anystore::registry::IsJson(url)) return 0;
  const auto config = anystore::Config::Parse(url);
  if (config.has_value()) {
    CheckParsed(*config);
  } else {
    CheckMalformed(url, config.error());
  }
  CheckAsPassword(url);
  return 0;
}
