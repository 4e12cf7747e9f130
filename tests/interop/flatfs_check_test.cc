// What is wrong with the recorded repositories is found by its right name and repaired, and what
// go-ds-flatfs then lists is what is there.
#include <gmock/gmock.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "anystore/environment.h"
#include "anystore/filesystem.h"
#include "anystore/open.h"
#include "backends/flatfs/integrity/verifier.h"
#include "backends/flatfs/maintenance/check.h"
#include "backends/flatfs/maintenance/scrub.h"
#include "interop/flatfs_archives.h"

namespace anystore {
namespace {

namespace fs = std::filesystem;
using flatfs::CheckSummary;
using flatfs::RepositoryFinding;
using ::testing::Contains;
using testing::FlatfsArchives;
using ::testing::IsEmpty;
using testing::ListedWithValues;
using testing::Records;
using testing::Sha256Text;
using ::testing::UnorderedElementsAreArray;

constexpr const char* kTorn = "CIQFCJOSXPE6XMIBXFUBHFAYQVNWYGWQEVVLC3U273NHJ7D37IMI4RY";
constexpr const char* kEmptied = "CIQMNJXYBNO6IK2NIRL4VSKROXVOXT6SXRERELUS4BN4KDER5I5N2GY";
constexpr const char* kTwice = "CIQL6HWNA4IYPON5LYZEOEOYPSV2DD5LUFPAJ5YAPMVREMSBNDN32SQ";

/// Holds values against the manifest.
class ManifestVerifier final : public flatfs::Verifier {
 public:
  explicit ManifestVerifier(const Records& records) : records_(records) {}
  Status Check(std::string_view key, std::string_view value) const override {
    const auto found = records_.find(std::string(key));
    if (found == records_.end()) return Error(Code::kInvalidArgument, "not in the manifest");
    if (found->second.sha256 == Sha256Text(value)) return Ok();
    return Error(Code::kCorruption, "not what the manifest says");
  }

 private:
  const Records& records_;
};

class FlatfsRepairs : public FlatfsArchives {
 protected:
  using Lines = std::vector<std::string>;

  static Lines Found(const fs::path& path, const flatfs::CheckOptions& options = {}) {
    Lines lines;
    const auto checked = flatfs::CheckRepository(HostFileSystem(), path.string(),
                                                 *Environment::Host().clock, options, Into(lines));
    EXPECT_TRUE(checked.has_value()) << checked.error().ToString();
    return lines;
  }
  static CheckSummary Scrub(const fs::path& path, const flatfs::CheckOptions& options = {}) {
    Lines lines;
    const auto scrubbed =
        flatfs::ScrubRepository(HostFileSystem(), path.string(), *Environment::Host().clock,
                                {.check = options}, Into(lines));
    EXPECT_TRUE(scrubbed.has_value()) << scrubbed.error().ToString();
    return scrubbed.value_or(CheckSummary());
  }
  static flatfs::FindingSink Into(Lines& lines) {
    return [&lines](const RepositoryFinding& finding) {
      lines.push_back(std::string(Name(finding.problem)) + " " + finding.path);
      return Ok();
    };
  }

  /// The keys that go-ds-flatfs lists: all names with ".data" in real directories, hidden ones left
  /// out.
  static Lines ListedByTheOriginal(const fs::path& root) {
    Lines keys;
    for (const auto& directory : fs::directory_iterator(root)) {
      const std::string name = directory.path().filename().string();
      if (!fs::is_directory(directory.symlink_status()) || name.starts_with('.')) continue;
      for (const auto& file : fs::directory_iterator(directory)) {
        const std::string file_name = file.path().filename().string();
        if (file_name.starts_with('.') || !file_name.ends_with(".data")) continue;
        keys.push_back("/" + file_name.substr(0, file_name.size() - 5));
      }
    }
    std::ranges::sort(keys);
    return keys;
  }
  /// The keys of the manifest, and more.
  [[nodiscard]] Lines KeysAnd(const Lines& more) const {
    Lines keys = more;
    for (const auto& [key, record] : records()) keys.push_back(key);
    std::ranges::sort(keys);
    return keys;
  }
};

TEST_F(FlatfsRepairs, CleanOnesAreClean) {
  const ManifestVerifier verifier(records());
  for (const auto& [name, shard] : CleanArchives()) {
    EXPECT_THAT(Found(Unpack(name), {.verifier = &verifier}), IsEmpty()) << name;
  }
}

/// What is foreign in "junk", and stays.
const std::vector<std::string> kForeign = {
    "foreign_directory .cache",    "hidden_file CD/.data",
    "hidden_file CD/.hidden.data", "bad_name CD/A.B.data",
    "foreign_file CD/NOEXT",       "foreign_file CD/README.md",
    "nested_directory CD/SUB",     "link CD/SYMLINKED.data",
    "foreign_file CD/TAIL.data~",  "foreign_file CD/UPPER.DATA",
    "bad_name CD/WITH SPACE.data", "bad_name CD/lower.data",
    "foreign_directory EMPTYDIR",  "blocked_directory LN",
    "foreign_file STRAY.data",     "foreign_directory lost+found",
    "foreign_file notes.txt",      "foreign_file lost+found/INLOST.data"};
/// What go-ds-flatfs lists of that, although it finds none of it.
const std::vector<std::string> kForeignKeys = {"/A.B", "/INLOST", "/SYMLINKED", "/WITH SPACE",
                                               "/lower"};

TEST_F(FlatfsRepairs, JunkIsToldByItsNameAndGoesAsFarAsItIsOurs) {
  const fs::path path = Unpack("junk");
  const ManifestVerifier verifier(records());
  const std::string twin = std::string("ZZ/") + kTwice + ".data";
  Lines expected = kForeign;
  expected.insert(
      expected.end(),
      {"temporary .temp/batch-1700000000000000000-42", "temporary .temp/temp-1234567890",
       "old_temporary CD/put-123456789", "damaged " + twin, "misplaced ZZ/WRONGSHARD.data"});
  EXPECT_THAT(Found(path, {.verifier = &verifier}), UnorderedElementsAreArray(expected));
  EXPECT_EQ(Scrub(path, {.verifier = &verifier}).repaired, 5U);
  expected = kForeign;
  expected.push_back(std::string("quarantined .quarantine/") + kTwice + ".data");
  EXPECT_THAT(Found(path, {.verifier = &verifier}), UnorderedElementsAreArray(expected));

  Lines keys = kForeignKeys;
  keys.emplace_back("/WRONGSHARD");
  EXPECT_EQ(ListedByTheOriginal(path), KeysAnd(keys)) << "none twice";
  const Result<Store> store = Open("flatfs:" + path.string());
  ASSERT_TRUE(store.has_value()) << store.error().ToString();
  Records found = ListedWithValues(*store);
  EXPECT_EQ(found.erase("/WRONGSHARD"), 1U) << "found now, and not only listed";
  EXPECT_EQ(found, records());
}

TEST_F(FlatfsRepairs, WithoutAVerifierBothRecordsOfAKeyStay) {
  const fs::path path = Unpack("junk");
  const std::string twin = std::string("ZZ/") + kTwice + ".data";
  EXPECT_THAT(Found(path), Contains("conflict " + twin));
  EXPECT_EQ(Scrub(path).repaired, 4U);
  EXPECT_THAT(Found(path), Contains("conflict " + twin));
  Lines keys = kForeignKeys;
  keys.emplace_back("/WRONGSHARD");
  keys.push_back(std::string("/") + kTwice);
  EXPECT_EQ(ListedByTheOriginal(path), KeysAnd(keys));
}

TEST_F(FlatfsRepairs, TornValuesArePutAside) {
  const ManifestVerifier verifier(records());
  for (const std::string name : {"junk-errors", "junk-noopen"}) {
    SCOPED_TRACE(name);
    const fs::path path = Unpack(name);
    const Lines stays = {"dangling_link CD/DANGLE.data", "directory CD/DIRKEY.data",
                         "sharding_text SHARDING"};
    Lines expected = stays;
    expected.insert(expected.end(), {std::string("damaged 2G/") + kEmptied + ".data",
                                     std::string("damaged 4R/") + kTorn + ".data"});
    // This one keeps go-ds-flatfs from opening it, for it then looks at everything.
    if (name == "junk-noopen") expected.emplace_back("unusable_cache diskUsage.cache");
    EXPECT_THAT(Found(path, {.verifier = &verifier}), UnorderedElementsAreArray(expected));
    EXPECT_TRUE(Scrub(path, {.verifier = &verifier}).is_wrong()) << "the link and the directory";
    expected = stays;
    expected.insert(expected.end(), {std::string("quarantined .quarantine/") + kEmptied + ".data",
                                     std::string("quarantined .quarantine/") + kTorn + ".data",
                                     "empty_directory 4R"});
    EXPECT_THAT(Found(path, {.verifier = &verifier}), UnorderedElementsAreArray(expected));

    Lines keys = KeysAnd({"/DANGLE", "/DIRKEY"});
    std::erase(keys, std::string("/") + kEmptied);
    std::erase(keys, std::string("/") + kTorn);
    EXPECT_EQ(ListedByTheOriginal(path), keys);
    Records whole = records();
    whole.erase(std::string("/") + kEmptied);
    whole.erase(std::string("/") + kTorn);
    const Result<Store> store = Open("flatfs:" + path.string());
    ASSERT_TRUE(store.has_value()) << store.error().ToString();
    EXPECT_EQ(ListedWithValues(*store), whole);
  }
}

TEST_F(FlatfsRepairs, WithoutAVerifierWhatIsEmptyIsSuspicious) {
  EXPECT_THAT(Found(Unpack("junk-errors")),
              Contains(std::string("empty_record 2G/") + kEmptied + ".data"));
}

}  // namespace
}  // namespace anystore
