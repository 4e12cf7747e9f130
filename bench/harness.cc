#include "harness.h"

#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <valgrind/callgrind.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <new>
#include <thread>
#include <utility>

namespace anystore::bench {
namespace {

/// A round counts as slow when the calibration loop ran this much slower than at its best: a
/// stranger on the sibling hyperthread makes everything 1.6 to 1.9 times slower.
constexpr double kSlowCalibration = 1.12;
constexpr std::uint64_t kCountedOperations = 2000;
constexpr std::uint64_t kUncountedOperations = 200;

constexpr double kFastSlices = 0.1;

thread_local std::uint64_t allocations = 0;

double Nanoseconds(clockid_t clock) {
  timespec time{};
  clock_gettime(clock, &time);
  return static_cast<double>(time.tv_sec) * 1e9 + static_cast<double>(time.tv_nsec);
}

/// What measures a row.
clockid_t ClockOf(RowClock clock) {
  switch (clock) {
    case RowClock::kProcess:
      return CLOCK_PROCESS_CPUTIME_ID;
    case RowClock::kThread:
      return CLOCK_THREAD_CPUTIME_ID;
    case RowClock::kWall:
      break;
  }
  return CLOCK_MONOTONIC;
}

/// What is told beside it.
clockid_t ClockBeside(RowClock clock) {
  return clock == RowClock::kWall ? CLOCK_PROCESS_CPUTIME_ID : CLOCK_MONOTONIC;
}

/// Which clock measured a row, and which is told beside it, in JSON.
std::string_view ClockText(RowClock clock) {
  switch (clock) {
    case RowClock::kProcess:
      return R"("process CPU", "clock_beside": "wall")";
    case RowClock::kThread:
      return R"("thread CPU", "clock_beside": "wall")";
    case RowClock::kWall:
      break;
  }
  return R"("wall", "clock_beside": "process CPU")";
}

/// Nanoseconds of CPU per step of a loop that fills the execution units, so that it notices a
/// neighbour who uses them.
double Calibrate() {
  constexpr int kSteps = 400'000;
  std::array<std::uint64_t, 8> lanes{1, 2, 3, 4, 5, 6, 7, 8};
  const double start = Nanoseconds(CLOCK_THREAD_CPUTIME_ID);
  for (int i = 0; i < kSteps; ++i) {
    for (std::uint64_t& lane : lanes) lane = (lane ^ (lane >> 7U)) * 0x9e3779b97f4a7c15ULL;
    Keep(lanes);
  }
  return (Nanoseconds(CLOCK_THREAD_CPUTIME_ID) - start) / kSteps;
}

/// The slowest core's `Calibrate`: threads of a slice run on any core, and each has a sibling of
/// its own. In threads beside the caller's, which stays where its data is.
double CalibrateAllCores() {
  cpu_set_t all;
  if (sched_getaffinity(0, sizeof(all), &all) != 0) return Calibrate();
  double slowest = 0;
  for (int core = 0; core < CPU_SETSIZE; ++core) {
    if (!CPU_ISSET(core, &all)) continue;
    std::thread([core, &slowest] {
      cpu_set_t one;
      CPU_ZERO(&one);
      CPU_SET(core, &one);
      static_cast<void>(pthread_setaffinity_np(pthread_self(), sizeof(one), &one));
      slowest = std::max(slowest, Calibrate());
    }).join();
  }
  return slowest;
}

/// The value that `fraction` of the values lie below.
double Quantile(std::vector<double> values, double fraction) {
  if (values.empty()) return 0;
  std::ranges::sort(values);
  const double place = fraction * static_cast<double>(values.size() - 1);
  const auto below = static_cast<std::size_t>(place);
  const std::size_t above = std::min(below + 1, values.size() - 1);
  return values[below] + (place - static_cast<double>(below)) * (values[above] - values[below]);
}

double Median(std::vector<double> values) { return Quantile(std::move(values), 0.5); }

std::string FirstLineOf(const char* command) {
  std::string line;
  if (FILE* const pipe = popen(command, "r"); pipe != nullptr) {  // NOLINT(cert-env33-c)
    std::array<char, 256> buffer{};
    if (std::fgets(buffer.data(), buffer.size(), pipe) != nullptr) line = buffer.data();
    pclose(pipe);
  }
  while (!line.empty() && (line.back() == '\n' || line.back() == ' ')) line.pop_back();
  return line;
}

std::string Machine() {
  std::string processor = "unknown processor";
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with("model name")) continue;
    processor = line.substr(std::min(line.find(':') + 2, line.size()));
    break;
  }
  utsname system{};
  uname(&system);
  return processor + ", " + std::to_string(std::thread::hardware_concurrency()) + " cores, " +
         system.sysname + " " + system.release;
}

std::string JsonText(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    if (static_cast<unsigned char>(c) < 0x20) {
      std::array<char, 8> escape{};
      std::snprintf(escape.data(), escape.size(), "\\u%04x", static_cast<unsigned>(c));
      out += escape.data();
    } else {
      out += c;
    }
  }
  return out + '"';
}

std::string Number(std::optional<double> number, const char* none) {
  if (!number.has_value()) return none;
  std::array<char, 64> text{};
  const double size = number.value() < 0 ? -number.value() : number.value();
  std::snprintf(text.data(), text.size(), size < 100 ? "%.3g" : "%.0f", *number);
  return text.data();
}

[[noreturn]] void Usage(const std::string& name, std::string_view wrong) {
  std::fprintf(
      stderr,
      "%s: %.*s\nusage: %s [--rounds N] [--slices N] [--quick] [--only TEXT] [--out FILE]\n",
      name.c_str(), static_cast<int>(wrong.size()), wrong.data(), name.c_str());
  std::exit(2);  // NOLINT(concurrency-mt-unsafe): nothing runs yet
}

}  // namespace

std::uint64_t Allocations() noexcept { return allocations; }

int RunProgram(std::vector<std::string> command, const std::filesystem::path& log) {
  std::vector<char*> arguments;
  for (std::string& word : command) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  std::fflush(nullptr);
  const pid_t child = fork();
  if (child == 0) {
    const int file = open(log.c_str(), O_CREAT | O_WRONLY | O_TRUNC | O_CLOEXEC, 0600);
    dup2(file, STDOUT_FILENO);
    dup2(file, STDERR_FILENO);
    execvp(arguments[0], arguments.data());
    _exit(127);
  }
  int status = 0;
  return child > 0 && waitpid(child, &status, 0) == child ? status : -1;
}

/// What one round of both sides took.
struct Bench::Measured {
  /// By the clock that decides, and by the other.
  double ours = 0;
  double ours_beside = 0;
  double peer = 0;
  double peer_beside = 0;
  double difference = 0;
  double calibration = 0;
};

Bench::Bench(std::string name, int argc, char** argv)
    : name_(std::move(name)), out_("build/bench/" + name_ + ".json") {
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    const bool takes_value = argument == "--rounds" || argument == "--slices" ||
                             argument == "--out" || argument == "--only" ||
                             argument == "--counts-to";
    if (argument == "--quick") {
      quick_ = true;
      rounds_ = 1;
      slices_ = 2;
    } else if (takes_value && i + 1 < argc) {
      const std::string_view value = argv[++i];
      if (argument == "--out") {
        out_ = value;
      } else if (argument == "--only") {
        only_ = value;
      } else if (argument == "--counts-to") {
        counts_file_ = value;
      } else {
        int& number = argument == "--rounds" ? rounds_ : slices_;
        const auto [end, error] = std::from_chars(value.begin(), value.end(), number);
        if (error != std::errc{} || end != value.end() || number < 1) {
          Usage(name_, std::string(argument) + " takes a whole number from 1");
        }
      }
    } else {
      Usage(name_, "unknown or incomplete option " + std::string(argument));
    }
  }
}

Bench::Measured Bench::MeasureRound(const Row& row, const Slice& ours, const Slice& peer,
                                    bool ours_first) {
  const clockid_t clock = ClockOf(row.clock);
  const clockid_t beside = ClockBeside(row.clock);
  struct Side {
    const Slice& run;
    double taken = 0;
    double beside = 0;
    double operations = 0;
    std::vector<double> slices = {};
  };
  Side a{.run = ours};
  Side b{.run = peer};
  const auto run = [&](Side& side) {
    if (row.before_slice) row.before_slice();
    const double start_beside = Nanoseconds(beside);
    const double start = Nanoseconds(clock);
    const auto operations = static_cast<double>(side.run());
    const double taken = Nanoseconds(clock) - start;
    side.taken += taken;
    side.beside += Nanoseconds(beside) - start_beside;
    side.operations += operations;
    side.slices.push_back(taken / operations);
  };
  Measured measured;
  measured.calibration = CalibrateAllCores();
  const int slices = std::max(1, static_cast<int>(slices_ * row.slices_factor));
  for (int slice = 0; slice < slices; ++slice) {
    run(ours_first ? a : b);
    run(ours_first ? b : a);
    ours_first = !ours_first;
  }
  measured.calibration = std::max(measured.calibration, CalibrateAllCores());
  const auto figure = [&](const Side& side) {
    return row.by_median ? Median(side.slices) : side.taken / side.operations;
  };
  measured.ours = figure(a);
  measured.ours_beside = a.beside / a.operations;
  measured.peer = figure(b);
  measured.peer_beside = b.beside / b.operations;
  // Strangers only ever make a slice slower, so the fast ones tell what the code itself takes.
  measured.difference =
      Quantile(std::move(a.slices), kFastSlices) - Quantile(std::move(b.slices), kFastSlices);
  return measured;
}

void Bench::Compare(Row row, const Slice& ours, const Slice& peer) {
  if (counting() || !Wants(row.name)) return;
  std::vector<Measured> all;
  const auto is_slow = [&](const Measured& m) {
    return m.calibration > best_calibration_ * kSlowCalibration;
  };
  // Slow rounds are run again, but only so often: on a busy machine all of them are slow.
  for (int tried = 0; tried < 2 * rounds_; ++tried) {
    all.push_back(MeasureRound(row, ours, peer, /*ours_first=*/tried % 2 == 0));
    if (best_calibration_ == 0 || all.back().calibration < best_calibration_) {
      best_calibration_ = all.back().calibration;
    }
    if (std::ranges::count_if(all, [&](const Measured& m) { return !is_slow(m); }) >= rounds_) {
      break;
    }
  }
  const auto tried = static_cast<int>(all.size());
  const auto slow = static_cast<int>(std::ranges::count_if(all, is_slow));
  const bool drop = slow > 0 && tried - slow >= (rounds_ + 1) / 2;
  if (drop) std::erase_if(all, is_slow);
  const auto figures = [&](auto figure) {
    std::vector<double> values;
    for (const Measured& m : all) values.push_back(figure(m));
    return values;
  };
  Line line{.row = std::move(row), .rounds = static_cast<int>(all.size()), .timed = true};
  line.ours = Median(figures([](const Measured& m) { return m.ours; }));
  line.peer = Median(figures([](const Measured& m) { return m.peer; }));
  const std::vector<double> ratios = figures([](const Measured& m) { return m.peer / m.ours; });
  line.ratio = Median(ratios);
  line.ratio_min = std::ranges::min(ratios);
  line.ratio_max = std::ranges::max(ratios);
  if (line.row.bound.has_value()) {
    line.value = Median(figures([](const Measured& m) { return m.difference; }));
  }
  std::string& note = line.row.note;
  if (!note.empty()) note += "; ";
  note += "ratio " + Number(line.ratio_min, "-") + " to " + Number(line.ratio_max, "-");
  line.ours_beside = Median(figures([](const Measured& m) { return m.ours_beside; }));
  line.peer_beside = Median(figures([](const Measured& m) { return m.peer_beside; }));
  note += line.row.clock == RowClock::kWall ? "; CPU " : "; wall ";
  note += Number(line.ours_beside, "-") + " against " + Number(line.peer_beside, "-");
  if (slow > 0) {
    note += "; " + std::to_string(slow) + " of " + std::to_string(tried) + " rounds slow, " +
            (drop ? "dropped" : "kept");
  }
  lines_.push_back(std::move(line));
}

void Bench::Record(Row row, std::optional<double> value) {
  if (counting() || !Wants(row.name)) return;
  if (!value.has_value()) row.note += row.note.empty() ? "not measured" : "; not measured";
  lines_.push_back({.row = std::move(row), .value = value, .rounds = 1});
}

std::optional<double> Bench::AllocationsOf(const std::function<void(std::uint64_t)>& work) {
  if (counting()) return std::nullopt;
  const auto count = [&](std::uint64_t operations) {
    const std::uint64_t before = allocations;
    work(operations);
    return static_cast<double>(allocations - before);
  };
  count(kUncountedOperations);
  const double once = count(kCountedOperations);
  return (count(2 * kCountedOperations) - once) / static_cast<double>(kCountedOperations);
}

std::optional<double> Bench::Instructions(std::string_view name,
                                          const std::function<void(std::uint64_t)>& work) {
  if (counting()) {
    CountHere(name, work);
    return std::nullopt;
  }
  if (!std::exchange(counted_elsewhere_, true)) CountElsewhere();
  const auto once = counts_.find(std::string(name) + "*1");
  const auto twice = counts_.find(std::string(name) + "*2");
  if (once == counts_.end() || twice == counts_.end()) return std::nullopt;
  return (twice->second - once->second) / static_cast<double>(kCountedOperations);
}

void Bench::CountHere(std::string_view name, const std::function<void(std::uint64_t)>& work) {
  work(kUncountedOperations);
  for (const std::uint64_t times : {1U, 2U}) {
    const std::string label = std::string(name) + "*" + std::to_string(times);
    CALLGRIND_START_INSTRUMENTATION;
    CALLGRIND_ZERO_STATS;
    work(times * kCountedOperations);
    CALLGRIND_DUMP_STATS_AT(label.c_str());
    CALLGRIND_STOP_INSTRUMENTATION;
  }
}

void Bench::CountElsewhere() {
  const ScratchDirectory scratch("counts");
  const std::string dump = scratch.path() / "dump";
  const std::string log = scratch.path() / "log";
  std::vector<std::string> command{"valgrind",
                                   "--tool=callgrind",
                                   "--instr-atstart=no",
                                   "--callgrind-out-file=" + dump,
                                   std::filesystem::read_symlink("/proc/self/exe"),
                                   "--counts-to",
                                   dump};
  const int status = RunProgram(std::move(command), log);
  if (status != 0) {
    std::fprintf(stderr, "counting instructions under valgrind failed (status %d):\n", status);
    std::ifstream text(log);
    for (std::string line; std::getline(text, line);) std::fprintf(stderr, "  %s\n", line.c_str());
    return;
  }
  for (const auto& entry : std::filesystem::directory_iterator(scratch.path())) {
    std::string label;
    std::ifstream text(entry.path());
    for (std::string line; std::getline(text, line);) {
      constexpr std::string_view kTrigger = "desc: Trigger: Client Request: ";
      constexpr std::string_view kTotals = "totals: ";
      if (line.starts_with(kTrigger)) label = line.substr(kTrigger.size());
      if (!label.empty() && line.starts_with(kTotals)) {
        counts_[label] = std::strtod(line.c_str() + kTotals.size(), nullptr);
      }
    }
  }
}

bool Bench::Missed(const Line& line) const {
  if (line.timed && quick_) return false;
  if (line.row.goal.has_value() && line.ratio.value_or(0) < *line.row.goal) return true;
  if (!line.row.bound.has_value()) return false;
  if (!line.value.has_value()) return true;
  return line.row.better == Better::kLower ? *line.value > *line.row.bound
                                           : *line.value < *line.row.bound;
}

void Bench::PrintTable() const {
  std::size_t name_width = 4;
  for (const Line& line : lines_) name_width = std::max(name_width, line.row.name.size());
  const auto width = static_cast<int>(name_width);
  std::printf("%-*s %12s %9s %9s %7s %6s %9s %7s      note\n", width, name_.c_str(), "unit", "ours",
              "peer", "ratio", "goal", "value", "bound");
  for (const Line& line : lines_) {
    const bool has_target = line.row.goal.has_value() || line.row.bound.has_value();
    const char* const verdict = Missed(line) ? "MISS" : has_target ? "ok" : "";
    const std::string peer =
        line.row.peer_name.empty() ? "" : "against " + line.row.peer_name + "; ";
    std::printf("%-*s %12s %9s %9s %7s %6s %9s %7s %-4s %s%s\n", width, line.row.name.c_str(),
                line.row.unit.c_str(), Number(line.ours, "").c_str(), Number(line.peer, "").c_str(),
                Number(line.ratio, "").c_str(), Number(line.row.goal, "").c_str(),
                Number(line.value, "").c_str(), Number(line.row.bound, "").c_str(), verdict,
                peer.c_str(), line.row.note.c_str());
  }
  if (quick_) std::printf("a smoke run: times are not held against their targets\n");
}

bool Bench::WriteJson() const {
  std::string commit = FirstLineOf("git describe --always --dirty --abbrev=12 2>/dev/null");
  if (commit.empty()) commit = "unknown";
  std::error_code ignored;
  if (out_.has_parent_path()) std::filesystem::create_directories(out_.parent_path(), ignored);
  std::ofstream file(out_);
  file << "{\"bench\": " << JsonText(name_) << ", \"machine\": " << JsonText(Machine())
       << ", \"commit\": " << JsonText(commit) << ", \"rows\": [";
  const char* separator = "\n  ";
  for (const Line& line : lines_) {
    const Row& row = line.row;
    file << std::exchange(separator, ",\n  ") << "{\"name\": " << JsonText(row.name)
         << ", \"unit\": " << JsonText(row.unit) << ", \"ours\": " << Number(line.ours, "null")
         << ", \"peer\": " << Number(line.peer, "null")
         << ", \"peer_name\": " << (row.peer_name.empty() ? "null" : JsonText(row.peer_name))
         << ", \"ratio\": " << Number(line.ratio, "null")
         << ", \"ratio_min\": " << Number(line.ratio_min, "null")
         << ", \"ratio_max\": " << Number(line.ratio_max, "null")
         << ", \"clock\": " << (line.timed ? ClockText(row.clock) : R"(null, "clock_beside": null)")
         << ", \"ours_beside\": " << Number(line.ours_beside, "null")
         << ", \"peer_beside\": " << Number(line.peer_beside, "null")
         << ", \"goal\": " << Number(row.goal, "null")
         << ", \"value\": " << Number(line.value, "null")
         << ", \"bound\": " << Number(row.bound, "null")
         << ", \"better\": " << (row.better == Better::kLower ? "\"lower\"" : "\"higher\"")
         << ", \"rounds\": " << line.rounds << ", \"note\": " << JsonText(row.note) << "}";
  }
  file << "\n]}\n";
  file.close();
  return !file.fail();
}

int Bench::Finish() {
  if (counting()) return 0;
  PrintTable();
  if (!WriteJson()) {
    std::fprintf(stderr, "%s: cannot write %s\n", name_.c_str(), out_.c_str());
    return 2;
  }
  return std::ranges::any_of(lines_, [&](const Line& line) { return Missed(line); }) ? 1 : 0;
}

ScratchDirectory::ScratchDirectory(std::string_view name, InMemory in_memory) {
  constexpr const char* kMemory = "/dev/shm";
  const bool use_memory = in_memory == InMemory::kYes && access(kMemory, W_OK) == 0;
  Make(name, use_memory ? kMemory : std::filesystem::temp_directory_path());
}

ScratchDirectory::ScratchDirectory(std::string_view name, const std::filesystem::path& parent) {
  std::error_code ignored;
  std::filesystem::create_directories(parent, ignored);
  Make(name, parent);
}

void ScratchDirectory::Make(std::string_view name, const std::filesystem::path& parent) {
  const char* chosen = std::getenv("ANYSTORE_BENCH_DIR");  // NOLINT(concurrency-mt-unsafe)
  const std::filesystem::path below =
      chosen != nullptr ? chosen : std::filesystem::absolute(parent);
  std::string pattern = below / ("anystore-bench-" + std::string(name) + "-XXXXXX");
  if (mkdtemp(pattern.data()) == nullptr) {
    std::perror(pattern.c_str());
    std::exit(2);  // NOLINT(concurrency-mt-unsafe)
  }
  path_ = pattern;
}

ScratchDirectory::~ScratchDirectory() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace anystore::bench

// Every form of operator new that counts: the others are made of these two. Engines in shared
// libraries use them too.
void* operator new(std::size_t size) {
  ++anystore::bench::allocations;
  if (void* const bytes = std::malloc(size == 0 ? 1 : size)) return bytes;
  throw std::bad_alloc();
}
void* operator new(std::size_t size, std::align_val_t alignment) {
  ++anystore::bench::allocations;
  const auto align = static_cast<std::size_t>(alignment);
  if (void* const bytes = std::aligned_alloc(align, (size + align - 1) / align * align)) {
    return bytes;
  }
  throw std::bad_alloc();
}
void operator delete(void* bytes) noexcept { std::free(bytes); }
void operator delete(void* bytes, std::size_t) noexcept { std::free(bytes); }
void operator delete(void* bytes, std::align_val_t) noexcept { std::free(bytes); }
void operator delete(void* bytes, std::size_t, std::align_val_t) noexcept { std::free(bytes); }
