/// Tablets against LMDB and tables of LevelDB: 1 M entries of 16 + 100 bytes and of 16 + 1024, not
/// compressed and by Snappy, the files in memory.
#include <array>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "harness.h"
#include "tablet/entries.h"
#include "tablet/gets.h"
#include "tablet/leveldb_table.h"
#include "tablet/lmdb_table.h"
#include "tablet/our_tablets.h"

namespace {

namespace fs = std::filesystem;
using anystore::bench::Bench;
using anystore::bench::FixedKey;
using anystore::bench::GetHits;
using anystore::bench::GetMisses;
using anystore::bench::RandomKeys;
using anystore::bench::ScratchDirectory;
using anystore::bench::Shuffle;
using anystore::bench::ValuePool;
namespace tablet = anystore::tablet;

constexpr std::uint64_t kRanges = 100;
constexpr std::size_t kParts = 8;

/// Everything of one size of values.
class Section {
 public:
  Section(Bench& bench, const fs::path& directory, std::size_t value_bytes, bool snappy)
      : bench_(bench),
        directory_(directory),
        values_(value_bytes),
        keys_(anystore::bench::SortedKeys(bench.Scaled(1'000'000, 5'000))),
        snappy_(snappy),
        suffix_(", 16 + " + std::to_string(value_bytes) + " B" + (snappy ? ", snappy" : "")) {
    options_.compression = snappy ? tablet::Compression::kSnappy : tablet::Compression::kNone;
    fs::create_directories(directory);
  }

  void Run() {
    Build();
    Single();
    Merge();
    fs::remove_all(directory_);
  }

 private:
  [[nodiscard]] std::string Name(const std::string& what) const { return what + suffix_; }

  void Build() {
    using anystore::bench::BuildLeveldbTable;
    using anystore::bench::BuildTablet;
    bench_.Compare(
        {.name = Name("build"), .peer_name = "LevelDB", .goal = 2.0, .slices_factor = 0.1},
        [&] { return anystore::bench::EncodeTablet(keys_, values_, options_); },
        [&] { return anystore::bench::EncodeLeveldbTable(keys_, values_, snappy_); });
    bench_.Compare(
        {.name = Name("build a file"), .peer_name = "LevelDB", .slices_factor = 0.1},
        [&] { return BuildTablet(directory_ / "all.tab", keys_, 0, 1, values_, options_); },
        [&] { return BuildLeveldbTable(directory_ / "all.ldb", keys_, 0, 1, values_, snappy_); });
    BuildTablet(directory_ / "all.tab", keys_, 0, 1, values_, options_);
    BuildLeveldbTable(directory_ / "all.ldb", keys_, 0, 1, values_, snappy_);
    for (std::size_t part = 0; part < kParts; ++part) {
      const std::string name = std::to_string(part);
      BuildTablet(directory_ / (name + ".tab"), keys_, part, kParts, values_, options_);
      BuildLeveldbTable(directory_ / (name + ".ldb"), keys_, part, kParts, values_, snappy_);
    }
  }

  template <class Table>
  std::uint64_t Ranges(Table& table) {
    std::uint64_t seen = 0;
    for (std::uint64_t i = 0; i < kRanges; ++i) {
      seen += table.Range(starts_.Next(), anystore::bench::kRange);
    }
    return seen / anystore::bench::kRange;
  }

  void Single() {
    const std::vector<std::string> name = {"all.tab"};
    anystore::bench::OurTablets ours(directory_, name, tablet::LocatorUse::kInMemory);
    anystore::bench::OurTablets plain(directory_, name, tablet::LocatorUse::kIgnore);
    anystore::bench::LmdbTable lmdb(directory_ / "lmdb", keys_, values_);
    const std::vector<fs::path> table = {directory_ / "all.ldb"};
    anystore::bench::LeveldbTables leveldb(table);
    // Once through everything, so that every block was checked and every page is there.
    if (ours.ScanAll() != lmdb.ScanAll() || plain.ScanAll() != leveldb.ScanAll()) std::abort();

    bench_.Compare(
        {.name = Name("get hit"), .peer_name = "LMDB", .goal = 1.0},
        [&] { return GetHits(ours, hits_); }, [&] { return GetHits(lmdb, hits_); });
    bench_.Compare(
        {.name = Name("get miss"), .peer_name = "LMDB", .goal = 3.0},
        [&] { return GetMisses(ours, random_); }, [&] { return GetMisses(lmdb, random_); });
    bench_.Compare(
        {.name = Name("get hit without locator"), .peer_name = "LMDB"},
        [&] { return GetHits(plain, hits_); }, [&] { return GetHits(lmdb, hits_); });
    bench_.Compare(
        {.name = Name("scan"), .peer_name = "LMDB", .goal = 1.5, .slices_factor = 0.2},
        [&] { return ours.ScanAll(); }, [&] { return lmdb.ScanAll(); });
    bench_.Compare(
        {.name = Name("scan (LevelDB)"), .peer_name = "LevelDB", .goal = 3.0, .slices_factor = 0.2},
        [&] { return ours.ScanAll(); }, [&] { return leveldb.ScanAll(); });
    bench_.Compare(
        {.name = Name("read all"), .peer_name = "LMDB", .slices_factor = 0.2},
        [&] { return ours.ReadAll(); }, [&] { return lmdb.ReadAll(); });
    bench_.Compare(
        {.name = Name("range of 100"), .peer_name = "LMDB", .goal = 1.0},
        [&] { return Ranges(ours); }, [&] { return Ranges(lmdb); });
    bench_.Compare(
        {.name = Name("range of 100 (LevelDB)"), .peer_name = "LevelDB", .goal = 2.0},
        [&] { return Ranges(ours); }, [&] { return Ranges(leveldb); });
  }

  void Merge() {
    std::vector<std::string> names;
    std::vector<fs::path> files;
    for (std::size_t part = 0; part < kParts; ++part) {
      names.push_back(std::to_string(part) + ".tab");
      files.push_back(directory_ / (std::to_string(part) + ".ldb"));
    }
    anystore::bench::OurTablets ours(directory_, names, tablet::LocatorUse::kIgnore);
    anystore::bench::LeveldbTables leveldb(files);
    if (ours.ScanAll() != leveldb.ScanAll()) std::abort();
    bench_.Compare(
        {.name = Name("merge of 8"), .peer_name = "LevelDB", .goal = 2.0, .slices_factor = 0.2},
        [&] { return ours.ScanAll(); }, [&] { return leveldb.ScanAll(); });
  }

  Bench& bench_;
  const fs::path directory_;
  const ValuePool values_;
  const std::vector<FixedKey> keys_;
  const bool snappy_;
  const std::string suffix_;
  tablet::WriterOptions options_ = {};
  Shuffle random_{42};
  RandomKeys hits_{keys_, 43};
  /// From each of them there are enough keys for a range.
  RandomKeys starts_{std::span(keys_).first(keys_.size() - anystore::bench::kRange), 44};
};

}  // namespace

int main(int argc, char** argv) {
  Bench bench("tablet-read", argc, argv);
  const ScratchDirectory scratch("tablet-read", ScratchDirectory::InMemory::kYes);
  for (const std::size_t value_bytes : {100U, 1024U}) {
    for (const bool snappy : {false, true}) {
      Section(bench, scratch.path() / "section", value_bytes, snappy).Run();
    }
  }
  return bench.Finish();
}
