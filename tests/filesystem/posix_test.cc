#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <memory>
#include <string>

#include "anystore/environment.h"
#include "anystore/filesystem.h"

namespace anystore {
namespace {

/// A directory of its own below the system's, removed with all in it.
class PosixFiles : public testing::Test {
 protected:
  PosixFiles() {
    std::string pattern = std::filesystem::temp_directory_path() / "anystore_posix_XXXXXX";
    path_ = mkdtemp(pattern.data());
    root_ = *HostFileSystem().OpenDirectory(path_);
  }
  ~PosixFiles() override { std::filesystem::remove_all(path_); }

  std::string path_;
  std::unique_ptr<Directory> root_;
};

constexpr FileOptions kMake = {.access = FileAccess::kReadWrite,
                               .creation = FileCreation::kIfMissing};

TEST_F(PosixFiles, AreTheEnvironments) { EXPECT_EQ(Environment::Host().files, &HostFileSystem()); }

TEST_F(PosixFiles, KeepWhatIsWritten) {
  ASSERT_TRUE(root_->MakeDirectory("a").has_value());
  const auto file = root_->Open("a/b", kMake);
  ASSERT_TRUE(file.has_value());
  ASSERT_TRUE((*file)->WriteAt(3, "four").has_value());
  const std::string_view pieces[] = {"one", "", "two"};
  ASSERT_TRUE((*file)->WritePiecesAt(7, pieces).has_value());
  EXPECT_TRUE((*file)->Sync(SyncScope::kAll).has_value());
  EXPECT_TRUE((*file)->Sync(SyncScope::kData).has_value());
  EXPECT_EQ((*file)->ReadAll()->bytes(), std::string_view("\0\0\0fouronetwo", 13));
  EXPECT_TRUE(root_->Sync("a").has_value());
  EXPECT_TRUE(root_->Sync("").has_value());
  ASSERT_TRUE(root_->Rename("a/b", "c", Replace::kNo).has_value());
  EXPECT_EQ(root_->Stat("c")->size, 13U);
  EXPECT_TRUE(root_->SyncFileSystem().has_value());
  EXPECT_GT(root_->Space()->capacity, 0U);
  EXPECT_TRUE(root_->traits().directory_sync);
  ASSERT_TRUE(root_->RemoveTree("a").has_value());
  std::array<DirectoryEntry, 4> entries;
  auto listing = root_->List("");
  ASSERT_TRUE(listing.has_value());
  ASSERT_EQ(*(*listing)->Next(entries), 1U);
  EXPECT_EQ(entries[0].name, "c");
}

TEST_F(PosixFiles, ErrorsTellTheFullPath) {
  const auto missing = root_->Open("a/b", {});
  ASSERT_FALSE(missing.has_value());
  EXPECT_EQ(missing.error().message(), "open " + path_ + "/a/b: No such file or directory");
}

TEST_F(PosixFiles, LockIsHeldAgainstTheSameProcess) {
  ASSERT_TRUE(root_->Open("L", kMake).has_value());
  auto lock = root_->Lock("L", LockMode::kExclusive);
  ASSERT_TRUE(lock.has_value());
  const auto second = root_->Lock("L", LockMode::kShared);
  ASSERT_FALSE(second.has_value());
  EXPECT_EQ(second.error().code(), Code::kBusy);
  EXPECT_EQ(second.error().message(),
            "lock " + path_ + "/L: held by this process (" + std::to_string(getpid()) + ")");
  lock->reset();
  EXPECT_TRUE(root_->Lock("L", LockMode::kShared).has_value());
}

}  // namespace
}  // namespace anystore
