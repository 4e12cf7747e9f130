#include <algorithm>
#include <array>
#include <cstddef>

#include "base/crc.h"
#include "base/hex.h"
#include "base/quote.h"
#include "base/words.h"
#include "filesystem/names.h"
#include "filesystem/trace/text.h"
#include "filesystem/trace/trace.h"

namespace anystore::filesystem {
namespace {

/// Longer ones are kept as a checksum where they are only compared.
constexpr std::size_t kBytesShownMax = 64;
/// From so many on, equal bytes are worth counting.
constexpr std::size_t kFillMin = 16;

void AppendHex(std::string_view bytes, std::string& text) {
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    text += {base::kHexDigits[byte >> 4U], base::kHexDigits[byte & 15U]};
  }
}

template <class Enum, std::size_t n>
std::string Spelled(Enum value, const std::array<std::string_view, n>& words) {
  return " " + std::string(words[static_cast<std::size_t>(value)]);
}

std::string PathText(std::string_view path) { return path.empty() ? "/" : base::AsWord(path); }

std::string OpenArguments(const FileOptions& options) {
  const FileOptions usual;
  std::string text = Spelled(options.access, kAccessWords);
  if (options.creation != usual.creation) text += Spelled(options.creation, kCreationWords);
  if (options.truncate) text += " truncate";
  if (options.mode != usual.mode) text += " mode=" + base::OctalMode(options.mode);
  return text;
}

std::string SiteText(const SyncSite* site) {
  if (site == nullptr) return {};
  return " site=" +
         base::AsWord(std::string(LastOf(site->file_name())) + ":" + std::to_string(site->line()));
}

std::string Range(const Call& call) {
  return " " + std::to_string(call.offset) + " " + std::to_string(call.length);
}

/// What stands behind the paths and the handle.
/// Nanoseconds, those before 1970 as what is missing to 2^64.
std::string DateText(Instant date) {
  return " " + std::to_string(static_cast<std::uint64_t>(date.time_since_epoch().count()));
}

std::string ArgumentsText(const Call& call) {
  std::string text;
  switch (call.operation) {
    case Operation::kOpen:
      return OpenArguments(call.options);
    case Operation::kOpenUnnamed:
    case Operation::kMakeDirectory:
      return " mode=" + base::OctalMode(call.mode);
    case Operation::kStat:
      return call.follow == Follow::kYes ? " follow" : "";
    case Operation::kRename:
      return call.replace == Replace::kNo ? " no_replace" : "";
    case Operation::kLock:
      return Spelled(call.lock_mode, kLockWords);
    case Operation::kListNext:
      return " " + std::to_string(call.length);
    case Operation::kSyncDirectory:
    case Operation::kSyncFileSystem:
      return SiteText(call.site);
    case Operation::kFileSync:
      return Spelled(call.scope, kScopeWords) + SiteText(call.site);
    case Operation::kTruncate:
      return " " + std::to_string(call.offset);
    case Operation::kSetDates:
      return DateText(call.dates.accessed) + DateText(call.dates.modified);
    case Operation::kAllocate:
      return Range(call) + Spelled(call.allocation, kAllocationWords);
    case Operation::kMap:
    case Operation::kRead:
      return Range(call);
    case Operation::kWrite:
      text = " " + std::to_string(call.offset);
      for (const std::string_view piece : call.pieces) text += " " + BytesText(piece);
      return text;
    default:
      return text;
  }
}

std::string InfoText(const FileInfo& info) {
  const std::string mode = "mode=" + base::OctalMode(info.mode);
  switch (info.kind) {
    case FileKind::kFile:
      return "file size=" + std::to_string(info.size) + " " + mode +
             " links=" + std::to_string(info.links);
    case FileKind::kDirectory:
      return "directory " + mode;
    case FileKind::kLink:
      return "link";
    case FileKind::kOther:
      break;
  }
  return "other";
}

std::string EntriesText(std::span<const DirectoryEntry> entries) {
  if (entries.empty()) return "end";
  std::string text = "names";
  for (const DirectoryEntry& entry : entries) {
    text += ' ';
    if (entry.kind == FileKind::kLink) text += "link=";
    if (entry.kind == FileKind::kOther) text += "other=";
    text += base::AsWord(entry.name);
    if (entry.kind == FileKind::kDirectory) text += '/';
  }
  return text;
}

std::string ReadText(std::string_view bytes) {
  if (bytes.size() <= kBytesShownMax) return BytesText(bytes);
  const std::uint32_t crc = base::Crc32c(bytes);
  std::string text = "bytes=" + std::to_string(bytes.size()) + " crc32c=";
  for (int shift = 28; shift >= 0; shift -= 4) text += base::kHexDigits[crc >> shift & 15U];
  return text;
}

}  // namespace

std::string BytesText(std::string_view bytes) {
  std::string hex = "hex:";
  if (bytes.size() >= kFillMin && bytes.find_first_not_of(bytes[0]) == std::string_view::npos) {
    hex = "fill:" + std::to_string(bytes.size()) + ":";
    AppendHex(bytes.substr(0, 1), hex);
    return hex;
  }
  std::string quoted = base::QuoteLikeGo(bytes);
  if (quoted.size() <= 2 * bytes.size() + 4) return quoted;
  AppendHex(bytes, hex);
  return hex;
}

std::string PrintCall(const Call& call, bool with_handle) {
  std::string text = std::to_string(call.number) + " " + std::string(Name(call.operation)) + " " +
                     PathText(call.path);
  if (HasNewPath(call.operation)) text += " -> " + PathText(call.new_path);
  if (with_handle) text += " @" + std::to_string(call.handle);
  return text + ArgumentsText(call);
}

std::string CallText(const Call& call) { return PrintCall(call, /*with_handle=*/true); }

std::string OutcomeText(const Call& call, const Outcome& outcome) {
  std::string text = "ok";
  if (outcome.error != nullptr) {
    text = CodeName(outcome.error->code());
  } else if (outcome.info.has_value()) {
    text = InfoText(*outcome.info);
  } else if (call.operation == Operation::kListNext) {
    text = EntriesText(outcome.entries);
  } else if (call.operation == Operation::kRead || call.operation == Operation::kMap) {
    text = ReadText(outcome.bytes);
  } else if (call.operation == Operation::kWrite) {
    text = std::to_string(outcome.count);
  }
  return outcome.decided ? text + " decided" : text;
}

}  // namespace anystore::filesystem
