// What a large batch takes of memory.
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <memory>
#include <optional>
#include <string>

#include "anystore/open.h"
#include "disk_bench.h"
#include "flatfs/rows.h"

namespace anystore::bench {
namespace {

constexpr std::size_t kRecords = 4096;
constexpr std::size_t kRecordBytes = 256 * 1024;

/// The most memory this program ever had, in bytes. Not what getrusage tells: that knows of the
/// program from which this one was started, too.
std::optional<std::uint64_t> PeakMemory() {
  std::ifstream status("/proc/self/status");
  constexpr std::string_view kPeak = "VmHWM:";
  for (std::string line; std::getline(status, line);) {
    if (!line.starts_with(kPeak)) continue;
    const std::size_t digits = line.find_first_of("0123456789");
    if (digits == std::string::npos) break;
    std::uint64_t kilobytes = 0;
    std::from_chars(line.data() + digits, line.data() + line.size(), kilobytes);
    return kilobytes * 1024;
  }
  return std::nullopt;
}

void WriteLargeBatch(const std::string& url) {
  Store store = OrThrow(Open(url));
  const std::unique_ptr<Batch> batch = OrThrow(store.NewBatch());
  const Blocks blocks(kRecordBytes);
  for (std::size_t i = 0; i < kRecords; ++i) OrThrow(batch->Put(BlockKey(i), blocks.value()));
  static_cast<void>(OrThrow(batch->Commit()));
  OrThrow(store.Close());
}

}  // namespace

void MeasureBatchMemory(Bench& bench, Ground& ground) {
  const std::string name = "memory of a batch of 1 GiB";
  if (!bench.Wants(name)) return;
  ground.StartFresh();
  ground.Close();
  const std::filesystem::path log = ground.current() / "log";
  const std::string url = "flatfs:" + ground.our_root().native();
  const int status =
      RunProgram({std::filesystem::read_symlink("/proc/self/exe"), kBatchChild, url}, log);
  std::ifstream text(log);
  std::uint64_t bytes = 0;
  std::optional<double> mebibytes;
  if (status == 0 && text >> bytes) mebibytes = static_cast<double>(bytes) / (1U << 20U);
  bench.Record({.name = name,
                .unit = "MiB",
                .bound = Target(bench, 64),
                .note = "the peak of a process that writes 4,096 x 256 KiB, durably"},
               mebibytes);
}

int RunBatchChild(const std::string& url) {
  try {
    WriteLargeBatch(url);
  } catch (const std::exception& failure) {
    std::printf("%s\n", failure.what());
    return 1;
  }
  const std::optional<std::uint64_t> peak = PeakMemory();
  if (!peak.has_value()) return 1;
  std::printf("%llu\n", static_cast<unsigned long long>(*peak));
  return 0;
}

}  // namespace anystore::bench
