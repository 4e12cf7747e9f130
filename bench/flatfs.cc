// flatfs against the system calls of the original, go-ds-flatfs, and against the floor: the fewest
// calls that write a file. Durable writes on filesystems with a journal, in images that this
// program makes and mounts; what needs no disk, in memory.
//
// The host's filesystem is never measured: one without a journal makes files 25 times slower where
// some were removed in the last minutes.
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "disk_bench.h"
#include "flatfs/ground.h"
#include "flatfs/rows.h"
#include "harness.h"
#include "loop_image.h"

namespace anystore::bench {
namespace {

constexpr std::uint64_t kImageBytes = 2ULL << 30U;

void MeasureDurably(Bench& bench, Ground& ground) {
  ground.StartFresh();
  MeasureFlush(bench, ground.current(), ground.name());
  MeasureRawWrites(bench, ground.current(), ground.name());
  CompareDurableBatches(bench, ground);
}

/// Runs the rows on a fresh filesystem.
void OnImage(Bench& bench, const std::string& kind, const std::vector<std::string>& mkfs_options,
             const std::filesystem::path& parent, void (*rows)(Bench& bench, Ground& ground)) {
  std::string why_not;
  const std::unique_ptr<LoopImage> image =
      LoopImage::Make(kind, parent, kImageBytes, &why_not, mkfs_options);
  if (image == nullptr) {
    bench.Record({.name = kind + " image", .unit = "-", .note = why_not}, {});
    return;
  }
  Ground ground(kind + " image", image->path(), image.get());
  rows(bench, ground);
  ground.Close();
}

void Run(Bench& bench) {
  if (bench.counting()) return;
  const ScratchDirectory memory("flatfs-memory", ScratchDirectory::InMemory::kYes);
  Ground in_memory("tmpfs", memory.path(), nullptr);
  CompareCalls(bench, in_memory);
  if (bench.quick()) {
    MeasureDurably(bench, in_memory);
    CompareDurablePuts(bench, in_memory);
    CompareListings(bench, in_memory);
    return;
  }
  const ScratchDirectory disk("flatfs", std::filesystem::path("build/bench"));
  // An inode for each 8 KiB: as many as the longest listing needs.
  OnImage(bench, "ext4", {"-i", "8192"}, disk.path(), [](Bench& on, Ground& ground) {
    MeasureDurably(on, ground);
    CompareDurablePuts(on, ground);
    CompareListings(on, ground);
    MeasureBatchMemory(on, ground);
  });
  OnImage(bench, "xfs", {}, disk.path(), &MeasureDurably);
}

}  // namespace
}  // namespace anystore::bench

int main(int argc, char** argv) {
  using namespace anystore::bench;  // NOLINT(google-build-using-namespace)
  if (argc == 3 && std::string_view(argv[1]) == kBatchChild) return RunBatchChild(argv[2]);
  Bench bench("flatfs", argc, argv);
  return RunDiskBench(bench, "flatfs", &Run);
}
