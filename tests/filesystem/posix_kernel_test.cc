// What the kernel or a filesystem answers only now and then.
#include <dirent.h>
#include <gtest/gtest.h>
#include <linux/fs.h>
#include <linux/magic.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "filesystem/posix_fixture.h"
#include "filesystem/scripted_kernel.h"

namespace anystore {
namespace {

#define RUN_SCRIPTED_OR_SKIP(calls, ...) \
  if (!RunScripted(calls, __VA_ARGS__)) GTEST_SKIP() << "no seccomp filters on this machine"

using PosixKernel = PosixTest;

TEST_F(PosixKernel, InterruptedCallsAreMadeAgain) {
  Write("a", "1");
  ASSERT_EQ(Outcome(root().MakeDirectory("full")), "ok");
  const auto file = root().Open("a", kExisting);
  ASSERT_EQ(Outcome(file), "ok");
  const std::vector<long> twice = {-EINTR, -EINTR, 0};
  std::vector<ScriptedCall> calls = {
      {SYS_fsync, twice},     {SYS_fdatasync, twice}, {SYS_ftruncate, twice},
      {SYS_fallocate, twice}, {SYS_flock, twice},     {SYS_unlinkat, twice},
      {SYS_mkdirat, twice},   {SYS_linkat, twice},    {SYS_renameat, twice},
      {SYS_renameat2, twice}, {SYS_syncfs, twice},    {SYS_getdents64, twice}};
  std::size_t listed = 1;
  RUN_SCRIPTED_OR_SKIP(calls, [&] {
    EXPECT_EQ(Outcome((*file)->Sync(SyncScope::kAll)), "ok");
    EXPECT_EQ(Outcome((*file)->Sync(SyncScope::kData)), "ok");
    EXPECT_EQ(Outcome((*file)->Truncate(5)), "ok");
    EXPECT_EQ(Outcome((*file)->Allocate(0, 5, Allocation::kExtend)), "ok");
    EXPECT_EQ(Outcome(root().Lock("a", LockMode::kExclusive)), "ok");
    EXPECT_EQ(Outcome(root().Remove("a")), "ok");
    EXPECT_EQ(Outcome(root().MakeDirectory("d")), "ok");
    EXPECT_EQ(Outcome(root().Link("a", "b")), "ok");
    EXPECT_EQ(Outcome(root().Rename("a", "b", Replace::kYes)), "ok");
    EXPECT_EQ(Outcome(root().Rename("a", "b", Replace::kNo)), "ok");
    EXPECT_EQ(Outcome(root().SyncFileSystem()), "ok");
    listed = Names(root()).size();
  });
  EXPECT_EQ(listed, 0U);
  for (const ScriptedCall& call : calls) EXPECT_GE(call.count, 3U) << call.number;
}

TEST_F(PosixKernel, BeginningToWriteOutWaitsForNothingAndNeverFails) {
  const auto file = root().Open("a", kMake);
  ASSERT_EQ(Outcome(file), "ok");
  std::vector<ScriptedCall> calls = {{SYS_sync_file_range, {-EIO}}, {SYS_fdatasync, {0}}};
  RUN_SCRIPTED_OR_SKIP(calls, [&] {
    (*file)->BeginWriteOut();
    EXPECT_EQ(calls[0].count, 1U);
    EXPECT_EQ(calls[1].count, 0U) << "nobody waits";
  });
}

TEST_F(PosixKernel, InterruptedOpeningIsMadeAgain) {
  std::vector<ScriptedCall> calls = {{SYS_openat, {-EINTR, -EINTR, -ENOENT}}};
  RUN_SCRIPTED_OR_SKIP(calls, [&] { EXPECT_EQ(Outcome(root().Open("a", kMake)), "not_found"); });
  EXPECT_EQ(calls[0].count, 3U);
}

TEST_F(PosixKernel, InterruptedTransfersAreTheCallers) {
  const auto file = root().Open("a", kMake);
  ASSERT_EQ(Outcome(file), "ok");
  std::vector<ScriptedCall> calls = {{SYS_pread64, {-EINTR, -EINTR, 2, 0}},
                                     {SYS_pwrite64, {-EINTR, -EINTR, 2, 1}},
                                     {SYS_pwritev, {-EINTR, 2, 1}}};
  RUN_SCRIPTED_OR_SKIP(calls, [&] {
    std::array<char, 8> out;
    const Result<std::size_t> read = (*file)->ReadSome(0, out);
    EXPECT_EQ(Outcome(read), "unavailable");
    EXPECT_EQ(read.error().os_error(), EINTR);
    EXPECT_EQ(*(*file)->ReadAt(0, out), 2U);
    const std::string_view piece = "abc";
    const Result<std::size_t> written = (*file)->WriteSome(0, {&piece, 1});
    EXPECT_EQ(Outcome(written), "unavailable");
    EXPECT_EQ(written.error().os_error(), EINTR);
    EXPECT_EQ(Outcome((*file)->WriteAt(0, "abc")), "ok");
    const std::string_view pieces[] = {"a", "bc"};
    EXPECT_EQ(Outcome((*file)->WritePiecesAt(0, pieces)), "ok");
  });
  // Once, interrupted, two bytes; and the end, unless those can only be followed by it.
  EXPECT_GE(calls[0].count, 3U);
  EXPECT_LE(calls[0].count, 4U);
  EXPECT_EQ(calls[1].count, 5U);  // once, interrupted, two bytes, one byte; the rest of the pieces
  EXPECT_EQ(calls[2].count, 2U);
}

TEST_F(PosixKernel, RefusedDirectorySyncIsToldAndDoesNothing) {
  for (const int refusal : {EINVAL, EOPNOTSUPP, ENOSYS}) {
    const auto directory = OpenRoot(path());
    ASSERT_EQ(Outcome(root().MakeDirectory("d" + std::to_string(refusal))), "ok");
    std::vector<ScriptedCall> calls = {{SYS_fsync, {-refusal}}};
    RUN_SCRIPTED_OR_SKIP(calls, [&] {
      // Met before anybody asked what the filesystem can do, too.
      EXPECT_EQ(Outcome(directory->Sync("d" + std::to_string(refusal))), "ok");
      EXPECT_EQ(Outcome(directory->Sync("")), "ok");
      EXPECT_FALSE(directory->traits().directory_sync);
      EXPECT_EQ(Outcome(directory->Sync("")), "ok");
    });
  }
}

TEST_F(PosixKernel, RefusedFileSyncIsAnError) {
  const auto file = root().Open("a", kMake);
  ASSERT_EQ(Outcome(file), "ok");
  std::vector<ScriptedCall> calls = {{SYS_fsync, {-EINVAL}}, {SYS_fdatasync, {-EIO}}};
  RUN_SCRIPTED_OR_SKIP(calls, [&] {
    EXPECT_EQ(Outcome((*file)->Sync(SyncScope::kAll)), "invalid_argument");
    EXPECT_EQ(Outcome((*file)->Sync(SyncScope::kData)), "io_error");
  });
}

TEST_F(PosixKernel, ErrorMetWhileTraitsWereReadIsNotForgotten) {
  std::vector<ScriptedCall> calls = {{SYS_fsync, {-EIO, 0}}};
  RUN_SCRIPTED_OR_SKIP(calls, [&] {
    EXPECT_TRUE(root().traits().directory_sync);
    const Status sync = root().Sync("");
    EXPECT_EQ(Outcome(sync), "io_error");
    EXPECT_EQ(Message(sync), "sync directory " + path() + ": Input/output error");
    EXPECT_EQ(Outcome(root().Sync("")), "ok");
  });
  EXPECT_EQ(calls[0].count, 2U);
}

TEST_F(PosixKernel, TraitsCostOneSyncAndOpeningNone) {
  std::vector<ScriptedCall> calls = {{SYS_fsync, {0}}};
  RUN_SCRIPTED_OR_SKIP(calls, [&] {
    const auto directory = OpenRoot(path());
    EXPECT_EQ(calls[0].count, 0U);
    for (int i = 0; i < 3; ++i) EXPECT_TRUE(directory->traits().directory_sync);
  });
  EXPECT_EQ(calls[0].count, 1U);
}

TEST_F(PosixKernel, RenamesWithoutReplacingWhereTheFilesystemHasNoSuchThing) {
  for (const int refusal : {EINVAL, ENOSYS}) {
    Write("a", "new");
    Write("b", "old");
    ASSERT_EQ(Outcome(root().MakeDirectory("d")), "ok");
    std::vector<ScriptedCall> calls = {{SYS_renameat2, {-refusal}}};
    RUN_SCRIPTED_OR_SKIP(calls, [&] {
      EXPECT_EQ(Outcome(root().Rename("a", "b", Replace::kNo)), "already_exists");
      EXPECT_EQ(Outcome(root().Rename("a", "d", Replace::kNo)), "already_exists");
      EXPECT_EQ(Outcome(root().Rename("d", "b", Replace::kNo)), "already_exists");
      EXPECT_EQ(Outcome(root().Rename("missing", "c", Replace::kNo)), "not_found");
      EXPECT_EQ(Outcome(root().Rename("a", "missing/c", Replace::kNo)), "not_found");
      EXPECT_EQ(Outcome(root().Rename("a", "d/c", Replace::kNo)), "ok");
    });
    EXPECT_EQ(Read("b"), "old");
    EXPECT_EQ(Read("d/c"), "new");
    EXPECT_EQ(Outcome(root().Stat("a")), "not_found");
    EXPECT_EQ(root().Stat("d/c")->links, 1U);
    ASSERT_EQ(Outcome(root().RemoveTree("d")), "ok");
  }
}

TEST_F(PosixKernel, RenameByLinkTakesTheLinkBackWhenTheOldNameStays) {
  Write("a", "1");
  std::vector<ScriptedCall> calls = {
      {SYS_renameat2, {-EINVAL}}, {SYS_linkat, {0}}, {SYS_unlinkat, {-EACCES, 0}}};
  RUN_SCRIPTED_OR_SKIP(calls, [&] {
    EXPECT_EQ(Outcome(root().Rename("a", "b", Replace::kNo)), "permission_denied");
  });
  EXPECT_EQ(calls[2].count, 2U);
}

TEST_F(PosixKernel, DirectoryBelowItselfIsNoMatterOfSupport) {
  ASSERT_EQ(Outcome(root().MakeDirectory("d")), "ok");
  EXPECT_EQ(Outcome(root().Rename("d", "d/e", Replace::kNo)), "invalid_argument");
  EXPECT_EQ(Outcome(root().Rename("d", "d/e", Replace::kYes)), "invalid_argument");
}

TEST_F(PosixKernel, DirectoryThatIsNotEmptyHasOneCode) {
  std::vector<ScriptedCall> calls = {{SYS_renameat, {-EEXIST}}, {SYS_unlinkat, {-EEXIST}}};
  RUN_SCRIPTED_OR_SKIP(calls, [&] {
    EXPECT_EQ(Outcome(root().Rename("a", "b", Replace::kYes)), "precondition_failed");
    EXPECT_EQ(Outcome(root().RemoveDirectory("a")), "precondition_failed");
  });
}

TEST_F(PosixKernel, WhatTheFilesystemCannotIsUnsupported) {
  Write("a", "1");
  const auto file = root().Open("a", kExisting);
  ASSERT_EQ(Outcome(file), "ok");
  std::vector<ScriptedCall> calls = {
      {SYS_fallocate, {-EOPNOTSUPP}}, {SYS_flock, {-ENOLCK}}, {SYS_linkat, {-EXDEV}}};
  RUN_SCRIPTED_OR_SKIP(calls, [&] {
    EXPECT_EQ(Outcome((*file)->Allocate(0, 8, Allocation::kZero)), "unsupported");
    EXPECT_EQ(Outcome(root().Lock("a", LockMode::kShared)), "unsupported");
    EXPECT_EQ(Outcome(root().Link("a", "b")), "unsupported");
  });
  EXPECT_EQ(calls[0].count, 1U);
  EXPECT_EQ((*file)->Stat()->size, 1U);
}

TEST_F(PosixKernel, LockIsTakenWithAWritableFileWhereThatIsDemanded) {
  Write("a", "1");
  std::vector<ScriptedCall> calls = {{SYS_flock, {-EBADF, 0}}};
  RUN_SCRIPTED_OR_SKIP(calls,
                       [&] { EXPECT_EQ(Outcome(root().Lock("a", LockMode::kExclusive)), "ok"); });
  EXPECT_EQ(calls[0].count, 3U);  // and the unlocking
}

/// What the kernel says of the filesystem below a directory.
ScriptedCall FileSystemIs(std::uint32_t magic, long name_bytes_max) {
  const auto fill = [=](void* second, void*) {
    *static_cast<struct statfs*>(second) = {};
    static_cast<struct statfs*>(second)->f_type = magic;
    static_cast<struct statfs*>(second)->f_namelen = name_bytes_max;
  };
  return {.number = SYS_fstatfs, .answers = {0}, .fill = fill};
}

TEST_F(PosixKernel, TraitsFollowFromTheKindOfFilesystem) {
  Write("a", "1");
  std::vector<ScriptedCall> calls = {FileSystemIs(MSDOS_SUPER_MAGIC, 1530), {SYS_linkat, {-EPERM}}};
  RUN_SCRIPTED_OR_SKIP(calls, [&] {
    const auto directory = OpenRoot(path());
    EXPECT_EQ(directory->traits().name_bytes_max, 1530U);
    EXPECT_FALSE(directory->traits().atomic_rename);
    EXPECT_FALSE(directory->traits().hard_links);
    EXPECT_FALSE(directory->traits().case_sensitive);
    EXPECT_TRUE(directory->traits().filesystem_sync);
    EXPECT_EQ(Outcome(directory->Link("a", "b")), "unsupported");
    EXPECT_EQ(Outcome(root().Link("a", "b")), "permission_denied");
  });
}

/// How many calls it takes to read what the kernel gives in one part, and then no more.
std::size_t CallsToRead(Directory& directory, std::vector<ScriptedCall>& calls, long bytes) {
  const auto file = directory.Open("a", kReadOnly);
  calls.back().answers = {bytes, 0};
  calls.back().count = 0;
  std::string out(10'000, '?');
  EXPECT_EQ((*file)->ReadAt(0, out), static_cast<std::size_t>(bytes));
  return calls.back().count;
}

TEST_F(PosixKernel, AReadThatStopsWithinAPageIsAtTheEndOfTheFile) {
  Write("a", "1");
  std::vector<ScriptedCall> calls = {FileSystemIs(EXT4_SUPER_MAGIC, 255), {SYS_pread64, {0}}};
  RUN_SCRIPTED_OR_SKIP(calls, [&] {
    const auto directory = OpenRoot(path());
    EXPECT_EQ(CallsToRead(*directory, calls, 1), 1U);
    EXPECT_EQ(CallsToRead(*directory, calls, 4095), 1U);
    EXPECT_EQ(CallsToRead(*directory, calls, 4096), 2U) << "the next page may be bad";
    EXPECT_EQ(CallsToRead(*directory, calls, 4097), 1U);
    EXPECT_EQ(CallsToRead(*directory, calls, 8192), 2U);
  });
}

TEST_F(PosixKernel, AReadFromAPageThatIsBadFails) {
  Write("a", "1");
  std::vector<ScriptedCall> calls = {FileSystemIs(EXT4_SUPER_MAGIC, 255),
                                     {SYS_pread64, {4096, -EIO}}};
  RUN_SCRIPTED_OR_SKIP(calls, [&] {
    const auto file = OpenRoot(path())->Open("a", kReadOnly);
    std::string out(10'000, '?');
    EXPECT_EQ(Outcome((*file)->ReadAt(0, out)), "io_error");
  });
}

TEST_F(PosixKernel, AReadFromUserSpaceMayStopAnywhere) {
  Write("a", "1");
  std::vector<ScriptedCall> calls = {FileSystemIs(FUSE_SUPER_MAGIC, 255), {SYS_pread64, {0}}};
  RUN_SCRIPTED_OR_SKIP(calls, [&] {
    const auto directory = OpenRoot(path());
    EXPECT_EQ(CallsToRead(*directory, calls, 4095), 2U);
  });
}

TEST_F(PosixKernel, TraitsOfAFilesystemInUserSpaceAreCareful) {
  std::vector<ScriptedCall> calls = {FileSystemIs(FUSE_SUPER_MAGIC, 0), {SYS_syncfs, {0}}};
  RUN_SCRIPTED_OR_SKIP(calls, [&] {
    const auto directory = OpenRoot(path());
    EXPECT_EQ(directory->traits().name_bytes_max, 255U);
    EXPECT_FALSE(directory->traits().filesystem_sync);
    EXPECT_EQ(Outcome(directory->SyncFileSystem()), "unsupported");
  });
  EXPECT_EQ(calls[1].count, 0U);
}

TEST_F(PosixKernel, DirectoryThatFoldsCaseIsTold) {
  std::vector<ScriptedCall> calls = {{SYS_ioctl, {0}, [](void* second, void* third) {
                                        const auto request =
                                            reinterpret_cast<std::uint64_t>(second);
                                        EXPECT_EQ(request, FS_IOC_GETFLAGS);
                                        *static_cast<int*>(third) = FS_CASEFOLD_FL;
                                      }}};
  RUN_SCRIPTED_OR_SKIP(calls, [&] { EXPECT_FALSE(root().traits().case_sensitive); });
  EXPECT_EQ(calls[0].count, 1U);
}

/// A kernel that opens files without names, as descriptors of nothing in particular: that of the
/// trial, and those of OpenUnnamed. `links` answers linkat, which notes what it is called with.
class UnnamedKernel {
 public:
  explicit UnnamedKernel(std::vector<long> links)
      : calls_({{SYS_openat, {dup(STDERR_FILENO), dup(STDERR_FILENO), -EMFILE, -ENOSPC}},
                {SYS_linkat, std::move(links),
                 [this](void* source, void*) { Note(static_cast<const char*>(source)); }}}) {}
  UnnamedKernel(const UnnamedKernel&) = delete;
  UnnamedKernel& operator=(const UnnamedKernel&) = delete;

  std::vector<ScriptedCall>& calls() { return calls_; }
  [[nodiscard]] std::size_t opened() const { return calls_[0].count; }
  [[nodiscard]] std::string file() const {
    return "/proc/self/fd/" + std::to_string(calls_[0].answers[1]);
  }
  /// What was given a name.
  [[nodiscard]] std::vector<std::string> linked() const {
    std::vector<std::string> names;
    for (std::size_t i = 0; i < std::min(links_noted_, linked_.size()); ++i)
      names.emplace_back(linked_[i].data());
    return names;
  }

 private:
  /// On a signal, so without memory from the heap.
  void Note(const char* source) {
    if (links_noted_ < linked_.size()) {
      std::string_view(source).copy(linked_[links_noted_].data(), linked_[0].size() - 1);
    }
    ++links_noted_;
  }

  std::array<std::array<char, 32>, 4> linked_ = {};
  std::size_t links_noted_ = 0;
  std::vector<ScriptedCall> calls_;
};

TEST_F(PosixKernel, UnnamedFilesAreLinkedByTheirDescriptorWhereThatIsAllowed) {
  UnnamedKernel kernel({-EEXIST, -EINTR, 0, -ENOSPC, -EXDEV});
  RUN_SCRIPTED_OR_SKIP(kernel.calls(), [&] {
    const auto file = root().OpenUnnamed("");
    ASSERT_EQ(Outcome(file), "ok");
    EXPECT_EQ(Outcome((*file)->Link("a")), "ok");
    const Status full = (*file)->Link("b");
    EXPECT_EQ(Outcome(full), "no_space");
    EXPECT_EQ(Message(full),
              "link an unnamed file to " + PathOf("b") + ": No space left on device");
    EXPECT_EQ(Outcome((*file)->Link("b")), "unsupported");
  });
  EXPECT_EQ(kernel.linked(), (std::vector<std::string>{""}));
}

TEST_F(PosixKernel, UnnamedFilesAreLinkedByProcElsewhere) {
  UnnamedKernel kernel({-ENOENT, -EEXIST, 0});
  RUN_SCRIPTED_OR_SKIP(kernel.calls(), [&] {
    EXPECT_TRUE(root().traits().unnamed_files);
    const auto file = root().OpenUnnamed("");
    ASSERT_EQ(Outcome(file), "ok");
    EXPECT_EQ(Outcome((*file)->Link("a")), "ok");
  });
  EXPECT_EQ(kernel.linked(), (std::vector<std::string>{kernel.file()}));
}

TEST_F(PosixKernel, UnnamedFilesThatCannotBeLinkedAreUnsupported) {
  UnnamedKernel kernel({-ENOENT});
  RUN_SCRIPTED_OR_SKIP(kernel.calls(), [&] {
    EXPECT_FALSE(root().traits().unnamed_files);
    EXPECT_EQ(Outcome(root().OpenUnnamed("")), "unsupported");
  });
  EXPECT_EQ(kernel.opened(), 1U);
}

TEST_F(PosixKernel, UnnamedFilesThatTheFilesystemLacksAreUnsupported) {
  for (const int refusal : {EOPNOTSUPP, EISDIR, EINVAL}) {
    const auto directory = OpenRoot(path());
    std::vector<ScriptedCall> calls = {{SYS_openat, {-refusal}}};
    RUN_SCRIPTED_OR_SKIP(calls, [&] {
      EXPECT_FALSE(directory->traits().unnamed_files);
      const auto file = directory->OpenUnnamed("");
      EXPECT_EQ(Outcome(file), "unsupported");
      EXPECT_EQ(Message(file), "make an unnamed file in " + path() + ": Operation not supported");
    });
    EXPECT_EQ(calls[0].count, 1U);
  }
}

TEST_F(PosixKernel, UnnamedFilesThatCannotBeTriedNowMayBeLater) {
  for (const int reason : {EMFILE, ENOSPC, EACCES, EROFS}) {
    const auto directory = OpenRoot(path());
    UnnamedKernel kernel({0});
    kernel.calls()[0].answers.insert(kernel.calls()[0].answers.begin(), -reason);
    RUN_SCRIPTED_OR_SKIP(kernel.calls(), [&] {
      EXPECT_TRUE(directory->traits().unnamed_files);
      const auto file = directory->OpenUnnamed("");
      ASSERT_EQ(Outcome(file), "ok");
      EXPECT_EQ(Outcome((*file)->Link("a")), "ok");
    });
    EXPECT_EQ(kernel.linked(), (std::vector<std::string>{kernel.file()}));
  }
}

TEST_F(PosixKernel, ErrorsOfOpeningUnnamedFilesArePassedOn) {
  UnnamedKernel kernel({-EEXIST});
  RUN_SCRIPTED_OR_SKIP(kernel.calls(), [&] {
    EXPECT_EQ(Outcome(root().OpenUnnamed("")), "ok");
    EXPECT_EQ(Outcome(root().OpenUnnamed("")), "resource_exhausted");
    EXPECT_EQ(Outcome(root().OpenUnnamed("")), "no_space");
    EXPECT_TRUE(root().traits().unnamed_files);
  });
}

TEST_F(PosixKernel, ListingAsksForKindsThatTheFilesystemLeavesOut) {
  Write("file", "1");
  ASSERT_EQ(Outcome(root().MakeDirectory("directory")), "ok");
  // Two that are there, and one that was removed since.
  const auto fill = [](void* buffer, void*) {
    char* at = static_cast<char*>(buffer);
    for (const std::string_view name : {"directory", "gone", "file"}) {
      auto* const record = reinterpret_cast<dirent64*>(at);
      record->d_reclen = 32;
      record->d_type = DT_UNKNOWN;
      record->d_name[name.copy(record->d_name, name.size())] = '\0';
      at += record->d_reclen;
    }
  };
  std::vector<ScriptedCall> calls = {{SYS_getdents64, {3 * 32, -ENOENT}, fill}};
  std::map<std::string, FileKind> names;
  RUN_SCRIPTED_OR_SKIP(calls, [&] { names = Names(root()); });
  EXPECT_EQ(names, (std::map<std::string, FileKind>{{"directory", FileKind::kDirectory},
                                                    {"file", FileKind::kFile}}));
}

TEST_F(PosixKernel, ListingThatFailsLaterSaysSo) {
  std::vector<ScriptedCall> calls = {{SYS_getdents64, {0, -EIO}, [](void*, void*) {}}};
  RUN_SCRIPTED_OR_SKIP(calls, [&] {
    const auto listing = root().List("");
    ASSERT_EQ(Outcome(listing), "ok");
    std::array<DirectoryEntry, 1> entries;
    const Result<std::size_t> next = (*listing)->Next(entries);
    EXPECT_EQ(Outcome(next), "io_error");
    EXPECT_EQ(Message(next), "list " + path() + ": Input/output error");
  });
}

}  // namespace
}  // namespace anystore
