// Any bytes as a tablet: whatever a scan yields is found by its key, both directions and both ways
// of access agree, and what is found right can be written anew.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "anystore/environment.h"
#include "anystore/filesystem.h"
#include "anystore/key_range.h"
#include "anystore/tablet/check.h"
#include "tablet/reading/tablet.h"
#include "tablet/writing/tablet_encoder.h"

namespace {

using namespace anystore;          // NOLINT(google-build-using-namespace): a test
using namespace anystore::tablet;  // NOLINT(google-build-using-namespace)

constexpr std::string_view kName = "t";
/// Looked up by their keys: so many from the front, and as many from the back.
constexpr std::size_t kLookedUp = 40;

void Require(bool holds) {
  if (!holds) std::abort();
}

struct Entry {
  std::string key = {};
  std::string value = {};
  bool deleted = false;

  friend bool operator==(const Entry&, const Entry&) = default;
};

struct Scanned {
  std::vector<Entry> entries = {};
  bool whole = false;

  friend bool operator==(const Scanned&, const Scanned&) = default;
};

Scanned Drain(EntrySource& source) {
  Scanned scanned;
  for (;;) {
    const auto batch = source.Next();
    if (!batch.has_value()) return scanned;
    if (batch->empty()) break;
    for (const TabletEntry& entry : *batch) {
      // The value of a deletion is nobody's: the original in Java wrote one.
      scanned.entries.push_back({.key = std::string(entry.key),
                                 .value = std::string(entry.deleted ? "" : entry.value),
                                 .deleted = entry.deleted});
    }
  }
  scanned.whole = true;
  Require(source.Next().value().empty());
  return scanned;
}

Scanned Scan(const Tablet& tablet, bool reverse) {
  return Drain(*tablet.NewSource(KeyRange::All(), {.reverse = reverse}));
}

/// A directory in memory with one file.
class Files {
 public:
  explicit Files(std::string_view bytes) {
    auto file = directory_->Open(
        kName, {.access = FileAccess::kReadWrite, .creation = FileCreation::kExclusive});
    Require(file.has_value() && (*file)->WriteAt(0, bytes).has_value());
  }

  Directory& directory() { return *directory_; }

 private:
  ManualClock clock_{Instant()};
  std::unique_ptr<FileSystem> files_ = NewMemoryFileSystem(clock_);
  std::unique_ptr<Directory> directory_ = files_->OpenDirectory("/").value();
};

ReaderOptions Limits(unsigned char choices) {
  return {.verify_checksums = (choices & 1U) == 0,
          .java_tombstones = (choices & 2U) != 0,
          .locator = LocatorUse::kIgnore,
          .cache_bytes = 16U << 10U,
          .block_bytes_max = 64U << 10U,
          .index_bytes_max = 64U << 10U,
          .key_bytes_max = 4U << 10U};
}

std::shared_ptr<Tablet> OpenTablet(Files& files, ReaderOptions options, Access access,
                                   LocatorUse locator) {
  options.access = access;
  options.locator = locator;
  auto opened = Tablet::Open(files.directory(), kName, options,
                             std::make_shared<BlockCache>(options.cache_bytes));
  if (opened.has_value()) return *opened;
  const Code code = opened.error().code();
  Require(code == Code::kCorruption || code == Code::kUnsupported || code == Code::kTooLarge);
  return nullptr;
}

void RequireSaid(const Result<Lookup>& said, const Entry& entry) {
  Require(said.has_value());
  Require(said->state == (entry.deleted ? Lookup::State::kDeleted : Lookup::State::kFound));
  Require(entry.deleted || said->value.bytes() == entry.value);
}

/// The entry at `at` by its key, and the place right behind it.
void CheckEntry(const Tablet& tablet, const Scanned& forward, std::size_t at) {
  const Entry& entry = forward.entries[at];
  RequireSaid(tablet.Get(entry.key), entry);
  Iterator from = tablet.Find(entry.key);
  Require(from.Next() && from.Key() == entry.key && from.Deleted() == entry.deleted);
  if (!forward.whole) return;
  const std::string behind = entry.key + '\0';
  const bool last = at + 1 == forward.entries.size();
  const auto said = tablet.Get(behind);
  Require(said.has_value());
  const bool there = !last && forward.entries[at + 1].key == behind;
  Require(there == (said->state != Lookup::State::kMissing));
  Iterator next = tablet.Find(behind);
  Require(next.Next() == !last && next.status().has_value());
  Require(last || next.Key() == forward.entries[at + 1].key);
  const auto source = tablet.NewSource(KeyRange::All(), {.reverse = true});
  Require(source->Seek(behind).has_value());
  const std::string_view before = source->Next().value().front().key;
  Require(before == (there ? behind : entry.key));
}

void CheckEntries(const Tablet& tablet, const Scanned& forward) {
  const std::size_t count = forward.entries.size();
  for (std::size_t at = 0; at < std::min(count, kLookedUp); ++at) CheckEntry(tablet, forward, at);
  for (std::size_t at = count - std::min(count, kLookedUp); at < count; ++at)
    CheckEntry(tablet, forward, at);
}

WriterOptions WriterFrom(unsigned char choices) {
  return {.block_bytes = 1U << (choices % 13U),
          .restart_interval = 1U + choices % 17U,
          .shared_bytes_min = choices % 5U,
          .compression = static_cast<Compression>(choices % 3U)};
}

/// A tablet of the same entries is read as it was written.
void CheckWrittenAnew(const Scanned& scanned, unsigned char choices) {
  TabletEncoder encoder(WriterFrom(choices));
  for (const Entry& entry : scanned.entries) {
    Require(encoder.Add({.key = entry.key, .value = entry.value, .deleted = entry.deleted})
                .has_value());
  }
  Require(encoder.Finish().has_value());
  Files files(encoder.bytes());
  const auto tablet = OpenTablet(files, {}, Access::kMap, LocatorUse::kIgnore);
  Require(tablet != nullptr && Scan(*tablet, /*reverse=*/false) == scanned);
  Require(CheckTablet(files.directory(), kName)->fault_count == 0);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): bytes as characters
  Files files({reinterpret_cast<const char*>(data) + 2, size - 2});
  const ReaderOptions options = Limits(data[0]);
  const auto report = CheckTablet(files.directory(), kName, {.reader = options});
  Require(report.has_value());
  const auto mapped = OpenTablet(files, options, Access::kMap, LocatorUse::kIgnore);
  const auto read = OpenTablet(files, options, Access::kRead, LocatorUse::kInMemory);
  Require((mapped != nullptr) == (read != nullptr));
  Require(mapped != nullptr || report->fault_count == 1);
  if (mapped == nullptr) return 0;
  const Scanned forward = Scan(*mapped, /*reverse=*/false);
  Require(Scan(*read, /*reverse=*/false) == forward);
  Require(std::ranges::is_sorted(forward.entries, std::less_equal<>(), &Entry::key) ||
          forward.entries.size() < 2);
  Scanned backward = Scan(*mapped, /*reverse=*/true);
  Require(backward.whole == forward.whole);
  Require(Scan(*read, /*reverse=*/true) == backward);
  std::ranges::reverse(backward.entries);
  Require(!forward.whole || backward == forward);
  for (const Tablet* tablet : {mapped.get(), read.get()}) CheckEntries(*tablet, forward);
  Require(forward.whole || report->fault_count > 0);
  if (report->fault_count > 0) return 0;
  Require(forward.whole && report->entries == forward.entries.size());
  CheckWrittenAnew(forward, data[1]);
  return 0;
}
