// What the filesystem seam costs and saves against the system calls it stands for: many files
// written durably, removed, read, listed, and single reads and writes.
//
// Durable writes run on a journalled filesystem in an image that this program makes and mounts, as
// far as it may, and on the host's, below build/bench. On a filesystem without a journal, creating
// a file becomes 25 times slower where files were removed in the last minutes; so there, each slice
// writes into a new directory far from the others, one that proves to be quick is chosen, and all
// are removed at the very end.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "anystore/file_batch.h"
#include "anystore/filesystem.h"
#include "disk_bench.h"
#include "filesystem/intercepted/intercepted.h"
#include "harness.h"
#include "loop_image.h"
#include "plain_files.h"

namespace anystore::bench {
namespace {

constexpr std::size_t kBlock = 4096;
constexpr std::size_t kThreads = 16;
/// Of ours, on two cores: fewer leave one idle while another waits for the journal.
constexpr std::size_t kWriters = 4;
constexpr std::uint64_t kImageBytes = 2ULL << 30U;
/// Of a whole filesystem, however few files there are; and of none.
constexpr std::size_t kSyncWhole = 0;
constexpr std::size_t kSyncEach = 1'000'000;

/// Files that both sides write.
struct Files {
  Files(std::size_t count, std::size_t size) : plain(count, size) {
    for (const std::string& name : plain.names) {
      news.push_back({.name = name, .bytes = plain.bytes});
      names.emplace_back(name);
      stable.Insert(names.back().substr(0, name.find('/')));
    }
  }
  PlainFiles plain;
  std::vector<NewFile> news = {};
  std::vector<std::string_view> names = {};
  /// The shards are there before, as in a store that has been in use.
  StableDirectories stable = {};
};

/// A filesystem to measure on.
class Ground {
 public:
  Ground(std::string name, std::filesystem::path path, const LoopImage* image)
      : name_(std::move(name)), path_(std::move(path)), image_(image) {
    if (image_ == nullptr) ScatterDirectories(path_);
  }

  [[nodiscard]] const std::string& name() const noexcept { return name_; }
  [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }
  [[nodiscard]] const LoopImage* image() const noexcept { return image_; }

  /// Begins a directory that nobody wrote to, nor removed anything near by.
  void StartFresh() {
    ThrowIfInterrupted();
    plain_.reset();
    seam_.reset();
    // See above why not on the host.
    if (image_ != nullptr) std::filesystem::remove_all(current_);
    for (int tried = 1;; ++tried) {
      // Where a directory goes hangs on its name: another one in every run.
      current_ = path_ / (std::to_string(++number_) + "-" + std::to_string(getpid()));
      plain_.emplace(current_);
      if (image_ != nullptr || tried == kTriesMax || plain_->CreatesQuickly()) break;
    }
    seam_ = OrThrow(HostFileSystem().OpenDirectory(current_.native()));
    // Which are found out at the first call, by a sync.
    Keep(seam_->traits());
  }
  /// Begins one with files in it.
  void StartFilled(const Files& files) {
    StartFresh();
    plain_->Fill(files.plain);
    plain_->SyncFileSystem();
  }
  /// Leaves pages to be written, of a file that has nothing to do with the others.
  void DirtyByStranger(std::size_t bytes) const {
    const std::string block(1U << 20U, 's');
    const Descriptor file(AT_FDCWD, path_ / "stranger", O_CREAT | O_WRONLY);
    for (std::size_t at = 0; at < bytes; at += block.size()) {
      if (pwrite(file.get(), block.data(), block.size(), static_cast<off_t>(at)) < 0) {
        throw std::runtime_error("writing the stranger's file");
      }
    }
  }

  [[nodiscard]] const std::filesystem::path& current() const noexcept { return current_; }
  [[nodiscard]] PlainDirectory& plain() { return *plain_; }
  [[nodiscard]] Directory& seam() { return *seam_; }

 private:
  static constexpr int kTriesMax = 8;

  std::string name_;
  std::filesystem::path path_;
  const LoopImage* image_;
  int number_ = 0;
  std::filesystem::path current_ = {};
  std::optional<PlainDirectory> plain_ = {};
  std::unique_ptr<Directory> seam_ = {};
};

std::uint64_t WriteThroughSeam(Directory& root, Files& files,
                               std::optional<std::size_t> file_syncs_max = {}) {
  FileBatchOptions options{.stable = &files.stable};
  if (file_syncs_max.has_value()) options.file_syncs_max = *file_syncs_max;
  OrThrow(WriteFiles(root, files.news, {}, options));
  return files.names.size();
}

/// As a store may for whom it does not matter where files are before they have their names.
std::uint64_t WriteWithoutNames(Directory& root, Files& files) {
  OrThrow(WriteFiles(
      root, files.news, {},
      {.unnamed_max = files.news.size(), .threads_max = kWriters, .stable = &files.stable}));
  return files.names.size();
}

/// Counts the calls that pass the seam.
class CallCounter final : public filesystem::Interceptor {
 public:
  filesystem::Decision Before(const filesystem::Call& call) override {
    ++counts_[static_cast<std::size_t>(call.operation)];
    if (filesystem::IsSync(call.operation)) ++syncs_;
    ++calls_;
    return filesystem::Decision::Proceed();
  }
  [[nodiscard]] double Of(filesystem::Operation operation) const {
    return static_cast<double>(counts_[static_cast<std::size_t>(operation)]);
  }
  [[nodiscard]] double calls() const { return static_cast<double>(calls_); }
  [[nodiscard]] double syncs() const { return static_cast<double>(syncs_); }

 private:
  std::array<std::atomic<std::uint64_t>, filesystem::kOperationCount> counts_ = {};
  std::atomic<std::uint64_t> calls_ = 0;
  std::atomic<std::uint64_t> syncs_ = 0;
};

/// What the batch asks of a filesystem; the same everywhere.
void CountCalls(Bench& bench, Ground& ground) {
  for (const std::size_t count : {std::size_t{1000}, std::size_t{4}}) {
    Files files(count, kBlock);
    CallCounter counter;
    filesystem::InterceptedFileSystem counted(HostFileSystem(), counter);
    ground.StartFresh();
    const std::unique_ptr<Directory> root =
        OrThrow(counted.OpenDirectory(ground.current().native()));
    const double before = counter.calls();
    WriteThroughSeam(*root, files);
    const bool few = count <= FileBatchOptions{}.file_syncs_max;
    const std::size_t shards = std::min(count, kShards);
    const auto barriers = static_cast<double>(shards + (few ? count : 1));
    const auto per_file = [&](double calls) { return calls / static_cast<double>(count); };
    bench.Record(
        {.name = "write " + SizeText(count, kBlock) + ", syncs a file",
         .unit = "calls",
         .bound = per_file(barriers),
         .note = few ? "each file, each directory" : "the filesystem once, each directory"},
        per_file(counter.syncs()));
    bench.Record({.name = "write " + SizeText(count, kBlock) + ", calls a file",
                  .unit = "calls",
                  .bound = per_file(barriers) + 3,
                  .note = "open, write, rename; syncs"},
                 per_file(counter.calls() - before));
  }
}

struct WriteGoals {
  std::optional<double> loop = {};
  std::optional<double> threads = {};
};

/// How often each way of writing made the image's disk flush.
void CountFlushes(Bench& bench, Ground& ground, Files& files) {
  if (ground.image() == nullptr) return;
  const auto count = [&](const std::string& how, const std::function<void()>& write) {
    ground.StartFresh();
    const std::optional<std::uint64_t> before = ground.image()->Flushes();
    write();
    const std::optional<std::uint64_t> after = ground.image()->Flushes();
    bench.Record({.name = "write " + SizeText(files.names.size(), files.plain.bytes.size()) + ", " +
                          ground.name() + ", disk flushes a file: " + how,
                  .unit = "flushes"},
                 before.has_value() && after.has_value()
                     ? std::optional(static_cast<double>(*after - *before) /
                                     static_cast<double>(files.names.size()))
                     : std::nullopt);
  };
  count("ours", [&] { WriteThroughSeam(ground.seam(), files); });
  count("loop", [&] { ground.plain().WriteDurably(files.plain); });
  count("16 threads", [&] { ground.plain().WriteDurablyInThreads(files.plain, kThreads); });
}

/// Against the loop of plain calls, and where there are files for all threads, the loop on them.
/// `planner` says in the rows' names how `ours` writes.
void CompareWith(Bench& bench, Ground& ground, Files& files, const std::string& planner,
                 const WriteGoals& goals, double slices_factor,
                 std::uint64_t (*write)(Directory& root, Files& files)) {
  const auto row = [&](const std::string& peer, std::optional<double> goal) {
    return Row{.name = "write " + SizeText(files.names.size(), files.plain.bytes.size()) + planner +
                       ", " + ground.name() + ": " + peer,
               .peer_name = peer,
               .goal = goal,
               .note = "a file; 64 directories",
               .clock = RowClock::kWall,
               .slices_factor = slices_factor,
               .before_slice = [&] { ground.StartFresh(); }};
  };
  const Slice ours = [&] { return write(ground.seam(), files); };
  bench.Compare(row("loop", goals.loop), ours, [&] {
    ground.plain().WriteDurably(files.plain);
    return files.names.size();
  });
  if (files.names.size() < kThreads) return;
  bench.Compare(row("16 threads", goals.threads), ours, [&] {
    ground.plain().WriteDurablyInThreads(files.plain, kThreads);
    return files.names.size();
  });
}

/// By one thread whose temporary files are in one directory, as flatfs must.
void CompareWrites(Bench& bench, Ground& ground, std::size_t count, std::size_t size,
                   const WriteGoals& goals, double slices_factor = 0.05) {
  Files files(count, size);
  CompareWith(bench, ground, files, "", goals, slices_factor,
              [](Directory& root, Files& written) { return WriteThroughSeam(root, written); });
  if (count >= kThreads) CountFlushes(bench, ground, files);
}

/// What it costs a single write that need not survive a power cut that its bytes are stable before
/// its name.
void CompareUnsynced(Bench& bench, Ground& ground) {
  Files files(bench.Scaled(200, 20), kBlock);
  bench.Compare(
      {.name = "write one by one, not durable, " + ground.name(),
       .peer_name = "without any sync",
       .note = "a file of 4 KiB",
       .clock = RowClock::kWall,
       .slices_factor = 0.1,
       .before_slice = [&] { ground.StartFresh(); }},
      [&] {
        for (const NewFile& file : files.news) {
          OrThrow(WriteFile(ground.seam(), file, {.durable = false, .stable = &files.stable}));
        }
        return files.names.size();
      },
      [&] {
        ground.plain().WriteUnsynced(files.plain);
        return files.names.size();
      });
}

/// From how many files on one sync of the filesystem is better than one of each.
void SweepFileSyncs(Bench& bench, Ground& ground, std::size_t strangers_bytes) {
  for (const std::size_t count : {1U, 2U, 4U, 8U, 16U, 32U, 100U}) {
    Files files(count, kBlock);
    const std::string beside =
        strangers_bytes == 0 ? ""
                             : " beside " + std::to_string(strangers_bytes >> 20U) + " MiB dirty";
    const auto prepare = [&] {
      ground.StartFresh();
      ground.DirtyByStranger(strangers_bytes);
    };
    bench.Compare(
        {.name = "sync each, " + SizeText(count, kBlock) + ", " + ground.name() + beside,
         .peer_name = "sync of the filesystem",
         .note = "a file; both through the seam",
         .clock = RowClock::kWall,
         .slices_factor = strangers_bytes == 0 ? 0.25 : 0.1,
         .before_slice = prepare},
        [&] { return WriteThroughSeam(ground.seam(), files, kSyncEach); },
        [&] { return WriteThroughSeam(ground.seam(), files, kSyncWhole); });
  }
}

void CompareReads(Bench& bench, Ground& ground) {
  const Files files(bench.Scaled(1000, 100), kBlock);
  ground.StartFilled(files);
  std::vector<Result<Value>> values(files.names.size());
  std::vector<std::string> strings(files.names.size());
  bench.Compare(
      {.name = "read " + SizeText(files.names.size(), kBlock),
       .peer_name = "open, fstat, pread, close",
       .note = "a file, from the page cache",
       .clock = RowClock::kThread},
      [&] {
        ReadFiles(ground.seam(), files.names, values);
        for (const Result<Value>& value : values) {
          if (!value.has_value() || value->size() != kBlock) throw std::runtime_error("read");
        }
        return files.names.size();
      },
      [&] {
        ground.plain().ReadAll(files.plain, &strings);
        for (const std::string& bytes : strings) {
          if (bytes.size() != kBlock) throw std::runtime_error("read");
        }
        return files.names.size();
      });
}

void CompareLists(Bench& bench, Ground& ground) {
  const std::size_t count = bench.Scaled(60'000, 1000);
  ground.StartFresh();
  MakeEmptyFiles(ground.current() / "00", count);
  bench.Compare(
      {.name = "list " + std::to_string(count) + " names",
       .peer_name = "getdents64",
       .note = "a name; one directory",
       .clock = RowClock::kThread,
       .slices_factor = 0.25},
      [&] {
        const std::unique_ptr<Listing> listing = OrThrow(ground.seam().List("00"));
        std::array<DirectoryEntry, 64> entries;
        std::uint64_t listed = 0;
        for (;;) {
          const std::size_t got = OrThrow(listing->Next(entries));
          if (got == 0) break;
          for (const DirectoryEntry& entry : std::span(entries).first(got)) {
            Keep(entry.name.data());
          }
          listed += got;
        }
        if (listed != count) throw std::runtime_error("list");
        return listed;
      },
      [&] {
        const std::uint64_t listed = ListPlainly(ground.current() / "00");
        if (listed != count) throw std::runtime_error("list");
        return listed;
      });
}

void CompareRemoves(Bench& bench, Ground& ground) {
  const Files files(bench.Scaled(1000, 100), kBlock);
  bench.Compare(
      {.name = "remove " + SizeText(files.names.size(), kBlock) + ", " + ground.name(),
       .peer_name = "unlink, fsync of the directory",
       .note = "a file; 64 directories",
       .clock = RowClock::kWall,
       .slices_factor = 0.05,
       .before_slice = [&] { ground.StartFilled(files); }},
      [&] {
        OrThrow(RemoveFiles(ground.seam(), files.names, {}, {}));
        return files.names.size();
      },
      [&] {
        ground.plain().RemoveDurably(files.plain);
        return files.names.size();
      });
}

std::optional<double> Difference(std::optional<double> a, std::optional<double> b) {
  return a.has_value() && b.has_value() ? std::optional<double>(*a - *b) : std::nullopt;
}

/// A read and a write of 4 KiB of an open file: what stands between the caller and the kernel.
void MeasureTransfers(Bench& bench, const std::filesystem::path& path) {
  const std::unique_ptr<Directory> root = OrThrow(HostFileSystem().OpenDirectory(path.native()));
  const std::unique_ptr<File> file = OrThrow(root->Open(
      "transfers", {.access = FileAccess::kReadWrite, .creation = FileCreation::kIfMissing}));
  const Descriptor plain(AT_FDCWD, path / "transfers", O_RDWR);
  std::vector<char> buffer(kBlock, 'x');
  OrThrow(file->WriteAt(0, {buffer.data(), buffer.size()}));
  const auto times = [](auto call) {
    return [call](std::uint64_t count) {
      for (std::uint64_t i = 0; i < count; ++i) {
        if (!call()) throw std::runtime_error("a transfer failed");
      }
    };
  };
  const auto compare = [&](const std::string& name, const auto& ours, const auto& bare) {
    bench.Record({.name = name + " instructions",
                  .unit = "instructions",
                  .bound = 80,
                  .note = "more than the bare call, without the kernel's"},
                 Difference(bench.Instructions("ours " + name, ours),
                            bench.Instructions("bare " + name, bare)));
    bench.Record({.name = name + " allocations", .unit = "allocations", .bound = 0},
                 bench.AllocationsOf(ours));
    const auto slice = [&](const auto& work) -> Slice {
      return [&work] {
        constexpr std::uint64_t kCalls = 200;
        work(kCalls);
        return kCalls;
      };
    };
    bench.Compare({.name = name + " 4 KiB",
                   .peer_name = "the bare call",
                   .note = "a call, in the page cache",
                   .clock = RowClock::kThread,
                   .slices_factor = 5},
                  slice(ours), slice(bare));
  };
  compare("ReadAt", times([&] {
            const Result<std::size_t> read = file->ReadAt(0, buffer);
            return read.has_value() && *read == kBlock;
          }),
          times([&] { return pread(plain.get(), buffer.data(), kBlock, 0) == kBlock; }));
  compare("WriteAt",
          times([&] { return file->WriteAt(0, {buffer.data(), buffer.size()}).has_value(); }),
          times([&] { return pwrite(plain.get(), buffer.data(), kBlock, 0) == kBlock; }));
}

/// All that waits for a disk. `goals`: of a thousand files.
void MeasureDurably(Bench& bench, Ground& ground, const WriteGoals& goals) {
  ground.StartFresh();
  MeasureFlush(bench, ground.current(), ground.name());
  CompareWrites(bench, ground, bench.Scaled(1000, 100), kBlock, {});
  Files files(bench.Scaled(1000, 128), kBlock);
  CompareWith(bench, ground, files, " without names, " + std::to_string(kWriters) + " writers",
              goals, /*slices_factor=*/0.15, &WriteWithoutNames);
  CompareWrites(bench, ground, bench.Scaled(100, 20), 256 * 1024, {});
  CompareWrites(bench, ground, 1, kBlock, {}, /*slices_factor=*/1);
  CompareUnsynced(bench, ground);
  SweepFileSyncs(bench, ground, 0);
  if (!bench.quick()) SweepFileSyncs(bench, ground, 64U << 20U);
}

void MeasureOnImage(Bench& bench, const std::string& kind, const std::filesystem::path& parent,
                    const WriteGoals& goals) {
  std::string why_not;
  const std::unique_ptr<LoopImage> image = LoopImage::Make(kind, parent, kImageBytes, &why_not);
  if (image == nullptr) {
    bench.Record({.name = kind + " image", .unit = "-", .note = why_not}, {});
    return;
  }
  Ground ground(kind + " image", image->path(), image.get());
  MeasureDurably(bench, ground, goals);
  CompareRemoves(bench, ground);
  CompareLists(bench, ground);
}

void Run(Bench& bench) {
  using enum ScratchDirectory::InMemory;
  const ScratchDirectory memory("filesystem-memory", kYes);
  MeasureTransfers(bench, memory.path());
  if (bench.counting()) return;
  Ground in_memory("tmpfs", memory.path(), nullptr);
  CountCalls(bench, in_memory);
  CompareReads(bench, in_memory);
  if (bench.quick()) {
    MeasureDurably(bench, in_memory, {});
    CompareLists(bench, in_memory);
    CompareRemoves(bench, in_memory);
    return;
  }
  const ScratchDirectory disk("filesystem", std::filesystem::path("build/bench"));
  MeasureOnImage(bench, "ext4", disk.path(), {.loop = 15, .threads = 3.5});
  MeasureOnImage(bench, "xfs", disk.path(), {});
  Ground host("host", disk.path(), nullptr);
  MeasureDurably(bench, host, {.loop = 1, .threads = 1});
}

}  // namespace
}  // namespace anystore::bench

int main(int argc, char** argv) {
  anystore::bench::Bench bench("filesystem", argc, argv);
  return anystore::bench::RunDiskBench(bench, "filesystem", &anystore::bench::Run);
}
