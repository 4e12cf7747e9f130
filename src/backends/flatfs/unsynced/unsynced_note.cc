#include "backends/flatfs/unsynced/unsynced_note.h"

#include <algorithm>
#include <utility>

#include "anystore/file_batch.h"
#include "backends/flatfs/crc_line.h"
#include "backends/flatfs/names.h"
#include "backends/flatfs/unsynced/mark.h"
#include "base/words.h"
#include "filesystem/descriptors.h"

namespace anystore::flatfs {
namespace {

constexpr std::string_view kTitle = "anystore flatfs unsynced ";
constexpr std::string_view kVersion = "1";
constexpr std::string_view kSession = "session ";
constexpr std::string_view kTag = "tag ";
constexpr std::size_t kSessionBytesMax = 256;
/// More than a note of this version has.
constexpr std::size_t kBytesMax = 4096;

Error Damaged(std::size_t byte, std::string_view expected) {
  return Error(Code::kCorruption, "the note " + std::string(kUnsyncedName) +
                                      " of values that were not synced is damaged at byte " +
                                      std::to_string(byte) + ": expected " + std::string(expected));
}

/// Takes lines off the front of a text.
class Lines {
 public:
  explicit Lines(std::string_view text) : text_(text) {}

  [[nodiscard]] std::size_t byte() const noexcept { return at_; }
  [[nodiscard]] bool AtEnd() const noexcept { return at_ == text_.size(); }
  /// What follows `title` in the next line; none where that begins otherwise, or has no end.
  std::optional<std::string_view> Take(std::string_view title) {
    const std::string_view rest = text_.substr(at_);
    const std::size_t end = rest.find('\n');
    if (!rest.starts_with(title) || end == std::string_view::npos) return std::nullopt;
    at_ += end + 1;
    return rest.substr(title.size(), end - title.size());
  }

 private:
  const std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace

bool IsSession(std::string_view session) noexcept {
  return !session.empty() && session.size() <= kSessionBytesMax &&
         std::ranges::all_of(session, [](char c) { return c > ' ' && c < '\x7f'; });
}

std::string ToText(const UnsyncedNote& note) {
  std::string text(kTitle);
  text.append(kVersion).append("\n");
  text.append(kSession).append(note.session).append("\n");
  text.append(kTag).append(std::to_string(note.tag)).append("\n");
  return WithCrcLine(std::move(text));
}

Result<UnsyncedNote> ParseUnsyncedNote(std::string_view text) {
  const auto version = Lines(text).Take(kTitle);
  if (!version.has_value()) return Damaged(0, Quoted(kTitle));
  if (version != kVersion && base::ParseNumber(*version).has_value()) {
    return Error(Code::kUnsupported, "the note " + std::string(kUnsyncedName) +
                                         " of values that were not synced is of version " +
                                         std::string(*version) + ", this is " +
                                         std::string(kVersion));
  }
  if (version != kVersion) return Damaged(kTitle.size(), "a version");
  const auto body = WithoutCrcLine(text);
  if (!body.has_value()) {
    return Damaged(text.size() - std::min(text.size(), kCrcLineBytes), "the right checksum");
  }
  Lines lines(*body);
  static_cast<void>(lines.Take(kTitle));
  const std::size_t session_byte = lines.byte();
  const auto session = lines.Take(kSession);
  if (!session.has_value() || !IsSession(*session)) return Damaged(session_byte, "a session");
  const std::size_t tag_byte = lines.byte();
  const auto tag_text = lines.Take(kTag);
  const auto tag = tag_text.has_value() ? base::ParseNumber(*tag_text) : std::nullopt;
  if (!tag.has_value() || *tag >= kTags) return Damaged(tag_byte, "a tag");
  if (!lines.AtEnd()) return Damaged(lines.byte(), "a checksum");
  return UnsyncedNote{.session = std::string(*session), .tag = static_cast<std::uint32_t>(*tag)};
}

Status PlaceUnsyncedNote(Directory& root, const UnsyncedNote& note,
                         const Environment& environment) {
  return WriteFile(root, {.name = kUnsyncedName, .bytes = ToText(note), .mode = kUnsyncedMode},
                   {.temporary_directory = kTemporaryName,
                    .temporary_prefix = kTemporaryPrefix,
                    .random = environment.random,
                    .clock = environment.clock});
}

Result<std::optional<UnsyncedNote>> ReadUnsyncedNote(Directory& root, Clock* clock) {
  const auto file =
      filesystem::WaitForDescriptors(clock, [&] { return root.Open(kUnsyncedName, {}); });
  if (!file.has_value()) {
    if (file.error().code() == Code::kNotFound) return std::optional<UnsyncedNote>();
    return file.error().Clone();
  }
  std::string text(kBytesMax, '\0');
  ANYSTORE_ASSIGN_OR_RETURN(const std::size_t size, (*file)->ReadAt(0, text));
  ANYSTORE_ASSIGN_OR_RETURN(UnsyncedNote note,
                            ParseUnsyncedNote(std::string_view(text).substr(0, size)));
  return std::optional(std::move(note));
}

}  // namespace anystore::flatfs
