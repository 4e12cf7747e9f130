#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "anystore/environment.h"
#include "filesystem/posix/descriptor.h"
#include "filesystem/posix/posix_traits.h"
#include "filesystem/posix_fixture.h"

#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define ANYSTORE_BYTES_ARE_WATCHED 1
#endif
#endif

namespace anystore {
namespace {

std::vector<int> OpenDescriptors() {
  std::vector<int> open;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    const int fd = std::stoi(entry.path().filename());
    if (fcntl(fd, F_GETFD) >= 0) open.push_back(fd);
  }
  std::ranges::sort(open);
  // The iterator's own is gone by now.
  std::erase_if(open, [](int fd) { return fcntl(fd, F_GETFD) < 0; });
  return open;
}

using PosixFiles = PosixTest;
using PosixDirectories = PosixTest;

TEST_F(PosixFiles, AreTheEnvironments) { EXPECT_EQ(Environment::Host().files, &HostFileSystem()); }

TEST_F(PosixFiles, ErrorsTellTheFullPath) {
  EXPECT_EQ(Message(root().Open("AB/K.data", kReadOnly)),
            "open " + PathOf("AB/K.data") + ": No such file or directory");
  EXPECT_EQ(Message(root().Rename("a", "b/c", Replace::kYes)),
            "rename " + PathOf("a") + " to " + PathOf("b/c") + ": No such file or directory");
  EXPECT_EQ(Message(HostFileSystem().OpenDirectory(PathOf("a"))),
            "open directory " + PathOf("a") + ": No such file or directory");
  EXPECT_EQ(Message(OpenRoot("/")->Stat("missing")), "stat /missing: No such file or directory");
  Write("a", "1");
  const auto file = root().Open("a", kReadOnly);
  EXPECT_EQ(Message((*file)->WriteAt(0, "x")), "write " + PathOf("a") + ": Bad file descriptor");
}

TEST_F(PosixFiles, LeakNoDescriptor) {
  Write("a", "1");
  ASSERT_EQ(Outcome(root().MakeDirectory("d")), "ok");
  const std::vector<int> before = OpenDescriptors();
  {
    const auto file = root().Open("a", kExisting);
    const auto directory = root().OpenDirectory("d");
    const auto listing = root().List("");
    const auto lock = root().Lock("a", LockMode::kExclusive);
    const auto map = (*file)->Map(0, 1);
    EXPECT_EQ(OpenDescriptors().size(), before.size() + 4);
    EXPECT_EQ(Outcome(root().Sync("d")), "ok");
    EXPECT_EQ(Outcome(root().Lock("a", LockMode::kShared)), "busy");
    EXPECT_EQ(Outcome(root().OpenDirectory("a")), "invalid_argument");
    EXPECT_EQ(Outcome(root().List("a")), "invalid_argument");
    EXPECT_EQ(Outcome(root().Open("d", kExisting)), "invalid_argument");
  }
  EXPECT_EQ(OpenDescriptors(), before);
}

TEST_F(PosixFiles, AreNotPassedOnToStartedPrograms) {
  Write("a", "1");
  ASSERT_EQ(Outcome(root().MakeDirectory("d")), "ok");
  const std::vector<int> before = OpenDescriptors();
  const auto file = root().Open("a", kExisting);
  const auto directory = root().OpenDirectory("d");
  const auto listing = root().List("");
  const auto lock = root().Lock("a", LockMode::kExclusive);
  std::vector<int> ours;
  std::ranges::set_difference(OpenDescriptors(), before, std::back_inserter(ours));
  ASSERT_EQ(ours.size(), 4U);
  for (const int fd : ours) EXPECT_EQ(fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC) << fd;
}

TEST_F(PosixFiles, LeaveTheStandardDescriptorsAlone) {
  const int input = dup(STDIN_FILENO);
  if (input < 0) GTEST_SKIP() << "no standard input";
  close(STDIN_FILENO);
  const auto file = root().Open("a", kMake);
  const auto directory = root().OpenDirectory("");
  const bool taken = fcntl(STDIN_FILENO, F_GETFD) >= 0;
  dup2(input, STDIN_FILENO);
  close(input);
  EXPECT_FALSE(taken);
  EXPECT_EQ(Outcome((*file)->WriteAt(0, "x")), "ok");
  EXPECT_EQ(Read("a"), "x");
}

TEST_F(PosixFiles, ComeBackWhenDescriptorsDo) {
  Write("a", "1");
  ASSERT_EQ(Outcome(root().MakeDirectory("d")), "ok");
  rlimit limit;
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &limit), 0);
  const rlimit none = {.rlim_cur = 0, .rlim_max = limit.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &none), 0);
  const auto file = root().Open("a", kReadOnly);
  const auto directory = root().OpenDirectory("d");
  const auto other = HostFileSystem().OpenDirectory("/");
  const auto listing = root().List("");
  const auto lock = root().Lock("a", LockMode::kShared);
  const Status sync = root().Sync("d");
  const auto stat = root().Stat("a");
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &limit), 0);
  EXPECT_EQ(Outcome(file), "resource_exhausted");
  EXPECT_EQ(file.error().retry(), Retry::kTemporary);
  EXPECT_EQ(Message(file), "open " + PathOf("a") + ": Too many open files");
  EXPECT_EQ(Outcome(directory), "resource_exhausted");
  EXPECT_EQ(Outcome(other), "resource_exhausted");
  EXPECT_EQ(Outcome(listing), "resource_exhausted");
  EXPECT_EQ(Outcome(lock), "resource_exhausted");
  EXPECT_EQ(Outcome(sync), "resource_exhausted");
  EXPECT_EQ(Outcome(stat), "ok");
  EXPECT_EQ(Read("a"), "1");
}

TEST_F(PosixFiles, HonourTheUmask) {
  const mode_t before = umask(027);
  const auto file = root().Open("a", kMake);
  const auto narrow = root().Open(
      "b", {.access = FileAccess::kReadWrite, .creation = FileCreation::kExclusive, .mode = 0600});
  const Status directory = root().MakeDirectory("d");
  umask(before);
  ASSERT_EQ(Outcome(file), "ok");
  ASSERT_EQ(Outcome(narrow), "ok");
  ASSERT_EQ(Outcome(directory), "ok");
  EXPECT_EQ(root().Stat("a")->mode, 0640U);
  EXPECT_EQ((*narrow)->Stat()->mode, 0600U);
  EXPECT_EQ(root().Stat("d")->mode, 0750U);
}

TEST_F(PosixFiles, TellWhatIsNoFile) {
  Write("file", "1");
  ASSERT_EQ(Outcome(root().MakeDirectory("directory")), "ok");
  ASSERT_EQ(mkfifo(PathOf("pipe").c_str(), 0600), 0);
  ASSERT_EQ(symlink("file", PathOf("link").c_str()), 0);
  ASSERT_EQ(symlink("nothing", PathOf("dangling").c_str()), 0);
  ASSERT_EQ(symlink("circle", PathOf("circle").c_str()), 0);
  const int socket_fd = socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = {}};
  PathOf("socket").copy(address.sun_path, sizeof(address.sun_path) - 1);
  ASSERT_EQ(bind(socket_fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
  close(socket_fd);

  const std::map<std::string, FileKind> names = {
      {"file", FileKind::kFile},   {"directory", FileKind::kDirectory}, {"pipe", FileKind::kOther},
      {"link", FileKind::kLink},   {"dangling", FileKind::kLink},       {"circle", FileKind::kLink},
      {"socket", FileKind::kOther}};
  EXPECT_EQ(Names(root()), names);
  for (const auto& [name, kind] : names) {
    EXPECT_EQ(root().Stat(name, Follow::kNo)->kind, kind) << name;
  }
  EXPECT_EQ(root().Stat("link", Follow::kYes)->kind, FileKind::kFile);
  EXPECT_EQ(Outcome(root().Stat("dangling", Follow::kYes)), "not_found");
  EXPECT_EQ(Outcome(root().Stat("circle", Follow::kYes)), "invalid_argument");
  EXPECT_EQ(Outcome(root().Open("circle", kReadOnly)), "invalid_argument");
  EXPECT_EQ(Outcome(root().Open("dangling", kMakeNew)), "already_exists");
  EXPECT_EQ(Read("link"), "1");
}

TEST_F(PosixFiles, OpeningAPipeDoesNotWait) {
  ASSERT_EQ(mkfifo(PathOf("pipe").c_str(), 0600), 0);
  const auto pipe = root().Open("pipe", kReadOnly);
  ASSERT_EQ(Outcome(pipe), "ok");
  std::array<char, 1> out;
  EXPECT_NE(Outcome((*pipe)->ReadAt(0, out)), "ok");
  EXPECT_EQ(Outcome(root().Lock("pipe", LockMode::kShared)), "ok");
}

TEST_F(PosixFiles, DirectoryIsReadByItsListingOnly) {
  ASSERT_EQ(Outcome(root().MakeDirectory("d")), "ok");
  const auto opened = root().Open("d", kReadOnly);
  ASSERT_EQ(Outcome(opened), "ok");
  std::array<char, 1> out;
  EXPECT_EQ(Outcome((*opened)->ReadAt(0, out)), "invalid_argument");
  EXPECT_EQ(Outcome((*opened)->Map(0, 1)), "invalid_argument");
}

TEST_F(PosixFiles, MappingOutlivesFileAndName) {
  std::string bytes(10000, 'a');
  bytes.replace(5000, 5, "hello");
  Write("a", bytes);
  const auto is_mapped = [this] {
    std::ifstream maps("/proc/self/maps");
    const std::string text(std::istreambuf_iterator<char>(maps), {});
    return text.find(PathOf("a")) != std::string::npos;
  };
  {
    auto file = root().Open("a", kReadOnly);
    Result<Value> map = (*file)->Map(5000, 5);  // not where a page begins
    const Result<Value> rest = (*file)->Map(9999, 100);
    file->reset();
    ASSERT_EQ(Outcome(map), "ok");
    EXPECT_EQ(rest->bytes(), "a");
    const Value shared = *map;
    map = Value();
    ASSERT_EQ(Outcome(root().Remove("a")), "ok");
    EXPECT_EQ(shared.bytes(), "hello");
    EXPECT_TRUE(is_mapped());
  }
  EXPECT_FALSE(is_mapped());
}

TEST_F(PosixFiles, MappingOfNothingIsEmpty) {
  Write("a", "");
  Write("b", "1");
  EXPECT_EQ((*root().Open("a", kReadOnly))->Map(0, 10)->size(), 0U);
  EXPECT_EQ((*root().Open("b", kReadOnly))->Map(0, 0)->size(), 0U);
  EXPECT_EQ((*root().Open("b", kReadOnly))->Map(1, 10)->size(), 0U);
}

TEST_F(PosixFiles, HaveNoBytesWhereTheKernelCannotCount) {
  constexpr std::uint64_t kEnd = std::numeric_limits<std::int64_t>::max();
  constexpr std::uint64_t kBeyond = std::numeric_limits<std::uint64_t>::max();
  Write("a", "1");
  const auto file = root().Open("a", kExisting);
  std::array<char, 10> out;
  for (const std::uint64_t offset : {kEnd - 3, kEnd, kEnd + 1, kBeyond}) {
    const Result<std::size_t> read = (*file)->ReadAt(offset, out);
    EXPECT_EQ(Message(read), "");
    EXPECT_EQ(read.value_or(1), 0U);
    EXPECT_EQ(Outcome((*file)->WriteAt(offset, "0123456789")), "too_large");
    const std::string_view pieces[] = {"01234", "56789"};
    EXPECT_EQ(Outcome((*file)->WritePiecesAt(offset, pieces)), "too_large");
    EXPECT_EQ(Outcome((*file)->Allocate(offset, 10, Allocation::kExtend)), "too_large");
    EXPECT_EQ((*file)->Map(offset, 10)->size(), 0U);
    (*file)->Advise(offset, 10, ReadAdvice::kSoon);
  }
  EXPECT_EQ(Outcome((*file)->Truncate(kBeyond)), "too_large");
  EXPECT_EQ(Outcome((*file)->Allocate(0, 0, Allocation::kExtend)), "invalid_argument");
  EXPECT_EQ(Read("a"), "1");
}

TEST_F(PosixFiles, TakeMoreThanOneCallDoes) {
#ifdef ANYSTORE_BYTES_ARE_WATCHED
  GTEST_SKIP() << "the sanitizer would note each byte";
#endif
  // Nobody reads these bytes: they have no memory.
  constexpr std::size_t kSize = std::size_t{5} << 30U;
  void* const start =
      mmap(nullptr, kSize, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (start == MAP_FAILED) GTEST_SKIP() << "no room for addresses";
  const std::string_view bytes(static_cast<const char*>(start), kSize);
  const auto file = OpenRoot("/dev")->Open("null", kExisting);
  ASSERT_EQ(Outcome(file), "ok");
  EXPECT_EQ(*(*file)->WriteSome(0, {&bytes, 1}), 0x7ffff000U);
  EXPECT_EQ(Outcome((*file)->WriteAt(0, bytes)), "ok");
  const std::string_view pieces[] = {bytes, bytes};
  EXPECT_EQ(Outcome((*file)->WritePiecesAt(0, pieces)), "ok");
  munmap(start, kSize);
}

TEST_F(PosixFiles, TakeMorePiecesThanOneCallDoes) {
  const std::vector<std::string_view> pieces(3000, "ab");
  const auto file = root().Open("a", kMake);
  ASSERT_EQ(Outcome(file), "ok");
  std::vector<std::string_view> padded(100);
  padded.emplace_back("xy");
  EXPECT_EQ(*(*file)->WriteSome(0, padded), 2U);
  EXPECT_GE(*(*file)->WriteSome(0, pieces), 2U);
  ASSERT_EQ(Outcome((*file)->WritePiecesAt(0, pieces)), "ok");
  std::string all;
  for (const std::string_view piece : pieces) all += piece;
  EXPECT_EQ(Read("a"), all);
}

TEST_F(PosixFiles, ReserveSpace) {
  const auto file = root().Open("a", kMake);
  const Status kept = (*file)->Allocate(0, 1 << 20, Allocation::kKeepSize);
  if (Outcome(kept) == "unsupported") GTEST_SKIP() << "not on this filesystem";
  ASSERT_EQ(Outcome(kept), "ok");
  struct stat status;
  ASSERT_EQ(stat(PathOf("a").c_str(), &status), 0);
  EXPECT_EQ(status.st_size, 0);
  EXPECT_GE(status.st_blocks * 512, 1 << 20);
  ASSERT_EQ(Outcome((*file)->Allocate(0, 10, Allocation::kExtend)), "ok");
  EXPECT_EQ(Read("a"), std::string(10, '\0'));
  ASSERT_EQ(Outcome((*file)->WriteAt(0, "0123456789")), "ok");
  const Status zeroed = (*file)->Allocate(8, 4, Allocation::kZero);
  if (Outcome(zeroed) == "unsupported") return;
  EXPECT_EQ(Read("a"), std::string("01234567").append(4, '\0'));
}

TEST_F(PosixFiles, OptionsThatContradictEachOtherAreRefused) {
  for (const FileOptions& options :
       {FileOptions{.creation = FileCreation::kIfMissing},
        FileOptions{.creation = FileCreation::kExclusive}, FileOptions{.truncate = true}}) {
    EXPECT_EQ(Outcome(root().Open("a", options)), "invalid_argument");
  }
  EXPECT_EQ(Outcome(root().Stat("a")), "not_found");
}

TEST_F(PosixFiles, WithoutNamesAreLinkedInBothWays) {
  if (!root().traits().unnamed_files) GTEST_SKIP() << "no files without names here";
  const filesystem::Descriptor directory =
      filesystem::Descriptor::Open(AT_FDCWD, path().c_str(), O_RDONLY | O_DIRECTORY);
  const filesystem::Descriptor file =
      filesystem::Descriptor::Open(directory.get(), ".", O_TMPFILE | O_RDWR, 0600);
  ASSERT_TRUE(file.valid());
  const auto link = [&](filesystem::UnnamedLink how, const char* name) {
    return filesystem::LinkUnnamed(how, file.get(), directory.get(), name) == 0 ? 0 : errno;
  };
  EXPECT_EQ(link(filesystem::UnnamedLink::kNever, "a"), EOPNOTSUPP);
  EXPECT_EQ(link(filesystem::UnnamedLink::kByProc, "a"), 0);
  // An ordinary user of an older kernel is told that there is no such file.
  EXPECT_THAT(link(filesystem::UnnamedLink::kByDescriptor, "b"), ::testing::AnyOf(0, ENOENT));
  EXPECT_EQ(root().Stat("a")->links, Names(root()).size());
}

TEST_F(PosixDirectories, NamesMayBeAsLongAsTheFilesystemSays) {
  const std::uint32_t longest = root().traits().name_bytes_max;
  ASSERT_EQ(longest, 255U);
  Write(std::string(longest, 'n'), "1");
  EXPECT_EQ(Names(root()).begin()->first, std::string(longest, 'n'));
  EXPECT_EQ(Outcome(root().Open(std::string(longest + 1, 'n'), kMake)), "too_large");
  EXPECT_EQ(Outcome(root().Stat("missing/" + std::string(longest + 1, 'n'))), "too_large");
  std::string deep;
  while (deep.size() + 2 < 4095) deep += "d/";
  deep.resize(4095, 'd');
  EXPECT_EQ(Outcome(root().Stat(deep)), "not_found");
  EXPECT_EQ(Outcome(root().Stat(deep + "d")), "too_large");
}

TEST_F(PosixDirectories, PathsHaveNoZeroByte) {
  EXPECT_EQ(Outcome(HostFileSystem().OpenDirectory(std::string_view("/\0x", 3))),
            "invalid_argument");
  EXPECT_EQ(Outcome(HostFileSystem().OpenDirectory("")), "not_found");
  EXPECT_EQ(Outcome(HostFileSystem().OpenDirectory(std::string(5000, 'a'))), "too_large");
}

TEST_F(PosixDirectories, StayWhatTheyAreWhenRenamed) {
  ASSERT_EQ(Outcome(root().MakeDirectory("d")), "ok");
  const auto directory = root().OpenDirectory("d");
  ASSERT_EQ(Outcome(root().Rename("d", "e", Replace::kNo)), "ok");
  ASSERT_EQ(Outcome((*directory)->MakeDirectory("inner")), "ok");
  EXPECT_EQ(root().Stat("e/inner")->kind, FileKind::kDirectory);
  EXPECT_EQ((*directory)->path(), PathOf("d"));
}

TEST_F(PosixDirectories, AreNotFoundAfterTheyWereRemoved) {
  ASSERT_EQ(Outcome(root().MakeDirectory("d")), "ok");
  const auto removed = root().OpenDirectory("d");
  const auto listing = (*removed)->List("");
  ASSERT_EQ(Outcome(root().RemoveDirectory("d")), "ok");
  Directory& directory = **removed;
  EXPECT_EQ(Outcome(directory.Stat("")), "not_found");
  EXPECT_EQ(Outcome(directory.OpenDirectory("")), "not_found");
  EXPECT_EQ(Outcome(directory.List("")), "not_found");
  EXPECT_EQ(Outcome(directory.Sync("")), "not_found");
  EXPECT_EQ(Outcome(directory.SyncFileSystem()), "not_found");
  EXPECT_EQ(Outcome(directory.Space()), "not_found");
  EXPECT_EQ(Outcome(directory.Open("a", kMake)), "not_found");
  EXPECT_EQ(Outcome(directory.MakeDirectory("a")), "not_found");
  EXPECT_EQ(Outcome(directory.Stat("a")), "not_found");
  // A listing that was begun ends.
  std::array<DirectoryEntry, 4> entries;
  EXPECT_EQ(*(*listing)->Next(entries), 0U);
}

TEST_F(PosixDirectories, ListMoreThanOneCallDoes) {
  std::map<std::string, FileKind> expected;
  for (int i = 0; i < 1000; ++i) {
    const std::string name = std::to_string(i) + std::string(200, 'n');
    Write(name, "");
    expected.emplace(name, FileKind::kFile);
  }
  EXPECT_EQ(Names(root()), expected);
}

TEST_F(PosixDirectories, ListedNamesLiveUntilTheNextCall) {
  for (const char* const name : {"a", "b", "c"}) Write(name, "");
  const auto listing = root().List("");
  std::array<DirectoryEntry, 8> entries;
  ASSERT_EQ(*(*listing)->Next(entries), 3U);
  std::vector<std::string> names;
  for (std::size_t i = 0; i < 3; ++i) names.emplace_back(entries[i].name);
  std::ranges::sort(names);
  EXPECT_EQ(names, (std::vector<std::string>{"a", "b", "c"}));
  EXPECT_EQ(*(*listing)->Next(entries), 0U);
  EXPECT_EQ(*(*listing)->Next(entries), 0U);
}

TEST_F(PosixDirectories, TraitsMayBeAskedForWhileOthersWork) {
  Write("a", "1");
  for (int round = 0; round < 20; ++round) {
    const auto directory = OpenRoot(path());
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&] {
        EXPECT_EQ(Outcome(directory->Stat("a")), "ok");
        EXPECT_TRUE(directory->traits().directory_sync);
        EXPECT_EQ(Outcome(directory->Sync("")), "ok");
      });
    }
    for (std::thread& thread : threads) thread.join();
  }
}

TEST_F(PosixDirectories, SyncIsRefusedByProc) {
  const auto proc = OpenRoot("/proc");
  EXPECT_FALSE(proc->traits().directory_sync);
  EXPECT_FALSE(proc->traits().filesystem_sync);
  EXPECT_EQ(Outcome(proc->Sync("")), "ok");
  EXPECT_EQ(Outcome(proc->Sync("self")), "ok");
  EXPECT_EQ(Outcome(proc->SyncFileSystem()), "unsupported");
}

TEST_F(PosixDirectories, SyncWorksHere) {
  EXPECT_TRUE(root().traits().directory_sync);
  EXPECT_TRUE(root().traits().case_sensitive);
  ASSERT_EQ(Outcome(root().MakeDirectory("d")), "ok");
  EXPECT_EQ(Outcome(root().Sync("d")), "ok");
  EXPECT_EQ(Outcome(root().Sync("")), "ok");
  EXPECT_EQ(Outcome(root().Sync("missing")), "not_found");
  EXPECT_EQ(Outcome(root().SyncFileSystem()),
            root().traits().filesystem_sync ? "ok" : "unsupported");
}

}  // namespace
}  // namespace anystore
