// Filesystems that are full, read-only or not ours: mounted where only the test's thread sees them.
#include <gtest/gtest.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "filesystem/own_mounts.h"
#include "filesystem/posix_fixture.h"
#include "filesystem/scripted_kernel.h"

namespace anystore {
namespace {

class PosixMounts : public PosixTest {
 protected:
  /// Runs `body` on a thread that has a new filesystem on the test's directory. False: not allowed
  /// to mount, and nothing was run.
  [[nodiscard]] bool RunMounted(const char* options, const std::function<void(Directory&)>& body,
                                const char* type = "tmpfs") {
    return RunOnMount(path(), type, options, [&] { body(*OpenRoot(path())); });
  }
};

TEST_F(PosixMounts, FullMediumIsNoSpace) {
  const bool ran = RunMounted("size=64k,nr_inodes=10", [this](Directory& directory) {
    EXPECT_EQ(directory.Space()->capacity, 65536U);
    EXPECT_EQ(directory.Space()->available, 65536U);
    const auto file = directory.Open("a", kMake);
    ASSERT_EQ(Outcome(file), "ok");
    const std::string bytes(100000, 'x');
    const std::string_view piece = bytes;
    EXPECT_EQ(*(*file)->WriteSome(0, {&piece, 1}), 65536U);
    EXPECT_EQ(Outcome((*file)->WriteAt(0, bytes)), "no_space");
    EXPECT_EQ(Message((*file)->WriteAt(65536, "x")),
              "write " + PathOf("a") + ": No space left on device");
    EXPECT_EQ(Outcome((*file)->Allocate(0, 1 << 20, Allocation::kExtend)), "no_space");
    EXPECT_EQ(directory.Space()->available, 0U);
    Status made;
    for (int i = 0; i < 20 && made.has_value(); ++i) {
      made = directory.MakeDirectory(std::to_string(i));
    }
    EXPECT_EQ(Outcome(made), "no_space");
    EXPECT_EQ(Outcome(directory.Open("b", kMake)), "no_space");
    EXPECT_EQ(Outcome(directory.Remove("a")), "ok");
  });
  if (!ran) GTEST_SKIP() << "not allowed to mount";
}

TEST_F(PosixMounts, TmpfsCannotZeroARange) {
  const bool ran = RunMounted("size=64k", [](Directory& directory) {
    const auto file = directory.Open("a", kMake);
    EXPECT_EQ(Outcome((*file)->Allocate(0, 10, Allocation::kZero)), "unsupported");
    EXPECT_EQ(Outcome((*file)->Allocate(0, 10, Allocation::kExtend)), "ok");
    EXPECT_TRUE(directory.traits().filesystem_sync);
  });
  if (!ran) GTEST_SKIP() << "not allowed to mount";
}

TEST_F(PosixMounts, ReadOnlyMediumTakesNoChange) {
  const bool ran = RunMounted("size=64k", [this](Directory& directory) {
    ASSERT_EQ(Outcome(directory.Open("a", kMake)), "ok");
    ASSERT_EQ(Outcome(directory.MakeDirectory("d")), "ok");
    ASSERT_EQ(mount("none", path().c_str(), nullptr, MS_REMOUNT | MS_RDONLY, nullptr), 0);
    EXPECT_EQ(Outcome(directory.Open("a", kReadOnly)), "ok");
    EXPECT_EQ(Outcome(directory.Open("a", kExisting)), "read_only");
    EXPECT_EQ(Outcome(directory.Open("b", kMake)), "read_only");
    EXPECT_EQ(Outcome(directory.MakeDirectory("e")), "read_only");
    EXPECT_EQ(Outcome(directory.Remove("a")), "read_only");
    EXPECT_EQ(Outcome(directory.RemoveDirectory("d")), "read_only");
    EXPECT_EQ(Outcome(directory.Rename("a", "b", Replace::kYes)), "read_only");
    EXPECT_EQ(Outcome(directory.Rename("a", "b", Replace::kNo)), "read_only");
    EXPECT_EQ(Outcome(directory.Link("a", "b")), "read_only");
    EXPECT_EQ(Outcome(directory.Lock("a", LockMode::kExclusive)), "ok");
    EXPECT_TRUE(directory.traits().directory_sync);
  });
  if (!ran) GTEST_SKIP() << "not allowed to mount";
}

TEST_F(PosixMounts, TmpfsGoesWithThePower) {
  const bool ran = RunMounted("size=64k", [this](Directory& directory) {
    EXPECT_FALSE(directory.traits().outlives_power);
    EXPECT_NE(directory.power_session(), root().power_session());
  });
  if (!ran) GTEST_SKIP() << "not allowed to mount";
}

TEST_F(PosixMounts, OnlyAJournalKeepsDatesWithNames) {
  bool mounted = false;
  const bool ran = RunMounted("size=32m", [&](Directory& directory) {
    ASSERT_EQ(Outcome(directory.MakeDirectory("m")), "ok");
    for (const std::string kind : {"has_journal", "^has_journal"}) {
      for (const std::string access : {"relatime", "noatime", "strictatime"}) {
        const std::string image = PathOf("image");
        const std::string make = "mkfs.ext4 -q -F -O " + kind + " " + image + " 12M 2>/dev/null";
        const std::string mount =
            "mount -o loop," + access + " " + image + " " + PathOf("m") + " 2>/dev/null";
        mounted = std::system((make + " && " + mount).c_str()) == 0;
        if (!mounted) return;
        EXPECT_EQ(OpenRoot(PathOf("m"))->traits().dates_with_names,
                  kind == "has_journal" && access != "strictatime")
            << kind << ' ' << access;
        ASSERT_EQ(umount(PathOf("m").c_str()), 0);
        ASSERT_EQ(Outcome(directory.Remove("image")), "ok");
      }
    }
  });
  if (!ran || !mounted) GTEST_SKIP() << "not allowed to mount, or no ext4 to be made";
}

TEST_F(PosixMounts, OtherFilesystemIsOutOfReachOfRenames) {
  ASSERT_EQ(Outcome(root().MakeDirectory("other")), "ok");
  bool mounted = false;
  const bool ran = RunMounted("size=64k", [&](Directory& directory) {
    ASSERT_EQ(Outcome(directory.MakeDirectory("other")), "ok");
    mounted = mount("none", PathOf("other").c_str(), "tmpfs", 0, "size=64k") == 0;
    if (!mounted) return;
    ASSERT_EQ(Outcome(directory.Open("a", kMake)), "ok");
    EXPECT_EQ(Outcome(directory.Rename("a", "other/a", Replace::kYes)), "unsupported");
    EXPECT_EQ(Outcome(directory.Rename("a", "other/a", Replace::kNo)), "unsupported");
    EXPECT_EQ(Outcome(directory.Link("a", "other/a")), "unsupported");
    EXPECT_EQ(Outcome(directory.RemoveDirectory("other")), "busy");
  });
  if (!ran || !mounted) GTEST_SKIP() << "not allowed to mount";
}

TEST_F(PosixMounts, StrangeFilesystemsAreTrustedWithNothing) {
  std::vector<ScriptedCall> calls = {{SYS_renameat2, {-EINVAL}}};
  bool scripted = false;
  const auto body = [&](Directory& directory) {
    EXPECT_FALSE(directory.traits().filesystem_sync);
    EXPECT_EQ(Outcome(directory.SyncFileSystem()), "unsupported");
    ASSERT_EQ(Outcome(directory.MakeDirectory("d")), "ok");
    scripted = RunScripted(calls, [&] {
      // Here it means that there is no such rename.
      EXPECT_EQ(Outcome(directory.Rename("d", "e", Replace::kNo)), "unsupported");
    });
    EXPECT_EQ(Outcome(directory.RemoveDirectory("d")), "ok");
  };
  if (!RunMounted(nullptr, body, "hugetlbfs")) GTEST_SKIP() << "not allowed to mount";
  if (!scripted) GTEST_SKIP() << "no seccomp filters on this machine";
}

TEST_F(PosixMounts, StrangersAreRefused) {
  if (geteuid() != 0) GTEST_SKIP() << "only root becomes somebody else";
  Write("a", "1");
  ASSERT_EQ(Outcome(root().MakeDirectory("d", 0700)), "ok");
  ASSERT_EQ(chmod(path().c_str(), 0755), 0);
  ASSERT_EQ(chmod(PathOf("a").c_str(), 0600), 0);
  std::thread([&] {
    // The calls themselves: those of the library would change every thread.
    constexpr uid_t kNobody = 65534;
    ASSERT_EQ(syscall(SYS_setresuid, kNobody, kNobody, kNobody), 0);
    const auto directory = OpenRoot(path());
    EXPECT_EQ(Outcome(directory->Open("a", kReadOnly)), "permission_denied");
    EXPECT_EQ(Outcome(directory->Open("b", kMake)), "permission_denied");
    EXPECT_EQ(Outcome(directory->OpenDirectory("d")), "permission_denied");
    EXPECT_EQ(Outcome(directory->Stat("d/x")), "permission_denied");
    EXPECT_EQ(Outcome(directory->MakeDirectory("e")), "permission_denied");
    EXPECT_EQ(Outcome(directory->Remove("a")), "permission_denied");
    EXPECT_EQ(Outcome(directory->Rename("a", "b", Replace::kNo)), "permission_denied");
    EXPECT_EQ(directory->Stat("a")->size, 1U);
  }).join();
}

TEST_F(PosixMounts, FullDeviceIsNoSpace) {
  const auto full = OpenRoot("/dev")->Open("full", kExisting);
  if (!full.has_value()) GTEST_SKIP() << "no /dev/full";
  EXPECT_EQ(Outcome((*full)->WriteAt(0, "x")), "no_space");
  EXPECT_EQ((*full)->Stat()->kind, FileKind::kOther);
}

}  // namespace
}  // namespace anystore
