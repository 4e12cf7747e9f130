// Links, pipes and the like among the records of a repository on the host.
#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "anystore/environment.h"
#include "anystore/features.h"
#include "anystore/filesystem.h"
#include "backends/flatfs/keys/shard.h"
#include "backends/flatfs/layout.h"
#include "backends/flatfs/maintenance/maintenance_fixture.h"
#include "scratch_directory.h"

namespace anystore::flatfs {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;

class LinksTest : public ::testing::Test {
 protected:
  LinksTest() {
    const StoreIdentity identity{.id = "6d1f0c1e-0c5b-4a52-9d3c-3f6c3a1f0b11", .backend = "flatfs"};
    const Status created =
        CreateRepository(HostFileSystem(), root().string(), Shard(), identity, nullptr);
    EXPECT_TRUE(created.has_value());
  }

  [[nodiscard]] fs::path root() const { return scratch_.path() / "blocks"; }
  void Lay(const std::string& name, std::string_view bytes) const {
    fs::create_directories((root() / name).parent_path());
    std::ofstream(root() / name) << bytes;
  }
  void Link(const std::string& target, const std::string& name) const {
    fs::create_directories((root() / name).parent_path());
    fs::create_symlink(target, root() / name);
  }
  [[nodiscard]] std::string BytesOf(const std::string& name) const {
    std::ifstream stream(root() / name);
    return {std::istreambuf_iterator<char>(stream), {}};
  }
  [[nodiscard]] std::vector<std::string> Scrubbed() const {
    Collected collected;
    const auto scrubbed = ScrubRepository(HostFileSystem(), root().string(),
                                          *Environment::Host().clock, {}, collected.sink());
    EXPECT_TRUE(scrubbed.has_value());
    std::ranges::sort(collected.lines);
    return collected.lines;
  }

 private:
  const testing::ScratchDirectory scratch_{fs::temp_directory_path()};
};

TEST_F(LinksTest, LinksAreToldByWhereTheyLead) {
  Lay("BC/ABCD.data", "a record");
  Link("ABCD.data", "BC/ABCE.data");
  Link("nowhere", "BC/ABCF.data");
  Link("ABCG.data", "BC/ABCG.data");
  Link(".", "BC/ABCH.data");
  Link("../BC/ABCD.data", "AA/ABCD.data");
  Link("nowhere", "BC/NOEXT");
  EXPECT_EQ(::mkfifo((root() / "BC/ABCI.data").c_str(), 0600), 0);
  Link("ABCI.data", "BC/ABCJ.data");
  EXPECT_THAT(Scrubbed(), ElementsAre("dangling_link BC/ABCF.data", "dangling_link BC/ABCG.data",
                                      "directory BC/ABCH.data", "foreign_file BC/NOEXT",
                                      "i link BC/ABCE.data", "link AA/ABCD.data",
                                      "special_file BC/ABCI.data", "special_file BC/ABCJ.data"));
  EXPECT_EQ(BytesOf("BC/ABCD.data"), "a record");
}

TEST_F(LinksTest, ARecordThatIsReachedByALinkIsNoDuplicateOfItself) {
  Lay("AA/ABCD.data", "once");
  Link("AA", "BC");
  Lay("AA/WXYZ.data", "once");
  Link("../AA/WXYZ.data", "XY/WXYZ.data");
  EXPECT_THAT(Scrubbed(), ElementsAre("blocked_directory BC", "conflict AA/WXYZ.data",
                                      "i link XY/WXYZ.data", "misplaced AA/ABCD.data"));
  EXPECT_EQ(BytesOf("AA/ABCD.data"), "once");
  EXPECT_EQ(BytesOf("AA/WXYZ.data"), "once");
}

TEST_F(LinksTest, ALinkInThePlaceOfTheTemporaryFilesGoesAndWhatItLeadsToStays) {
  fs::remove_all(root() / ".temp");
  Link("../outside", ".temp");
  fs::create_directory(root().parent_path() / "outside");
  std::ofstream(root().parent_path() / "outside/temp-1") << "a stranger's";
  EXPECT_THAT(Scrubbed(), ElementsAre("i temporary .temp remove done"));
  EXPECT_TRUE(fs::exists(root().parent_path() / "outside/temp-1"));
}

}  // namespace
}  // namespace anystore::flatfs
