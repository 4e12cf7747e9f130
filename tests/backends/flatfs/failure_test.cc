// Every call to the filesystem fails once, in every way; and none of them costs more than it must.
#include <gmock/gmock.h>

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <set>
#include <tuple>

#include "anystore/features.h"
#include "anystore/simulated_disk.h"
#include "backends/flatfs/flatfs_fixture.h"
#include "backends/flatfs/usage/usage_count.h"
#include "filesystem/faults/faults.h"
#include "filesystem/intercepted/intercepted.h"

namespace anystore::flatfs {
namespace {

using filesystem::FaultRules;
using filesystem::InterceptedFileSystem;
using ::testing::HasSubstr;

/// What a key may hold, none standing for nothing.
using State = std::optional<std::string>;

/// A life of a repository in which one call may fail, and what must be true of it all along.
class Life {
 public:
  Life(const std::string& rule, const FileSystemTraits& traits)
      : rules_(*FaultRules::Parse(rule)),
        disk_(std::make_unique<SimulatedDisk>(SimulatedDiskOptions{.traits = traits})) {
    files_.emplace(*disk_, *rules_);
    environment_ = {.clock = &clock_,
                    .random = &random_,
                    .logger = Environment::Host().logger,
                    .files = &*files_};
    undisturbed_ = environment_;
    undisturbed_.files = disk_.get();
  }

  void Run() {
    Create();
    Open("");
    WriteAndRead();
    Batch(12);
    LargeBatch({});
    LargeBatch({.all_or_nothing = true});
    Open("sync=false");
    WriteAndRead();
    Put("/SYNCEDALONE", "1");
    Sync();
    Put("/SYNCEDNEXT", "2");
    Sync();
    Batch(30);
    Sync();
    Put("/DURABLE", "3", Durability::kSurvivesPower);
    Usage();
    clock_.Advance(std::chrono::seconds(5));
    Put("/SYNCEDNEXT", "4");
    Scan();
    Close();
    CheckWhatIsLeft();
    Destroy();
  }

  [[nodiscard]] std::uint64_t calls() const { return files_->calls(); }
  [[nodiscard]] std::uint64_t fired() const { return rules_->fired(); }
  [[nodiscard]] std::size_t failures() const { return failures_; }

 private:
  void Create() {
    Status created = Attempt(backend_->Create(FlatfsConfig("blocks"), environment_));
    if (created.has_value()) return;
    EXPECT_EQ(CodeOf(disk_->OpenDirectory("blocks")), Code::kNotFound) << "nothing is left";
    created = backend_->Create(FlatfsConfig("blocks"), environment_);
    ASSERT_TRUE(created) << TextOf(created);
  }

  void Open(const std::string& fields) {
    Close();
    auto opened = Attempt(backend_->Open(FlatfsConfig("blocks", fields), environment_));
    if (!opened.has_value()) opened = backend_->Open(FlatfsConfig("blocks", fields), environment_);
    ASSERT_TRUE(opened) << TextOf(opened);
    store_.emplace(*std::move(opened), "flatfs:blocks", environment_);
    poisoned_ = false;
  }

  void Close() {
    if (!store_.has_value()) return;
    EXPECT_TRUE(store_->Close());
    store_.reset();
    EXPECT_EQ(files_->open_handles(), 0U);
  }

  void WriteAndRead() {
    Put("/ABCDE", "first");
    Put("/ABCDE", std::string(100'000, 'v'));
    Put("/K", "");
    Get("/ABCDE");
    GetPart("/ABCDE");
    Stat("/K");
    Stat("/NONE");
    Delete("/K");
    Delete("/NONE");
    Scan();
  }

  void Put(const std::string& key, const std::string& value,
           Durability durability = Durability::kStoreDefault) {
    const auto put = Attempt(store_->Put(key, value, {.write = {.durability = durability}}));
    Wrote({{key, value}}, put);
  }

  void Delete(const std::string& key) { Wrote({{key, {}}}, Attempt(store_->Delete(key))); }

  void Batch(int count) {
    std::map<std::string, State> changes;
    auto batch = store_->NewBatch();
    ASSERT_TRUE(batch);
    for (int i = 0; i < count; ++i) {
      const std::string key = "/BATCHED" + std::to_string(i);
      changes[key] = "value " + std::to_string(i);
      EXPECT_TRUE((*batch)->Put(key, *changes[key]));
    }
    changes["/ABCDE"] = {};
    EXPECT_TRUE((*batch)->Delete("/ABCDE"));
    Wrote(changes, Attempt((*batch)->Commit()));
  }

  /// Of values that are written when they come: what cannot be is told then, and is not in it.
  void LargeBatch(const WriteOptions& options) {
    std::map<std::string, State> changes;
    auto batch = store_->NewBatch();
    ASSERT_TRUE(batch);
    for (int i = 0; i < 10; ++i) {
      const std::string key = "/LARGE" + std::to_string(i);
      const std::string value(std::size_t{64} << 10U, static_cast<char>('a' + i));
      if (Attempt((*batch)->Put(key, value)).has_value()) changes[key] = value;
    }
    for (const std::string key : {"/LARGE1", "/LARGE2"}) {
      EXPECT_TRUE((*batch)->Put(key, "small now"));
      changes[key] = "small now";
    }
    EXPECT_TRUE((*batch)->Delete("/LARGE3"));
    changes["/LARGE3"] = {};
    Wrote(changes, Attempt((*batch)->Commit(options)));
  }

  void Sync() {
    const bool was_poisoned = poisoned_;
    const Status synced = Attempt(store_->Sync());
    EXPECT_FALSE(was_poisoned && synced.has_value());
  }

  /// What a write leaves to be expected.
  template <class T>
  void Wrote(const std::map<std::string, State>& changes, const Result<T>& result) {
    for (const auto& [key, state] : changes) {
      std::set<State>& allowed = Allowed(key);
      if (result.has_value()) allowed.clear();
      if (result.has_value() || result.error().applied() == Applied::kUnknown) {
        allowed.insert(state);
      }
    }
  }

  void Get(const std::string& key) {
    const auto value = Attempt(store_->Get(key), Code::kNotFound);
    if (value.has_value()) {
      Saw(key, std::string(value->bytes()));
    } else if (value.error().code() == Code::kNotFound) {
      Saw(key, {});
    }
  }

  void Usage() {
    static_cast<void>(Attempt(store_->feature<PersistentDatastore>()->DiskUsage({})).has_value());
  }

  void GetPart(const std::string& key) {
    const auto part =
        Attempt(store_->Get(key, {.window = {.offset = 2, .length = 3}}), Code::kNotFound);
    if (!part.has_value()) return;
    const std::set<State>& allowed = Allowed(key);
    EXPECT_TRUE(std::ranges::any_of(allowed, [&](const State& state) {
      return state.has_value() && state->substr(2, 3) == part->bytes();
    })) << key;
  }

  void Stat(const std::string& key) {
    const auto size = Attempt(store_->GetSize(key), Code::kNotFound);
    if (!size.has_value()) return;
    const std::set<State>& allowed = Allowed(key);
    EXPECT_TRUE(std::ranges::any_of(allowed, [&](const State& state) {
      return state.has_value() && state->size() == *size;
    })) << key;
  }

  void Scan() {
    for (const bool values : {true, false}) {
      std::map<std::string, std::string> listed;
      const Status scanned = Attempt(List(values, listed));
      if (!scanned.has_value()) continue;
      for (const auto& [key, allowed] : allowed_) {
        const auto found = listed.find(key);
        if (values) Saw(key, found != listed.end() ? State(found->second) : State());
      }
      for (const auto& [key, value] : listed) EXPECT_TRUE(allowed_.contains(key)) << key;
    }
  }

  Status List(bool values, std::map<std::string, std::string>& listed) {
    ANYSTORE_ASSIGN_OR_RETURN(Results results,
                              store_->Query({.keys_only = !values, .return_sizes = true}));
    for (const auto& entry : results) {
      EXPECT_TRUE(listed.emplace(entry.key, entry.value).second) << entry.key << " twice";
    }
    ANYSTORE_TRY(results.status());
    return Ok();
  }

  void CheckWhatIsLeft() {
    const auto root = disk_->OpenDirectory("blocks/.temp");
    ASSERT_TRUE(root);
    std::array<DirectoryEntry, 4> entries;
    EXPECT_EQ(*(*(*root)->List(""))->Next(entries), 0U) << "temporary files";
    auto opened = backend_->Open(FlatfsConfig("blocks"), undisturbed_);
    ASSERT_TRUE(opened) << TextOf(opened);
    store_.emplace(*std::move(opened), "flatfs:blocks", undisturbed_);
    CheckUsage();
    std::map<std::string, std::string> listed;
    ASSERT_TRUE(List(true, listed));
    for (const auto& [key, allowed] : allowed_) {
      const auto found = listed.find(key);
      Saw(key, found != listed.end() ? State(found->second) : State());
      Get(key);
    }
    store_.reset();
  }

  /// Nobody has left a note that is wrong.
  void CheckUsage() {
    const auto usage = store_->feature<PersistentDatastore>()->DiskUsage({});
    ASSERT_TRUE(usage) << TextOf(usage);
    const auto root = disk_->OpenDirectory("blocks");
    const auto count = CountUsage(**root, {}, clock_, random_, {});
    ASSERT_TRUE(count) << TextOf(count);
    EXPECT_EQ(*usage, (*count)->bytes);
  }

  void Destroy() {
    Status destroyed = Attempt(backend_->Destroy(FlatfsConfig("blocks"), environment_));
    if (!destroyed.has_value() && *backend_->Exists(FlatfsConfig("blocks"), undisturbed_)) {
      destroyed = backend_->Destroy(FlatfsConfig("blocks"), environment_);
      EXPECT_TRUE(destroyed) << TextOf(destroyed);
    }
    EXPECT_FALSE(*backend_->Exists(FlatfsConfig("blocks"), undisturbed_));
    EXPECT_EQ(files_->open_handles(), 0U);
  }

  std::set<State>& Allowed(const std::string& key) {
    return allowed_.try_emplace(key, std::set<State>{State()}).first->second;
  }

  /// A key was read: from now on it holds this.
  void Saw(const std::string& key, const State& state) {
    std::set<State>& allowed = Allowed(key);
    EXPECT_TRUE(allowed.contains(state)) << key << " is " << state.value_or("gone").substr(0, 20);
    allowed = {state};
  }

  /// Takes note of a result: only the call that was made to fail may fail, and writes after a sync
  /// that did.
  template <class T>
  Result<T> Attempt(Result<T> result, Code answer = Code::kOk) {
    const bool just_fired = rules_->fired() > seen_fired_;
    seen_fired_ = rules_->fired();
    if (result.has_value() || result.error().code() == answer) return result;
    const Error& error = result.error();
    if (just_fired) {
      ++failures_;
      EXPECT_THAT(error.ToString(), HasSubstr("injected: "));
      EXPECT_NE(error.code(), Code::kNotFound) << error.ToString();
    } else {
      EXPECT_TRUE(poisoned_) << error.ToString();
      EXPECT_EQ(error.code(), Code::kDataLoss) << error.ToString();
    }
    poisoned_ = poisoned_ || error.code() == Code::kDataLoss;
    return result;
  }

  ManualClock clock_{Instant{}};
  SeededRandom random_{11};
  std::unique_ptr<FaultRules> rules_;
  std::unique_ptr<FileSystem> disk_;
  std::optional<InterceptedFileSystem> files_;
  Environment environment_;
  Environment undisturbed_;
  const std::unique_ptr<Backend> backend_ = NewFlatfsBackend();
  std::optional<Store> store_;
  std::map<std::string, std::set<State>> allowed_;
  bool poisoned_ = false;
  std::uint64_t seen_fired_ = 0;
  std::size_t failures_ = 0;
};

/// What becomes of one call, and whether the filesystem can be synced as a whole.
using Fault = std::tuple<const char*, bool>;

class EveryCall : public ::testing::TestWithParam<Fault> {};

TEST_P(EveryCall, MayFailOnce) {
  const auto& [what, filesystem_sync] = GetParam();
  const FileSystemTraits traits{.filesystem_sync = filesystem_sync};
  const bool is_short = std::string_view(what).starts_with("shorten");
  Life undisturbed("", traits);
  undisturbed.Run();
  ASSERT_GT(undisturbed.calls(), 300U);
  EXPECT_EQ(undisturbed.failures(), 0U);
  std::size_t failures = 0;
  for (std::uint64_t call = 1; call <= undisturbed.calls(); ++call) {
    const std::string rule = "call=" + std::to_string(call) + " " + what;
    SCOPED_TRACE(rule);
    Life life(rule, traits);
    life.Run();
    // Only transfers count as calls that can be shortened.
    if (life.fired() == 0 && is_short && call > 30) break;
    EXPECT_EQ(life.fired(), 1U);
    failures += life.failures();
    if (HasFailure()) return;
  }
  if (is_short) {
    EXPECT_EQ(failures, 0U);
  } else {
    EXPECT_GT(failures, undisturbed.calls() / 4) << "for want of descriptors, most wait";
  }
}

INSTANTIATE_TEST_SUITE_P(Error, EveryCall,
                         ::testing::Combine(::testing::Values("fail=EIO", "fail=ENOSPC",
                                                              "fail=EMFILE", "fail=EINTR",
                                                              "shorten=1"),
                                            ::testing::Bool()));

}  // namespace
}  // namespace anystore::flatfs
