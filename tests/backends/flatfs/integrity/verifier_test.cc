// Repositories whose values are held against their keys.
#include "backends/flatfs/integrity/verifier.h"

#include <gmock/gmock.h>

#include <string>
#include <vector>

#include "anystore/features.h"
#include "backends/flatfs/flatfs_fixture.h"
#include "base/digest.h"

namespace anystore::flatfs {
namespace {

using ::testing::HasSubstr;

/// The keys of "hello world" by SHA-256, by BLAKE2b with 256 bits and as a CID of version 1.
constexpr const char* kSha256 = "/CIQLSTJHXGJU2PQIUUXFFV62PWV7VREE57RXUU4A52IIR55M4LX432I";
constexpr const char* kBlake2b = "/UDSAEIBFNSB3FFYRJUQBWMAXT47Q54GKZ2LYGYRNUWLUGJVUGYLYV3XWCA";
constexpr const char* kCid = "/AFKREIFZJUT3TE2NHYEKKLSS27NH3K72YSCO7Y32KOAO5EEI66WOF36N5E";
constexpr const char* kIdentity = "/AACWQZLMNRXQ";
/// With a function that is not known, BLAKE3.
constexpr const char* kUnknown = "/DYQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

class Verify : public FlatfsTest {
 protected:
  void SetUp() override {
    if (!base::HasDigests()) GTEST_SKIP() << "a build without hash functions";
  }
};

TEST(ContentVerifier, TellsWhatBelongsToAKey) {
  if (!base::HasDigests()) GTEST_SKIP() << "a build without hash functions";
  const ContentVerifier verifier;
  for (const char* const key : {kSha256, kBlake2b, kCid}) {
    EXPECT_TRUE(verifier.Check(key, "hello world")) << key;
    const Status differs = verifier.Check(key, "hello worlD");
    ASSERT_FALSE(differs);
    EXPECT_EQ(differs.error().code(), Code::kCorruption);
  }
  EXPECT_TRUE(verifier.Check(kIdentity, "hello"));
  EXPECT_EQ(CodeOf(verifier.Check(kIdentity, "hello world")), Code::kCorruption);
  EXPECT_EQ(CodeOf(verifier.Check(kUnknown, "")), Code::kUnsupported);
  EXPECT_EQ(CodeOf(verifier.Check("/NAME", "")), Code::kInvalidArgument);
}

TEST_F(Verify, PutTakesWhatBelongsToItsKey) {
  Store store = OpenStore("verify=cid");
  for (const char* const key : {kSha256, kBlake2b, kCid}) {
    ASSERT_TRUE(store.Put(key, "hello world"));
    EXPECT_EQ(store.Get(key)->bytes(), "hello world");
  }
  const auto differs = store.Put(kSha256, "hello there");
  ASSERT_FALSE(differs);
  EXPECT_EQ(differs.error().code(), Code::kInvalidArgument);
  EXPECT_EQ(differs.error().applied(), Applied::kNo);
  EXPECT_THAT(TextOf(differs),
              HasSubstr("the value's sha2-256 is not the key's; it belongs to "
                        "\"/CIQBFGMMAFYGN2YNFJYLSTTO2MMSTBMFLTRZB4ZBXPNYGIBCRCF5EUI\""));
  EXPECT_EQ(CodeOf(store.Put("/NAME", "value")), Code::kInvalidArgument);
  EXPECT_EQ(CodeOf(store.Put(kUnknown, "value")), Code::kUnsupported);
  EXPECT_EQ(store.Get(kSha256)->bytes(), "hello world");
}

TEST_F(Verify, ABatchTakesNoWrongValue) {
  Store store = OpenStore("verify=cid");
  auto batch = store.NewBatch();
  ASSERT_TRUE(batch);
  ASSERT_TRUE((*batch)->Put(kIdentity, "hello"));
  const Status refused = (*batch)->Put(kSha256, "hello");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), Code::kInvalidArgument);
  EXPECT_EQ(refused.error().applied(), Applied::kNo);
  EXPECT_THAT(TextOf(refused), HasSubstr(kSha256));
  ASSERT_TRUE((*batch)->Commit());
  EXPECT_EQ(store.Get(kIdentity)->bytes(), "hello");
  EXPECT_EQ(CodeOf(store.Get(kSha256)), Code::kNotFound);
}

TEST_F(Verify, ReadsOfDamagedValuesNameTheFile) {
  Store store = OpenStore("verify=cid&shard=suffix/3");
  ASSERT_TRUE(store.Put(kSha256, "hello world"));
  const std::string path = "blocks/32I/" + std::string(kSha256).substr(1) + ".data";
  for (const char* const damaged : {"", "hello", "hello worlD", "hello world!"}) {
    Lay(path, damaged);
    const auto value = store.Get(kSha256);
    ASSERT_FALSE(value) << damaged;
    EXPECT_EQ(value.error().code(), Code::kCorruption);
    EXPECT_THAT(TextOf(value), HasSubstr(path + ": the value's sha2-256 is not the key's"));
    EXPECT_THAT(TextOf(value), HasSubstr(kSha256));
    // A scan with values finds it, too; one without has nothing to verify.
    auto results = store.Query({});
    ASSERT_TRUE(results);
    for (const auto& entry : *results) ADD_FAILURE() << entry.key;
    EXPECT_EQ(CodeOf(results->status()), Code::kCorruption);
    EXPECT_EQ(KeysOf(store).size(), 1U);
  }
  Lay(path, "hello world");
  EXPECT_TRUE(store.Get(kSha256));
  EXPECT_EQ(KeysOf(store, {}).size(), 1U);
}

TEST_F(Verify, PartsOfValuesAreReadAsTheyAre) {
  Store store = OpenStore("verify=cid&shard=suffix/3");
  ASSERT_TRUE(store.Put(kSha256, "hello world"));
  Lay("blocks/32I/" + std::string(kSha256).substr(1) + ".data", "hello there");
  const auto part = store.Get(kSha256, {.window = {.offset = 0, .length = 5}});
  ASSERT_TRUE(part) << TextOf(part);
  EXPECT_EQ(part->bytes(), "hello");
  EXPECT_TRUE(store.Get(kSha256, {.window = {.offset = 6}}));
  // That is all of it.
  EXPECT_EQ(CodeOf(store.Get(kSha256, {.window = {.offset = 0, .length = 11}})), Code::kCorruption);
}

TEST_F(Verify, WhatCannotBeVerifiedIsNotRead) {
  {
    Store store = OpenStore();
    ASSERT_TRUE(store.Put("/NAME", "value"));
    ASSERT_TRUE(store.Put(kUnknown, "value"));
    ASSERT_TRUE(store.Close());
  }
  Store store = OpenStore("verify=cid");
  EXPECT_EQ(CodeOf(store.Get("/NAME")), Code::kCorruption);
  EXPECT_EQ(CodeOf(store.Get(kUnknown)), Code::kUnsupported);
  EXPECT_TRUE(store.Has("/NAME").value());
  EXPECT_TRUE(store.Delete("/NAME"));
}

TEST_F(Verify, TheStoresOwnCheckFindsDamagedValues) {
  Store store = OpenStore("verify=cid&shard=suffix/3");
  ASSERT_TRUE(store.Put(kSha256, "hello world"));
  auto* const checked = store.feature<CheckedDatastore>();
  ASSERT_NE(checked, nullptr);
  EXPECT_TRUE(checked->Check({})->empty());
  Lay("blocks/32I/" + std::string(kSha256).substr(1) + ".data", "hello");
  const auto findings = checked->Check({});
  ASSERT_TRUE(findings) << TextOf(findings);
  EXPECT_EQ(findings->size(), 1U);
}

TEST(VerifierNamed, KnowsTheNamesOfTheField) {
  EXPECT_EQ(VerifierNamed("none").value(), nullptr);
  EXPECT_EQ(CodeOf(VerifierNamed("cid")), base::HasDigests() ? Code::kOk : Code::kUnsupported);
  EXPECT_EQ(CodeOf(VerifierNamed("CID")), Code::kInvalidConfig);
}

TEST_F(Verify, WorksWithEscapedKeys) {
  Store store = OpenStore("verify=cid&keys=escape");
  EXPECT_TRUE(store.Put(kSha256, "hello world"));
  EXPECT_EQ(CodeOf(store.Put("name", "hello world")), Code::kInvalidArgument);
}

}  // namespace
}  // namespace anystore::flatfs
