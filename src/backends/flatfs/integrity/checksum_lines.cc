#include "backends/flatfs/integrity/checksum_lines.h"

#include <algorithm>
#include <cstdint>

#include "backends/flatfs/names.h"
#include "base/hex.h"

namespace anystore::flatfs {
namespace {

constexpr std::size_t kDigits = 2 * Sha256().size();
constexpr std::string_view kGap = "  ";
constexpr std::string_view kRemoval = "# removed ";

/// More than any line has.
constexpr std::size_t kLineBytesMax = 1024;
/// So much is read at first, twice as much each time thereafter, up to the other: most files are
/// small.
constexpr std::size_t kFirstReadBytes = std::size_t{4} << 10U;
constexpr std::size_t kReadBytes = std::size_t{256} << 10U;
constexpr std::size_t kWriteBytes = kReadBytes;

/// Whether it can be the file of a record: tools for other lines may write them here, too.
bool IsPath(std::string_view path) {
  return path.contains('/') && path.ends_with(kExtension) && !path.contains('\\');
}

std::optional<Sha256> ParseDigits(std::string_view digits) {
  Sha256 sum;
  for (std::size_t i = 0; i < sum.size(); ++i) {
    const std::optional<unsigned> high = base::HexDigit(digits[2 * i]);
    const std::optional<unsigned> low = base::HexDigit(digits[2 * i + 1]);
    if (!high.has_value() || !low.has_value()) return std::nullopt;
    sum[i] = static_cast<unsigned char>(*high << 4U | *low);
  }
  return sum;
}

}  // namespace

std::optional<ChecksumLine> ParseChecksumLine(std::string_view line) {
  if (line.starts_with(kRemoval)) {
    line.remove_prefix(kRemoval.size());
    return IsPath(line) ? std::optional(ChecksumLine{.path = line}) : std::nullopt;
  }
  if (line.size() <= kDigits + kGap.size() || line.substr(kDigits, kGap.size()) != kGap) {
    return std::nullopt;
  }
  const std::optional<Sha256> sum = ParseDigits(line.substr(0, kDigits));
  line.remove_prefix(kDigits + kGap.size());
  if (!sum.has_value() || !IsPath(line)) return std::nullopt;
  return ChecksumLine{.path = line, .sum = sum};
}

std::string ToHex(const Sha256& sum) {
  std::string digits;
  for (const unsigned char byte : sum) {
    digits += base::kHexDigits[byte >> 4U];
    digits += base::kHexDigits[byte & 15U];
  }
  return digits;
}

void AppendChecksumLine(const ChecksumLine& line, std::string& text) {
  if (line.sum.has_value()) {
    text.append(ToHex(*line.sum)).append(kGap);
  } else {
    text.append(kRemoval);
  }
  text.append(line.path).append("\n");
}

Status ForEachChecksumLine(File& file, const std::function<Status(const ChecksumLine&)>& visit) {
  std::string buffer;
  std::size_t held = 0;  // of the line that has no end yet
  std::size_t piece = kFirstReadBytes;
  for (std::uint64_t offset = 0;; piece = std::min(2 * piece, kReadBytes)) {
    buffer.resize(held + piece);
    ANYSTORE_ASSIGN_OR_RETURN(const std::size_t read,
                              file.ReadAt(offset, std::span(buffer).subspan(held)));
    if (read == 0) return Ok();
    offset += read;
    std::string_view rest(buffer.data(), held + read);
    for (std::size_t end = rest.find('\n'); end != std::string_view::npos; end = rest.find('\n')) {
      const std::optional<ChecksumLine> line = ParseChecksumLine(rest.substr(0, end));
      if (line.has_value()) ANYSTORE_TRY(visit(*line));
      rest.remove_prefix(end + 1);
    }
    // What is longer than any line says nothing, and neither does its end.
    held = std::min(rest.size(), kLineBytesMax);
    buffer.erase(0, static_cast<std::size_t>(rest.data() - buffer.data()));
  }
}

namespace {

Status WriteKept(Directory& root, const std::string& name,
                 const std::function<bool(const ChecksumLine&)>& keep) {
  ANYSTORE_ASSIGN_OR_RETURN(const auto from, root.Open(kChecksumsName, {}));
  ANYSTORE_ASSIGN_OR_RETURN(const auto to, root.Open(name, {.access = FileAccess::kReadWrite,
                                                            .creation = FileCreation::kExclusive,
                                                            .mode = kChecksumsMode}));
  std::string text;
  const auto write = [&]() -> Status {
    ANYSTORE_TRY(to->Append(text));
    text.clear();
    return Ok();
  };
  ANYSTORE_TRY(ForEachChecksumLine(*from, [&](const ChecksumLine& line) -> Status {
    if (keep(line)) AppendChecksumLine(line, text);
    return text.size() < kWriteBytes ? Ok() : write();
  }));
  ANYSTORE_TRY(write());
  return to->Sync(SyncScope::kAll);
}

}  // namespace

Status KeepChecksumLines(Directory& root, Random& random,
                         const std::function<bool(const ChecksumLine&)>& keep) {
  std::string name(kTemporaryName);
  name.append("/").append(kTemporaryPrefix).append(std::to_string(random.Next()));
  Status done = WriteKept(root, name, keep);
  if (done.has_value()) done = root.Rename(name, kChecksumsName, Replace::kYes);
  if (!done.has_value()) static_cast<void>(root.Remove(name));
  return done;
}

}  // namespace anystore::flatfs
