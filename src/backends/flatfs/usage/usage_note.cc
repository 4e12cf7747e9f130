#include "backends/flatfs/usage/usage_note.h"

#include <array>
#include <limits>
#include <nlohmann/json.hpp>
#include <utility>

#include "backends/flatfs/names.h"
#include "base/json_text.h"
#include "filesystem/entries.h"

namespace anystore::flatfs {
namespace {

using Json = nlohmann::json;

/// More than anybody writes.
constexpr std::size_t kNoteBytesMax = 4096;
constexpr std::string_view kBytesName = "diskUsage";
constexpr std::string_view kAccuracyName = "accuracy";

/// A name without its case, as Go folds it: there are two letters beyond ASCII that are the
/// capitals of ASCII ones.
std::string Folded(std::string_view name) {
  constexpr std::string_view kLongS = "\xC5\xBF";
  constexpr std::string_view kKelvin = "\xE2\x84\xAA";
  std::string folded;
  while (!name.empty()) {
    std::size_t size = 1;
    char letter = name.front();
    if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter - 'A' + 'a');
    if (name.starts_with(kLongS)) {
      letter = 's';
      size = kLongS.size();
    } else if (name.starts_with(kKelvin)) {
      letter = 'k';
      size = kKelvin.size();
    }
    folded += letter;
    name.remove_prefix(size);
  }
  return folded;
}

/// Takes the two members out of what the parser reports. The first value of another kind ends it.
class Reader final : public nlohmann::json_sax<Json> {
 public:
  [[nodiscard]] const UsageNote& note() const noexcept { return note_; }

  bool null() override { return depth_ > 0; }
  bool boolean(bool /*value*/) override { return IsIgnored(); }
  bool number_integer(number_integer_t value) override { return Number(value); }
  bool number_unsigned(number_unsigned_t value) override {
    constexpr auto kMax = std::numeric_limits<std::int64_t>::max();
    if (value > static_cast<std::uint64_t>(kMax)) return IsIgnored();
    return Number(static_cast<std::int64_t>(value));
  }
  bool number_float(number_float_t /*value*/, const string_t& /*written*/) override {
    return IsIgnored();
  }
  bool string(string_t& text) override {
    if (depth_ == 1 && member_ == Member::kAccuracy) {
      note_.accuracy = std::move(text);
      return true;
    }
    return IsIgnored();
  }
  bool binary(binary_t& /*bytes*/) override { return false; }
  bool start_object(std::size_t /*size*/) override {
    const bool is_right = depth_ == 0 || IsIgnored();
    ++depth_;
    return is_right;
  }
  bool start_array(std::size_t /*size*/) override {
    const bool is_right = IsIgnored();
    ++depth_;
    return is_right;
  }
  bool end_object() override { return Leave(); }
  bool end_array() override { return Leave(); }
  bool key(string_t& name) override {
    if (depth_ > 1) return true;
    static const std::string bytes_name = Folded(kBytesName);
    const std::string folded = Folded(name);
    member_ = folded == bytes_name      ? Member::kBytes
              : folded == kAccuracyName ? Member::kAccuracy
                                        : Member::kOther;
    return true;
  }
  bool parse_error(std::size_t /*position*/, const std::string& /*last_token*/,
                   const Json::exception& /*error*/) override {
    return false;
  }

 private:
  enum class Member : std::uint8_t { kBytes, kAccuracy, kOther };

  /// Whether a value at this place may be anything.
  [[nodiscard]] bool IsIgnored() const {
    return depth_ > 1 || (depth_ == 1 && member_ == Member::kOther);
  }
  bool Number(std::int64_t value) {
    if (depth_ != 1 || member_ != Member::kBytes) return IsIgnored();
    note_.bytes = value;
    return true;
  }
  bool Leave() {
    --depth_;
    return true;
  }

  UsageNote note_;
  std::size_t depth_ = 0;
  Member member_ = Member::kOther;
};

}  // namespace

std::string ToText(const UsageNote& note) {
  std::string text = "{\"diskUsage\":" + std::to_string(note.bytes);
  text.append(",\"accuracy\":").append(base::JsonString(note.accuracy)).append("}\n");
  return text;
}

std::optional<UsageNote> ParseUsageNote(std::string_view text) {
  // The parser would take a zero byte for the end, and passes over a byte order mark.
  if (text.contains('\0') || text.starts_with('\xEF')) return std::nullopt;
  Reader reader;
  if (!Json::sax_parse(text.begin(), text.end(), &reader)) return std::nullopt;
  if (reader.note().bytes <= 0) return std::nullopt;
  return reader.note();
}

bool IsOlderThanRecords(Directory& root, const Shard& shard, Instant written) {
  std::size_t left = kDirectoriesDatedMax;
  bool is_older = false;
  const Status listed = filesystem::ForEachEntry(root, "", [&](const DirectoryEntry& entry) {
    if (entry.kind != FileKind::kDirectory || !shard.IsDirectory(entry.name)) return true;
    const auto info = root.Stat(entry.name);
    is_older = info.has_value() && info->modified > written;
    return !is_older && --left > 0;
  });
  return is_older || !listed.has_value();
}

Result<std::optional<DatedUsageNote>> ReadUsageNote(Directory& root) {
  const auto file = root.Open(kDiskUsageName, {});
  if (!file.has_value()) {
    // Not a file.
    if (file.error().code() == Code::kInvalidArgument) return std::optional<DatedUsageNote>();
    return file.error().Clone();
  }
  ANYSTORE_ASSIGN_OR_RETURN(const FileInfo info, (*file)->Stat());
  if (info.kind != FileKind::kFile || info.size > kNoteBytesMax) {
    return std::optional<DatedUsageNote>();
  }
  std::array<char, kNoteBytesMax> text;
  ANYSTORE_ASSIGN_OR_RETURN(const std::size_t size, (*file)->ReadAt(0, text));
  std::optional<UsageNote> note = ParseUsageNote({text.data(), size});
  if (!note.has_value()) return std::optional<DatedUsageNote>();
  return std::optional(DatedUsageNote{.note = *std::move(note), .written = info.modified});
}

}  // namespace anystore::flatfs
