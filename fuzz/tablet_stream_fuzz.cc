// Any bytes as a tablet that is still arriving, in any pieces: the same comes of them however they
// are cut, and what is accepted the reader of whole files reads, with the same entries.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "anystore/environment.h"
#include "anystore/filesystem.h"
#include "anystore/tablet/check.h"
#include "anystore/tablet/reader.h"
#include "anystore/tablet/stream.h"
#include "tablet/block/block.h"
#include "tablet/block/payload.h"
#include "tablet/format/constants.h"
#include "tablet/format/envelope.h"
#include "tablet/format/layout.h"
#include "tablet/index/block_index.h"

namespace anystore::tablet {
namespace {

constexpr std::uint64_t kBlockBytesMax = 4096;
constexpr std::uint64_t kIndexBytesMax = 2048;
constexpr std::uint64_t kKeyBytesMax = 64;

void Require(bool holds) {
  if (!holds) std::abort();
}

struct Entry {
  std::string key;
  std::string value;
  bool deleted;

  friend bool operator==(const Entry&, const Entry&) = default;
};

void AppendAll(Iterator at, std::vector<Entry>& entries) {
  while (at.Next()) {
    entries.push_back(
        {.key = std::string(at.Key()), .value = std::string(at.Value()), .deleted = at.Deleted()});
  }
  Require(at.status().has_value());
}

struct Outcome {
  std::vector<Entry> entries = {};
  std::string error = {};
  bool at_end = false;

  friend bool operator==(const Outcome&, const Outcome&) = default;
};

/// Feeds `bytes`; sizes of pieces follow from `cuts`, 0: all at once.
Outcome Stream(std::string_view bytes, std::uint32_t cuts, const StreamOptions& options) {
  TabletStream stream("input", options);
  Outcome outcome;
  while (!bytes.empty()) {
    cuts = cuts * 1664525 + (cuts == 0 ? 0 : 1013904223);
    const std::size_t size = cuts == 0 ? bytes.size() : 1 + (cuts >> 24U) % 61;
    // Of its own, so that a view that is kept too long is found.
    const std::string piece(bytes.substr(0, size));
    bytes.remove_prefix(piece.size());
    for (std::string_view left = piece; !left.empty();) {
      auto entries = stream.Feed(left);
      if (!entries.has_value()) {
        Require(stream.fault().has_value());
        outcome.error = entries.error().ToString();
        return outcome;
      }
      AppendAll(std::move(*entries), outcome.entries);
    }
  }
  if (const auto finished = stream.Finish(); !finished.has_value()) {
    Require(stream.fault().has_value());
    outcome.error = finished.error().ToString();
    outcome.at_end = true;
  }
  return outcome;
}

/// The blocks in front of `bytes`, with indexes and a footer that fit them: random bytes are hardly
/// ever a tablet.
std::string WithIndexes(std::string_view bytes) {
  std::string made;
  AppendHeader(made);
  std::string meta_index(kMetaIndexMagic);
  std::string data_index(kDataIndexMagic);
  for (;;) {
    const auto envelope = ReadEnvelope(bytes, 0);
    if (!envelope.has_value()) break;
    const std::size_t length = envelope->bytes + envelope->payload_bytes;
    if (length > bytes.size()) break;
    const std::string_view stored = bytes.substr(0, length);
    const bool meta = (envelope->type & kMetaBit) != 0;
    const auto payload =
        OpenPayload(Value::Copy(stored), meta ? BlockRole::kMeta : BlockRole::kData,
                    {.bytes_max = kBlockBytesMax}, 0);
    if (!payload->has_value()) break;
    const auto checked = CheckBlock((*payload)->bytes, {.key_bytes_max = kKeyBytesMax});
    if (!checked.has_value()) break;
    AppendIndexRecord(meta ? meta_index : data_index,
                      {.place = {made.size(), length}, .key = checked->first_key});
    made += stored;
    bytes.remove_prefix(length);
  }
  const std::uint64_t begin = made.size();
  const Layout layout{.meta_index = {begin, meta_index.size()},
                      .data_index = {begin + meta_index.size(), data_index.size()}};
  made += meta_index;
  made += data_index;
  AppendFooter(made, layout);
  return made;
}

/// What a reader of the whole file makes of it.
void RequireReads(std::string_view bytes, const StreamOptions& options,
                  const std::vector<Entry>& entries) {
  ManualClock clock{Instant()};
  const auto files = NewMemoryFileSystem(clock);
  const auto root = files->OpenDirectory("/");
  const auto file = (*root)->Open(
      "input", {.access = FileAccess::kReadWrite, .creation = FileCreation::kExclusive});
  Require((*file)->WriteAt(0, bytes).has_value());
  const ReaderOptions reader{.verify_checksums = options.verify_checksums,
                             .java_tombstones = options.java_tombstones,
                             .block_bytes_max = options.block_bytes_max,
                             .index_bytes_max = options.index_bytes_max,
                             .key_bytes_max = options.key_bytes_max};
  const auto tablet = TabletReader::Open(**root, "input", reader);
  Require(tablet.has_value());
  std::vector<Entry> read;
  AppendAll((*tablet)->Find(""), read);
  Require(read == entries);
  const auto report = CheckTablet(**root, "input", {.reader = reader});
  Require(report.has_value() && report->faults.empty());
}

void Check(std::string_view bytes, std::uint8_t cuts, const StreamOptions& options) {
  const Outcome whole = Stream(bytes, 0, options);
  Require(Stream(bytes, cuts + 1U, options) == whole);
  if (whole.error.empty()) RequireReads(bytes, options, whole.entries);
}

void CheckAll(std::string_view bytes, unsigned choices, std::uint8_t cuts) {
  const StreamOptions options{.verify_checksums = (choices & 1U) == 0,
                              .java_tombstones = (choices & 2U) != 0,
                              .block_bytes_max = kBlockBytesMax,
                              .index_bytes_max = kIndexBytesMax,
                              .key_bytes_max = kKeyBytesMax};
  Check(bytes, cuts, options);
  if (bytes.size() > kHeaderBytes) Check(WithIndexes(bytes.substr(kHeaderBytes)), cuts, options);
}

}  // namespace
}  // namespace anystore::tablet

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): bytes as characters
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 2, size - 2);
  anystore::tablet::CheckAll(bytes, data[0], data[1]);
  return 0;
}
