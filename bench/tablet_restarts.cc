/// What the form of a tablet costs a get: 1 M entries of 16 + 100 bytes, written as the originals
/// do and with other restart intervals, against our own form. The files are in memory.
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "harness.h"
#include "tablet/entries.h"
#include "tablet/gets.h"
#include "tablet/our_tablets.h"

namespace {

namespace fs = std::filesystem;
using anystore::bench::Bench;
using anystore::bench::FixedKey;
using anystore::bench::GetHits;
using anystore::bench::OurTablets;
using anystore::bench::RandomKeys;
using anystore::bench::ScratchDirectory;
using anystore::bench::ValuePool;
namespace tablet = anystore::tablet;

constexpr std::size_t kValueBytes = 100;

struct Form {
  std::string name = {};
  tablet::WriterOptions options = {};
};

/// Ours with other restart intervals, with entries that are whole and with ones that share.
std::vector<Form> Variations() {
  constexpr tablet::WriterOptions kOurs;
  std::vector<Form> forms;
  for (const std::uint32_t shared : {kOurs.shared_bytes_min, 0U}) {
    for (const std::uint32_t interval : {1U, 4U, 16U, 64U, 128U}) {
      if (shared == kOurs.shared_bytes_min && interval == kOurs.restart_interval) continue;
      forms.push_back({.name = "restarts of " + std::to_string(interval) + ", shared from " +
                               std::to_string(shared),
                       .options = {.restart_interval = interval, .shared_bytes_min = shared}});
    }
  }
  return forms;
}

/// One tablet, opened with a locator in memory and without one.
struct OpenTablet {
  OpenTablet(const fs::path& directory, const std::string& name)
      : located(directory, {&name, 1}, tablet::LocatorUse::kInMemory),
        plain(directory, {&name, 1}, tablet::LocatorUse::kIgnore) {
    // Once through everything, so that every block was checked and is there, decompressed.
    if (located.ScanAll() != plain.ScanAll()) std::abort();
  }

  OurTablets located;
  OurTablets plain;
};

class Comparison {
 public:
  Comparison(Bench& bench, const fs::path& directory)
      : bench_(bench),
        directory_(directory),
        keys_(anystore::bench::SortedKeys(bench.Scaled(1'000'000, 5'000))) {
    Build("default.tab", {});
  }

  void Run(const std::vector<Form>& forms) {
    OpenTablet ours(directory_, "default.tab");
    for (const Form& form : forms) {
      Build("form.tab", form.options);
      OpenTablet other(directory_, "form.tab");
      Compare("get hit, " + form.name, other.located, ours.located);
      Compare("get hit without locator, " + form.name, other.plain, ours.plain);
    }
  }

 private:
  void Build(std::string_view name, const tablet::WriterOptions& options) {
    anystore::bench::BuildTablet(directory_ / name, keys_, 0, 1, values_, options);
  }

  void Compare(std::string name, OurTablets& form, OurTablets& ours) {
    bench_.Compare(
        {.name = std::move(name), .peer_name = "default"}, [&] { return GetHits(form, hits_); },
        [&] { return GetHits(ours, hits_); });
  }

  Bench& bench_;
  const fs::path directory_;
  const ValuePool values_{kValueBytes};
  const std::vector<FixedKey> keys_;
  RandomKeys hits_{keys_, 42};
};

}  // namespace

int main(int argc, char** argv) {
  Bench bench("tablet-restarts", argc, argv);
  const ScratchDirectory scratch("tablet-restarts", ScratchDirectory::InMemory::kYes);
  Comparison comparison(bench, scratch.path());
  comparison.Run({{"Go", tablet::WriterOptions::Go()},
                  {"C#", tablet::WriterOptions::Csharp()},
                  {"Java", tablet::WriterOptions::Java()}});
  comparison.Run(Variations());
  return bench.Finish();
}
