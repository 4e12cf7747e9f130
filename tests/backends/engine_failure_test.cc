// Damaged files and killed processes under the backends over storage engines.
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "backends/engine_cases.h"

namespace anystore {
namespace {

namespace fs = std::filesystem;

class EngineFailure : public OverEachEngine<EngineTest> {
 protected:
  /// The tables of the database.
  std::vector<fs::path> Tables() const { return FilesEnding(GetParam().table_ending); }
};

TEST_P(EngineFailure, ADamagedTableIsReportedAndNeverPassedOver) {
  const std::string value(3000, 'v');
  {
    Store store = OpenStore("compression=none");
    for (int i = 100; i < 200; ++i) {
      ASSERT_TRUE(store.Put("k" + std::to_string(i), value).has_value());
    }
    ASSERT_TRUE(store.feature<GcDatastore>()->CollectGarbage({}).has_value());
  }
  ASSERT_EQ(Tables().size(), 1U);
  Damage(Tables().front(), fs::file_size(Tables().front()) / 2);
  const Store store = OpenStore("compression=none");
  int damaged = 0;
  for (int i = 100; i < 200; ++i) {
    const Result<Value> got = store.Get("k" + std::to_string(i));
    if (got.has_value()) {
      EXPECT_EQ(got->bytes(), value);
      continue;
    }
    ++damaged;
    EXPECT_EQ(got.error().code(), Code::kCorruption);
    EXPECT_EQ(got.error().store(), store.name());
  }
  EXPECT_GE(damaged, 1);
  EXPECT_LE(damaged, 3);
  for (const bool reverse : {false, true}) {
    const auto cursor = store.Scan(KeyRange::All(), {.reverse = reverse}).value();
    std::vector<EntryView> batch(16);
    std::size_t seen = 0;
    Result<std::size_t> count = cursor->Next(batch);
    for (; count.has_value() && *count > 0; count = cursor->Next(batch)) seen += *count;
    EXPECT_EQ(CodeOf(count), Code::kCorruption);
    EXPECT_EQ(CodeOf(cursor->Next(batch)), Code::kCorruption);
    EXPECT_GT(seen, 10U);
    EXPECT_LT(seen, 90U);
  }
}

TEST_P(EngineFailure, AMissingTableIsCorruptionNotAMissingStore) {
  {
    Store store = OpenStore();
    ASSERT_TRUE(store.Put("k", "v").has_value());
    ASSERT_TRUE(store.feature<GcDatastore>()->CollectGarbage({}).has_value());
  }
  fs::remove(Tables().front());
  EXPECT_EQ(CodeOf(OpenRaw()), Code::kCorruption);
}

TEST_P(EngineFailure, AcknowledgedWritesSurviveTheProcess) {
  const auto value_of = [](std::uint32_t i) { return std::string(500, 'v') + std::to_string(i); };
  ASSERT_EQ(CodeOf(Create()), Code::kOk);
  std::array<int, 2> told{};
  ASSERT_EQ(pipe(told.data()), 0);
  const pid_t child = fork();
  if (child == 0) {
    // The threads of the engine stayed with the parent: nothing here may need a compaction.
    auto opened = OpenRaw("write_buffer_size=1GiB");
    if (!opened.has_value()) _exit(1);
    Store store(*std::move(opened));
    for (std::uint32_t i = 0;; ++i) {
      if (!store.Put("k" + std::to_string(i), value_of(i)).has_value()) _exit(1);
      if (write(told[1], &i, sizeof(i)) != sizeof(i)) _exit(1);
    }
  }
  close(told[1]);
  std::uint32_t acknowledged = 0;
  while (acknowledged < 1000) {
    ASSERT_EQ(read(told[0], &acknowledged, sizeof(acknowledged)),
              static_cast<ssize_t>(sizeof(acknowledged)));
  }
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  while (read(told[0], &acknowledged, sizeof(acknowledged)) ==
         static_cast<ssize_t>(sizeof(acknowledged))) {
  }
  close(told[0]);
  const Store store = OpenStore();
  for (std::uint32_t i = 0; i <= acknowledged; ++i) {
    ASSERT_EQ(store.Get("k" + std::to_string(i)).value().bytes(), value_of(i));
  }
}

INSTANTIATE_TEST_SUITE_P(Backends, EngineFailure, EachEngine(), EngineName);

}  // namespace
}  // namespace anystore
