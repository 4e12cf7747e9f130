#include "registry/url.h"

#include <gtest/gtest.h>

#include <string>

#include "anystore/config.h"
#include "anystore/error.h"

namespace anystore {
namespace {

Config Parsed(std::string_view url) {
  Result<Config> config = Config::Parse(url);
  EXPECT_TRUE(config.has_value()) << url << ": " << config.error().ToString();
  return config.has_value() ? *std::move(config) : Config{};
}

std::string Refused(std::string_view url) {
  const Result<Config> config = Config::Parse(url);
  EXPECT_FALSE(config.has_value()) << url;
  if (config.has_value()) return {};
  EXPECT_EQ(config.error().code(), Code::kInvalidConfig) << url;
  return config.error().ToString();
}

TEST(Url, ReadsTheThreeFormsOfALocalPath) {
  EXPECT_EQ(Parsed("rocksdb:/var/x").path, "/var/x");
  EXPECT_EQ(Parsed("rocksdb:///var/x").path, "/var/x");
  EXPECT_EQ(Parsed("rocksdb:x/y").path, "x/y");
  EXPECT_EQ(Parsed("memory:").path, "");
  EXPECT_EQ(Parsed("memory:?a=b").path, "");
  EXPECT_EQ(Parsed("ROCKSDB:x").scheme, "rocksdb");
  for (const std::string_view url : {"rocksdb:/var/x", "rocksdb:///var/x", "rocksdb:x/y"}) {
    EXPECT_EQ(Parsed(url).host, "") << url;
  }
}

TEST(Url, ReadsUserPasswordHostAndPort) {
  const Config config = Parsed("redis://ada:love%40lace@db.example:6379/0?pool=4&tls=true");
  EXPECT_EQ(config.scheme, "redis");
  EXPECT_EQ(config.user, "ada");
  EXPECT_EQ(config.password, "love@lace");
  EXPECT_EQ(config.host, "db.example:6379");
  EXPECT_EQ(config.path, "/0");
  EXPECT_EQ(config.fields, (decltype(config.fields){{"pool", "4"}, {"tls", "true"}}));
  EXPECT_EQ(Parsed("redis://[::1]:6379").host, "[::1]:6379");
  EXPECT_EQ(Parsed("redis://[fe80::1]").host, "[fe80::1]");
  EXPECT_EQ(Parsed("etcd://a:1,b:2,c/x").host, "a:1,b:2,c");
  EXPECT_EQ(Parsed("redis://:only@h").password, "only");
  EXPECT_EQ(Parsed("redis://only@h").user, "only");
}

TEST(Url, DecodesPercentSignsEverywhere) {
  const Config config = Parsed("rocksdb:/a%20b%3F?na%26me=v%3Dw%00");
  EXPECT_EQ(config.path, "/a b?");
  EXPECT_EQ(config.fields.at("na&me"), std::string("v=w\0", 4));
  EXPECT_EQ(Parsed("rocksdb:/%c3%A4").path, "/\xC3\xA4");
}

TEST(Url, RefusesWhatIsMalformedAndSaysWhere) {
  EXPECT_NE(Refused("/path/without/scheme").find("no scheme"), std::string::npos);
  EXPECT_NE(Refused("").find("no scheme"), std::string::npos);
  EXPECT_NE(Refused(":x").find("no scheme"), std::string::npos);
  EXPECT_NE(Refused("1x:y").find("no scheme"), std::string::npos);
  EXPECT_NE(Refused("rocksdb:/x%zz").find("(at byte 10)"), std::string::npos);
  EXPECT_NE(Refused("rocksdb:/x%4").find("(at byte 10)"), std::string::npos);
  EXPECT_NE(Refused("rocksdb:/x%").find("(at byte 10)"), std::string::npos);
  EXPECT_NE(Refused("rocksdb:/x%00").find("zero byte"), std::string::npos);
  EXPECT_NE(Refused("redis://h%00").find("zero byte"), std::string::npos);
  EXPECT_NE(Refused("rocksdb:/x?sync").find("name=value"), std::string::npos);
  EXPECT_NE(Refused("rocksdb:/x?=1").find("name=value"), std::string::npos);
  EXPECT_NE(Refused("rocksdb:/x?a=1&&b=2").find("name=value"), std::string::npos);
  EXPECT_NE(Refused("rocksdb:/x?a=1&a=2").find("given twice"), std::string::npos);
  EXPECT_NE(Refused("redis://h:port/").find("port"), std::string::npos);
}

TEST(Url, RedactedNamesTheStoreAndParsesAgain) {
  EXPECT_EQ(Parsed("rocksdb:///var/x?b=2&a=1").Redacted(), "rocksdb:/var/x?a=1&b=2");
  EXPECT_EQ(Parsed("redis://u:hunter2@h:1/0").Redacted(), "redis://u:***@h:1/0");
  EXPECT_EQ(Parsed("redis://:hunter2@h").Redacted(), "redis://:***@h");
  EXPECT_EQ(Parsed("x:/a%0Ab").Redacted(), "x:/a%0Ab");
  for (const std::string_view url :
       {"rocksdb:////x", "memory:", "redis://u@h", "x:a%3Fb%25?c%3D=d%26", "x:/a@b", "x://h/%40"}) {
    const Config config = Parsed(url);
    const Config again = Parsed(config.Redacted());
    EXPECT_EQ(again.path, config.path) << url;
    EXPECT_EQ(again.host, config.host) << url;
    EXPECT_EQ(again.user, config.user) << url;
    EXPECT_EQ(again.fields, config.fields) << url;
  }
}

TEST(Url, NoSecretIsPrintedHoweverTheUrlIsWritten) {
  for (const std::string_view url : {
           "rocksdb:/x?password=hunter2",
           "rocksdb:/x?db-Password=hunter2&sync=1",
           "rocksdb:/x?pasword=hunter2",
           "rocksdb:/x?secret_access_key=hunter2",
           "rocksdb:/x?auth_token=hunter2",
           "rocksdb:/x?api_key=hunter2",
           "rocksdb:/x?password=hunter2&sync=%zz",
           "rocksdb:/x?password=hunter2&sync",
           "rocksdb:/x?password=a&hunter2",
           "redis://u:hunter2@h",
           "redis://u:hunter2@h:port",
           "redis://u:hunter2@h/%zz",
           "redis://u:hun@hunter2@h",
           "redis://u:x/hunter2@h",
           "redis://u:hunter2/x@h",
           "redis://u:x?hunter2@h",
           "redis://u:hunter2?x=y@h",
           "redis://u:hunter2?x@h",
           "redis://u:hunter2",
           "redis:u:hunter2@h",
           "redis:u:hunter2/x@h",
           "u:hunter2@h",
           "@u:hunter2@h",
       }) {
    EXPECT_EQ(RedactUrl(url).find("hunter2"), std::string::npos) << RedactUrl(url);
    const Result<Config> config = Config::Parse(url);
    if (!config.has_value()) {
      EXPECT_EQ(config.error().ToString().find("hunter2"), std::string::npos) << url;
    }
  }
}

TEST(Url, WithASpecItsSecretsAndUnknownFieldsAreHidden) {
  const ConfigSpec spec{.fields = {{.name = "plain"}, {.name = "hidden", .secret = true}}};
  EXPECT_EQ(Parsed("x:?plain=1&hidden=2&other=3").Redacted(&spec),
            "x:?hidden=***&other=***&plain=1");
  EXPECT_EQ(Parsed("x:data@2024").Redacted(&spec), "x:data%402024");
}

TEST(Url, AMalformedOneIsPrintedOnOneLineAndNotAtAnyLength) {
  EXPECT_EQ(RedactUrl("rocksdb:/x\n?a"), "rocksdb:/x%0A?***");
  EXPECT_EQ(RedactUrl("/path/without/scheme"), "/path/without/scheme");
  EXPECT_LT(RedactUrl("rocksdb:%zz" + std::string(100'000, 'x')).size(), 300U);
}

TEST(SoundsSecret, LeavesOrdinaryNamesAlone) {
  for (const std::string_view name : {"sync", "path", "order", "compression", "cache_bytes",
                                      "create", "shard", "mode", "keys", "keep", "port"}) {
    EXPECT_FALSE(registry::SoundsSecret(name)) << name;
  }
}

}  // namespace
}  // namespace anystore
