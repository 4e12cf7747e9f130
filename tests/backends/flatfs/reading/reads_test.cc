#include "backends/flatfs/reading/reads.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "anystore/environment.h"
#include "anystore/file_batch.h"
#include "filesystem/watched_files.h"

namespace anystore::flatfs {
namespace {

using filesystem::Operation;

constexpr std::size_t kSmallMax = ExpectedSize::kSmallMax;

/// Notes the calls of files, and cuts transfers.
class FileCalls final : public testing::FailingCalls {
 public:
  filesystem::Decision Before(const filesystem::Call& call) override {
    if (call.operation == Operation::kFileStat) ++stats;
    if (call.operation != Operation::kRead) return FailingCalls::Before(call);
    ++reads;
    if (bytes_max == 0) return FailingCalls::Before(call);
    return filesystem::Decision::Shorten(bytes_max);
  }

  std::size_t bytes_max = 0;
  int stats = 0;
  int reads = 0;
};

class ReadRecordTest : public ::testing::Test {
 protected:
  ReadRecordTest() {
    auto root = files_.OpenDirectory("/");
    EXPECT_TRUE(root.has_value());
    root_ = *std::move(root);
  }
  static std::string Bytes(std::size_t size) {
    std::string bytes(size, 'a');
    for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<char>('a' + i % 23);
    return bytes;
  }
  void Write(std::string_view name, std::string_view bytes) {
    EXPECT_TRUE(WriteFile(*root_, {.name = name, .bytes = bytes}, {}).has_value());
  }
  /// The bytes of a record, or the code of the error.
  std::string Read(std::string_view name, const Window& window = {}) {
    std::uint64_t size = 0;
    const auto file = OpenRecord(*root_, name, &clock_);
    if (!file.has_value()) return std::string(CodeName(file.error().code()));
    const Result<Value> value = ReadRecord(**file, *root_, name, window, &size, &expected_);
    if (!value.has_value()) return std::string(CodeName(value.error().code()));
    EXPECT_EQ(size, (*file)->Stat()->size);
    --calls_.stats;
    return std::string(value->bytes());
  }

  ManualClock clock_{Instant{}};
  std::unique_ptr<FileSystem> memory_ = NewMemoryFileSystem(clock_);
  FileCalls calls_;
  filesystem::InterceptedFileSystem files_{*memory_, calls_};
  std::unique_ptr<Directory> root_;
  ExpectedSize expected_;
};

TEST_F(ReadRecordTest, GivesValuesOfAllSizesAfterSmallAndLargeOnes) {
  const std::vector<std::size_t> sizes = {
      0, 1, 4095, 4096, 4097, kSmallMax - 1, kSmallMax, kSmallMax + 1, kSmallMax + 2, 100'000};
  for (const std::size_t size : sizes) Write(std::to_string(size), Bytes(size));
  for (const std::size_t before : {std::size_t{1}, std::size_t{100'000}}) {
    for (const std::size_t size : sizes) {
      EXPECT_EQ(Read(std::to_string(before)), Bytes(before));
      EXPECT_EQ(Read(std::to_string(size)), Bytes(size)) << before;
    }
  }
}

TEST_F(ReadRecordTest, DoesNotAskForTheSizeOfSmallOnes) {
  Write("small", Bytes(kSmallMax));
  Write("large", Bytes(kSmallMax + 1));
  Read("small");
  Read("small");
  EXPECT_EQ(calls_.stats, 0);
  Read("large");
  EXPECT_EQ(calls_.stats, 1);
  calls_.reads = 0;
  Read("large");
  EXPECT_EQ(calls_.stats, 2);
  EXPECT_EQ(calls_.reads, 1) << "a large one was expected";
  Read("small");
  EXPECT_EQ(calls_.stats, 3);
  Read("small");
  EXPECT_EQ(calls_.stats, 3) << "a small one was expected";
}

TEST_F(ReadRecordTest, GivesPartsAndTheSizeOfTheWhole) {
  Write("small", "0123456789");
  EXPECT_EQ(Read("small", {.offset = 2, .length = 3}), "234");
  EXPECT_EQ(Read("small", {.offset = 8}), "89");
}

TEST_F(ReadRecordTest, DoesNotTakeAShortTransferForTheEnd) {
  Write("small", Bytes(10'000));
  Write("large", Bytes(40'000));
  calls_.bytes_max = 1000;
  EXPECT_EQ(Read("small"), Bytes(10'000));
  EXPECT_EQ(Read("large"), Bytes(40'000));
}

TEST_F(ReadRecordTest, SaysThatADirectoryIsNoRecord) {
  ASSERT_TRUE(root_->MakeDirectory("directory"));
  Write("large", Bytes(kSmallMax + 1));
  EXPECT_EQ(Read("directory"), "corruption");
  Read("large");
  EXPECT_EQ(Read("directory"), "corruption");
}

TEST_F(ReadRecordTest, PassesErrorsOn) {
  Write("small", Bytes(100));
  EXPECT_EQ(Read("nothing"), "not_found");
  calls_.fails = [](const filesystem::Call& call) { return call.operation == Operation::kRead; };
  EXPECT_EQ(Read("small"), "io_error");
}

}  // namespace
}  // namespace anystore::flatfs
