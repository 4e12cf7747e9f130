/// The note in the directory of temporary files that values may have got their names before their
/// bytes were stable. docs/formats/flatfs.md has its form.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "anystore/environment.h"
#include "anystore/error.h"
#include "anystore/filesystem.h"

namespace anystore::flatfs {

/// What the note says.
///
/// Threads: thread-compatible.
struct UnsyncedNote {
  /// `Directory::power_session` while they were written: as long as it lasts, none can be torn.
  std::string session = {};
  /// Their tag (mark.h).
  std::uint32_t tag = 0;

  friend bool operator==(const UnsyncedNote&, const UnsyncedNote&) = default;
};

/// The text of a note.
///
/// Requires: IsSession(note.session).
[[nodiscard]] std::string ToText(const UnsyncedNote& note);
/// The reverse.
///
/// Errors: corruption (tells the byte) · unsupported (of a later version).
[[nodiscard]] Result<UnsyncedNote> ParseUnsyncedNote(std::string_view text);
/// Whether a note can tell of this session: it is known, and fits in a line.
[[nodiscard]] bool IsSession(std::string_view session) noexcept;

/// Writes the note, durably, in place of an earlier one.
///
/// Errors: those of `WriteFile`.
Status PlaceUnsyncedNote(Directory& root, const UnsyncedNote& note, const Environment& environment);
/// Reads the note; none where there is none.
///
/// Errors: as ParseUnsyncedNote · those of reading files.
[[nodiscard]] Result<std::optional<UnsyncedNote>> ReadUnsyncedNote(Directory& root, Clock* clock);

}  // namespace anystore::flatfs
