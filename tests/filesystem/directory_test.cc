#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <map>
#include <string>
#include <string_view>

#include "filesystem/intercepted/intercepted.h"
#include "filesystem/posix_fixture.h"
#include "filesystem/watched_files.h"

namespace anystore {
namespace {

using filesystem::Operation;

class RemoveTree : public PosixTest {
 protected:
  /// What it returns for "t", which holds "t/d/f", when a call answers so.
  std::string_view OutcomeWhen(Operation operation, const std::string& name, int os_error) {
    EXPECT_EQ(Outcome(root().RemoveTree("t")), "ok");
    EXPECT_EQ(Outcome(root().MakeDirectory("t")), "ok");
    EXPECT_EQ(Outcome(root().MakeDirectory("t/d")), "ok");
    Write("t/d/f", "1");
    testing::FailingCalls refusal;
    refusal.os_error = os_error;
    refusal.fails = [&](const filesystem::Call& call) {
      return call.operation == operation && call.path.ends_with(name);
    };
    filesystem::InterceptedFileSystem files(HostFileSystem(), refusal);
    const auto directory = files.OpenDirectory(path());
    EXPECT_EQ(Outcome(directory), "ok");
    return Outcome((*directory)->RemoveTree("t"));
  }
};

TEST_F(RemoveTree, RemovesAllThatIsInIt) {
  for (const char* const name : {"t", "t/a", "t/a/b", "t/c", "t/c/d", "t/e", "other"}) {
    ASSERT_EQ(Outcome(root().MakeDirectory(name)), "ok");
    Write(std::string(name) + "/f", "1");
  }
  for (int i = 0; i < 300; ++i) Write("t/a/b/" + std::to_string(i), "");
  EXPECT_EQ(Outcome(root().RemoveTree("t")), "ok");
  EXPECT_EQ(Names(root()), (std::map<std::string, FileKind>{{"other", FileKind::kDirectory}}));
  EXPECT_EQ(Outcome(root().RemoveTree("other/f")), "ok");
  EXPECT_TRUE(Names(root(), "other").empty());
}

TEST_F(RemoveTree, MissingOneIsSuccess) {
  EXPECT_EQ(Outcome(root().RemoveTree("t")), "ok");
  EXPECT_EQ(Outcome(root().RemoveTree("t/a/b")), "ok");
}

TEST_F(RemoveTree, RefusesWhatIsNoName) {
  Write("f", "1");
  EXPECT_EQ(Outcome(root().RemoveTree("")), "invalid_argument");
  EXPECT_EQ(Outcome(root().RemoveTree("..")), "invalid_argument");
  EXPECT_EQ(Outcome(root().RemoveTree(std::string(300, 'n'))), "too_large");
  EXPECT_EQ(Read("f"), "1");
}

TEST_F(RemoveTree, DoesNotFollowLinks) {
  ASSERT_EQ(Outcome(root().MakeDirectory("kept")), "ok");
  Write("kept/f", "1");
  ASSERT_EQ(Outcome(root().MakeDirectory("t")), "ok");
  ASSERT_EQ(symlink("../kept", PathOf("t/link").c_str()), 0);
  ASSERT_EQ(symlink("kept", PathOf("link").c_str()), 0);
  ASSERT_EQ(mkfifo(PathOf("t/pipe").c_str(), 0600), 0);
  EXPECT_EQ(Outcome(root().RemoveTree("t")), "ok");
  EXPECT_EQ(Outcome(root().RemoveTree("link")), "ok");
  EXPECT_EQ(Outcome(root().Stat("link")), "not_found");
  EXPECT_EQ(Outcome(root().Stat("t")), "not_found");
  EXPECT_EQ(Read("kept/f"), "1");
}

TEST_F(RemoveTree, GoesAsDeepAsNamesDo) {
  std::string name = "t";
  ASSERT_EQ(Outcome(root().MakeDirectory(name)), "ok");
  while (name.size() + 10 <= 4095) {
    name += "/directory";
    ASSERT_EQ(Outcome(root().MakeDirectory(name)), "ok") << name.size();
  }
  EXPECT_EQ(Outcome(root().RemoveTree("t")), "ok");
  EXPECT_TRUE(Names(root()).empty());
}

TEST_F(RemoveTree, WhatGoesMeanwhileIsNoError) {
  // It is there after all, so the directory is not empty: but the removal went on.
  EXPECT_EQ(OutcomeWhen(Operation::kRemove, "/f", ENOENT), "precondition_failed");
  EXPECT_EQ(OutcomeWhen(Operation::kRemoveDirectory, "/t", ENOENT), "ok");
  EXPECT_EQ(OutcomeWhen(Operation::kList, "/t", ENOENT), "ok");
}

TEST_F(RemoveTree, PassesErrorsOn) {
  EXPECT_EQ(OutcomeWhen(Operation::kStat, "/t", EIO), "io_error");
  EXPECT_EQ(OutcomeWhen(Operation::kRemove, "/f", EACCES), "permission_denied");
  EXPECT_EQ(OutcomeWhen(Operation::kRemoveDirectory, "/d", EBUSY), "busy");
  EXPECT_EQ(OutcomeWhen(Operation::kList, "/d", EMFILE), "resource_exhausted");
  EXPECT_EQ(OutcomeWhen(Operation::kListNext, "/d", EIO), "io_error");
}

}  // namespace
}  // namespace anystore
