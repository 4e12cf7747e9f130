#include "flatfs/original.h"

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <future>
#include <memory>
#include <utility>
#include <vector>

#include "flatfs/blocks.h"
#include "harness.h"

namespace anystore::bench {
namespace {

constexpr std::size_t kWriters = 16;
constexpr std::string_view kExtension = ".data";
/// Of the runtime's listings.
constexpr std::size_t kListingBytes = 8192;

/// Of an existing directory it fails, every time.
void MakeDirectory(const std::string& path) {
  Check(mkdir(path.c_str(), 0755) == 0 || errno == EEXIST, "mkdir");
}

void WriteAll(const Descriptor& file, std::string_view value) {
  Check(write(file.get(), value.data(), value.size()) == std::ssize(value), "write");
}

void Sync(const Descriptor& file) { Check(fsync(file.get()) == 0, "fsync"); }

void SyncDirectory(const std::string& path) { Sync(Descriptor(AT_FDCWD, path, O_RDONLY)); }

/// A name that no other file of this process has.
std::string TemporaryName() {
  static std::atomic<std::uint64_t> number = 0;
  return "temp-" + std::to_string(1'000'000'000 + number++);
}

}  // namespace

Original::Original(std::filesystem::path root, bool sync)
    : root_(std::move(root)),
      sync_(sync),
      temporary_(root_ / ".temp"),
      poll_(epoll_create1(EPOLL_CLOEXEC), "epoll_create1") {
  MakeDirectory(root_);
  MakeDirectory(temporary_);
}

std::string Original::DirectoryPath(std::string_view key) const {
  return std::string(root_.native()).append("/").append(DirectoryOf(key));
}

std::string Original::FilePath(std::string_view key) const {
  return DirectoryPath(key).append(key).append(kExtension);
}

Descriptor Original::OpenAndPoll(const std::string& path, int flags) const {
  Descriptor file(AT_FDCWD, path, flags);
  // Its runtime tries to wait for every file in this way, and is refused.
  epoll_event event{.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, .data = {}};
  static_cast<void>(epoll_ctl(poll_.get(), EPOLL_CTL_ADD, file.get(), &event));
  return file;
}

void Original::Rename(const std::string& temporary, std::string_view key) const {
  const std::string path = FilePath(key);
  struct stat info{};
  Keep(stat(path.c_str(), &info));
  Keep(lstat(path.c_str(), &info));
  Check(rename(temporary.c_str(), path.c_str()) == 0, "rename");
  Check(stat(path.c_str(), &info) == 0, "stat");
}

void Original::Put(std::string_view key, std::string_view value) const {
  const std::string directory = DirectoryPath(key);
  MakeDirectory(directory);
  const std::string temporary = temporary_ + "/" + TemporaryName();
  {
    const Descriptor file = OpenAndPoll(temporary, kCreate);
    WriteAll(file, value);
    if (sync_) Sync(file);
  }
  Rename(temporary, key);
  if (sync_) SyncDirectory(directory);
}

std::size_t Original::ReadFile(const std::string& path) const {
  const Descriptor file = OpenAndPoll(path, O_RDONLY);
  struct stat info{};
  Check(fstat(file.get(), &info) == 0, "fstat");
  // One byte more than there is, and on to the end.
  const std::size_t room = static_cast<std::size_t>(info.st_size) + 512;
  const auto bytes = std::make_unique_for_overwrite<char[]>(room);
  for (std::size_t size = 0;;) {
    const ssize_t got = read(file.get(), bytes.get() + size, room - size);
    Check(got >= 0, "read");
    if (got == 0) return size;
    Keep(bytes[size]);
    size += static_cast<std::size_t>(got);
  }
}

std::size_t Original::Get(std::string_view key) const { return ReadFile(FilePath(key)); }

bool Original::Has(std::string_view key) const {
  struct stat info{};
  return stat(FilePath(key).c_str(), &info) == 0;
}

void Original::Delete(std::string_view key) const {
  const std::string path = FilePath(key);
  struct stat info{};
  Check(stat(path.c_str(), &info) == 0, "stat");
  Check(unlink(path.c_str()) == 0, "unlink");
}

void Original::PutBatch(Release release, std::span<const std::string> keys,
                        std::string_view value) const {
  if (release == Release::k05) {
    PutInSequence(keys, value);
  } else {
    PutBy16(keys, value);
  }
}

void Original::PutInSequence(std::span<const std::string> keys, std::string_view value) const {
  std::set<std::string> directories;
  std::vector<Descriptor> files;
  std::vector<std::string> temporaries;
  for (const std::string& key : keys) {
    MakeDirectory(*directories.insert(DirectoryPath(key)).first);
    temporaries.push_back(temporary_ + "/" + TemporaryName());
    WriteAll(files.emplace_back(OpenAndPoll(temporaries.back(), kCreate)), value);
  }
  for (Descriptor& file : files) {
    const Descriptor closed = std::move(file);
    if (sync_) Sync(closed);
  }
  for (std::size_t i = 0; i < keys.size(); ++i) Rename(temporaries[i], keys[i]);
  SyncDirectories(directories);
}

void Original::PutBy16(std::span<const std::string> keys, std::string_view value) const {
  const std::string own = temporary_ + "/" + TemporaryName();
  MakeDirectory(own);
  const auto temporary = [&](const std::string& key) {
    return std::string(own).append(key).append(kExtension);
  };
  std::atomic<std::size_t> next = 0;
  std::vector<std::future<void>> writers;
  for (std::size_t writer = 0; writer < kWriters; ++writer) {
    writers.push_back(std::async(std::launch::async, [&] {
      for (std::size_t i = next++; i < keys.size(); i = next++) {
        const Descriptor file = OpenAndPoll(temporary(keys[i]), kCreate);
        WriteAll(file, value);
        if (sync_) Sync(file);
      }
    }));
  }
  for (std::future<void>& writer : writers) writer.get();
  std::set<std::string> directories;
  for (const std::string& key : keys) {
    const auto [directory, is_new] = directories.insert(DirectoryPath(key));
    if (is_new) MakeDirectory(*directory);
  }
  for (const std::string& key : keys) Rename(temporary(key), key);
  SyncDirectories(directories);
  // As its runtime removes whatever it is.
  Keep(unlink(own.c_str()));
  Check(rmdir(own.c_str()) == 0, "rmdir");
}

void Original::SyncDirectories(const std::set<std::string>& directories) const {
  if (!sync_) return;
  for (const std::string& directory : directories) SyncDirectory(directory);
  SyncDirectory(root_);
}

std::uint64_t Original::QueryValues() const {
  std::uint64_t bytes = 0;
  for (PlainListing root(root_, kListingBytes); root.Next();) {
    if (!root.is_directory() || root.name().starts_with('.')) continue;
    const std::string directory = root_ / root.name();
    std::vector<std::string> names;
    for (PlainListing files(directory, kListingBytes); files.Next();) {
      if (files.name().ends_with(kExtension)) names.emplace_back(files.name());
    }
    for (const std::string& name : names) bytes += ReadFile(directory + "/" + name);
  }
  return bytes;
}

}  // namespace anystore::bench
