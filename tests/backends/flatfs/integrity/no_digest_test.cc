// What a build without hash functions says. This program is linked with src/base/no_digest.cc.
#include "base/digest.h"

#include <gmock/gmock.h>

#include <string>

#include "anystore/open.h"
#include "backends/flatfs/flatfs_fixture.h"
#include "backends/flatfs/integrity/checksums.h"
#include "backends/flatfs/names.h"

namespace anystore::flatfs {
namespace {

using ::testing::HasSubstr;

/// How to get what is missing.
constexpr const char* kRemedy = "-DANYSTORE_DIGESTS=ON";

class NoDigests : public FlatfsTest {
 protected:
  NoDigests() { EXPECT_FALSE(base::HasDigests()); }

  Result<Store> OpenUrl(const std::string& url, OpenMode mode) {
    return anystore::Open(url, {.mode = mode, .environment = &environment()});
  }
  template <class T>
  static void ExpectUnsupported(const Result<T>& result, const char* what) {
    EXPECT_EQ(CodeOf(result), Code::kUnsupported);
    EXPECT_THAT(TextOf(result), HasSubstr(what));
    EXPECT_THAT(TextOf(result), HasSubstr(kRemedy));
  }
};

TEST_F(NoDigests, AUrlWithVerifyIsRefusedBeforeAnythingIsMade) {
  for (const char* const url : {"flatfs:blocks?verify=cid", "flatfs:blocks?verify=checksum",
                                "flatfs:blocks?verify=checksum&read_only=true"}) {
    ExpectUnsupported(OpenUrl(url, OpenMode::kOpenOrCreate), "field \"verify\"");
  }
  ExpectUnsupported(Create("verify=cid"), "field \"verify\"");
  ExpectUnsupported(Create("verify=checksum"), "field \"verify\"");
  EXPECT_FALSE(DirectoryAt()->Stat("blocks")) << "nothing was made";
}

TEST_F(NoDigests, AnotherUrlWorks) {
  Result<Store> store = OpenUrl("flatfs:blocks?verify=none", OpenMode::kCreate);
  ASSERT_TRUE(store) << TextOf(store);
  ASSERT_TRUE(store->Put("/ABCD", "1"));
  EXPECT_EQ(store->Get("/ABCD")->bytes(), "1");
}

// Nobody would keep the file up.
TEST_F(NoDigests, ARepositoryThatHasChecksumsIsOnlyRead) {
  ASSERT_TRUE(OpenStore().Put("/ABCD", "1"));
  Lay("blocks/" + std::string(kChecksumsName), "");
  ExpectUnsupported(OpenUrl("flatfs:blocks", OpenMode::kOpen), kChecksumsName.data());
  Result<Store> reader = OpenUrl("flatfs:blocks?read_only=true", OpenMode::kOpen);
  ASSERT_TRUE(reader) << TextOf(reader);
  EXPECT_EQ(reader->Get("/ABCD")->bytes(), "1");
}

TEST_F(NoDigests, ADigestIsRefused) {
  Sha256 sum;
  ExpectUnsupported(base::Digest(base::HashFunction::kSha256, "", sum), "no hash functions");
}

}  // namespace
}  // namespace anystore::flatfs
