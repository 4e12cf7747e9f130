#include "anystore/config.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

#include "anystore/error.h"

namespace anystore {
namespace {

ConfigSpec Spec() {
  return {.fields =
              {{.name = "sync", .type = FieldType::kBool, .default_value = "false"},
               {.name = "cache_bytes",
                .type = FieldType::kBytes,
                .default_value = "8MiB",
                .min = 1024,
                .max = 1LL << 40},
               {.name = "every", .type = FieldType::kDuration, .default_value = "30s"},
               {.name = "level",
                .type = FieldType::kInteger,
                .default_value = "-1",
                .min = -1,
                .max = 9},
               {.name = "mode",
                .type = FieldType::kChoice,
                .default_value = "fast",
                .choices = {"fast", "small"}},
               {.name = "label", .default_value = ""},
               {.name = "pin", .type = FieldType::kInteger, .default_value = "0", .secret = true}},
          .path_help = "directory of the store",
          .path_required = true};
}

Result<CheckedConfig> Check(std::string_view url, const ConfigSpec& spec = Spec()) {
  ANYSTORE_ASSIGN_OR_RETURN(const Config config, Config::Parse(url));
  return CheckedConfig::Make(config, &spec);
}

std::string Refused(std::string_view url, const ConfigSpec& spec = Spec()) {
  const Result<CheckedConfig> checked = Check(url, spec);
  EXPECT_FALSE(checked.has_value()) << url;
  if (checked.has_value()) return {};
  EXPECT_EQ(checked.error().code(), Code::kInvalidConfig) << url;
  return std::string(checked.error().message());
}

TEST(CheckedConfig, FillsInDefaultsInTheUnitsOfTheirTypes) {
  const Result<CheckedConfig> checked = Check("x:/p");
  ASSERT_TRUE(checked.has_value()) << checked.error().ToString();
  EXPECT_EQ(checked->path(), "/p");
  EXPECT_FALSE(checked->Bool("sync"));
  EXPECT_EQ(checked->Integer("cache_bytes"), 8 << 20);
  EXPECT_EQ(checked->Integer("every"), 30'000'000'000);
  EXPECT_EQ(checked->Integer("level"), -1);
  EXPECT_EQ(checked->String("mode"), "fast");
  EXPECT_EQ(checked->String("label"), "");
}

TEST(CheckedConfig, ReadsEveryWayToWriteAValue) {
  for (const std::string yes : {"true", "1", "yes", "on"}) {
    EXPECT_TRUE(Check("x:/p?sync=" + yes)->Bool("sync")) << yes;
  }
  for (const std::string no : {"false", "0", "no", "off"}) {
    EXPECT_FALSE(Check("x:/p?sync=" + no)->Bool("sync")) << no;
  }
  EXPECT_EQ(Check("x:/p?cache_bytes=4096")->Integer("cache_bytes"), 4096);
  EXPECT_EQ(Check("x:/p?cache_bytes=64KiB")->Integer("cache_bytes"), 65536);
  EXPECT_EQ(Check("x:/p?cache_bytes=2MB")->Integer("cache_bytes"), 2'000'000);
  EXPECT_EQ(Check("x:/p?every=250ms")->Integer("every"), 250'000'000);
  EXPECT_EQ(Check("x:/p?every=2h")->Integer("every"), 7'200'000'000'000);
  EXPECT_EQ(Check("x:/p?every=0")->Integer("every"), 0);
}

TEST(CheckedConfig, RefusesAWrongValueAndSaysWhatIsAllowed) {
  EXPECT_EQ(Refused("x:/p?sync=maybe"), R"(field "sync": found "maybe", allowed is true or false)");
  EXPECT_EQ(Refused("x:/p?mode=quick"),
            R"(field "mode": found "quick", allowed is one of fast, small)");
  EXPECT_EQ(Refused("x:/p?level=10"),
            R"(field "level": found "10", allowed is a whole number, at least -1, at most 9)");
  for (const std::string wrong :
       {"cache_bytes=1", "cache_bytes=2TB2", "cache_bytes=", "cache_bytes=-4096",
        "cache_bytes=9223372036854775807KiB", "cache_bytes=99999999999999999999",
        "cache_bytes=2TiB", "every=5", "every=-5s", "every=1.5s", "every=9223372036854775807h",
        "level=+1", "level= 1", "level=1x", "sync="}) {
    EXPECT_NE(Refused("x:/p?" + wrong).find("allowed is"), std::string::npos) << wrong;
  }
}

TEST(CheckedConfig, RefusesAnUnknownFieldAndSuggestsTheNearest) {
  EXPECT_EQ(Refused("x:/p?sycn=true"),
            "unknown field \"sycn\"; known: sync, cache_bytes, every, level, mode, label, pin; did "
            "you mean \"sync\"?");
  EXPECT_NE(Refused("x:/p?zzzzzz=true").find("known: sync"), std::string::npos);
  EXPECT_NE(Refused("x:?a=1", {}).find("x has no fields"), std::string::npos);
}

TEST(CheckedConfig, RefusesAHostWithTheUrlThatWasMeant) {
  EXPECT_NE(Refused("rocksdb://demo/store").find("did you mean \"rocksdb:demo/store\"?"),
            std::string::npos);
  EXPECT_NE(Refused("rocksdb://demo").find("\"rocksdb:demo\""), std::string::npos);
  EXPECT_NE(Refused("rocksdb://u:p@/x").find("takes no user"), std::string::npos);
  EXPECT_TRUE(Check("x://h/p", {.takes_host = true}).has_value());
}

TEST(CheckedConfig, RefusesAMissingOrNeedlessPath) {
  EXPECT_EQ(Refused("x:"), "no path; x needs one: directory of the store");
  EXPECT_EQ(Refused("x:/p", {}), "x takes no path, found \"/p\"");
}

TEST(CheckedConfig, RefusesAMissingFieldThatHasNoDefault) {
  const ConfigSpec spec{.fields = {{.name = "bucket"}}};
  EXPECT_EQ(Refused("x:", spec),
            "field \"bucket\" is missing; it takes any text, in the URL or in ANYSTORE_X_BUCKET");
}

TEST(CheckedConfig, AWrongDefaultIsTheBackendsFault) {
  const ConfigSpec spec{
      .fields = {{.name = "n", .type = FieldType::kInteger, .default_value = "many"}}};
  EXPECT_EQ(Check("x:", spec).error().code(), Code::kInternal);
}

TEST(CheckedConfig, TheEnvironmentStandsBetweenUrlAndDefault) {
  EXPECT_EQ(EnvironmentVariable("rocks-db", "cache_bytes"), "ANYSTORE_ROCKS_DB_CACHE_BYTES");
  ASSERT_EQ(setenv("ANYSTORE_X_CACHE_BYTES", "64KiB", 1), 0);
  EXPECT_EQ(Check("x:/p")->Integer("cache_bytes"), 65536);
  EXPECT_EQ(Check("x:/p?cache_bytes=4096")->Integer("cache_bytes"), 4096);
  ASSERT_EQ(setenv("ANYSTORE_X_CACHE_BYTES", "much", 1), 0);
  EXPECT_NE(Refused("x:/p").find("(from ANYSTORE_X_CACHE_BYTES): found \"much\""),
            std::string::npos);
  ASSERT_EQ(setenv("ANYSTORE_X_CACHE_BYTES", "", 1), 0);
  EXPECT_EQ(Check("x:/p")->Integer("cache_bytes"), 8 << 20);
  ASSERT_EQ(unsetenv("ANYSTORE_X_CACHE_BYTES"), 0);
}

TEST(CheckedConfig, NeitherNameNorErrorTellsASecret) {
  EXPECT_EQ(Check("x:/p?pin=1234&level=3")->name(), "x:/p?level=3&pin=***");
  EXPECT_EQ(Refused("x:/p?pin=hunter2").find("hunter2"), std::string::npos);
}

}  // namespace
}  // namespace anystore
