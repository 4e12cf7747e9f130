#include "tablet/locator/locator_check.h"

#include <algorithm>
#include <array>
#include <bit>
#include <string>
#include <utility>

#include "base/crc.h"
#include "tablet/format/or_fault.h"
#include "tablet/locator/block_keys.h"

namespace anystore::tablet {
namespace {

/// So much of the lines is read at once.
constexpr std::uint64_t kReadBytes = 1U << 20U;

constexpr std::string_view kStateNames[] = {"unchecked", "none",    "sound",
                                            "stale",     "damaged", "wrong"};

std::uint64_t UsedSlots(std::string_view lines) {
  std::uint64_t used = 0;
  for (; !lines.empty(); lines.remove_prefix(kLineBytes)) {
    const auto empty = static_cast<unsigned>(std::popcount(LocatorLine(lines.data()).Match(0)));
    used += kLineSlots - empty;
  }
  return used;
}

}  // namespace

std::string_view LocatorStateName(LocatorState state) noexcept {
  return kStateNames[static_cast<std::size_t>(state)];
}

std::string DescribeLocator(const LocatorReport& report) {
  std::string text(LocatorStateName(report.state));
  if (report.is_fault()) text += " at offset " + std::to_string(report.offset);
  if (!report.what.empty()) text += ": " + report.what;
  if (report.is_fault() || report.state == LocatorState::kStale)
    text += "; to delete it is safe, it is built anew on demand";
  return text;
}

Result<LocatorCheck> LocatorCheck::Begin(Directory& directory, const Tablet& tablet,
                                         const std::stop_token& stop) {
  LocatorCheck check;
  const Status read = check.Read(directory, tablet, stop);
  if (read.has_value()) return check;
  switch (read.error().code()) {
    case Code::kNotFound:
      check.Report(LocatorState::kNone, 0, "");
      return check;
    // Readers pass over what they may not open, and over a directory.
    case Code::kPermissionDenied:
    case Code::kInvalidArgument:
      check.Report(LocatorState::kUnchecked, 0, std::string(read.error().message()));
      return check;
    default:
      return read.error().Clone();
  }
}

Status LocatorCheck::Read(Directory& directory, const Tablet& tablet, const std::stop_token& stop) {
  ANYSTORE_ASSIGN_OR_RETURN(file_, directory.Open(tablet.name() + std::string(kLocatorSuffix), {}));
  ANYSTORE_ASSIGN_OR_RETURN(const FileInfo info, file_->Stat());
  report_.file_bytes = info.size;
  if (tablet.mapped()) {
    Result<Value> mapped = file_->Map(0, info.size);
    if (mapped.has_value() && mapped->size() == info.size) mapped_ = *std::move(mapped);
  }
  ANYSTORE_TRY(ReadHeader(tablet.Identity()));
  return is_sound() ? ReadLines(stop) : Ok();
}

Status LocatorCheck::ReadHeader(const TabletIdentity& tablet) {
  ANYSTORE_ASSIGN_OR_RETURN(const std::string_view bytes, Bytes(0, kLocatorHeaderBytes));
  auto header = ExamineLocatorHeader(bytes);
  if (!header.has_value()) {
    Report(header.error().state, header.error().offset, std::move(header.error().what));
    return Ok();
  }
  header_ = *header;
  const std::uint64_t whole = kLocatorHeaderBytes + kLineBytes * std::uint64_t{header_.line_count};
  if (header_.tablet != tablet) {
    Report(LocatorState::kStale, 0,
           "it is that of another tablet, or of this one before it was replaced or copied");
  } else if (report_.file_bytes != whole) {
    Report(LocatorState::kDamaged, std::min(report_.file_bytes, whole),
           "a file of " + std::to_string(report_.file_bytes) + " bytes says that it has " +
               std::to_string(whole));
  } else {
    report_.state = LocatorState::kSound;
  }
  return Ok();
}

Status LocatorCheck::ReadLines(const std::stop_token& stop) {
  std::uint32_t computed = 0;
  for (std::uint64_t at = kLocatorHeaderBytes; at < report_.file_bytes;) {
    if (stop.stop_requested()) return Error(Code::kCancelled, "the caller asked to stop");
    ANYSTORE_ASSIGN_OR_RETURN(const std::string_view lines, Bytes(at, kReadBytes));
    if (lines.empty() || lines.size() % kLineBytes != 0) {
      Report(LocatorState::kDamaged, at, "the file has become shorter while it was read");
      return Ok();
    }
    computed = base::ExtendCrc32c(computed, lines);
    used_slots_ += UsedSlots(lines);
    at += lines.size();
  }
  if (computed != header_.lines_crc) {
    Report(LocatorState::kDamaged, kLocatorHeaderBytes,
           "lines: " + UnlikeChecksums(header_.lines_crc, computed));
  } else if (used_slots_ != header_.entries) {
    Report(LocatorState::kWrong, kEntriesAt,
           "it has places for " + std::to_string(used_slots_) + " entries, and says that it has " +
               std::to_string(header_.entries));
  }
  return Ok();
}

Result<std::string_view> LocatorCheck::Bytes(std::uint64_t offset, std::size_t size) {
  if (!mapped_.empty()) return mapped_.bytes().substr(offset, size);
  buffer_.resize(size);
  ANYSTORE_ASSIGN_OR_RETURN(const std::size_t read, file_->ReadAt(offset, buffer_));
  return std::string_view(buffer_).substr(0, read);
}

Result<bool> LocatorCheck::Finds(std::uint64_t hash, const EntryPosition& wanted) {
  static constexpr std::array<char, kLineBytes> kEmptyLine{};
  bool found = false;
  Status read = Ok();
  ForEachPlace(
      {.line_count = header_.line_count, .offset_bits = header_.offset_bits}, hash,
      [&](std::uint64_t at) {
        const auto bytes = Bytes(kLocatorHeaderBytes + kLineBytes * at, kLineBytes);
        if (!bytes.has_value()) read = bytes.error().Clone();
        const bool whole = bytes.has_value() && bytes->size() == kLineBytes;
        return LocatorLine(whole ? bytes->data() : kEmptyLine.data());
      },
      [&](const EntryPosition& position) {
        found = position == wanted;
        return found;
      });
  ANYSTORE_TRY(std::move(read));
  return found;
}

Status LocatorCheck::LookUp(std::size_t block, std::string_view entries) {
  if (!is_sound()) return Ok();
  Status read = Ok();
  // The block was found right, so all of it are entries.
  static_cast<void>(ForEachKey(entries, [&](std::string_view key, std::size_t run) {
    if (!is_sound() || !read.has_value()) return;
    const std::uint64_t hash = LocatorHash(key);
    const Result<bool> found = Finds(hash, {.block = block, .offset = run});
    if (!found.has_value()) {
      read = found.error().Clone();
    } else if (!*found) {
      Report(
          LocatorState::kWrong, kLocatorHeaderBytes + kLineBytes * LineOf(hash, header_.line_count),
          "key " + Quoted(key) + " of block " + std::to_string(block) + " is not found through it");
    }
  }));
  return read;
}

void LocatorCheck::Report(LocatorState state, std::uint64_t offset, std::string what) {
  report_.state = state;
  report_.offset = offset;
  report_.what = std::move(what);
}

LocatorReport LocatorCheck::Finish(std::optional<std::uint64_t> entries) && {
  if (is_sound() && entries.value_or(header_.entries) != header_.entries) {
    Report(LocatorState::kWrong, kEntriesAt,
           "it has places for " + std::to_string(header_.entries) + " entries, the tablet has " +
               std::to_string(*entries));
  }
  return std::move(report_);
}

}  // namespace anystore::tablet
