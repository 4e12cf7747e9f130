// What go-ds-flatfs wrote is converted and moved without a loss.
#include <algorithm>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "anystore/open.h"
#include "backends/flatfs/conversion/convert.h"
#include "backends/flatfs/conversion/move.h"
#include "interop/flatfs_archives.h"

namespace anystore::testing {
namespace {

namespace fs = std::filesystem;

TEST_F(FlatfsArchives, VersionZeroUpgradesAndGoesBackToTheSameTree) {
  const fs::path path = Unpack("v0-prefix-5");
  // What version 0 does not know.
  fs::remove(path / "diskUsage.cache");
  fs::remove(path / ".temp");
  const std::vector<std::string> before = TreeOf(path);
  const auto upgraded =
      flatfs::UpgradeRepository(Environment::Host(), path.string(), {}, /*report=*/{});
  ASSERT_TRUE(upgraded.has_value()) << upgraded.error().ToString();
  EXPECT_EQ(upgraded->shard.ToShortString(), "prefix/5");
  EXPECT_EQ(upgraded->records, records().size());
  EXPECT_EQ(ListedWithValues(OpenStore(UrlOf(path, "?shard=prefix/5"))), records());
  const auto downgraded =
      flatfs::DowngradeRepository(Environment::Host(), path.string(), /*report=*/{});
  ASSERT_TRUE(downgraded.has_value()) << downgraded.error().ToString();
  EXPECT_EQ(TreeOf(path), before);
}

TEST_F(FlatfsArchives, CleanOnesMoveToEveryFunctionAndBackToTheSameTree) {
  const std::map<std::string, std::string> clean = CleanArchives();
  for (const auto& [name, shard] : clean) {
    const fs::path path = Unpack(name);
    fs::remove(path / "diskUsage.cache");
    std::vector<std::string> before = TreeOf(path);
    for (const auto& [other, other_shard] : clean) {
      if (other_shard == shard) continue;
      SCOPED_TRACE(name + " to " + other_shard);
      const fs::path there = scratch() / "there";
      ASSERT_TRUE(Create(UrlOf(there, "?shard=" + other_shard)).has_value());
      const auto moved = flatfs::MoveRepository(Environment::Host(), path.string(), there.string(),
                                                /*report=*/{});
      ASSERT_TRUE(moved.has_value()) << moved.error().ToString();
      EXPECT_EQ(moved->records, records().size());
      EXPECT_EQ(moved->copied, 0U);
      EXPECT_FALSE(fs::exists(path));
      EXPECT_EQ(ListedWithValues(OpenStore(UrlOf(there, "?shard=" + other_shard))), records());
      ASSERT_TRUE(Create(UrlOf(path, "?shard=" + shard)).has_value());
      const auto back = flatfs::MoveRepository(Environment::Host(), there.string(), path.string(),
                                               /*report=*/{});
      ASSERT_TRUE(back.has_value()) << back.error().ToString();
      EXPECT_EQ(TreeOf(path), before);
    }
  }
}

TEST_F(FlatfsArchives, JunkIsLeftBehindByAMove) {
  const fs::path path = Unpack("junk");
  const fs::path there = scratch() / "there";
  ASSERT_TRUE(Create(UrlOf(there, "?shard=suffix/3")).has_value());
  const auto moved =
      flatfs::MoveRepository(Environment::Host(), path.string(), there.string(), /*report=*/{});
  ASSERT_TRUE(moved.has_value()) << moved.error().ToString();
  EXPECT_EQ(moved->records, records().size());
  EXPECT_EQ(moved->left, moved->first_left.size());
  for (const auto& [name, why] : moved->first_left) {
    EXPECT_TRUE(fs::exists(fs::symlink_status(path / name))) << name << ": " << why;
  }
  EXPECT_TRUE(fs::exists(path / "ZZ" / "WRONGSHARD.data"));
  EXPECT_EQ(ListedWithValues(OpenStore(UrlOf(there))), records());
}

}  // namespace
}  // namespace anystore::testing
