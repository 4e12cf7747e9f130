#include "plain_files.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <future>
#include <system_error>

#include "harness.h"

namespace anystore::bench {
namespace {

constexpr mode_t kFileMode = 0666;
constexpr mode_t kDirectoryMode = 0777;

std::string ShardName(std::size_t shard) {
  std::array<char, 8> text{};
  std::snprintf(text.data(), text.size(), "%02zx", shard);
  return text.data();
}

/// As long as the name of a block in an IPFS repository.
std::string FileName(std::size_t number) {
  std::array<char, 80> text{};
  std::snprintf(text.data(), text.size(), "CIQ%016llx%016llx%014zu.data",
                static_cast<unsigned long long>(Shuffle(number).Next()),
                static_cast<unsigned long long>(Shuffle(~number).Next()), number);
  return text.data();
}

}  // namespace

void Check(bool done, const char* call) {
  if (!done) throw std::system_error(errno, std::generic_category(), call);
}

Descriptor::Descriptor(int directory, const std::string& name, int flags)
    : descriptor_(openat(directory, name.c_str(), flags | O_CLOEXEC, kFileMode)) {
  Check(descriptor_ >= 0, name.c_str());
}

Descriptor::Descriptor(int descriptor, const char* call) : descriptor_(descriptor) {
  Check(descriptor_ >= 0, call);
}

Descriptor::~Descriptor() {
  if (descriptor_ >= 0) close(descriptor_);
}

PlainFiles::PlainFiles(std::size_t count, std::size_t size) : bytes(size, 'b') {
  for (std::size_t i = 0; i < count; ++i)
    names.push_back(ShardName(ShardOf(i)) + "/" + FileName(i));
  Shuffle random(size);
  for (char& byte : bytes) byte = static_cast<char>(random.Next());
}

PlainDirectory::PlainDirectory(const std::filesystem::path& path)
    : root_((std::filesystem::create_directory(path), AT_FDCWD), path, O_RDONLY | O_DIRECTORY) {
  for (std::size_t shard = 0; shard < kShards; ++shard) {
    const std::string name = ShardName(shard);
    Check(mkdirat(root_.get(), name.c_str(), kDirectoryMode) == 0, "mkdirat");
    shards_.emplace_back(root_.get(), name, O_RDONLY | O_DIRECTORY);
  }
  SyncFileSystem();
}

void PlainDirectory::WriteOne(const PlainFiles& files, std::size_t i, bool durable) const {
  std::array<char, 32> temporary{};
  std::snprintf(temporary.data(), temporary.size(), "temp-%zu", i);
  const int file =
      openat(root_.get(), temporary.data(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, kFileMode);
  Check(file >= 0, "openat");
  Check(write(file, files.bytes.data(), files.bytes.size()) == std::ssize(files.bytes), "write");
  if (durable) Check(fsync(file) == 0, "fsync of a file");
  Check(close(file) == 0, "close");
  const int shard = shards_[PlainFiles::ShardOf(i)].get();
  Check(renameat(root_.get(), temporary.data(), shard, files.NameInShard(i)) == 0, "renameat");
  if (durable) Check(fsync(shard) == 0, "fsync of a directory");
}

void PlainDirectory::WriteEvery(const PlainFiles& files, std::size_t first,
                                std::size_t step) const {
  for (std::size_t i = first; i < files.count(); i += step) WriteOne(files, i, /*durable=*/true);
}

void PlainDirectory::WriteUnsynced(const PlainFiles& files) const {
  for (std::size_t i = 0; i < files.count(); ++i) WriteOne(files, i, /*durable=*/false);
}

void PlainDirectory::WriteDurablyInThreads(const PlainFiles& files,
                                           std::size_t thread_count) const {
  std::vector<std::future<void>> threads;
  for (std::size_t thread = 0; thread < thread_count; ++thread) {
    threads.push_back(std::async(std::launch::async, [this, &files, thread, thread_count] {
      WriteEvery(files, thread, thread_count);
    }));
  }
  for (std::future<void>& thread : threads) thread.get();
}

void PlainDirectory::RemoveDurably(const PlainFiles& files) const {
  for (std::size_t i = 0; i < files.count(); ++i) {
    const int shard = shards_[PlainFiles::ShardOf(i)].get();
    Check(unlinkat(shard, files.NameInShard(i), 0) == 0, "unlinkat");
    Check(fsync(shard) == 0, "fsync of a directory");
  }
}

void PlainDirectory::ReadAll(const PlainFiles& files, std::vector<std::string>* out) const {
  for (std::size_t i = 0; i < files.count(); ++i) {
    const Descriptor file(root_.get(), files.names[i], O_RDONLY);
    struct stat info{};
    Check(fstat(file.get(), &info) == 0, "fstat");
    std::string bytes(static_cast<std::size_t>(info.st_size), '\0');
    Check(pread(file.get(), bytes.data(), bytes.size(), 0) == info.st_size, "pread");
    (*out)[i] = std::move(bytes);
  }
}

void PlainDirectory::Fill(const PlainFiles& files) const {
  for (const std::string& name : files.names) {
    const Descriptor file(root_.get(), name, O_CREAT | O_EXCL | O_WRONLY);
    Check(write(file.get(), files.bytes.data(), files.bytes.size()) == std::ssize(files.bytes),
          "write");
  }
}

bool PlainDirectory::CreatesQuickly() const {
  constexpr std::size_t kProbes = 32;
  constexpr auto kQuick = std::chrono::microseconds(10);
  Check(mkdirat(root_.get(), "probes", kDirectoryMode) == 0, "mkdirat");
  const Descriptor probes(root_.get(), "probes", O_RDONLY | O_DIRECTORY);
  const auto start = std::chrono::steady_clock::now();
  for (std::size_t i = 0; i < kProbes; ++i) {
    const Descriptor probe(probes.get(), std::to_string(i), O_CREAT | O_EXCL | O_WRONLY);
  }
  const bool quickly = std::chrono::steady_clock::now() - start < kProbes * kQuick;
  SyncFileSystem();
  return quickly;
}

void PlainDirectory::SyncFileSystem() const { Check(syncfs(root_.get()) == 0, "syncfs"); }

void ScatterDirectories(const std::filesystem::path& directory) {
  const Descriptor opened(AT_FDCWD, directory, O_RDONLY | O_DIRECTORY);
  int flags = 0;
  if (ioctl(opened.get(), FS_IOC_GETFLAGS, &flags) != 0) return;
  flags |= FS_TOPDIR_FL;
  static_cast<void>(ioctl(opened.get(), FS_IOC_SETFLAGS, &flags));
}

void MakeEmptyFiles(const std::filesystem::path& directory, std::size_t count) {
  const Descriptor opened(AT_FDCWD, directory, O_RDONLY | O_DIRECTORY);
  for (std::size_t i = 0; i < count; ++i) {
    const Descriptor file(opened.get(), FileName(i), O_CREAT | O_EXCL | O_WRONLY);
  }
}

PlainListing::PlainListing(const std::filesystem::path& directory, std::size_t buffer_bytes)
    : directory_(AT_FDCWD, directory, O_RDONLY | O_DIRECTORY), buffer_(buffer_bytes) {}

bool PlainListing::Next() {
  do {
    if (at_ == end_) {
      const long got = syscall(SYS_getdents64, directory_.get(), buffer_.data(), buffer_.size());
      Check(got >= 0, "getdents64");
      if (got == 0) return false;
      at_ = 0;
      end_ = static_cast<std::size_t>(got);
    }
    const auto* const entry = reinterpret_cast<const dirent64*>(buffer_.data() + at_);
    at_ += entry->d_reclen;
    name_ = entry->d_name;
    is_directory_ = entry->d_type == DT_DIR;
  } while (name_ == "." || name_ == "..");
  return true;
}

std::uint64_t ListPlainly(const std::filesystem::path& directory) {
  PlainListing listing(directory);
  std::uint64_t count = 0;
  for (; listing.Next(); ++count) Keep(listing.name().data());
  return count;
}

}  // namespace anystore::bench
