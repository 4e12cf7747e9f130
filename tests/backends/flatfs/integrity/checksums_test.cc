// The file of checksums: what it finds, what it survives, and that other tools read it.
#include "backends/flatfs/integrity/checksums.h"

#include <gmock/gmock.h>

#include <cerrno>
#include <functional>
#include <string>
#include <vector>

#include "anystore/features.h"
#include "anystore/simulated_disk.h"
#include "backends/flatfs/flatfs_fixture.h"
#include "base/digest.h"
#include "filesystem/intercepted/intercepted.h"
#include "filesystem/watched_files.h"

namespace anystore::flatfs {
namespace {

using filesystem::InterceptedFileSystem;
using ::testing::AnyOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr const char* kName = "blocks/checksums.sha256";
/// What sha256sum says of "hello world" and "hello".
constexpr const char* kHelloWorld =
    "b94d27b9934d3e08a52e52d7da7dabfac484efe37a5380ee9088f7ace2efcde9";
constexpr const char* kHello = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";

TEST(ChecksumLine, IsReadAsItIsWritten) {
  Sha256 sum;
  for (std::size_t i = 0; i < sum.size(); ++i) sum[i] = static_cast<unsigned char>(7 * i + 3);
  std::string text;
  AppendChecksumLine({.path = "AB/XABC.data", .sum = sum}, text);
  EXPECT_EQ(text, ToHex(sum) + "  AB/XABC.data\n");
  text.pop_back();
  const auto line = ParseChecksumLine(text);
  ASSERT_TRUE(line);
  EXPECT_EQ(line->path, "AB/XABC.data");
  EXPECT_EQ(line->sum, sum);
  text.clear();
  AppendChecksumLine({.path = "AB/XABC.data"}, text);
  EXPECT_EQ(text, "# removed AB/XABC.data\n");
  const auto removal = ParseChecksumLine("# removed AB/XABC.data");
  ASSERT_TRUE(removal);
  EXPECT_FALSE(removal->sum);
}

TEST(ChecksumLines, AreAllFoundWhereverTheFileIsReadInPieces) {
  ManualClock clock{Instant()};
  const std::unique_ptr<FileSystem> files = NewMemoryFileSystem(clock);
  const auto root = files->OpenDirectory("/");
  ASSERT_TRUE(root) << TextOf(root);
  std::vector<std::string> written;
  std::string text;
  for (std::size_t i = 0; text.size() < (std::size_t{600} << 10U); ++i) {
    written.push_back("AB/" + std::string(1 + i * 7 % 200, 'X') + std::to_string(i) + ".data");
    AppendChecksumLine({.path = written.back()}, text);
    // Longer than a line may be, and once longer than a piece.
    if (i % 97 == 0) text.append(i == 970 ? 300'000 : 2 * i, '#').append("\n");
  }
  ASSERT_TRUE(WriteFile(**root, {.name = "lines", .bytes = text}, {}));
  const auto file = (*root)->Open("lines", {});
  ASSERT_TRUE(file) << TextOf(file);
  std::vector<std::string> found;
  const Status read = ForEachChecksumLine(**file, [&](const ChecksumLine& line) {
    found.emplace_back(line.path);
    return Ok();
  });
  EXPECT_TRUE(read) << TextOf(read);
  EXPECT_EQ(found, written);
}

TEST(ChecksumLine, SaysNothingWhenItIsTorn) {
  const std::string line = std::string(kHello) + "  AB/XABC.data";
  ASSERT_TRUE(ParseChecksumLine(line));
  for (std::size_t size = 0; size < line.size(); ++size) {
    EXPECT_FALSE(ParseChecksumLine(std::string_view(line).substr(0, size))) << size;
    EXPECT_FALSE(ParseChecksumLine(std::string_view(line).substr(size + 1))) << size;
  }
  for (const char* const other : {"", "#", "# removed ", "# removed AB", "# a comment"}) {
    EXPECT_FALSE(ParseChecksumLine(other)) << other;
  }
  EXPECT_FALSE(ParseChecksumLine(std::string(64, 'g') + "  AB/XABC.data"));
  EXPECT_FALSE(ParseChecksumLine(std::string(kHello) + " *AB/XABC.data"));
}

class ChecksumsTest : public FlatfsTest {
 protected:
  void SetUp() override {
    if (!base::HasDigests()) GTEST_SKIP() << "a build without hash functions";
  }
  static std::string Line(const char* sum, const char* path) {
    return std::string(sum) + "  " + path + "\n";
  }
};

TEST_F(ChecksumsTest, AreLinesOfSha256sum) {
  Store store = OpenStore("verify=checksum");
  EXPECT_EQ(BytesOf(kName), "-") << "nothing was written";
  ASSERT_TRUE(store.Put("/XABC", "hello world"));
  ASSERT_TRUE(store.Put("/Z", "hello"));
  const std::string both = Line(kHelloWorld, "AB/XABC.data") + Line(kHello, "__/Z.data");
  EXPECT_EQ(BytesOf(kName), both);
  ASSERT_TRUE(store.Put("/XABC", "hello world"));
  ASSERT_TRUE(store.Delete("/NONE"));
  EXPECT_EQ(BytesOf(kName), both) << "nothing new";
  auto batch = store.NewBatch();
  ASSERT_TRUE((*batch)->Put("/XABD", "hello"));
  ASSERT_TRUE((*batch)->Delete("/Z"));
  ASSERT_TRUE((*batch)->Commit());
  EXPECT_EQ(BytesOf(kName), both + Line(kHello, "AB/XABD.data") + "# removed __/Z.data\n");
}

TEST_F(ChecksumsTest, FindDamagedValues) {
  Store store = OpenStore("verify=checksum");
  ASSERT_TRUE(store.Put("/XABC", "hello world"));
  for (const char* const damaged : {"", "hello worlD", "hello world!"}) {
    Lay("blocks/AB/XABC.data", damaged);
    const auto value = store.Get("/XABC");
    ASSERT_FALSE(value) << damaged;
    EXPECT_EQ(value.error().code(), Code::kCorruption);
    EXPECT_THAT(TextOf(value), HasSubstr("blocks/AB/XABC.data: the value's SHA-256 is "));
    EXPECT_THAT(TextOf(value), HasSubstr(kHelloWorld));
    EXPECT_EQ(store.feature<CheckedDatastore>()->Check({})->size(), 1U);
  }
  ASSERT_TRUE(store.Put("/XABC", "hello"));
  EXPECT_EQ(store.Get("/XABC")->bytes(), "hello");
  EXPECT_THAT(*store.feature<CheckedDatastore>()->Check({}), IsEmpty());
}

TEST_F(ChecksumsTest, SayNothingOfWhatOthersWrote) {
  Store store = OpenStore("verify=checksum");
  Lay("blocks/AB/XABC.data", "from elsewhere");
  EXPECT_EQ(store.Get("/XABC")->bytes(), "from elsewhere");
  EXPECT_THAT(*store.feature<CheckedDatastore>()->Check({}), IsEmpty());
}

TEST_F(ChecksumsTest, AreSettledByClose) {
  {
    Store store = OpenStore("verify=checksum");
    for (const char* const value : {"1", "2", "hello"}) ASSERT_TRUE(store.Put("/XABC", value));
    ASSERT_TRUE(store.Put("/Z", "gone"));
    ASSERT_TRUE(store.Delete("/Z"));
    ASSERT_TRUE(store.Put("/Y", "hello"));
    ASSERT_TRUE(store.Close());
  }
  EXPECT_EQ(BytesOf(kName), Line(kHello, "AB/XABC.data") + Line(kHello, "__/Y.data"));
  EXPECT_EQ(TreeOf("blocks/.temp").size(), 0U);
}

TEST_F(ChecksumsTest, OfADamagedValueAreKept) {
  {
    Store store = OpenStore("verify=checksum");
    ASSERT_TRUE(store.Put("/XABC", "1"));
    ASSERT_TRUE(store.Put("/XABC", "hello"));
    Lay("blocks/AB/XABC.data", "");
    ASSERT_TRUE(store.Close());
  }
  Store store = OpenStore("verify=checksum");
  EXPECT_EQ(CodeOf(store.Get("/XABC")), Code::kCorruption);
  Lay("blocks/AB/XABC.data", "1");
  EXPECT_TRUE(store.Get("/XABC"));
}

TEST_F(ChecksumsTest, AreKeptUpByWhoeverWrites) {
  {
    ASSERT_TRUE(OpenStore("verify=checksum").Put("/XABC", "hello world"));
  }
  {
    Store store = OpenStore();
    ASSERT_TRUE(store.Put("/XABC", "hello"));
    Lay("blocks/AB/XABC.data", "damaged");
    EXPECT_TRUE(store.Get("/XABC")) << "nobody asked";
    Lay("blocks/AB/XABC.data", "hello");
  }
  Store store = OpenStore("verify=checksum");
  EXPECT_EQ(store.Get("/XABC")->bytes(), "hello");
  EXPECT_EQ(BytesOf(kName), Line(kHello, "AB/XABC.data"));
}

TEST_F(ChecksumsTest, AreReadAgainBesideAWriter) {
  Store store = OpenStore("verify=checksum");
  ASSERT_TRUE(store.Put("/XABC", "1"));
  auto opened = OpenRaw("verify=checksum&read_only=true");
  ASSERT_TRUE(opened) << TextOf(opened);
  Store reader(*std::move(opened), "flatfs:blocks", environment());
  EXPECT_TRUE(reader.Get("/XABC"));
  ASSERT_TRUE(store.Put("/XABC", "hello"));
  EXPECT_EQ(reader.Get("/XABC")->bytes(), "hello");
  Lay("blocks/AB/XABC.data", "damaged");
  EXPECT_EQ(CodeOf(reader.Get("/XABC")), Code::kCorruption);
}

TEST_F(ChecksumsTest, GoOnBehindATornLine) {
  {
    ASSERT_TRUE(OpenStore("verify=checksum").Put("/XABC", "hello"));
  }
  Lay(kName, Line(kHello, "AB/XABC.data") + "2cf24dba5f");
  {
    Store store = OpenStore("verify=checksum");
    ASSERT_TRUE(store.Put("/Y", "hello"));
    EXPECT_EQ(BytesOf(kName),
              Line(kHello, "AB/XABC.data") + "2cf24dba5f\n" + Line(kHello, "__/Y.data"));
    Lay("blocks/__/Y.data", "");
    EXPECT_EQ(CodeOf(store.Get("/Y")), Code::kCorruption);
  }
}

TEST_F(ChecksumsTest, BelongToTheRepository) {
  {
    ASSERT_TRUE(OpenStore("verify=checksum").Put("/XABC", "hello"));
  }
  ASSERT_TRUE(Destroy());
  EXPECT_FALSE(Exists());
}

/// A store on a simulated disk whose calls can be made to fail.
class World {
 public:
  explicit World(bool sync, std::unique_ptr<SimulatedDisk> disk = std::make_unique<SimulatedDisk>())
      : disk_(std::move(disk)),
        config_(FlatfsConfig("blocks", std::string("verify=checksum&chores=inline&sync=") +
                                           (sync ? "true" : "false"))) {
    environment_ = {.clock = &clock_, .random = &random_, .logger = &log_, .files = &files_};
  }
  Result<Store> Open() {
    ANYSTORE_ASSIGN_OR_RETURN(const bool exists, backend_->Exists(config_, environment_));
    if (!exists) ANYSTORE_TRY(backend_->Create(config_, environment_));
    auto opened = backend_->Open(config_, environment_);
    if (!opened.has_value()) return std::move(opened).error();
    return Store(*std::move(opened), "flatfs:blocks", environment_);
  }
  SimulatedDisk& disk() { return *disk_; }
  testing::FailingCalls& faults() { return faults_; }

 private:
  ManualClock clock_{Instant{}};
  SeededRandom random_{3};
  SilentLogger log_;
  std::unique_ptr<SimulatedDisk> disk_;
  testing::FailingCalls faults_;
  InterceptedFileSystem files_{*disk_, faults_};
  Environment environment_;
  const std::unique_ptr<Backend> backend_ = NewFlatfsBackend();
  const CheckedConfig config_;
};

/// Replaces, removes and adds, closes, and opens again.
Status Work(World& world) {
  ANYSTORE_ASSIGN_OR_RETURN(Store store, world.Open());
  ANYSTORE_TRY(store.Put("/A", "new"));
  ANYSTORE_TRY(store.Delete("/B"));
  auto batch = store.NewBatch();
  ANYSTORE_TRY((*batch)->Put("/A", "newer"));
  ANYSTORE_TRY((*batch)->Put("/C", "third"));
  ANYSTORE_TRY((*batch)->Commit());
  ANYSTORE_TRY(store.Close());
  ANYSTORE_ASSIGN_OR_RETURN(Store again, world.Open());
  ANYSTORE_TRY(again.Put("/B", "back"));
  return again.Close();
}

/// Whatever is there is one of the values that were written, and known to be.
void ExpectRight(World& world) {
  for (int opened = 0; opened < 2; ++opened) {
    Result<Store> store = world.Open();
    ASSERT_TRUE(store) << TextOf(store);
    const auto value = [&](std::string_view key) {
      const auto got = store->Get(key);
      return got.has_value() ? std::string(got->bytes())
                             : std::string(CodeName(got.error().code()));
    };
    EXPECT_THAT(value("/A"), AnyOf("old", "new", "newer"));
    EXPECT_THAT(value("/B"), AnyOf("second", "not_found", "back"));
    EXPECT_THAT(value("/C"), AnyOf("not_found", "third"));
    EXPECT_TRUE(store->Close());
  }
  Result<Store> store = world.Open();
  const auto root = world.disk().OpenDirectory("blocks");
  ASSERT_TRUE(WriteFile(**root, {.name = "__/A.data", .bytes = "ol"}, {}));
  EXPECT_EQ(CodeOf(store->Get("/A")), Code::kCorruption);
  EXPECT_TRUE(store->Put("/A", "old"));
  EXPECT_EQ(store->Get("/A")->bytes(), "old");
}

void Prepare(World& world) {
  Result<Store> store = world.Open();
  ASSERT_TRUE(store) << TextOf(store);
  ASSERT_TRUE(store->Put("/A", "old"));
  ASSERT_TRUE(store->Put("/B", "second"));
  ASSERT_TRUE(store->Sync());
  ASSERT_TRUE(store->Close());
}

TEST(ChecksumsOnASimulatedDisk, NeverRefuseWhatAPowerCutLeaves) {
  if (!base::HasDigests()) GTEST_SKIP() << "a build without hash functions";
  for (const bool sync : {false, true}) {
    std::uint64_t calls = 0;
    for (bool finished = false; !finished;) {
      World world(sync);
      Prepare(world);
      world.disk().CutPower(++calls);
      finished = Work(world).has_value();
      world.disk().CutPower();
      for (const Survivors survivors : kAllSurvivors) {
        for (std::uint64_t seed = 0; seed < 3; ++seed) {
          SCOPED_TRACE(std::to_string(calls) + " calls, " + std::string(Name(survivors)) +
                       " seed " + std::to_string(seed));
          World after(sync, world.disk().Crash(survivors, seed));
          ExpectRight(after);
        }
      }
    }
    EXPECT_GT(calls, 50U);
  }
}

TEST(ChecksumsOnASimulatedDisk, OutliveAProcessThatWasKilled) {
  if (!base::HasDigests()) GTEST_SKIP() << "a build without hash functions";
  World world(/*sync=*/false);
  Prepare(world);
  {
    Result<Store> killed = world.Open();
    ASSERT_TRUE(killed->Put("/A", "new"));
    world.faults().fails = [](const filesystem::Call&) { return true; };
    static_cast<void>(killed->Close().has_value());
    world.faults().fails = nullptr;
  }
  // The old value may still come back when this drops its line.
  Result<Store> store = world.Open();
  EXPECT_EQ(store->Get("/A")->bytes(), "new");
  for (const Survivors survivors : kAllSurvivors) {
    for (std::uint64_t seed = 0; seed < 10; ++seed) {
      World after(/*sync=*/false, world.disk().Crash(survivors, seed));
      ExpectRight(after);
    }
  }
}

TEST(ChecksumsOnASimulatedDisk, AreRightWhicheverCallFails) {
  if (!base::HasDigests()) GTEST_SKIP() << "a build without hash functions";
  for (const int error : {EIO, ENOSPC}) {
    bool failed = true;
    for (int failing = 1; failed; ++failing) {
      SCOPED_TRACE("error " + std::to_string(error) + " in call " + std::to_string(failing));
      World world(/*sync=*/failing % 2 == 0);
      Prepare(world);
      int calls = 0;
      world.faults().os_error = error;
      world.faults().fails = [&](const filesystem::Call&) { return ++calls == failing; };
      static_cast<void>(Work(world).has_value());
      failed = calls >= failing;
      world.faults().fails = nullptr;
      ExpectRight(world);
      World after(/*sync=*/true, world.disk().Crash(Survivors::kNone, 1));
      ExpectRight(after);
    }
  }
}

}  // namespace
}  // namespace anystore::flatfs
