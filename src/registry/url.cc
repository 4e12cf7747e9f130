#include "registry/url.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "anystore/config.h"
#include "anystore/error.h"
#include "base/hex.h"
#include "registry/config_json.h"
#include "registry/references.h"
#include "registry/suggest.h"

namespace anystore {
namespace registry {
namespace {

constexpr std::string_view kRedacted = "***";
// What is printed of JSON that does not parse.
constexpr std::string_view kMalformedTree = "{***}";
// How much is printed of a URL that does not parse.
constexpr std::size_t kPrintedBytesMax = 200;

// Beside letters and digits, the bytes that stand for themselves in each part of a URL. The parts
// differ in what separates them from the next one.
constexpr std::string_view kPathSafe = "-._~/!$'()*+,;:=";
constexpr std::string_view kFieldSafe = "-._~/!$'()*+,;:[]";
constexpr std::string_view kUserSafe = "-._~!$'()*+,;";
constexpr std::string_view kHostSafe = "-._~!$'()*+,;:[]";

// Not std::isalpha and the like, which ask the locale.
bool IsLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool IsDigit(char c) { return c >= '0' && c <= '9'; }
char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

std::string Lower(std::string_view text) {
  std::string lower(text);
  std::ranges::transform(lower, lower.begin(), [](char c) { return Lower(c); });
  return lower;
}

std::string Encode(std::string_view bytes, std::string_view safe) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string encoded;
  encoded.reserve(bytes.size());
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const char c = bytes[i];
    if (const std::size_t length = VariableLength(bytes.substr(i)); length > 0) {
      encoded += bytes.substr(i, length);
      i += length - 1;
    } else if (IsLetter(c) || IsDigit(c) || safe.find(c) != std::string_view::npos) {
      encoded += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      encoded += '%';
      encoded += kDigits[byte >> 4U];
      encoded += kDigits[byte & 15U];
    }
  }
  return encoded;
}

// `host:port`, or several of them between commas. A port that is no number may be a password
// whose "@host" was forgotten.
bool PortsAreNumbers(std::string_view hosts) {
  for (;;) {
    const std::string_view host = hosts.substr(0, hosts.find(','));
    const std::size_t bracket = host.rfind(']');
    const std::size_t colon = host.rfind(':');
    const bool has_port =
        colon != std::string_view::npos && (bracket == std::string_view::npos || colon > bracket);
    const std::string_view port = has_port ? host.substr(colon + 1) : std::string_view();
    if (!std::ranges::all_of(port, IsDigit) && !IsVariable(port)) return false;
    if (host.size() == hosts.size()) return true;
    hosts.remove_prefix(host.size() + 1);
  }
}

// Takes one URL apart. Keeps the whole of it, so that messages can name byte positions.
class Parser {
 public:
  explicit Parser(std::string_view url) : url_(url) {}

  Result<Config> Parse() {
    const std::size_t scheme_length = SchemeLength(url_);
    if (scheme_length == 0) {
      return Wrong(0, "no scheme; a URL begins like \"rocksdb:\" or \"memory:\"");
    }
    config_.scheme = Lower(url_.substr(0, scheme_length));
    std::string_view rest = url_.substr(scheme_length + 1);
    std::optional<std::string_view> query;
    if (const std::size_t mark = rest.find('?'); mark != std::string_view::npos) {
      query = rest.substr(mark + 1);
      rest = rest.substr(0, mark);
    }
    if (rest.starts_with("//")) {
      rest.remove_prefix(2);
      const std::string_view authority = rest.substr(0, rest.find('/'));
      rest.remove_prefix(authority.size());
      ANYSTORE_TRY(ParseAuthority(authority));
    }
    ANYSTORE_ASSIGN_OR_RETURN(config_.path, Decode(rest));
    if (config_.path.contains('\0')) return Wrong(Position(rest), "a zero byte in the path");
    if (query.has_value()) ANYSTORE_TRY(ParseFields(*query));
    return std::move(config_);
  }

 private:
  [[nodiscard]] std::size_t Position(std::string_view part) const {
    return static_cast<std::size_t>(part.data() - url_.data());
  }

  [[nodiscard]] Error Wrong(std::size_t position, const std::string& what) const {
    return Error(Code::kInvalidConfig, what + " (at byte " + std::to_string(position) + ")")
        .In(RedactMalformed());
  }

  // What is left of a malformed URL when everything is gone that might be a secret: a password
  // may stand before any "@" or in any field, also where a separator is missing or misplaced.
  [[nodiscard]] std::string RedactMalformed() const {
    const std::size_t scheme_length = SchemeLength(url_);
    const std::size_t prefix = scheme_length == 0 ? 0 : scheme_length + 1;
    std::string printed(url_.substr(0, prefix));
    std::string_view rest = url_.substr(prefix);
    const bool authority = rest.starts_with("//");
    if (authority) {
      printed += "//";
      rest.remove_prefix(2);
    }
    const std::string_view front = rest.substr(0, rest.find_first_of("/?"));
    if (rest.contains('@') || (authority && front.contains(':'))) {
      return printed.append(kRedacted);
    }
    const std::size_t mark = rest.find('?');
    const std::string path = Encode(rest.substr(0, mark), "-._~/!$'()*+,;:=%[]");
    printed += path.substr(0, kPrintedBytesMax);
    if (path.size() > kPrintedBytesMax) printed += "...";
    if (mark != std::string_view::npos) printed.append("?").append(kRedacted);
    return printed;
  }

  Result<std::string> Decode(std::string_view part) const {
    std::string bytes;
    bytes.reserve(part.size());
    for (std::size_t i = 0; i < part.size(); ++i) {
      if (part[i] != '%') {
        bytes += part[i];
        continue;
      }
      const auto high = i + 2 < part.size() ? base::HexDigit(part[i + 1]) : std::nullopt;
      const auto low = i + 2 < part.size() ? base::HexDigit(part[i + 2]) : std::nullopt;
      if (!high.has_value() || !low.has_value()) {
        return Wrong(Position(part) + i, "\"%\" without two hexadecimal digits; write %25");
      }
      bytes += static_cast<char>(*high << 4U | *low);
      i += 2;
    }
    return bytes;
  }

  Status ParseAuthority(std::string_view authority) {
    if (authority.empty()) return Ok();
    // A raw "/", "?" or "@" in a password ends the authority too early. Taking what stands there
    // for a host would print the front half of the password.
    const std::string_view behind = url_.substr(Position(authority) + authority.size());
    if (const std::size_t at = behind.find('@'); at != std::string_view::npos) {
      return Wrong(Position(behind) + at,
                   "\"@\" behind the host; write %40, and %2F and %3F in a password");
    }
    std::string_view host = authority;
    if (const std::size_t at = authority.rfind('@'); at != std::string_view::npos) {
      const std::string_view credentials = authority.substr(0, at);
      host = authority.substr(at + 1);
      const std::size_t colon = std::min(credentials.find(':'), credentials.size());
      ANYSTORE_ASSIGN_OR_RETURN(config_.user, Decode(credentials.substr(0, colon)));
      if (colon < credentials.size()) {
        ANYSTORE_ASSIGN_OR_RETURN(config_.password, Decode(credentials.substr(colon + 1)));
      }
    }
    ANYSTORE_ASSIGN_OR_RETURN(config_.host, Decode(host));
    const std::string_view wrong = WrongHost(config_.host);
    return wrong.empty() ? Ok() : Wrong(Position(host), std::string(wrong));
  }

  Status ParseFields(std::string_view query) {
    while (!query.empty()) {
      const std::string_view field = query.substr(0, query.find('&'));
      const std::size_t equals = field.find('=');
      if (equals == std::string_view::npos || equals == 0) {
        return Wrong(Position(field), "a field must be written name=value");
      }
      ANYSTORE_ASSIGN_OR_RETURN(std::string name, Decode(field.substr(0, equals)));
      ANYSTORE_ASSIGN_OR_RETURN(std::string value, Decode(field.substr(equals + 1)));
      if (!config_.fields.emplace(std::move(name), std::move(value)).second) {
        return Wrong(Position(field), "a field that is given twice");
      }
      query.remove_prefix(std::min(field.size() + 1, query.size()));
    }
    return Ok();
  }

  friend std::string anystore::RedactUrl(std::string_view url);

  std::string_view url_;
  Config config_ = {};
};

// A local path, without what may be the password of a `user:password@host` behind a forgotten
// "//". Where the backend is not known, even the scheme may be the user.
std::string EncodeLocalPath(std::string_view path, bool backend_known) {
  const std::string_view front = path.substr(0, path.find('/'));
  const std::size_t colon = front.find(':');
  const std::size_t at = path.rfind('@');
  const bool has_user =
      colon != std::string_view::npos && at != std::string_view::npos && colon < at;
  if (at == std::string_view::npos || path.starts_with('/') || (!has_user && backend_known)) {
    return Encode(path, kPathSafe);
  }
  return Encode(path.substr(0, has_user ? colon + 1 : 0), kPathSafe).append(kRedacted) +
         Encode(path.substr(at), kPathSafe);
}

}  // namespace

std::size_t SchemeLength(std::string_view url) {
  std::size_t length = 0;
  while (length < url.size() &&
         (IsLetter(url[length]) || (length > 0 && (IsDigit(url[length]) || url[length] == '+' ||
                                                   url[length] == '-' || url[length] == '.')))) {
    ++length;
  }
  return length < url.size() && url[length] == ':' ? length : 0;
}

bool SoundsSecret(std::string_view field) {
  static constexpr std::array<std::string_view, 8> kParts = {
      "password", "passwd", "passphrase", "pwd", "secret", "token", "credential", "apikey"};
  static constexpr std::array<std::string_view, 4> kWholes = {"auth", "key", "pass", "pw"};
  std::string name = Lower(field);
  std::ranges::replace(name, '-', '_');
  for (const std::string_view part : kParts) {
    if (name.contains(part)) return true;
    const std::size_t typos = part.size() < 5 ? 0 : part.size() / 3;
    if (name.size() <= part.size() + typos && EditDistance(name, part) <= typos) return true;
  }
  return name.ends_with("_key") || std::ranges::find(kWholes, name) != kWholes.end();
}

std::string EncodePath(std::string_view bytes) { return Encode(bytes, kPathSafe); }

std::string PrintedPath(std::string_view path) { return EncodeLocalPath(path, true); }

Result<Config> ParseUrl(std::string_view text) { return Parser(text).Parse(); }

std::string_view WrongHost(std::string_view host) {
  if (host.contains('\0')) return "a zero byte in the host";
  return PortsAreNumbers(host) ? "" : "a port that is not a number";
}

std::string PrintedField(std::string_view name, const std::string& text, const ConfigSpec* spec) {
  bool secret = SoundsSecret(name);
  bool known = secret;
  if (spec != nullptr) {
    const auto found = std::ranges::find(spec->fields, name, &FieldSpec::name);
    known = known || found != spec->fields.end();
    // A field that the backend does not know may be the misspelt name of a secret one.
    secret = secret || found == spec->fields.end() || found->secret;
  }
  if (!secret || IsVariable(text) || (known && IsSecretFile(text))) return text;
  return std::string(kRedacted);
}

}  // namespace registry

Result<Config> Config::Parse(std::string_view text) {
  return registry::IsJson(text) ? registry::ParseJson(text) : registry::ParseUrl(text);
}

std::string Config::Redacted(const ConfigSpec* spec) const {
  return children.empty() ? registry::PrintUrl(*this, spec) : registry::PrintTree(*this, spec);
}

namespace registry {

std::string PrintUrl(const Config& config, const ConfigSpec* spec) {
  std::string url = config.scheme + ":";
  const bool has_authority =
      !config.user.empty() || !config.password.empty() || !config.host.empty();
  if (has_authority || config.path.starts_with("//")) url += "//";
  if (!config.user.empty() || !config.password.empty()) {
    url += Encode(config.user, kUserSafe);
    if (!config.password.empty()) {
      url += ":";
      url += Encode(PrintedField("password", config.password, nullptr), kUserSafe);
    }
    url += "@";
  }
  url += Encode(config.host, kHostSafe);
  if (has_authority && !config.path.empty() && config.path.front() != '/') url += "/";
  url += has_authority ? EncodePath(config.path) : EncodeLocalPath(config.path, spec != nullptr);
  char separator = '?';
  for (const auto& [name, value] : config.fields) {
    url += separator;
    url += Encode(name, kFieldSafe);
    url += '=';
    url += Encode(PrintedField(name, value, spec), kFieldSafe);
    separator = '&';
  }
  return url;
}

}  // namespace registry

std::string RedactUrl(std::string_view url) {
  const Result<Config> config = Config::Parse(url);
  if (config.has_value()) return config->Redacted();
  if (registry::IsJson(url)) return std::string(registry::kMalformedTree);
  return registry::Parser(url).RedactMalformed();
}

}  // namespace anystore
