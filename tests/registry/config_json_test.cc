#include "registry/config_json.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "anystore/config.h"
#include "anystore/error.h"

namespace anystore {
namespace {

Config Parsed(std::string_view json) {
  Result<Config> config = Config::Parse(json);
  EXPECT_TRUE(config.has_value()) << json << ": " << config.error().ToString();
  return config.has_value() ? *std::move(config) : Config{};
}

std::string Refused(std::string_view json) {
  const Result<Config> config = Config::Parse(json);
  EXPECT_FALSE(config.has_value()) << json;
  if (config.has_value()) return {};
  EXPECT_EQ(config.error().code(), Code::kInvalidConfig) << json;
  return config.error().ToString();
}

TEST(ConfigJson, ANodeHasThePartsAndFieldsOfAUrl) {
  const Config config =
      Parsed(R"( {"type": "Redis", "user": "ada", "password": "love", "host": "h:1", "path": "0",
                  "pool": 4, "tls": true, "ratio": 1.50, "label": "x"})");
  EXPECT_EQ(config.scheme, "redis");
  EXPECT_EQ(config.user, "ada");
  EXPECT_EQ(config.password, "love");
  EXPECT_EQ(config.host, "h:1");
  EXPECT_EQ(config.path, "/0");
  EXPECT_EQ(config.fields, (decltype(config.fields){
                               {"label", "x"}, {"pool", "4"}, {"ratio", "1.50"}, {"tls", "true"}}));
}

TEST(ConfigJson, AChildIsANodeOrAUrlOrAUrlWithMore) {
  const Config config = Parsed(R"({"type": "mount", "mounts": [
      {"mountpoint": "/a", "url": "rocksdb:meta?sync=true", "cache_bytes": "1MiB"},
      "memory:?mountpoint=/b",
      {"mountpoint": "/c", "type": "cache", "child": {"type": "memory"}}]})");
  ASSERT_EQ(config.children.size(), 3U);
  EXPECT_EQ(config.children[0].scheme, "rocksdb");
  EXPECT_EQ(config.children[0].path, "meta");
  EXPECT_EQ(
      config.children[0].fields,
      (decltype(config.fields){{"cache_bytes", "1MiB"}, {"mountpoint", "/a"}, {"sync", "true"}}));
  EXPECT_EQ(config.children[1].fields.at("mountpoint"), "/b");
  EXPECT_EQ(config.children[2].group, "mounts");
  ASSERT_EQ(config.children[2].children.size(), 1U);
  EXPECT_EQ(config.children[2].children[0].group, "child");
  EXPECT_EQ(config.children[2].children[0].scheme, "memory");
}

struct Wrong {
  std::string_view json;
  std::string_view message;
};

TEST(ConfigJson, TellsAtWhichByteItIsMalformed) {
  for (const Wrong& wrong : std::vector<Wrong>{
           {R"({"type": "memory",})", "malformed JSON (at byte 18)"},
           {R"({"type" "memory"})", "type: malformed JSON (at byte 15)"},
           {R"({"type": memory})", "type: malformed JSON (at byte 9)"},
           {R"({"type": "a", "b": ["x:", {"c": ["y:" 5]}]})",
            "b[1].c[1]: malformed JSON (at byte 38)"},
           {R"({"type": "memory"} x)", "malformed JSON (at byte 19)"},
           {R"({"type": "cache", "child": {"type": "memory", "a": -}})",
            "child.a: malformed JSON (at byte 52)"},
           {R"({"type": "mount", "mounts": ["memory:", {"type": }]})",
            "mounts[1].type: malformed JSON (at byte 49)"},
           {"{\"type\": \"\xff\"}", "type: malformed JSON (at byte 10)"},
           {R"({"type": "memory")", "the JSON ends too early (at byte 17)"},
           {"{", "the JSON ends too early (at byte 1)"},
       }) {
    EXPECT_EQ(Refused(wrong.json), "invalid_config: " + std::string(wrong.message)) << wrong.json;
  }
}

TEST(ConfigJson, WhatFollowsANulIsNotPassedOver) {
  using namespace std::string_literals;
  EXPECT_EQ(Refused("{\"type\": \"memory\"}\0"s),
            "invalid_config: malformed JSON: a NUL (at byte 18)");
  EXPECT_EQ(Refused("{\"type\": \"memory\"}\0, \"x\": 1}"s),
            "invalid_config: malformed JSON: a NUL (at byte 18)");
}

TEST(ConfigJson, TellsAtWhichPlaceSomethingElseWasMeant) {
  for (const Wrong& wrong : std::vector<Wrong>{
           {R"({"a": 1})", R"(a store has "type" or "url", and not both)"},
           {R"({"type": "memory", "url": "memory:"})",
            R"(a store has "type" or "url", and not both)"},
           {R"({"type": 5})", "type: found a number, true or false, allowed is a text"},
           {R"({"type": ["memory"]})", "type: found a list, allowed is a text"},
           {R"({"type": ""})", "type: not the name of a kind of store"},
           {R"({"type": "a/b"})", "type: not the name of a kind of store"},
           {R"({"type": "rocksdb:x"})", R"(type: not the name of a kind of store; is it a "url"?)"},
           {R"({"type": "memory", "sync": null})",
            "sync: found null, allowed is a value; leave out what is not given"},
           {R"({"type": "memory", "path": ["a"]})", "path: found a list, allowed is a text"},
           {R"({"type": "memory", "password": {}})",
            "password: found an object, allowed is a text"},
           {R"({"type": "memory", "sizes": [1, 2]})",
            "sizes[0]: found a number, true or false, allowed is a store: an object, or a URL"},
           {R"({"type": "memory", "sizes": []})", "sizes: found a list without stores"},
           {R"({"type": "cache", "child": ["memory:"]})",
            "child: found a list, allowed is a store: an object, or a URL"},
           {R"({"type": "cache", "child": 5})",
            "child: found a number, true or false, allowed is a store: an object, or a URL"},
           {R"({"type": "cache", "child": null})",
            "child: found null, allowed is a value; leave out what is not given"},
           {R"({"type": "cache", "chlid": {"type": "memory"}})",
            "chlid: found an object, allowed is a text or a list of stores; one store is a "
            "\"child\"; did you mean \"child\"?"},
           {R"({"type": "memory", "sync": true, "sync": false})", "sync: is given twice"},
           {R"({"type": "mount", "mounts": ["memory:", {"url": "x:y?a=1", "a": 2}]})",
            "mounts[1].a: is given twice, here and in the URL"},
           {R"({"url": "x:y", "path": "z"})", "path: is given twice, here and in the URL"},
           {R"({"type": "memory", "": 1})", R"([""]: a name without letters)"},
           {R"({"type": "memory", "a\nb": null})",
            R"(["a\x0ab"]: found null, allowed is a value; leave out what is not given)"},
           {R"({"type": "x", "path": "a\u0000b"})", "path: a zero byte in it"},
           {R"({"type": "x", "host": "h:port"})", "host: a port that is not a number"},
       }) {
    EXPECT_EQ(Refused(wrong.json), "invalid_config: " + std::string(wrong.message)) << wrong.json;
  }
  EXPECT_EQ(Refused(R"({"type": "cache", "child": "rocksdb:x?sync"})"),
            "rocksdb:x?***: invalid_config: child: a field must be written name=value (at byte 10)"
            " of the URL");
  EXPECT_EQ(
      Refused(R"({"type": "cache", "child": "{\"type\": \"memory\"}"})"),
      "invalid_config: child: no scheme; a URL begins like \"rocksdb:\" or \"memory:\" (at byte 0)"
      " of the URL");
}

TEST(ConfigJson, RefusesWhatIsTooDeepOrTooLong) {
  const auto nested = [](std::size_t depth) {
    std::string json;
    for (std::size_t i = 0; i < depth; ++i) json += R"({"type":"cache","child":)";
    json += "\"memory:\"";
    return json.append(depth, '}');
  };
  EXPECT_TRUE(Config::Parse(nested(64)).has_value());
  EXPECT_NE(Refused(nested(65)).find("child: nested more than 64 deep"), std::string::npos);
  EXPECT_NE(Refused(nested(40'000)).find("nested more than 64 deep"), std::string::npos);
  EXPECT_NE(Refused(R"({"a":)" + std::string(1'000'000, '[')).find("nested more"),
            std::string::npos);
  EXPECT_NE(Refused("{" + std::string(1 << 20, ' ') + "}").find("more than 1048576 are not read"),
            std::string::npos);
}

TEST(ConfigJson, WhatIsPrintedReadsBackTheSame) {
  for (const std::string_view json : {
           R"({"type":"cache","capacity":"64MiB","child":"rocksdb:meta?sync=true"})",
           R"({"type":"mount","mounts":[{"mountpoint":"/","url":"x:a"},"y:b"]})",
           R"({"type":"a","child":{"type":"b","child":{"type":"c","list":["x:","y:"]}}})",
           R"({"url":"a:/p?b=%FF","child":"x:%FF"})",
           R"({"url":"a:?child=1","child":"x:"})",
           R"({"url":"a:?path=1","child":"x:"})",
           R"({"type":"a","q\"\n":"\u0001ä","child":"x:"})",
           R"({"type":"a","one":["x:"],"two":["y:","z:"]})",
       }) {
    EXPECT_EQ(Parsed(json).Redacted(), json);
  }
  EXPECT_EQ(Parsed(R"({"type": "x", "path": "p", "a": true})").Redacted(), "x:p?a=true");
}

TEST(ConfigJson, ATreeIsPrintedWithItsSecretsRedactedAtEveryDepth) {
  const ConfigSpec spec{.fields = {{.name = "plain"}, {.name = "pin", .secret = true}},
                        .children = ChildCount::kOne,
                        .child_fields = {{.name = "weight"}, {.name = "code", .secret = true}}};
  EXPECT_EQ(Parsed(R"({"type": "a", "plain": 1, "pin": 2, "other": 3, "token": 4,
                       "child": {"type": "b", "weight": 5, "code": 6, "pasword": 7,
                                 "child": "redis://u:8@h/p?secret=9"}})")
                .Redacted(&spec),
            R"({"type":"a","other":"***","pin":"***","plain":"1","token":"***",)"
            R"("child":{"weight":"5","code":"***","type":"b","pasword":"***",)"
            R"("child":"redis://u:***@h/p?secret=***"}})");
  // Of the kinds that there are, the fields are known.
  EXPECT_EQ(Parsed(R"({"type": "read-only", "child": {"type": "memory", "pni": 1}})").Redacted(),
            R"({"type":"read-only","child":"memory:?pni=***"})");
}

TEST(ConfigJson, NoSecretIsPrintedHoweverTheTreeIsWritten) {
  for (const std::string_view json : {
           R"({"type": "redis", "password": "hunter2"})",
           R"({"type": "redis", "password": "hunter2)",
           R"({"type": "redis", "password": hunter2})",
           R"({"type": "redis", "password": "hunter2" "a": 1})",
           R"({"type": "redis", "password": ["hunter2"]})",
           R"({"type": "redis", "password": {"hunter2": 1}, "a": null})",
           R"({"type": "redis", "token": "hunter2", "token": "hunter2"})",
           R"({"type": "redis://u:hunter2@h"})",
           R"({"type": "redis", "host": "u:hunter2@h"})",
           R"({"type": "redis", "host": "u:hunter2"})",
           R"({"type": "redis", "path": "u:hunter2@h"})",
           R"({"type": "cache", "child": "redis://u:hunter2@h"})",
           R"({"type": "cache", "child": "redis://u:hunter2@h:port"})",
           R"({"type": "cache", "child": "redis:u:hunter2@h"})",
           R"({"type": "cache", "child": "redis://u:x/hunter2@h"})",
           R"({"type": "cache", "child": {"url": "redis://h?password=hunter2", "password": 1}})",
           R"({"type": "cache", "child": {"url": "redis:u:hunter2@h", "sync": true}})",
           R"({"type": "cache", "child": "{\"password\": \"hunter2\"}"})",
           R"({"type": "redis", "tokens": ["hunter2"]})",
           R"({"type": "redis", "tokens": ["a", "hunter2"]})",
           R"({"type": "redis", "tokens": ["a:hunter2"]})",
           R"({"type": "cache", "secret": "hunter2\u0000", "child": "memory:"})",
           R"({"type": "cache", "list": ["memory:", {"a": "redis://u:hunter2@h"}]})",
       }) {
    EXPECT_EQ(RedactUrl(json).find("hunter2"), std::string::npos) << RedactUrl(json);
    const Result<Config> config = Config::Parse(json);
    if (!config.has_value()) {
      EXPECT_EQ(config.error().ToString().find("hunter2"), std::string::npos)
          << config.error().ToString();
    }
  }
}

}  // namespace
}  // namespace anystore
