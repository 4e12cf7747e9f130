#include "disk_bench.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <exception>
#include <vector>

#include "plain_files.h"

namespace anystore::bench {
namespace {

volatile std::sig_atomic_t interrupted = 0;

/// As Go programs have it from their runtime.
void RaiseDescriptorLimit() {
  rlimit descriptors{};
  if (getrlimit(RLIMIT_NOFILE, &descriptors) != 0) return;
  descriptors.rlim_cur = descriptors.rlim_max;
  static_cast<void>(setrlimit(RLIMIT_NOFILE, &descriptors));
}

}  // namespace

int RunDiskBench(Bench& bench, const std::string& name, void (*run)(Bench& bench)) {
  RaiseDescriptorLimit();
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
    std::signal(signal, [](int) { interrupted = 1; });
  }
  try {
    run(bench);
  } catch (const std::exception& failure) {
    std::fprintf(stderr, "%s: %s\n", name.c_str(), failure.what());
    return 2;
  }
  return bench.Finish();
}

void ThrowIfInterrupted() {
  if (interrupted != 0) throw std::runtime_error("interrupted");
}

std::string SizeText(std::size_t count, std::size_t size) {
  return std::to_string(count) + " x " + std::to_string(size / 1024) + " KiB";
}

void MeasureFlush(Bench& bench, const std::filesystem::path& directory, const std::string& ground) {
  using Clock = std::chrono::steady_clock;
  const Descriptor file(AT_FDCWD, directory / "flushed", O_CREAT | O_WRONLY);
  std::vector<double> times(bench.Scaled(301, 3));
  for (double& time : times) {
    const Clock::time_point start = Clock::now();
    Check(fsync(file.get()) == 0, "fsync");
    time = std::chrono::duration<double, std::nano>(Clock::now() - start).count();
  }
  std::ranges::nth_element(times, times.begin() + std::ssize(times) / 2);
  bench.Record({.name = "flush, " + ground, .note = "fsync of a file that is stable"},
               times[times.size() / 2]);
}

}  // namespace anystore::bench
