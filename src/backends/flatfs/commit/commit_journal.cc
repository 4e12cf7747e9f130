#include "backends/flatfs/commit/commit_journal.h"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <system_error>
#include <utility>

#include "anystore/file_batch.h"
#include "backends/flatfs/crc_line.h"
#include "backends/flatfs/names.h"
#include "filesystem/descriptors.h"
#include "filesystem/lost_by_sync.h"

namespace anystore::flatfs {
namespace {

using filesystem::LostBySync;
using filesystem::WaitForDescriptors;

constexpr std::string_view kTitle = "anystore flatfs commit ";
constexpr std::string_view kVersion = "1";
constexpr std::string_view kPut = "put";
constexpr std::string_view kDelete = "delete";

std::optional<std::uint64_t> ToNumber(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

/// Takes what is in front of `end` off the text, and `end`; none where that is nowhere.
std::optional<std::string_view> Cut(std::string_view& text, char end) {
  const std::size_t size = text.find(end);
  if (size == std::string_view::npos) return std::nullopt;
  const std::string_view front = text.substr(0, size);
  text.remove_prefix(size + 1);
  return front;
}

bool IsTarget(std::string_view target, const Shard& shard) {
  const std::size_t slash = target.find('/');
  if (slash == std::string_view::npos) return false;
  const std::string_view stem = StemOf(target.substr(slash + 1));
  return !stem.empty() && shard.IsRecord("/" + std::string(stem), target.substr(0, slash));
}

bool IsTemporary(std::string_view name) {
  return name.starts_with(kTemporaryPrefix) &&
         ToNumber(name.substr(kTemporaryPrefix.size())).has_value();
}

/// A line without its end; none when it is no change.
std::optional<CommitChange> ParseChange(std::string_view line, const Shard& shard) {
  CommitChange change;
  const auto kind = Cut(line, ' ');
  if (kind == kPut) {
    const auto temporary = Cut(line, ' ');
    const auto size = Cut(line, ' ');
    if (!temporary.has_value() || !size.has_value() || !IsTemporary(*temporary)) {
      return std::nullopt;
    }
    const auto bytes = ToNumber(*size);
    if (!bytes.has_value()) return std::nullopt;
    change.temporary = *temporary;
    change.bytes = *bytes;
  } else if (kind != kDelete) {
    return std::nullopt;
  }
  if (!IsTarget(line, shard)) return std::nullopt;
  change.target = line;
  return change;
}

Error Damaged(std::size_t byte, std::string_view expected) {
  return Error(Code::kCorruption, "the journal " + std::string(kCommitName) +
                                      " of a commit that was cut off is damaged at byte " +
                                      std::to_string(byte) + ": expected " + std::string(expected));
}

/// The text in front of the line with the checksum, which is right.
Result<std::string_view> Checked(std::string_view text) {
  if (text.size() < kCrcLineBytes) return Damaged(text.size(), "a checksum");
  const auto body = WithoutCrcLine(text);
  if (!body.has_value()) return Damaged(text.size() - kCrcLineBytes, "the right checksum");
  return *body;
}

}  // namespace

std::string ToJournal(std::span<const CommitChange> changes) {
  std::string text(kTitle);
  text.append(kVersion).append(" ").append(std::to_string(changes.size())).append("\n");
  for (const CommitChange& change : changes) {
    if (change.temporary.empty()) {
      text.append(kDelete);
    } else {
      text.append(kPut).append(" ").append(change.temporary);
      text.append(" ").append(std::to_string(change.bytes));
    }
    text.append(" ").append(change.target).append("\n");
  }
  return WithCrcLine(std::move(text));
}

Result<std::vector<CommitChange>> ParseJournal(std::string_view text, const Shard& shard) {
  std::string_view rest = text;
  if (!rest.starts_with(kTitle)) return Damaged(0, Quoted(kTitle));
  rest.remove_prefix(kTitle.size());
  const auto version = Cut(rest, ' ');
  if (version.has_value() && version != kVersion && ToNumber(*version).has_value()) {
    return Error(Code::kUnsupported, "the journal " + std::string(kCommitName) +
                                         " of a commit that was cut off is of version " +
                                         std::string(*version) + ", this is " +
                                         std::string(kVersion));
  }
  if (version != kVersion) return Damaged(kTitle.size(), "a version");
  ANYSTORE_ASSIGN_OR_RETURN(const std::string_view body, Checked(text));
  const std::size_t read = text.size() - rest.size();
  rest = body.substr(std::min(read, body.size()));
  const auto count = Cut(rest, '\n');
  const auto expected = count.has_value() ? ToNumber(*count) : std::nullopt;
  if (!expected.has_value()) return Damaged(kTitle.size(), "a number of changes");
  std::vector<CommitChange> changes;
  while (!rest.empty()) {
    const std::size_t byte = body.size() - rest.size();
    const auto line = Cut(rest, '\n');
    auto change = line.has_value() ? ParseChange(*line, shard) : std::nullopt;
    if (!change.has_value()) return Damaged(byte, "a change");
    changes.push_back(*std::move(change));
  }
  if (changes.size() != *expected) {
    return Damaged(body.size(), std::to_string(*expected) + " changes");
  }
  return changes;
}

Status SyncTemporaries(Directory& root, Clock* clock, Applied applied) {
  Status synced = WaitForDescriptors(clock, [&] { return root.Sync(kTemporaryName); });
  if (synced.has_value()) return synced;
  if (filesystem::IsOutOfDescriptors(synced.error())) {
    return std::move(synced).error().WithApplied(applied);
  }
  return LostBySync(std::move(synced).error(), applied);
}

Status PlaceJournal(Directory& root, std::span<const CommitChange> changes,
                    const Environment& environment) {
  ANYSTORE_TRY(SyncTemporaries(root, environment.clock, Applied::kNo));
  // Its bytes are stable before it gets the name, so one that is damaged was not cut off.
  const std::string text = ToJournal(changes);
  Status placed = WriteFile(root, {.name = kCommitName, .bytes = text, .mode = kCommitMode},
                            {.durable = false,
                             .replace = Replace::kNo,
                             .temporary_directory = kTemporaryName,
                             .temporary_prefix = kTemporaryPrefix,
                             .random = environment.random,
                             .clock = environment.clock});
  if (placed.has_value()) return SyncTemporaries(root, environment.clock, Applied::kUnknown);
  const Result<FileInfo> there = root.Stat(kCommitName);
  const bool is_absent = !there.has_value() && there.error().code() == Code::kNotFound;
  return std::move(placed).error().WithApplied(is_absent ? Applied::kNo : Applied::kUnknown);
}

Status RemoveJournal(Directory& root, Clock* clock) {
  ANYSTORE_TRY(root.Remove(kCommitName));
  return SyncTemporaries(root, clock, Applied::kUnknown);
}

Result<std::optional<std::vector<CommitChange>>> ReadJournal(Directory& root, const Shard& shard,
                                                             Clock* clock) {
  const auto file = WaitForDescriptors(clock, [&] { return root.Open(kCommitName, {}); });
  if (!file.has_value()) {
    if (file.error().code() == Code::kNotFound) return std::optional<std::vector<CommitChange>>();
    return file.error().Clone();
  }
  ANYSTORE_ASSIGN_OR_RETURN(const Value text, (*file)->ReadAll());
  ANYSTORE_ASSIGN_OR_RETURN(std::vector<CommitChange> changes, ParseJournal(text.bytes(), shard));
  return std::optional(std::move(changes));
}

}  // namespace anystore::flatfs
