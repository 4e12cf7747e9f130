#include "core/identity.h"

#include <gmock/gmock.h>

#include <string>

#include "anystore/filesystem.h"

namespace anystore::internal {
namespace {

using ::testing::HasSubstr;

class IdentityTest : public ::testing::Test {
 protected:
  IdentityTest() {
    environment_.clock = &clock_;
    environment_.random = &random_;
  }

  CheckedConfig ConfigOf(const std::string& url) const {
    return *CheckedConfig::Make(*Config::Parse(url), &spec_);
  }
  StoreIdentity Make(const std::string& url = "x:p?size=64&word=a%22b%5C%01") {
    return NewIdentity(ConfigOf(url), spec_, environment_);
  }

  const ConfigSpec spec_ = {
      .fields = {{.name = "size",
                  .type = FieldType::kBytes,
                  .default_value = "1KiB",
                  .fixed_at_create = true},
                 {.name = "word", .default_value = "", .fixed_at_create = true},
                 {.name = "cache", .type = FieldType::kBytes, .default_value = "1MiB"},
                 {.name = "seal", .default_value = "", .secret = true, .fixed_at_create = true}},
      .path_help = "anything"};
  ManualClock clock_{Instant(std::chrono::hours(500'000))};
  SeededRandom random_{7};
  Environment environment_ = Environment::Host();
};

TEST_F(IdentityTest, IsARandomUuidOfVersionFour) {
  const std::string id = Make().id;
  EXPECT_EQ(NormalUuid(id), id);
  EXPECT_EQ(id[14], '4');
  EXPECT_THAT(std::string("89ab"), HasSubstr(id.substr(19, 1)));
  EXPECT_NE(Make().id, id);
}

TEST_F(IdentityTest, HoldsWhatWasFixedAndNothingElse) {
  const StoreIdentity identity = Make("x:p?size=64&cache=2MiB&seal=hunter2");
  EXPECT_EQ(identity.backend, "x");
  EXPECT_EQ(identity.created_at, clock_.Now());
  EXPECT_THAT(identity.options,
              ::testing::ElementsAre(::testing::Pair("size", "64"), ::testing::Pair("word", "")));
}

TEST_F(IdentityTest, TakesTheIdThatTheConfigurationNames) {
  EXPECT_EQ(Make("x:p?id=6D1F0C1E-0c5b-4a52-9d3c-3f6c3a1f0b11").id,
            "6d1f0c1e-0c5b-4a52-9d3c-3f6c3a1f0b11");
}

TEST_F(IdentityTest, IsReadAsItWasWritten) {
  const StoreIdentity identity = Make();
  const Result<StoreIdentity> read = ParseIdentity(ToText(identity), "file");
  ASSERT_TRUE(read) << read.error().ToString();
  EXPECT_EQ(read->id, identity.id);
  EXPECT_EQ(read->backend, identity.backend);
  EXPECT_EQ(read->created_at, identity.created_at);
  EXPECT_EQ(read->options, identity.options);
}

TEST_F(IdentityTest, AnyDamagedByteIsCorruption) {
  const std::string text = ToText(Make());
  for (std::size_t at = 0; at < text.size(); ++at) {
    for (const unsigned flip : {0x01U, 0x10U, 0x80U, 0xffU}) {
      std::string damaged = text;
      damaged[at] = static_cast<char>(static_cast<unsigned char>(damaged[at]) ^ flip);
      const Result<StoreIdentity> read = ParseIdentity(damaged, "FILE");
      ASSERT_FALSE(read) << damaged;
      ASSERT_EQ(read.error().code(), Code::kCorruption) << damaged;
      EXPECT_THAT(read.error().message(), HasSubstr("in FILE is damaged at byte "));
    }
  }
}

TEST_F(IdentityTest, AnyPartOfItIsCorruption) {
  const std::string text = ToText(Make());
  for (std::size_t size = 0; size < text.size(); ++size) {
    const Result<StoreIdentity> read = ParseIdentity(text.substr(0, size), "FILE", 100);
    ASSERT_FALSE(read);
    ASSERT_EQ(read.error().code(), Code::kCorruption);
    EXPECT_THAT(read.error().message(), HasSubstr("FILE is damaged at byte "));
  }
  EXPECT_EQ(ParseIdentity(text + " ", "FILE").error().code(), Code::kCorruption);
}

TEST_F(IdentityTest, TellsTheByteThatIsWrong) {
  std::string text = ToText(Make());
  text[text.find("\"id\"")] = 'x';
  EXPECT_THAT(ParseIdentity(text, "F").error().message(), HasSubstr("at byte 20: expected"));
}

TEST_F(IdentityTest, ALaterVersionIsUnsupported) {
  StoreIdentity identity = Make();
  identity.format_version = 2;
  EXPECT_EQ(ParseIdentity(ToText(identity), "F").error().code(), Code::kUnsupported);
}

TEST_F(IdentityTest, LiesInAFileThatIsWholeOrMissing) {
  const std::unique_ptr<FileSystem> files = NewMemoryFileSystem(clock_);
  const std::unique_ptr<Directory> root = *files->OpenDirectory("/");
  EXPECT_EQ(ReadIdentity(*root)->id, "");
  const StoreIdentity identity = Make();
  ASSERT_TRUE(WriteIdentity(*root, identity, &random_));
  EXPECT_EQ(ReadIdentity(*root)->id, identity.id);
  const auto file = *root->Open(kIdentityFile, {.access = FileAccess::kReadWrite});
  ASSERT_TRUE(file->Truncate(10));
  const Result<StoreIdentity> damaged = ReadIdentity(*root);
  EXPECT_EQ(damaged.error().code(), Code::kCorruption);
  EXPECT_THAT(damaged.error().message(), HasSubstr("ANYSTORE.json"));
}

TEST(NormalUuid, IsLowerCaseOrNothing) {
  EXPECT_EQ(NormalUuid("6D1F0C1E-0C5B-4A52-9D3C-3F6C3A1F0B11"),
            "6d1f0c1e-0c5b-4a52-9d3c-3f6c3a1f0b11");
  for (const char* const text :
       {"", "6d1f0c1e", "6d1f0c1e-0c5b-4a52-9d3c-3f6c3a1f0b1",
        "6d1f0c1e-0c5b-4a52-9d3c-3f6c3a1f0b1g", "6d1f0c1e00c5b-4a52-9d3c-3f6c3a1f0b11",
        "6d1f0c1e-0c5b-4a52-9d3c-3f6c3a1f0b111"}) {
    EXPECT_EQ(NormalUuid(text), "") << text;
  }
}

}  // namespace
}  // namespace anystore::internal
