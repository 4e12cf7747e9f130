// Plugins: good ones in C and C++, and every way to be a bad one.
#include "anystore/plugin.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "anystore/conformance.h"
#include "anystore/open.h"
#include "conforms.h"
#include "scratch_directory.h"

namespace anystore {
namespace {

namespace fs = std::filesystem;
using anystore::testing::ScratchDirectory;
using ::testing::Test;

/// What is wrong with a load or an open, as one line.
std::string TextOf(const Status& status) {
  return status.has_value() ? "ok" : status.error().ToString();
}

bool Contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

/// Sets an environment variable for a while.
class WithVariable {
 public:
  WithVariable(const char* name, const std::string& value) : name_(name) {
    setenv(name, value.c_str(), 1);
  }
  ~WithVariable() { unsetenv(name_); }
  WithVariable(const WithVariable&) = delete;
  WithVariable& operator=(const WithVariable&) = delete;

 private:
  const char* const name_;
};

void ExpectConforms(const char* plugin, const std::string& url) {
  Registry registry;
  const Status loaded = LoadPlugin(plugin, registry);
  ASSERT_TRUE(loaded) << loaded.error().ToString();
  const auto target = conformance::TargetFromUrl(url, &registry);
  ASSERT_TRUE(target) << target.error().ToString();
  testing::ExpectConforms(*target);
}

TEST(Plugin, InCConforms) { ExpectConforms(ANYSTORE_SHELF_PLUGIN, "shelf:?room=2"); }

TEST(Plugin, InCppConforms) { ExpectConforms(ANYSTORE_CPP_PLUGIN, "cpptest:"); }

/// The error with which the C++ plugin answers an open of `url`.
Error OpenError(const std::string& url) {
  Registry registry;
  const Status loaded = LoadPlugin(ANYSTORE_CPP_PLUGIN, registry);
  if (!loaded.has_value()) return loaded.error().Clone();
  const Result<Store> store = Open(url, {.registry = &registry});
  return store.has_value() ? Error(Code::kOk) : store.error().Clone();
}

TEST(Plugin, GetsItsConfiguration) {
  EXPECT_EQ(OpenError("cpptest:?mode=tell").message(), "by default|none|yes|-7|65536|250000000|");
  const WithVariable secret("ANYSTORE_CPPTEST_TOKEN", "${HOME}");
  EXPECT_EQ(OpenError("cpptest:a%20b?mode=tell&text=%22x%22&yes=off&count=12&bytes=1MB&wait=3s")
                .message(),
            "a b|\"x\"|no|12|1000000|3000000000|${HOME}");
  EXPECT_TRUE(Contains(OpenError("cpptest:?cuont=1").ToString(), "did you mean \"count\""));
  EXPECT_TRUE(Contains(OpenError("cpptest:?mode=nap").ToString(), "one of"));
}

TEST(Plugin, PassesOnAllOfAnError) {
  const Error error = OpenError("cpptest:?mode=fail");
  EXPECT_EQ(error.code(), Code::kIoError);
  EXPECT_EQ(error.retry(), Retry::kTemporary);
  EXPECT_EQ(error.applied(), Applied::kUnknown);
  EXPECT_EQ(error.os_error(), 5);
  EXPECT_EQ(error.message(), "the lamp is out (because of corruption: no oil)");
  EXPECT_EQ(error.store(), "cpptest:?mode=fail");
}

TEST(Plugin, IsAskedWhetherItIsReady) {
  EXPECT_EQ(OpenError("cpptest:?mode=unready").message(), "not yet");
}

TEST(Plugin, DescribesItself) {
  Registry registry;
  ASSERT_TRUE(LoadPlugin(ANYSTORE_CPP_PLUGIN, registry));
  const Result<Backend*> backend = registry.Find("cpptest");
  ASSERT_TRUE(backend);
  EXPECT_EQ((*backend)->description(), "A test in C++");
  const ConfigSpec* const spec = (*backend)->config_spec();
  ASSERT_NE(spec, nullptr);
  EXPECT_EQ(spec->path_help, "anything");
  ASSERT_EQ(spec->fields.size(), 7U);
  EXPECT_EQ(spec->fields[0].help, "Any");
  EXPECT_EQ(spec->fields[4].type, FieldType::kDuration);
  EXPECT_EQ(spec->fields[5].choices.size(), 4U);
  EXPECT_TRUE(spec->fields[6].secret);
  EXPECT_EQ(PreferredIndex("cpptest:?yes=on", {.registry = &registry}).value(),
            IndexKind::kBufferedTree);
  EXPECT_EQ(PreferredIndex("cpptest:?yes=off", {.registry = &registry}).value(),
            IndexKind::kSortedSet);
}

/// Takes log lines.
class Lines final : public Logger {
 public:
  void Log(LogLevel level, std::string_view line) override {
    if (level == LogLevel::kInfo) lines.emplace_back(line);
  }
  std::vector<std::string> lines = {};
};

TEST(Plugin, UsesTheEnvironmentOfItsHost) {
  Registry registry;
  ASSERT_TRUE(LoadPlugin(ANYSTORE_CPP_PLUGIN, registry));
  ManualClock clock(Instant{Duration(100)});
  Lines log;
  Environment environment = Environment::Host();
  environment.clock = &clock;
  environment.logger = &log;
  Result<Store> store = Open("cpptest:", {.environment = &environment, .registry = &registry});
  ASSERT_TRUE(store) << store.error().ToString();
  EXPECT_EQ(log.lines, std::vector<std::string>{"opened"});
  ASSERT_TRUE(store->Put("/a", "1", {.expires_at = Instant{Duration(200)}}));
  EXPECT_TRUE(store->Get("/a"));
  clock.Advance(Duration(100));
  EXPECT_EQ(store->Get("/a").error().code(), Code::kNotFound);
}

TEST(LoadPlugin, RefusesWhatIsNone) {
  const ScratchDirectory scratch;
  Registry registry;
  const Status missing = LoadPlugin("/nowhere/libx.so", registry);
  EXPECT_EQ(missing.error().code(), Code::kNotFound);
  EXPECT_TRUE(Contains(TextOf(missing), "/nowhere/libx.so"));
  const std::string text = scratch.path() / "libx.so";
  std::ofstream(text) << "not a library";
  EXPECT_EQ(LoadPlugin(text, registry).error().code(), Code::kUnsupported);
  EXPECT_EQ(LoadPlugin(scratch.path().string(), registry).error().code(), Code::kUnsupported);
  const Status later = LoadPlugin(ANYSTORE_LATER_PLUGIN, registry);
  EXPECT_EQ(later.error().code(), Code::kUnsupported);
  EXPECT_TRUE(Contains(TextOf(later), "anystore_plugin_v1")) << TextOf(later);
  EXPECT_TRUE(Contains(TextOf(later), ANYSTORE_LATER_PLUGIN)) << TextOf(later);
  EXPECT_TRUE(registry.backends().empty());
}

TEST(LoadPlugin, RefusesWhatEverybodyMayWriteTo) {
  const ScratchDirectory scratch;
  const fs::path folder = scratch.path() / "plugins";
  fs::create_directory(folder);
  const fs::path copy = folder / "shelf.so";
  fs::copy_file(ANYSTORE_SHELF_PLUGIN, copy);
  Registry registry;
  for (const fs::path& at : {copy, folder}) {
    const fs::perms before = fs::status(at).permissions();
    fs::permissions(at, fs::perms::others_write, fs::perm_options::add);
    const Status refused = LoadPlugin(copy.string(), registry);
    ASSERT_FALSE(refused) << at;
    EXPECT_EQ(refused.error().code(), Code::kPermissionDenied);
    EXPECT_TRUE(Contains(TextOf(refused), at.string())) << TextOf(refused);
    // Not through a link from elsewhere either.
    const fs::path link = scratch.path() / "link.so";
    fs::create_symlink(copy, link);
    EXPECT_EQ(LoadPlugin(link.string(), registry).error().code(), Code::kPermissionDenied);
    fs::remove(link);
    fs::permissions(at, before);
  }
  EXPECT_TRUE(LoadPlugin(copy.string(), registry));
}

TEST(LoadPlugin, RefusesASchemeThatIsTaken) {
  Registry registry;
  ASSERT_TRUE(LoadPlugin(ANYSTORE_SHELF_PLUGIN, registry));
  const Status again = LoadPlugin(ANYSTORE_SHELF_PLUGIN, registry);
  EXPECT_EQ(again.error().code(), Code::kAlreadyExists);
  EXPECT_EQ(registry.backends().size(), 1U);
}

TEST(LoadPluginsFromEnvironment, LoadsFilesAndFolders) {
  const ScratchDirectory scratch;
  fs::copy_file(ANYSTORE_SHELF_PLUGIN, scratch.path() / "shelf.so");
  std::ofstream(scratch.path() / "README") << "not a library";
  {
    Registry registry;
    EXPECT_TRUE(LoadPluginsFromEnvironment(registry));
    EXPECT_TRUE(registry.backends().empty());
  }
  {
    const WithVariable path("ANYSTORE_PLUGIN_PATH",
                            scratch.path().string() + "::" + ANYSTORE_CPP_PLUGIN + ":");
    Registry registry;
    const Status loaded = LoadPluginsFromEnvironment(registry);
    EXPECT_TRUE(loaded) << TextOf(loaded);
    EXPECT_TRUE(registry.Find("shelf"));
    EXPECT_TRUE(registry.Find("cpptest"));
  }
}

TEST(LoadPluginsFromEnvironment, RefusesRelativeAndMissingNames) {
  Registry registry;
  {
    const WithVariable path("ANYSTORE_PLUGIN_PATH", "plugins/shelf.so");
    const Status refused = LoadPluginsFromEnvironment(registry);
    EXPECT_EQ(refused.error().code(), Code::kInvalidConfig);
    EXPECT_TRUE(Contains(TextOf(refused), "ANYSTORE_PLUGIN_PATH")) << TextOf(refused);
  }
  const WithVariable path("ANYSTORE_PLUGIN_PATH", "/nowhere");
  EXPECT_EQ(LoadPluginsFromEnvironment(registry).error().code(), Code::kNotFound);
}

struct Misbehaviour {
  const char* how;
  Code code;
  const char* part;
};

TEST(BadPlugin, IsNotLoaded) {
  constexpr Code kInternal = Code::kInternal;
  constexpr Code kConfig = Code::kInvalidConfig;
  const Misbehaviour all[] = {
      {"load: throws", kInternal, "anystore_plugin_v1 threw an exception"},
      {"load: null", Code::kUnsupported, "gave no backend"},
      {"load: size 0", kInternal, "0 bytes"},
      {"load: size", kInternal, "2147483648 bytes"},
      {"load: short", kInternal, "no function open"},
      {"load: no scheme", kInternal, "no scheme"},
      {"load: no description", kInternal, "no description"},
      {"load: endless scheme", kInternal, "scheme does not end"},
      {"load: odd scheme", Code::kInvalidArgument, "no scheme"},
      {"load: no capabilities", kInternal, "no function capabilities"},
      {"load: no create", kInternal, "no function create"},
      {"load: no open", kInternal, "no function open"},
      {"load: no exists", kInternal, "no function exists"},
      {"load: no destroy", kInternal, "no function destroy"},
      {"load: capabilities throw", kInternal, "capabilities threw an exception"},
      {"load: capabilities unset", kInternal, "capabilities: sync_durability is 0"},
      {"capabilities: no such value", kInternal, "ordered_scan is 3"},
      {"capabilities: no durability", kInternal, "put_durability is 0"},
      {"capabilities: no keys", kInternal, "no length of a key"},
      {"capabilities: alphabet", kInternal, "key_alphabet"},
      {"spec: malformed", kConfig, "malformed JSON"},
      {"spec: no object", kConfig, "no object"},
      {"spec: unknown member", kConfig, "\"feilds\""},
      {"spec: no list", kConfig, "fields: is no list"},
      {"spec: no name", kConfig, "fields[0]"},
      {"spec: part", kConfig, "\"path\" is taken"},
      {"spec: twice", kConfig, "fields[1]"},
      {"spec: type", kConfig, "unknown type \"colour\""},
      {"spec: choice", kConfig, "a choice of nothing"},
      {"spec: default", kConfig, "at most 8"},
      {"spec: number", kConfig, "\"max\" is not a whole number"}};
  for (const Misbehaviour& one : all) {
    const WithVariable how("ANYSTORE_BAD_PLUGIN", one.how);
    Registry registry;
    const Status loaded = LoadPlugin(ANYSTORE_BAD_PLUGIN_FILE, registry);
    ASSERT_FALSE(loaded) << one.how;
    EXPECT_EQ(loaded.error().code(), one.code) << one.how << ": " << TextOf(loaded);
    EXPECT_TRUE(Contains(TextOf(loaded), one.part)) << one.how << ": " << TextOf(loaded);
    EXPECT_TRUE(Contains(TextOf(loaded), ANYSTORE_BAD_PLUGIN_FILE)) << one.how;
    EXPECT_TRUE(registry.backends().empty()) << one.how;
  }
  const WithVariable how("ANYSTORE_BAD_PLUGIN", "load: taken");
  const Status taken = LoadPlugin(ANYSTORE_BAD_PLUGIN_FILE, Registry::Global());
  EXPECT_EQ(taken.error().code(), Code::kAlreadyExists) << TextOf(taken);
}

/// Loads the bad plugin while it behaves.
class BadStore : public Test {
 protected:
  void SetUp() override {
    const Status loaded = LoadPlugin(ANYSTORE_BAD_PLUGIN_FILE, registry_);
    ASSERT_TRUE(loaded) << TextOf(loaded);
  }
  Result<Store> Open() { return anystore::Open("bad:", {.registry = &registry_}); }

  Registry registry_;
};

TEST_F(BadStore, IsNotOpened) {
  const std::pair<const char*, const char*> all[] = {
      {"open: null", "the store is null"},
      {"open: throws", "open threw an exception"},
      {"open: size 0", "0 bytes"},
      {"open: short", "no function release"},
      {"open: no get", "no function get"},
      {"open: no stat", "no function stat"},
      {"open: no scan", "no function scan"},
      {"open: no apply", "no function apply"},
      {"open: no sync", "no function sync"},
      {"open: no capabilities", "no function capabilities"},
      {"open: no close", "no function close"},
      {"open: no release", "no function release"},
      {"capabilities: throws", "capabilities threw"},
      {"capabilities: no such value", "ordered_scan is 3"},
      {"capabilities: check_key", "no function check_key"},
      {"capabilities: snapshots", "claims snapshots"},
      {"feature: throws", "feature threw"},
      {"feature: not claimed", "claims no snapshots"},
      {"feature: no function", "no function new_snapshot"}};
  for (const auto& [how, part] : all) {
    const WithVariable set("ANYSTORE_BAD_PLUGIN", how);
    const Result<Store> store = Open();
    ASSERT_FALSE(store) << how;
    EXPECT_EQ(store.error().code(), Code::kInternal) << how;
    EXPECT_TRUE(Contains(store.error().ToString(), part)) << how << store.error().ToString();
  }
  const WithVariable set("ANYSTORE_BAD_PLUGIN", "create: throws");
  EXPECT_EQ(Create("bad:", {.registry = &registry_}).error().code(), Code::kInternal);
  const WithVariable other("ANYSTORE_BAD_PLUGIN", "exists: throws");
  EXPECT_EQ(Exists("bad:", {.registry = &registry_}).error().code(), Code::kInternal);
}

TEST_F(BadStore, MayGiveNoDefaults) {
  for (const auto& [how, part] : {std::pair{"default_config: at null", "bytes at null"},
                                  std::pair{"default_config: no object", "not an object"},
                                  std::pair{"default_config: another type", "another type"}}) {
    const WithVariable set("ANYSTORE_BAD_PLUGIN", how);
    Registry registry;
    ASSERT_TRUE(LoadPlugin(ANYSTORE_BAD_PLUGIN_FILE, registry));
    const Result<Store> store = anystore::Open("bad:", {.registry = &registry});
    ASSERT_FALSE(store) << how;
    EXPECT_EQ(store.error().code(), Code::kInternal) << how;
    EXPECT_TRUE(Contains(store.error().ToString(), part)) << how << store.error().ToString();
  }
}

/// What a call on an open store that misbehaves in the way of `how` ends with.
template <class Call>
void ExpectFails(Store& store, const char* how, Code code, const char* part, Call&& call) {
  const WithVariable set("ANYSTORE_BAD_PLUGIN", how);
  const auto result = call(store);
  ASSERT_FALSE(result.has_value()) << how;
  EXPECT_EQ(result.error().code(), code) << how << ": " << result.error().ToString();
  EXPECT_TRUE(Contains(result.error().ToString(), part)) << how << result.error().ToString();
}

TEST_F(BadStore, LiesInReadsAreFoundOut) {
  Result<Store> store = Open();
  ASSERT_TRUE(store) << store.error().ToString();
  EntryInfo info;
  const auto get = [&](Store& from) { return from.Get("/a", {.info = &info}); };
  EXPECT_EQ(store->Get("/a").value().bytes(), "bytes");
  ExpectFails(*store, "get: at null", Code::kInternal, "5 bytes at null", get);
  ExpectFails(*store, "get: too long", Code::kInternal, "9223372036854775808 bytes", get);
  ExpectFails(*store, "get: throws", Code::kInternal, "threw", get);
  ExpectFails(*store, "get: flags", Code::kInternal, "flags", get);
  ExpectFails(*store, "get: code", Code::kInternal, "code 77: odd", get);
  ExpectFails(*store, "get: ok is an error", Code::kInternal, "code 0", get);
  ExpectFails(*store, "get: text at null", Code::kIoError, "io_error", get);
  ExpectFails(*store, "works", Code::kInternal, "asked for 2",
              [](Store& from) { return from.Get("/a", {.window = {.length = 2}}); });
  ExpectFails(*store, "stat: throws", Code::kInternal, "threw",
              [](Store& from) { return from.GetSize("/a"); });
  for (const auto& [how, part] :
       {std::pair{"get_many: throws", "threw"}, std::pair{"works", "8 bytes at null"}}) {
    ExpectFails(*store, how, Code::kInternal, part, [](Store& from) -> Result<Value> {
      const std::string_view keys[] = {"/a"};
      std::vector<Result<Value>> values(1);
      ANYSTORE_TRY(from.GetMany(keys, values));
      return std::move(values.front());
    });
  }
}

TEST_F(BadStore, LiesInScansAreFoundOut) {
  Result<Store> store = Open();
  ASSERT_TRUE(store) << store.error().ToString();
  const auto scan = [](Store& from) -> Status {
    ANYSTORE_ASSIGN_OR_RETURN(const std::unique_ptr<Cursor> cursor, from.Scan({}));
    EntryView entries[3];
    ANYSTORE_TRY(cursor->Next(entries));
    return Ok();
  };
  for (const auto& [how, part] :
       {std::pair{"scan: null", "a cursor is null"}, std::pair{"scan: size", "1073741824 bytes"},
        std::pair{"scan: no next", "no function next"},
        std::pair{"scan: no seek", "no function seek"},
        std::pair{"scan: no close", "no function close"}, std::pair{"next: throws", "threw"},
        std::pair{"next: too many", "4 entries, asked for 3"},
        std::pair{"next: far too many", "asked for 3"},
        std::pair{"next: key at null", "bytes that cannot be"},
        std::pair{"next: value at null", "bytes that cannot be"},
        std::pair{"next: flags", "flags"}}) {
    ExpectFails(*store, how, Code::kInternal, part, scan);
  }
  const WithVariable set("ANYSTORE_BAD_PLUGIN", "cursor close: throws");
  EXPECT_TRUE(scan(*store));
}

TEST_F(BadStore, ThrowingWritesAndEndsAreErrors) {
  Result<Store> store = Open();
  ASSERT_TRUE(store) << store.error().ToString();
  ExpectFails(*store, "apply: throws", Code::kInternal, "threw",
              [](Store& to) { return to.Put("/a", "1"); });
  ExpectFails(*store, "sync: throws", Code::kInternal, "threw",
              [](Store& to) { return to.Sync(); });
  EXPECT_EQ(store->Put("/a", "1").value().applied, 1U);
  ExpectFails(*store, "close: throws", Code::kInternal, "threw",
              [](Store& to) { return to.Close(); });
  store = Open();
  ASSERT_TRUE(store) << store.error().ToString();
  const WithVariable set("ANYSTORE_BAD_PLUGIN", "release: throws");
  EXPECT_TRUE(store->Close());
}

}  // namespace
}  // namespace anystore
