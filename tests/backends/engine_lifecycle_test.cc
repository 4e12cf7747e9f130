// What the backends over storage engines that bring their own files do with directories.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

#include "backends/engine_cases.h"

namespace anystore {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class EngineLifecycle : public OverEachEngine<EngineTest> {};

TEST_P(EngineLifecycle, CreatesOpensAndDestroys) {
  EXPECT_FALSE(Exists().value());
  EXPECT_EQ(CodeOf(OpenRaw()), Code::kNotFound);
  EXPECT_FALSE(fs::exists(db_path())) << "Open made something";
  ASSERT_EQ(CodeOf(Create()), Code::kOk);
  EXPECT_TRUE(Exists().value());
  EXPECT_EQ(CodeOf(Create()), Code::kAlreadyExists);
  {
    Store store = OpenStore();
    ASSERT_TRUE(store.Put("/a", "1").has_value());
    ASSERT_TRUE(store.Close().has_value());
  }
  ASSERT_EQ(CodeOf(Destroy()), Code::kOk);
  EXPECT_FALSE(fs::exists(db_path()));
  EXPECT_EQ(CodeOf(Destroy()), Code::kNotFound);
}

TEST_P(EngineLifecycle, AStoreKeepsItsIdentity) {
  ASSERT_EQ(CodeOf(Create()), Code::kOk);
  const auto identity = [&] {
    return OpenRaw().value()->feature<IdentifiedDatastore>()->identity();
  };
  const StoreIdentity first = identity();
  EXPECT_EQ(first.id.size(), 36U);
  EXPECT_EQ(first.backend, backend().scheme());
  EXPECT_EQ(identity().id, first.id);
  EXPECT_EQ(identity().created_at, first.created_at);
  ASSERT_EQ(CodeOf(Destroy()), Code::kOk);
  ASSERT_EQ(CodeOf(Create()), Code::kOk);
  EXPECT_NE(identity().id, first.id);
}

TEST_P(EngineLifecycle, ADatabaseWithoutRecordHasNoIdentity) {
  OpenStore();
  fs::remove(db_path() / "ANYSTORE.json");
  const auto opened = OpenRaw();
  ASSERT_EQ(CodeOf(opened), Code::kOk);
  EXPECT_EQ((*opened)->feature<IdentifiedDatastore>()->identity().id, "");
}

TEST_P(EngineLifecycle, ADamagedRecordIsCorruptionAndCanBeDestroyed) {
  OpenStore();
  fs::permissions(db_path() / "ANYSTORE.json", fs::perms::owner_all);
  Damage(db_path() / "ANYSTORE.json", 40);
  const auto opened = OpenRaw();
  ASSERT_EQ(CodeOf(opened), Code::kCorruption);
  EXPECT_THAT(opened.error().message(), HasSubstr("ANYSTORE.json"));
  EXPECT_THAT(opened.error().message(), HasSubstr("at byte"));
  EXPECT_TRUE(Exists().value());
  EXPECT_EQ(CodeOf(Destroy()), Code::kOk);
  EXPECT_FALSE(fs::exists(db_path()));
}

TEST_P(EngineLifecycle, ACreationCutOffAfterTheRecordCanBeRepeated) {
  fs::create_directory(db_path());
  Write(db_path() / "ANYSTORE.json", "{\"format");
  Write(db_path() / "ANYSTORE.json.0123", "{");
  EXPECT_FALSE(Exists().value());
  EXPECT_EQ(CodeOf(OpenRaw()), Code::kNotFound);
  ASSERT_EQ(CodeOf(Create()), Code::kOk);
  EXPECT_EQ(CodeOf(OpenRaw()), Code::kOk);
  EXPECT_EQ(CodeOf(Destroy()), Code::kOk);
  EXPECT_FALSE(fs::exists(db_path()));
}

TEST_P(EngineLifecycle, CreationThatWasCutOffCanBeRepeated) {
  fs::create_directory(db_path());
  for (const char* const name : GetParam().beginnings) Write(db_path() / name, "cut");
  EXPECT_FALSE(Exists().value());
  EXPECT_EQ(CodeOf(OpenRaw()), Code::kNotFound);
  EXPECT_EQ(CodeOf(Destroy()), Code::kNotFound);
  EXPECT_EQ(CodeOf(Create()), Code::kOk);
  Store store = OpenStore();
  EXPECT_TRUE(store.Put("/a", "1").has_value());
}

TEST_P(EngineLifecycle, RemovalThatWasCutOffCanBeFinished) {
  OpenStore();
  fs::remove(db_path() / "CURRENT");
  EXPECT_FALSE(Exists().value());
  EXPECT_EQ(CodeOf(OpenRaw()), Code::kNotFound);
  EXPECT_EQ(CodeOf(Create()), Code::kAlreadyExists);
  EXPECT_EQ(CodeOf(Destroy()), Code::kOk);
  EXPECT_FALSE(fs::exists(db_path()));
}

TEST_P(EngineLifecycle, FieldsAreChecked) {
  const auto check = [&](const char* fields) { return CodeOf(CheckFields(db_path(), fields)); };
  EXPECT_EQ(check("compression=none&bloom_bits=0&cache_size=1MiB&sync=on"), Code::kOk);
  EXPECT_EQ(check("compression=rar"), Code::kInvalidConfig);
  EXPECT_EQ(check("bloom_bits=99"), Code::kInvalidConfig);
  EXPECT_EQ(check("write_buffer_size=1KiB"), Code::kInvalidConfig);
  EXPECT_EQ(check("snyc=true"), Code::kInvalidConfig);
}

TEST_P(EngineLifecycle, SyncFieldDecidesWhatAPlainPutSurvives) {
  EXPECT_EQ(OpenStore().capabilities().put_durability, Durability::kSurvivesProcess);
  EXPECT_EQ(OpenStore("sync=true").capabilities().put_durability, Durability::kSurvivesPower);
}

TEST_P(EngineLifecycle, CreateMakesOnlyTheLastDirectory) {
  const CheckedConfig deep = ConfigOf(root() / "no" / "such");
  const Status status = backend().Create(deep, Environment::Host());
  ASSERT_EQ(CodeOf(status), Code::kIoError);
  EXPECT_THAT(status.error().message(), HasSubstr("directory above does not exist"));
  EXPECT_THAT(NamesIn(root()), IsEmpty());
}

TEST_P(EngineLifecycle, CreateUsesAnEmptyDirectoryAndRefusesAFullOne) {
  fs::create_directory(db_path());
  Write(db_path() / "letter.txt", "dear");
  const Status refused = Create();
  ASSERT_EQ(CodeOf(refused), Code::kAlreadyExists);
  EXPECT_THAT(refused.error().message(), HasSubstr("letter.txt"));
  EXPECT_THAT(NamesIn(db_path()), ::testing::ElementsAre("letter.txt"));
  fs::remove(db_path() / "letter.txt");
  EXPECT_EQ(CodeOf(OpenRaw()), Code::kNotFound);
  EXPECT_EQ(CodeOf(Create()), Code::kOk);
}

TEST_P(EngineLifecycle, AFileIsNoDatabase) {
  Write(db_path(), "text");
  EXPECT_EQ(CodeOf(Create()), Code::kAlreadyExists);
  EXPECT_EQ(CodeOf(OpenRaw()), Code::kIdentityMismatch);
  EXPECT_EQ(CodeOf(Destroy()), Code::kIdentityMismatch);
  EXPECT_FALSE(Exists().value());
  EXPECT_TRUE(fs::is_regular_file(db_path()));
  const CheckedConfig below = ConfigOf(db_path() / "sub");
  EXPECT_EQ(CodeOf(backend().Open(below, Environment::Host())), Code::kIdentityMismatch);
  EXPECT_EQ(CodeOf(backend().Create(below, Environment::Host())), Code::kAlreadyExists);
}

TEST_P(EngineLifecycle, DestroyTouchesNothingBesideTheDatabase) {
  OpenStore();
  Write(db_path() / "thesis.txt", "years of work");
  const std::size_t before = NamesIn(db_path()).size();
  const Status status = Destroy();
  ASSERT_EQ(CodeOf(status), Code::kIdentityMismatch);
  EXPECT_THAT(status.error().message(), HasSubstr("thesis.txt"));
  EXPECT_EQ(NamesIn(db_path()).size(), before);
}

TEST_P(EngineLifecycle, NumberedLogsOfOthersAreNotDestroyed) {
  fs::create_directory(db_path());
  Write(db_path() / "000001.log", "somebody's");
  EXPECT_EQ(CodeOf(Destroy()), Code::kIdentityMismatch);
  EXPECT_TRUE(fs::exists(db_path() / "000001.log"));
}

TEST_P(EngineLifecycle, BusyWhileOpenInThisProcessUnderWhateverName) {
  const Store store = OpenStore();
  const auto again = OpenRaw();
  ASSERT_EQ(CodeOf(again), Code::kBusy);
  EXPECT_THAT(again.error().message(), HasSubstr("in this process"));
  fs::create_directory_symlink(db_path(), root() / "alias");
  for (const char* const name : {"alias", "db/", "./db/../db"}) {
    const CheckedConfig other = ConfigOf(root() / name);
    EXPECT_EQ(CodeOf(backend().Open(other, Environment::Host())), Code::kBusy) << name;
  }
  EXPECT_EQ(CodeOf(Destroy()), Code::kBusy);
  EXPECT_TRUE(Exists().value());
}

TEST_P(EngineLifecycle, BusyWhileOpenInAnotherProcess) {
  OpenStore();
  std::array<int, 2> ready{};
  ASSERT_EQ(pipe(ready.data()), 0);
  const pid_t child = fork();
  if (child == 0) {
    // Holds the lock that the engine takes, as another process with the database open would.
    const int lock = open((db_path() / "LOCK").c_str(), O_RDWR);
    struct flock whole{};
    whole.l_type = F_WRLCK;
    whole.l_whence = SEEK_SET;
    const char ok = fcntl(lock, F_SETLK, &whole) == 0 ? 'y' : 'n';
    if (write(ready[1], &ok, 1) != 1) _exit(1);
    pause();
    _exit(0);
  }
  char ok = 'n';
  ASSERT_EQ(read(ready[0], &ok, 1), 1);
  EXPECT_EQ(ok, 'y');
  const auto opened = OpenRaw();
  EXPECT_EQ(CodeOf(opened), Code::kBusy);
  if (!opened.has_value()) {
    EXPECT_THAT(opened.error().message(), HasSubstr("another process"));
  }
  EXPECT_EQ(CodeOf(Destroy()), Code::kBusy);
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  close(ready[0]);
  close(ready[1]);
  EXPECT_EQ(CodeOf(OpenRaw()), Code::kOk);
}

/// A small file system in memory at a path, for as long as the object lives.
class Mount {
 public:
  Mount(const fs::path& path, const char* options) : path_(path) {
    fs::create_directory(path_);
    mounted_ = mount("tmpfs", path_.c_str(), "tmpfs", 0, options) == 0;
  }
  Mount(const Mount&) = delete;
  Mount& operator=(const Mount&) = delete;
  ~Mount() {
    if (mounted_) umount2(path_.c_str(), MNT_DETACH);
  }
  bool mounted() const { return mounted_; }
  bool MakeReadOnly() const {
    return mount("tmpfs", path_.c_str(), "tmpfs", MS_REMOUNT | MS_RDONLY, nullptr) == 0;
  }

 private:
  fs::path path_;
  bool mounted_ = false;
};

TEST_P(EngineLifecycle, AReadOnlyMediumIsSaidToBeOne) {
  const Mount medium(root() / "medium", "size=8m");
  if (!medium.mounted()) GTEST_SKIP() << "mounting is not allowed here";
  const CheckedConfig inside = ConfigOf(root() / "medium" / "db");
  const CheckedConfig fresh = ConfigOf(root() / "medium" / "fresh");
  ASSERT_EQ(CodeOf(backend().Create(inside, Environment::Host())), Code::kOk);
  ASSERT_TRUE(medium.MakeReadOnly());
  EXPECT_EQ(CodeOf(backend().Create(fresh, Environment::Host())), Code::kReadOnly);
  EXPECT_EQ(CodeOf(backend().Open(inside, Environment::Host())), Code::kReadOnly);
  EXPECT_EQ(CodeOf(backend().Destroy(inside, Environment::Host())), Code::kReadOnly);
  EXPECT_TRUE(backend().Exists(inside, Environment::Host()).value());
}

TEST_P(EngineLifecycle, ACreationThatFailsLeavesNothing) {
  // Room for the record and the first files of the engine, but not for all.
  const Mount medium(root() / "medium", "size=8m,nr_inodes=6");
  if (!medium.mounted()) GTEST_SKIP() << "mounting is not allowed here";
  const CheckedConfig inside = ConfigOf(root() / "medium" / "db");
  EXPECT_EQ(CodeOf(backend().Create(inside, Environment::Host())), Code::kNoSpace);
  EXPECT_THAT(NamesIn(root() / "medium"), IsEmpty());
}

TEST_P(EngineLifecycle, AFullDiskLosesNothingThatWasAcknowledged) {
  const Mount medium(root() / "medium", "size=1m");
  if (!medium.mounted()) GTEST_SKIP() << "mounting is not allowed here";
  const CheckedConfig inside = ConfigOf(root() / "medium" / "db");
  ASSERT_EQ(CodeOf(backend().Create(inside, Environment::Host())), Code::kOk);
  int written = 0;
  {
    auto opened = backend().Open(inside, Environment::Host());
    ASSERT_EQ(CodeOf(opened), Code::kOk);
    Store store(*std::move(opened), inside.name());
    Result<Receipt> receipt = Receipt{};
    for (; written < 1000; ++written) {
      receipt = store.Put("k" + std::to_string(written), std::string(4096, 'x'));
      if (!receipt.has_value()) break;
    }
    ASSERT_EQ(CodeOf(receipt), Code::kNoSpace);
    EXPECT_EQ(receipt.error().applied(), Applied::kUnknown);
    EXPECT_THAT(receipt.error().ToString(), HasSubstr(std::string(backend().scheme()) + ":"));
    for (int i = 0; i < written; ++i) {
      EXPECT_EQ(CodeOf(store.Get("k" + std::to_string(i))), Code::kOk) << i;
    }
    // Closing cannot write out what it would like to, which is no loss: it is in the log.
    (void)store.Close();
  }
  ASSERT_GT(written, 10);
  // Replaying the log needs room for a table.
  ASSERT_EQ(mount("tmpfs", (root() / "medium").c_str(), "tmpfs", MS_REMOUNT, "size=64m"), 0);
  auto opened = backend().Open(inside, Environment::Host());
  ASSERT_EQ(CodeOf(opened), Code::kOk);
  Store store(*std::move(opened), inside.name());
  for (int i = 0; i < written; ++i) {
    EXPECT_EQ(CodeOf(store.Get("k" + std::to_string(i))), Code::kOk) << i;
  }
}

INSTANTIATE_TEST_SUITE_P(Backends, EngineLifecycle, EachEngine(), EngineName);

}  // namespace
}  // namespace anystore
