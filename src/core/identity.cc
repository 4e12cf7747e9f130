#include "core/identity.h"

#include <array>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <optional>
#include <system_error>
#include <utility>

#include "anystore/file_batch.h"
#include "base/crc.h"
#include "base/hex.h"

namespace anystore::internal {
namespace {

constexpr std::uint32_t kFormatVersion = 1;
constexpr std::string_view kChecksumField = ",\"crc32c\":";
constexpr std::size_t kChecksumDigits = 8;
constexpr std::string_view kTemporaryPrefix = "ANYSTORE.json.";

bool IsDash(std::size_t position) {
  return position == 8 || position == 13 || position == 18 || position == 23;
}
constexpr std::size_t kUuidBytes = 36;

std::string NewUuid(Random& random) {
  std::array<std::uint64_t, 2> bits = {random.Next(), random.Next()};
  // Version 4: random; the variant of RFC 9562.
  bits[0] = (bits[0] & ~std::uint64_t{0xf000}) | 0x4000;
  bits[1] = (bits[1] >> 2U) | (std::uint64_t{1} << 63U);
  std::string uuid;
  for (std::size_t digit = 0; digit < 32; ++digit) {
    if (IsDash(uuid.size())) uuid += '-';
    const std::uint64_t half = bits[digit / 16];
    uuid += base::kHexDigits[(half >> (60 - 4 * (digit % 16))) & 15U];
  }
  return uuid;
}

std::string Hex(std::uint32_t number) {
  std::string digits;
  for (int shift = 28; shift >= 0; shift -= 4) {
    digits += base::kHexDigits[(number >> static_cast<unsigned>(shift)) & 15U];
  }
  return digits;
}

void AppendString(std::string_view text, std::string& json) {
  json += '"';
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      (json += '\\') += c;
    } else if (byte < 0x20) {
      ((json += "\\u00") += base::kHexDigits[byte >> 4U]) += base::kHexDigits[byte & 15U];
    } else {
      json += c;
    }
  }
  json += '"';
}

std::string OptionsText(const std::map<std::string, std::string>& options) {
  std::string json = "{";
  for (const auto& [name, value] : options) {
    if (json.size() > 1) json += ',';
    AppendString(name, json);
    json += ':';
    AppendString(value, json);
  }
  return json += '}';
}

/// Takes a record apart in the one way it is written. What is wrong, and where, is kept.
class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  [[nodiscard]] std::size_t at() const noexcept { return at_; }
  [[nodiscard]] const std::string& expected() const noexcept { return expected_; }

  bool Literal(std::string_view literal) {
    for (const char c : literal) {
      if (at_ == text_.size() || text_[at_] != c) {
        return Wrong(Quoted(literal));
      }
      ++at_;
    }
    return true;
  }
  template <class T>
  bool Number(T* number) {
    const char* const begin = text_.data() + at_;
    const auto [end, error] = std::from_chars(begin, text_.data() + text_.size(), *number);
    if (error != std::errc()) return Wrong("a number");
    at_ += static_cast<std::size_t>(end - begin);
    return true;
  }
  bool String(std::string* out) {
    if (!Literal("\"")) return false;
    for (; at_ < text_.size(); ++at_) {
      char c = text_[at_];
      if (c == '"') return Literal("\"");
      if (c == '\\' && !Escape(&c)) return false;
      *out += c;
    }
    return Wrong("the end of a text");
  }
  bool Uuid(std::string* out) {
    const std::size_t begin = at_ + 1;
    if (!String(out)) return false;
    if (NormalUuid(*out) == *out && !out->empty()) return true;
    at_ = begin;
    return Wrong("a UUID");
  }
  bool Options(std::map<std::string, std::string>* out) {
    if (!Literal("{")) return false;
    while (at_ < text_.size() && text_[at_] != '}') {
      std::string name;
      std::string value;
      if (!out->empty() && !Literal(",")) return false;
      if (!String(&name) || !Literal(":") || !String(&value)) return false;
      out->insert_or_assign(std::move(name), std::move(value));
    }
    return Literal("}");
  }
  bool End() { return at_ == text_.size() || Wrong("the end"); }
  bool Wrong(std::string expected) {
    expected_ = std::move(expected);
    return false;
  }

 private:
  /// At a backslash; leaves at_ at the last byte of the escape.
  bool Escape(char* c) {
    const std::string_view rest = text_.substr(at_ + 1);
    if (rest.starts_with('"') || rest.starts_with('\\')) {
      *c = rest.front();
      ++at_;
      return true;
    }
    if (!rest.starts_with("u00") || rest.size() < 5) return Wrong("an escape");
    const auto high = base::HexDigit(rest[3]);
    const auto low = base::HexDigit(rest[4]);
    if (!high.has_value() || !low.has_value()) return Wrong("an escape");
    *c = static_cast<char>(*high << 4U | *low);
    at_ += 5;
    return true;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::string expected_;
};

/// The fields in front of the checksum.
bool ReadFields(Reader& reader, StoreIdentity* identity) {
  std::int64_t created_ns = 0;
  std::string hash;
  if (!reader.Literal("{\"format_version\":") || !reader.Number(&identity->format_version)) {
    return false;
  }
  const bool read = reader.Literal(",\"id\":") && reader.Uuid(&identity->id) &&
                    reader.Literal(",\"backend\":") && reader.String(&identity->backend) &&
                    reader.Literal(",\"created_at_ns\":") && reader.Number(&created_ns) &&
                    reader.Literal(",\"options\":") && reader.Options(&identity->options) &&
                    reader.Literal(",\"options_hash\":") && reader.String(&hash);
  identity->created_at = Instant(Duration(created_ns));
  return read;
}

/// Whether the text ends with the checksum of what is before it.
bool ChecksumHolds(std::string_view text) {
  const std::size_t tail = kChecksumField.size() + kChecksumDigits + 3;
  if (text.size() < tail) return false;
  const std::string_view front = text.substr(0, text.size() - tail);
  std::string expected(kChecksumField);
  expected.append("\"").append(Hex(base::Crc32c(front))).append("\"}");
  return text.ends_with(expected);
}

Error Damaged(std::string_view file, std::size_t byte, const std::string& expected) {
  return Error(Code::kCorruption, "the identity record in " + std::string(file) +
                                      " is damaged at byte " + std::to_string(byte) +
                                      ": expected " + expected);
}

}  // namespace

std::string NormalUuid(std::string_view text) {
  std::string uuid;
  for (std::size_t i = 0; i < text.size() && text.size() == kUuidBytes; ++i) {
    const auto digit = base::HexDigit(text[i]);
    if (IsDash(i) ? text[i] != '-' : !digit.has_value()) return {};
    uuid += digit.has_value() ? base::kHexDigits[*digit] : '-';
  }
  return uuid;
}

StoreIdentity NewIdentity(const CheckedConfig& config, const ConfigSpec& spec,
                          const Environment& environment) {
  StoreIdentity identity{.id = config.id().empty() ? NewUuid(*environment.random) : config.id(),
                         .format_version = kFormatVersion,
                         .backend = config.config().scheme,
                         .created_at = environment.clock->Now()};
  for (const FieldSpec& field : spec.fields) {
    if (!field.fixed_at_create || field.secret) continue;
    identity.options.insert_or_assign(field.name, std::string(config.String(field.name)));
  }
  return identity;
}

std::string ToText(const StoreIdentity& identity) {
  const std::string options = OptionsText(identity.options);
  std::string json = "{\"format_version\":" + std::to_string(identity.format_version);
  json.append(",\"id\":");
  AppendString(identity.id, json);
  json.append(",\"backend\":");
  AppendString(identity.backend, json);
  json.append(",\"created_at_ns\":");
  json.append(std::to_string(identity.created_at.time_since_epoch().count()));
  json.append(",\"options\":").append(options);
  json.append(",\"options_hash\":\"").append(Hex(base::Crc32c(options))).append("\"");
  const std::uint32_t checksum = base::Crc32c(json);
  return json.append(kChecksumField).append("\"").append(Hex(checksum)).append("\"}");
}

Result<StoreIdentity> ParseIdentity(std::string_view text, std::string_view file,
                                    std::size_t offset) {
  StoreIdentity identity;
  Reader reader(text);
  const bool sound = ChecksumHolds(text);
  const bool read = ReadFields(reader, &identity);
  if (sound && identity.format_version != kFormatVersion) {
    return Error(Code::kUnsupported, "the identity record in " + std::string(file) +
                                         " is of version " +
                                         std::to_string(identity.format_version));
  }
  if (!read) return Damaged(file, offset + reader.at(), reader.expected());
  if (sound) return identity;
  std::string checksum;
  const std::size_t checksum_at = reader.at() + kChecksumField.size();
  const bool whole = reader.Literal(kChecksumField) && reader.String(&checksum) &&
                     reader.Literal("}") && reader.End();
  return whole ? Damaged(file, offset + checksum_at, "another checksum")
               : Damaged(file, offset + reader.at(), reader.expected());
}

Status WriteIdentity(Directory& directory, const StoreIdentity& identity, Random* random) {
  const std::string text = ToText(identity) + "\n";
  return WriteFile(directory, {.name = kIdentityFile, .bytes = text, .mode = 0444},
                   {.temporary_prefix = kTemporaryPrefix, .random = random});
}

Result<StoreIdentity> ReadIdentity(Directory& directory) {
  const auto file = directory.Open(kIdentityFile, {});
  if (!file.has_value()) {
    if (file.error().code() == Code::kNotFound) return StoreIdentity{};
    return file.error().Clone();
  }
  std::string text(kIdentityBytesMax + 1, '\0');
  ANYSTORE_ASSIGN_OR_RETURN(const std::size_t size, (*file)->ReadAt(0, text));
  text.resize(size);
  if (text.size() > kIdentityBytesMax) {
    return Damaged(kIdentityFile, kIdentityBytesMax, "the end");
  }
  if (!text.ends_with('\n')) return Damaged(kIdentityFile, text.size(), "the end of the line");
  return ParseIdentity(std::string_view(text).substr(0, text.size() - 1), kIdentityFile);
}

}  // namespace anystore::internal
