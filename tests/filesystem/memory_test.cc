#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "anystore/filesystem.h"

namespace anystore {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr FileOptions kMake = {.access = FileAccess::kReadWrite,
                               .creation = FileCreation::kIfMissing};

/// An empty filesystem and its root.
class MemoryFileSystemTest : public testing::Test {
 protected:
  std::unique_ptr<File> Open(std::string_view name, const FileOptions& options = kMake) {
    auto file = root_->Open(name, options);
    EXPECT_TRUE(file.has_value()) << file.error().ToString();
    return file.has_value() ? *std::move(file) : nullptr;
  }
  void Write(std::string_view name, std::string_view bytes) {
    EXPECT_TRUE(Open(name)->WriteAt(0, bytes).has_value());
  }
  void MakeDirectories(std::initializer_list<std::string_view> names) {
    for (const std::string_view name : names) {
      EXPECT_TRUE(root_->MakeDirectory(name).has_value()) << name;
    }
  }
  std::string Contents(std::string_view name) { return Contents(*Open(name, {})); }
  static std::string Contents(File& file) { return std::string(file.ReadAll().value().bytes()); }
  static std::vector<std::string> NamesIn(Directory& directory, std::string_view name = {}) {
    std::vector<std::string> names;
    const auto listing = directory.List(name).value();
    std::array<DirectoryEntry, 3> entries;
    while (const std::size_t count = listing->Next(entries).value()) {
      for (std::size_t i = 0; i < count; ++i) names.emplace_back(entries[i].name);
    }
    EXPECT_EQ(listing->Next(entries).value(), 0U);
    return names;
  }
  int Rename(std::string_view from, std::string_view to, Replace replace = Replace::kYes) {
    return OsError(root_->Rename(from, to, replace));
  }
  template <class T>
  static int OsError(const Result<T>& result) {
    return result.has_value() ? 0 : result.error().os_error();
  }

  ManualClock clock_{Instant{}};
  std::unique_ptr<FileSystem> files_ = NewMemoryFileSystem(clock_);
  std::unique_ptr<Directory> root_ = files_->OpenDirectory("/").value();
};

TEST_F(MemoryFileSystemTest, OpensWhatItsOptionsSay) {
  EXPECT_EQ(OsError(root_->Open("a", {})), ENOENT);
  EXPECT_EQ(OsError(root_->Open("missing/a", kMake)), ENOENT);
  EXPECT_EQ(OsError(root_->Open("a", {.creation = FileCreation::kIfMissing})), EINVAL);
  EXPECT_EQ(OsError(root_->Open("a", {.truncate = true})), EINVAL);
  Write("a", "hello");
  EXPECT_EQ(OsError(root_->Open("a/b", kMake)), ENOTDIR);
  EXPECT_EQ(OsError(root_->Open(
                "a", {.access = FileAccess::kReadWrite, .creation = FileCreation::kExclusive})),
            EEXIST);
  EXPECT_EQ(Contents("a"), "hello");
  Open("a", {.access = FileAccess::kReadWrite, .truncate = true});
  EXPECT_EQ(Contents("a"), "");
}

TEST_F(MemoryFileSystemTest, NamesTheFileInMessages) {
  MakeDirectories({"blocks", "blocks/AB"});
  EXPECT_EQ(root_->Open("blocks/AB/K.data", {}).error().message(),
            "open blocks/AB/K.data: No such file or directory");
  const auto blocks = root_->OpenDirectory("blocks").value();
  EXPECT_EQ(blocks->path(), "blocks");
  EXPECT_EQ(blocks->Remove("AB").error().message(), "remove blocks/AB: Is a directory");
  EXPECT_EQ(blocks->Rename("x", "y", Replace::kYes).error().message(),
            "rename blocks/x to blocks/y: No such file or directory");
  EXPECT_EQ(root_->Open("", kMake).error().code(), Code::kInvalidArgument);
  EXPECT_EQ(root_->Open(std::string(256, 'x'), kMake).error().code(), Code::kTooLarge);
}

TEST_F(MemoryFileSystemTest, ResolvesPathsByText) {
  MakeDirectories({"a", "a/b"});
  EXPECT_EQ(files_->OpenDirectory("/a/./x/../b//").value()->path(), "a/b");
  EXPECT_EQ(files_->OpenDirectory("../a").value()->path(), "a");
  EXPECT_EQ(files_->OpenDirectory("a/b/../..").value()->path(), "/");
  EXPECT_EQ(files_->OpenDirectory(std::string_view("a\0b", 3)).error().code(),
            Code::kInvalidArgument);
  EXPECT_EQ(OsError(files_->OpenDirectory("/c")), ENOENT);
}

TEST_F(MemoryFileSystemTest, ReadsADirectoryAsLinuxDoes) {
  MakeDirectories({"d"});
  EXPECT_EQ(OsError(root_->Open("d", kMake)), EISDIR);
  const auto d = Open("d", {});
  std::array<char, 8> buffer;
  EXPECT_EQ(OsError(d->ReadAt(0, buffer)), EISDIR);
  EXPECT_EQ(OsError(d->WriteAt(0, "x")), EBADF);
  EXPECT_EQ(OsError(d->Truncate(0)), EINVAL);
  EXPECT_EQ(OsError(d->Map(0, 1)), EISDIR);
  EXPECT_TRUE(d->Sync(SyncScope::kAll).has_value());
  EXPECT_EQ(d->Stat().value().kind, FileKind::kDirectory);
  EXPECT_TRUE(root_->Lock("d", LockMode::kExclusive).has_value());
}

TEST_F(MemoryFileSystemTest, RefusesToWriteWhatIsOpenForReading) {
  Write("a", "hello");
  const auto file = Open("a", {});
  EXPECT_EQ(OsError(file->WriteAt(0, "x")), EBADF);
  EXPECT_EQ(OsError(file->Truncate(0)), EINVAL);
  EXPECT_EQ(OsError(file->Allocate(0, 1, Allocation::kExtend)), EBADF);
  EXPECT_EQ(Contents("a"), "hello");
}

TEST_F(MemoryFileSystemTest, KeepsSparseFilesSparse) {
  const std::uint64_t available = root_->Space().value().available;
  const auto file = Open("a");
  constexpr std::uint64_t kFar = std::uint64_t{1} << 40U;
  EXPECT_TRUE(file->WriteAt(kFar, "far").has_value());
  EXPECT_TRUE(file->WriteAt(3, "near").has_value());
  EXPECT_EQ(file->Stat().value().size, kFar + 3);
  std::array<char, 8> buffer;
  EXPECT_EQ(file->ReadAt(0, buffer).value(), 8U);
  EXPECT_EQ(std::string_view(buffer.data(), 8), std::string_view("\0\0\0near\0", 8));
  EXPECT_EQ(file->ReadAt(kFar - 2, buffer).value(), 5U);
  EXPECT_EQ(std::string_view(buffer.data(), 5), std::string_view("\0\0far", 5));
  EXPECT_LT(available - root_->Space().value().available, 1U << 20U);
  EXPECT_TRUE(file->Truncate(5).has_value());
  EXPECT_TRUE(file->Truncate(7).has_value());
  EXPECT_EQ(Contents(*file), std::string("\0\0\0ne\0\0", 7));
  EXPECT_EQ(available - root_->Space().value().available, 5U);
}

TEST_F(MemoryFileSystemTest, HoldsLimitsOfOffsetsAndSpace) {
  const auto file = Open("a");
  std::array<char, 1> buffer;
  EXPECT_EQ(file->ReadAt(~std::uint64_t{0}, buffer).value(), 0U);
  EXPECT_EQ(OsError(file->Truncate(~std::uint64_t{0})), EFBIG);
  EXPECT_EQ(OsError(file->Truncate(std::uint64_t{1} << 50U)), EFBIG);
  EXPECT_EQ(OsError(file->WriteAt(std::uint64_t{1} << 50U, "x")), EFBIG);
  EXPECT_EQ(OsError(file->WriteAt(~std::uint64_t{0}, "x")), EFBIG);
  EXPECT_EQ(OsError(file->Allocate(0, std::uint64_t{1} << 43U, Allocation::kExtend)), ENOSPC);
  EXPECT_EQ(OsError(file->Allocate(0, 0, Allocation::kExtend)), EINVAL);
  EXPECT_EQ(OsError(file->Allocate(std::uint64_t{1} << 50U, 1, Allocation::kExtend)), EFBIG);
  EXPECT_EQ(file->Stat().value().size, 0U);
  EXPECT_EQ(root_->Space().value().available, root_->Space().value().capacity);
}

TEST_F(MemoryFileSystemTest, AllocatesInEachMode) {
  const auto file = Open("a");
  ASSERT_TRUE(file->WriteAt(0, "hello").has_value());
  EXPECT_TRUE(file->Allocate(3, 7, Allocation::kKeepSize).has_value());
  EXPECT_EQ(Contents(*file), "hello");
  EXPECT_TRUE(file->Allocate(3, 4, Allocation::kExtend).has_value());
  EXPECT_EQ(Contents(*file), std::string("hello\0\0", 7));
  EXPECT_TRUE(file->Allocate(1, 8, Allocation::kZero).has_value());
  EXPECT_EQ(Contents(*file), std::string("h\0\0\0\0\0\0\0\0", 9));
  const auto space = root_->Space().value();
  EXPECT_EQ(space.capacity - space.available, 10U);
}

TEST_F(MemoryFileSystemTest, WritesLargeFilesInPieces) {
  std::string bytes(3 << 20U, '\0');
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>(i * 7 / 64);
  const auto file = Open("a");
  for (std::size_t at = 0; at < bytes.size(); at += 70'001) {
    ASSERT_EQ(file->Append(std::string_view(bytes).substr(at, 70'001)).value(), at);
  }
  EXPECT_TRUE(Contents(*file) == bytes);
  const std::string_view pieces[] = {"one", "", "two"};
  ASSERT_TRUE(file->WritePiecesAt((256 << 10U) - 2, pieces).has_value());
  bytes.replace((256 << 10U) - 2, 6, "onetwo");
  EXPECT_TRUE(Contents(*file) == bytes);
}

TEST_F(MemoryFileSystemTest, PinsWhatIsMapped) {
  Write("a", "hello world");
  const auto file = Open("a");
  const Value mapped = file->Map(6, 100).value();
  EXPECT_EQ(file->Map(6, 100).value().bytes().data(), mapped.bytes().data());
  EXPECT_EQ(mapped.bytes(), "world");
  EXPECT_TRUE(file->WriteAt(0, "HELLO WORLD").has_value());
  EXPECT_TRUE(file->Truncate(0).has_value());
  EXPECT_TRUE(root_->Remove("a").has_value());
  EXPECT_EQ(mapped.bytes(), "world");
  EXPECT_TRUE(file->Map(0, 1).value().empty());
}

TEST_F(MemoryFileSystemTest, MapsAcrossChunksAndHoles) {
  const auto file = Open("a");
  ASSERT_TRUE(file->WriteAt(300'000, "end").has_value());
  ASSERT_TRUE(file->WriteAt(0, "begin").has_value());
  const Value mapped = file->Map(1, 1'000'000).value();
  ASSERT_EQ(mapped.size(), 300'002U);
  EXPECT_EQ(mapped.bytes().substr(0, 5), std::string_view("egin\0", 5));
  EXPECT_EQ(mapped.bytes().substr(299'998), std::string_view("\0end", 4));
}

TEST_F(MemoryFileSystemTest, KeepsOpenFilesAfterRemoval) {
  const auto file = Open("a");
  ASSERT_TRUE(file->WriteAt(0, "hello").has_value());
  ASSERT_TRUE(root_->Remove("a").has_value());
  EXPECT_EQ(OsError(root_->Stat("a")), ENOENT);
  EXPECT_EQ(file->Stat().value().links, 0U);
  EXPECT_TRUE(file->WriteAt(5, "!").has_value());
  files_.reset();
  EXPECT_EQ(OsError(root_->Stat("")), ENOENT);
  EXPECT_EQ(Contents(*file), "hello!");
}

TEST_F(MemoryFileSystemTest, GivesSpaceBackWithTheLastHandle) {
  Write("a", "hello");
  auto file = Open("a", {});
  ASSERT_TRUE(root_->Remove("a").has_value());
  EXPECT_EQ(root_->Space().value().capacity - root_->Space().value().available, 5U);
  file.reset();
  EXPECT_EQ(root_->Space().value().capacity, root_->Space().value().available);
}

TEST_F(MemoryFileSystemTest, RenamesAsLinuxDoes) {
  MakeDirectories({"d", "d/e", "full", "full/x", "empty"});
  Write("a", "A");
  Write("b", "B");
  Write("d/f", "F");
  EXPECT_EQ(Rename("missing", "a"), ENOENT);
  EXPECT_EQ(Rename("a", "missing/a"), ENOENT);
  EXPECT_EQ(Rename("a", "b/a"), ENOTDIR);
  EXPECT_EQ(Rename("a", "b", Replace::kNo), EEXIST);
  EXPECT_EQ(Rename("a", "a", Replace::kNo), EEXIST);
  EXPECT_EQ(Rename("a", "a"), 0);
  EXPECT_EQ(Rename("a", "empty"), EISDIR);
  EXPECT_EQ(Rename("d", "a"), ENOTDIR);
  EXPECT_EQ(Rename("d", "full"), ENOTEMPTY);
  EXPECT_EQ(Rename("d", "d/e/g"), EINVAL);
  EXPECT_EQ(Rename("d", "d/e"), EINVAL);
  EXPECT_EQ(Rename("d/e", "d"), ENOTEMPTY);
  EXPECT_EQ(Rename("d/f", "d"), ENOTEMPTY);
  EXPECT_EQ(Rename("d", "d"), 0);
  EXPECT_EQ(Rename("a", "b"), 0);
  EXPECT_EQ(Contents("b"), "A");
  EXPECT_EQ(Rename("d", "empty"), 0);
  EXPECT_EQ(Rename("empty", "full/d", Replace::kNo), 0);
  EXPECT_EQ(Contents("full/d/f"), "F");
  EXPECT_THAT(NamesIn(*root_), ElementsAre("b", "full"));
  EXPECT_EQ(root_->Stat("").value().links, 3U);
  EXPECT_EQ(root_->Stat("full").value().links, 4U);
}

TEST_F(MemoryFileSystemTest, LinksAsLinuxDoes) {
  MakeDirectories({"d"});
  Write("a", "A");
  EXPECT_EQ(OsError(root_->Link("missing", "b")), ENOENT);
  EXPECT_EQ(OsError(root_->Link("d", "e")), EPERM);
  EXPECT_EQ(OsError(root_->Link("d", "a")), EEXIST);
  EXPECT_EQ(OsError(root_->Link("a", "d/b")), 0);
  EXPECT_EQ(root_->Stat("a").value().links, 2U);
  EXPECT_EQ(Rename("a", "d/b"), 0);
  EXPECT_EQ(Contents("a"), "A");
  Write("d/b", "B");
  EXPECT_EQ(Contents("a"), "B");
  EXPECT_TRUE(root_->Remove("a").has_value());
  EXPECT_EQ(root_->Stat("d/b").value().links, 1U);
}

TEST_F(MemoryFileSystemTest, RemovesAsLinuxDoes) {
  MakeDirectories({"d", "d/e"});
  Write("a", "A");
  EXPECT_EQ(OsError(root_->Remove("d")), EISDIR);
  EXPECT_EQ(OsError(root_->RemoveDirectory("a")), ENOTDIR);
  EXPECT_EQ(OsError(root_->RemoveDirectory("d")), ENOTEMPTY);
  EXPECT_EQ(OsError(root_->Remove("b")), ENOENT);
  EXPECT_TRUE(root_->RemoveTree("d").has_value());
  EXPECT_TRUE(root_->RemoveTree("d").has_value());
  EXPECT_THAT(NamesIn(*root_), ElementsAre("a"));
}

TEST_F(MemoryFileSystemTest, FollowsRenamedDirectoriesAndForgetsRemovedOnes) {
  MakeDirectories({"d"});
  const auto d = root_->OpenDirectory("d").value();
  ASSERT_EQ(Rename("d", "e"), 0);
  EXPECT_TRUE(d->Open("f", kMake).has_value());
  EXPECT_TRUE(root_->Stat("e/f").has_value());
  ASSERT_TRUE(root_->RemoveTree("e").has_value());
  EXPECT_EQ(OsError(d->Open("f", kMake)), ENOENT);
  EXPECT_EQ(OsError(d->MakeDirectory("f")), ENOENT);
  EXPECT_EQ(OsError(d->Stat("")), ENOENT);
  EXPECT_EQ(OsError(d->Sync("")), ENOENT);
  EXPECT_EQ(OsError(d->List("")), ENOENT);
  EXPECT_EQ(OsError(d->OpenDirectory("")), ENOENT);
  EXPECT_EQ(OsError(d->Space()), ENOENT);
  EXPECT_EQ(OsError(d->SyncFileSystem()), ENOENT);
}

TEST_F(MemoryFileSystemTest, ListsInOrderWhileNamesComeAndGo) {
  std::vector<std::string> expected;
  for (int i = 1000; i < 2000; ++i) expected.push_back(std::to_string(i));
  for (const std::string& name : expected) Write(name, "");
  EXPECT_EQ(NamesIn(*root_), expected);
  const auto listing = root_->List("").value();
  std::array<DirectoryEntry, 100> entries;
  std::size_t listed = 0;
  while (const std::size_t count = listing->Next(entries).value()) {
    listed += count;
    for (std::size_t i = 0; i < count; ++i) {
      EXPECT_TRUE(root_->Remove(std::string(entries[i].name)).has_value());
    }
  }
  EXPECT_EQ(listed, 1000U);
  EXPECT_TRUE(NamesIn(*root_).empty());
}

TEST_F(MemoryFileSystemTest, LocksAgainstItself) {
  Write("LOCK", "");
  EXPECT_EQ(OsError(root_->Lock("missing", LockMode::kShared)), ENOENT);
  auto lock = root_->Lock("LOCK", LockMode::kExclusive).value();
  const auto refused = root_->Lock("LOCK", LockMode::kShared);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code(), Code::kBusy);
  EXPECT_EQ(refused.error().retry(), Retry::kTemporary);
  EXPECT_THAT(std::string(refused.error().message()), HasSubstr(std::to_string(::getpid())));
  lock.reset();
  auto first = root_->Lock("LOCK", LockMode::kShared).value();
  auto second = root_->Lock("LOCK", LockMode::kShared).value();
  EXPECT_EQ(root_->Lock("LOCK", LockMode::kExclusive).error().code(), Code::kBusy);
  first.reset();
  second.reset();
  EXPECT_TRUE(root_->Lock("LOCK", LockMode::kExclusive).has_value());
}

TEST_F(MemoryFileSystemTest, KeepsModesAndDates) {
  clock_.Advance(std::chrono::seconds(5));
  Open("a", {.access = FileAccess::kReadWrite, .creation = FileCreation::kIfMissing, .mode = 0666});
  EXPECT_TRUE(root_->MakeDirectory("d", 0777).has_value());
  EXPECT_EQ(root_->Stat("a").value().mode, 0644U);
  EXPECT_EQ(root_->Stat("d").value().mode, 0755U);
  clock_.Advance(std::chrono::seconds(2));
  Write("a", "x");
  EXPECT_EQ(root_->Stat("a").value().modified, Instant(std::chrono::seconds(7)));
  EXPECT_EQ(root_->Stat("d").value().modified, Instant(std::chrono::seconds(5)));
}

TEST_F(MemoryFileSystemTest, GoesAwayHoweverDeepItIs) {
  MakeDirectories({"e"});
  // Each directory is moved into the next: names stay short while the tree grows deep.
  for (int depth = 0; depth < 50'000; ++depth) {
    ASSERT_TRUE(root_->MakeDirectory("n").has_value());
    ASSERT_EQ(Rename("e", "n/e"), 0);
    ASSERT_EQ(Rename("n", "e"), 0);
  }
}

TEST_F(MemoryFileSystemTest, ServesThreadsAtOnce) {
  constexpr int kThreads = 4;
  std::vector<std::thread> threads;
  threads.reserve(kThreads);
  Write("shared", std::string(100'000, 'a'));
  for (int id = 0; id < kThreads; ++id) {
    threads.emplace_back([this, id] {
      const std::string own = std::to_string(id);
      const std::string bytes(1000, static_cast<char>('a' + id));
      for (int round = 0; round < 200; ++round) {
        Write(own, bytes);
        EXPECT_EQ(Contents(own), bytes);
        EXPECT_EQ(Rename(own, "target"), 0);
        const auto shared = Open("shared");
        const Value mapped = shared->Map(10, 500).value();
        EXPECT_TRUE(shared->WriteAt(static_cast<std::uint64_t>(round), bytes).has_value());
        EXPECT_EQ(mapped.bytes().find_first_not_of("abcd"), std::string_view::npos);
        EXPECT_FALSE(NamesIn(*root_).empty());
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_THAT(NamesIn(*root_), ElementsAre("shared", "target"));
}

}  // namespace
}  // namespace anystore
