#include "flatfs/floor.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <vector>

namespace anystore::bench {
namespace {

using Clock = std::chrono::steady_clock;

void WriteAll(const Descriptor& file, std::string_view value) {
  Check(write(file.get(), value.data(), value.size()) == std::ssize(value), "write");
}

/// As in `key`, without the slash.
std::string NameOf(std::string_view key) { return std::string(key.substr(1)) + ".data"; }

double NanosecondsSince(Clock::time_point start) {
  return std::chrono::duration<double, std::nano>(Clock::now() - start).count();
}

}  // namespace

Floor::Floor(const std::filesystem::path& root, Spread spread)
    : root_((std::filesystem::create_directory(root), AT_FDCWD), root, O_RDONLY | O_DIRECTORY) {
  for (const std::string& key : KeyForEachDirectory(spread)) {
    const std::string name(DirectoryOf(key));
    Check(mkdirat(root_.get(), name.c_str(), 0755) == 0, "mkdirat");
    directories_.emplace(name, Descriptor(root_.get(), name, O_RDONLY | O_DIRECTORY));
  }
}

void Floor::Write(std::string_view key, std::string_view value) const {
  const Descriptor& directory = directories_.find(DirectoryOf(key))->second;
  WriteAll(Descriptor(directory.get(), NameOf(key), O_WRONLY | O_CREAT | O_EXCL), value);
}

void Floor::WriteDurably(std::string_view key, std::string_view value) const {
  const Descriptor& directory = directories_.find(DirectoryOf(key))->second;
  const std::string name = NameOf(key);
  {
    const Descriptor file(root_.get(), name, O_WRONLY | O_CREAT | O_EXCL);
    WriteAll(file, value);
    Check(fsync(file.get()) == 0, "fsync");
  }
  Check(renameat(root_.get(), name.c_str(), directory.get(), name.c_str()) == 0, "renameat");
  Check(fsync(directory.get()) == 0, "fsync");
}

std::size_t Floor::Read(std::string_view key, std::span<char> room) const {
  const Descriptor& directory = directories_.find(DirectoryOf(key))->second;
  const Descriptor file(directory.get(), NameOf(key), O_RDONLY);
  const ssize_t got = read(file.get(), room.data(), room.size());
  Check(got >= 0, "read");
  return static_cast<std::size_t>(got);
}

void Floor::Remove(std::string_view key) const {
  const Descriptor& directory = directories_.find(DirectoryOf(key))->second;
  Check(unlinkat(directory.get(), NameOf(key).c_str(), 0) == 0 || errno == ENOENT, "unlinkat");
}

void MeasureRawWrites(Bench& bench, const std::filesystem::path& directory,
                      const std::string& ground) {
  constexpr std::size_t kBlock = 4096;
  const std::size_t blocks = bench.Scaled(16'384, 256);
  const Descriptor file(AT_FDCWD, directory / "raw", O_CREAT | O_RDWR);
  const std::string all(blocks * kBlock, 'r');
  const Clock::time_point start = Clock::now();
  WriteAll(file, all);
  Check(fdatasync(file.get()) == 0, "fdatasync");
  bench.Record({.name = "raw, " + ground + ": one long write",
                .unit = "MB/s",
                .better = Better::kHigher,
                .note = "fdatasync included; of a new file"},
               static_cast<double>(all.size()) * 1e3 / NanosecondsSince(start));
  Shuffle random(blocks);
  std::vector<double> times(bench.Scaled(301, 3));
  for (double& time : times) {
    const Clock::time_point begin = Clock::now();
    const auto at = static_cast<off_t>(random.Below(blocks) * kBlock);
    Check(pwrite(file.get(), all.data(), kBlock, at) == kBlock, "pwrite");
    Check(fdatasync(file.get()) == 0, "fdatasync");
    time = NanosecondsSince(begin);
  }
  std::ranges::nth_element(times, times.begin() + std::ssize(times) / 2);
  bench.Record(
      {.name = "raw, " + ground + ": 4 KiB in place", .note = "pwrite, fdatasync; the median"},
      times[times.size() / 2]);
}

}  // namespace anystore::bench
