#include "registry/references.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <memory>
#include <string>

#include "anystore/backend.h"
#include "anystore/error.h"
#include "anystore/open.h"
#include "registry/fake_backend.h"
#include "registry/stack.h"
#include "scratch_directory.h"

namespace anystore {
namespace {

using registry::ExpandReferences;

// A variable that is set while this lives.
class Variable {
 public:
  Variable(std::string name, const std::string& value) : name_(std::move(name)) {
    EXPECT_EQ(setenv(name_.c_str(), value.c_str(), 1), 0);
  }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;
  ~Variable() { unsetenv(name_.c_str()); }

 private:
  const std::string name_;
};

const ConfigSpec& Spec() {
  static const ConfigSpec spec{.fields = {{.name = "label"}, {.name = "pin", .secret = true}}};
  return spec;
}

Result<Config> Expanded(const Config& config, const ConfigSpec* spec = &Spec()) {
  return ExpandReferences(config, spec, Environment::Host());
}

std::string Label(const std::string& text) {
  const Result<Config> config = Expanded({.fields = {{"label", text}}});
  return config.has_value() ? config->fields.at("label") : config.error().ToString();
}

std::string Write(const testing::ScratchDirectory& directory, const std::string& bytes) {
  const std::string path = (directory.path() / "secret").string();
  std::ofstream(path, std::ios::binary) << bytes;
  return path;
}

TEST(References, AVariableStandsInAnyText) {
  const Variable one("REFERENCES_ONE", "1${REFERENCES_TWO}");
  const Variable two("REFERENCES_TWO", "22");
  const Variable none("REFERENCES_NONE", "");
  EXPECT_EQ(Label("${REFERENCES_ONE}"), "1${REFERENCES_TWO}");
  EXPECT_EQ(Label("<${REFERENCES_TWO}${REFERENCES_NONE}|$${REFERENCES_TWO}>$"),
            "<22|${REFERENCES_TWO}>$");
  EXPECT_EQ(Label("$REFERENCES_TWO $$ $$${"), "$REFERENCES_TWO $$ $${");
  const Result<Config> config = Expanded({.scheme = "x",
                                          .user = "u${REFERENCES_TWO}",
                                          .password = "${REFERENCES_TWO}",
                                          .host = "h:${REFERENCES_TWO}",
                                          .path = "/${REFERENCES_TWO}/$${"});
  ASSERT_TRUE(config.has_value()) << config.error().ToString();
  EXPECT_EQ(config->scheme, "x");
  EXPECT_EQ(config->user, "u22");
  EXPECT_EQ(config->password, "22");
  EXPECT_EQ(config->host, "h:22");
  EXPECT_EQ(config->path, "/22/${");
}

TEST(References, OneThatLeadsNowhereIsNamedWithItsPlace) {
  EXPECT_EQ(Label("a${REFERENCES_UNSET}b"),
            "invalid_config: field \"label\": the environment variable REFERENCES_UNSET is not "
            "set");
  for (const std::string malformed : {"${", "${}", "${A", "${1}", "${A B}", "x${A-B}", "$$$${${"}) {
    EXPECT_NE(Label("secret" + malformed).find("field \"label\": \"${\" without a name"),
              std::string::npos)
        << malformed << ": " << Label(malformed);
    EXPECT_EQ(Label("secret" + malformed).find("secret"), std::string::npos);
  }
  const std::string unset = "${REFERENCES_UNSET}";
  EXPECT_TRUE(Expanded({.path = unset}).error().message().starts_with("path: the env"));
  EXPECT_TRUE(Expanded({.host = unset}).error().message().starts_with("host: the env"));
  EXPECT_TRUE(Expanded({.user = unset}).error().message().starts_with("user: the env"));
  EXPECT_TRUE(Expanded({.password = unset}).error().message().starts_with("password: the env"));
}

TEST(References, AFileIsReadForSecretsAlone) {
  const testing::ScratchDirectory directory;
  const std::string path = "file:" + Write(directory, "hunter2\n");
  EXPECT_EQ(Expanded({.password = path})->password, "hunter2");
  EXPECT_EQ(Expanded({.fields = {{"pin", path}}})->fields.at("pin"), "hunter2");
  EXPECT_EQ(Expanded({.fields = {{"label", path}}})->fields.at("label"), path);
  EXPECT_EQ(Expanded({.path = path})->path, path);
  // A backend without a spec tells no more than its fields' names.
  EXPECT_EQ(Expanded({.fields = {{"token", path}}}, nullptr)->fields.at("token"), "hunter2");
  EXPECT_EQ(Expanded({.fields = {{"label", path}}}, nullptr)->fields.at("label"), path);
  const Variable place("REFERENCES_PLACE", directory.path().string());
  EXPECT_EQ(Expanded({.password = "file:${REFERENCES_PLACE}/secret"})->password, "hunter2");
  // What a variable holds is no reference again.
  const Variable value("REFERENCES_VALUE", path);
  EXPECT_EQ(Expanded({.password = "${REFERENCES_VALUE}"})->password, path);
}

TEST(References, OneEndOfLineBehindASecretIsNoPartOfIt) {
  const testing::ScratchDirectory directory;
  const auto read = [&](const std::string& bytes) {
    return Expanded({.password = "file:" + Write(directory, bytes)})->password;
  };
  EXPECT_EQ(read("x"), "x");
  EXPECT_EQ(read("x\r\n"), "x");
  EXPECT_EQ(read("x\n\n"), "x\n");
  EXPECT_EQ(read(" x \n"), " x ");
  EXPECT_EQ(read(std::string("\0x", 2)), std::string("\0x", 2));
}

TEST(References, AFileThatHoldsNoSecretIsNamedAndNotQuoted) {
  const testing::ScratchDirectory directory;
  const Variable place("REFERENCES_PLACE", directory.path().string());
  const auto refused = [&](const std::string& name) {
    return Expanded({.fields = {{"pin", "file:${REFERENCES_PLACE}" + name}}}).error().ToString();
  };
  const std::string front = "invalid_config: field \"pin\": ";
  EXPECT_EQ(refused("/none"), front + "cannot read \"file:${REFERENCES_PLACE}/none\": not_found");
  EXPECT_EQ(refused(""), front + "cannot read \"file:${REFERENCES_PLACE}\": invalid_argument");
  Write(directory, std::string(70'000, 'x'));
  EXPECT_EQ(refused("/secret"),
            front + "cannot read \"file:${REFERENCES_PLACE}/secret\": too_large");
  Write(directory, "\n");
  EXPECT_EQ(refused("/secret"), front + "nothing is in \"file:${REFERENCES_PLACE}/secret\"");
}

class ReferencesInStores : public ::testing::Test {
 protected:
  ReferencesInStores() {
    auto backend = std::make_unique<testing::FakeBackend>("box");
    box_ = backend.get();
    EXPECT_TRUE(registry_.Register(std::move(backend)).has_value());
  }

  OpenOptions Options() { return {.mode = OpenMode::kCreate, .registry = &registry_}; }

  Registry registry_;
  testing::FakeBackend* box_ = nullptr;
};

TEST_F(ReferencesInStores, TheBackendSeesTheValueAndPrintedIsTheReference) {
  const Variable name("REFERENCES_NAME", "shelf");
  const Variable pin("REFERENCES_PIN", "1234");
  Result<Store> store =
      Open("box:${REFERENCES_NAME}/${REFERENCES_NAME}?pin=${REFERENCES_PIN}", Options());
  ASSERT_TRUE(store.has_value()) << store.error().ToString();
  EXPECT_TRUE(box_->exists["shelf/shelf"]);
  EXPECT_EQ(store->name(), "box:${REFERENCES_NAME}/${REFERENCES_NAME}?pin=${REFERENCES_PIN}");
  ASSERT_TRUE(store->Close());
  EXPECT_EQ(Open("box:${REFERENCES_NAME}/${REFERENCES_NAME}", Options()).error().ToString(),
            "create box:${REFERENCES_NAME}/${REFERENCES_NAME}: already_exists");
}

TEST_F(ReferencesInStores, PrintedIsWhereASecretIsAndNotPartsOfIt) {
  const auto printed = [](std::string_view url) { return Config::Parse(url)->Redacted(); };
  EXPECT_EQ(printed("redis://u:${PW}@${HOST}:${PORT}/0"), "redis://u:${PW}@${HOST}:${PORT}/0");
  EXPECT_EQ(printed("redis://u:file:%2Frun%2Fpw@h"), "redis://u:file%3A%2Frun%2Fpw@h");
  EXPECT_EQ(printed("redis://h?password=file:/run/pw"), "redis://h?password=file:/run/pw");
  EXPECT_EQ(printed("redis://h?password=hunter${N}"), "redis://h?password=***");
  EXPECT_EQ(printed("redis://h?password=$${N}"), "redis://h?password=***");
}

TEST_F(ReferencesInStores, AWrongValueIsNotQuoted) {
  const Variable value("REFERENCES_VALUE", "hunter2");
  const ConfigSpec spec{.fields = {{.name = "n", .type = FieldType::kInteger}}};
  const Config written{.scheme = "x", .fields = {{"n", "${REFERENCES_VALUE}"}}};
  const Result<Config> expanded = Expanded(written, &spec);
  const Result<CheckedConfig> checked = CheckedConfig::Make(*expanded, &spec, &written);
  ASSERT_FALSE(checked.has_value());
  EXPECT_EQ(checked.error().message(),
            "field \"n\": found what \"${REFERENCES_VALUE}\" stands for, allowed is a whole "
            "number");
}

}  // namespace
}  // namespace anystore
