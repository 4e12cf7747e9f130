// flatfs against the system calls of the original, go-ds-flatfs, and against the floor: the fewest
// calls that write a file. Durable writes on filesystems with a journal, in images that this
// program makes and mounts; what needs no disk, in memory.
//
// The host's filesystem is never measured: one without a journal makes files 25 times slower where
// some were removed in the last minutes.
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "disk_bench.h"
#include "flatfs/ground.h"
#include "flatfs/rows.h"
#include "flatfs/scale.h"
#include "harness.h"
#include "loop_image.h"

namespace anystore::bench {
namespace {

/// An image to make.
struct ImageOptions {
  std::string kind = {};
  std::vector<std::string> mkfs_options = {};
  std::uint64_t bytes = 2ULL << 30U;
};

void MeasureDurably(Bench& bench, Ground& ground) {
  ground.StartFresh();
  MeasureFlush(bench, ground.current(), ground.name());
  MeasureRawWrites(bench, ground.current(), ground.name());
  CompareDurableBatches(bench, ground);
}

/// Runs the rows on a fresh filesystem.
void OnImage(Bench& bench, const ImageOptions& options, const std::filesystem::path& parent,
             void (*rows)(Bench& bench, Ground& ground)) {
  std::string why_not;
  const std::unique_ptr<LoopImage> image =
      LoopImage::Make(options.kind, parent, options.bytes, &why_not, options.mkfs_options);
  if (image == nullptr) {
    bench.Record({.name = options.kind + " image", .unit = "-", .note = why_not}, {});
    return;
  }
  Ground ground(options.kind + " image", image->path(), image.get());
  rows(bench, ground);
  ground.Close();
}

ScratchDirectory DiskDirectory() {
  return ScratchDirectory("flatfs", std::filesystem::path("build/bench"));
}

void Run(Bench& bench) {
  if (bench.counting()) return;
  const ScratchDirectory memory("flatfs-memory", ScratchDirectory::InMemory::kYes);
  Ground in_memory("tmpfs", memory.path(), nullptr);
  CompareUnsyncedPuts(bench, in_memory);
  CompareCalls(bench, in_memory);
  if (bench.quick()) {
    MeasureDurably(bench, in_memory);
    CompareDurablePuts(bench, in_memory);
    CompareListings(bench, in_memory);
    MeasureScale(bench, in_memory);
    return;
  }
  const ScratchDirectory disk = DiskDirectory();
  // An inode for each 8 KiB: as many as the longest listing needs.
  OnImage(bench, {.kind = "ext4", .mkfs_options = {"-i", "8192"}}, disk.path(),
          [](Bench& on, Ground& ground) {
            MeasureDurably(on, ground);
            CompareDurablePuts(on, ground);
            CompareUnsyncedPuts(on, ground);
            CompareListings(on, ground);
            MeasureBatchMemory(on, ground);
          });
  OnImage(bench, {.kind = "xfs"}, disk.path(), &MeasureDurably);
}

/// On a filesystem that keeps small files in their inodes.
void RunScale(Bench& bench) {
  if (bench.counting()) return;
  const ScratchDirectory disk = DiskDirectory();
  OnImage(bench,
          {.kind = "ext4",
           .mkfs_options = {"-O", "inline_data", "-I", "256", "-N", "1050000", "-J", "size=16",
                            "-m", "0"},
           .bytes = 512ULL << 20U},
          disk.path(), &MeasureScale);
}

}  // namespace
}  // namespace anystore::bench

int main(int argc, char** argv) {
  using namespace anystore::bench;  // NOLINT(google-build-using-namespace)
  const std::span<char*> words(argv, static_cast<std::size_t>(argc));
  const std::string_view first = words.size() > 1 ? words[1] : "";
  if (first == kBatchChild && words.size() == 3) return RunBatchChild(words[2]);
  if (first != "--scale") {
    Bench bench("flatfs", argc, argv);
    return RunDiskBench(bench, "flatfs", &Run);
  }
  // What follows is for the bench.
  words[1] = words[0];
  Bench bench("flatfs-scale", argc - 1, argv + 1);
  return RunDiskBench(bench, "flatfs-scale", &RunScale);
}
