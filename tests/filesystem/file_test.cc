#include "anystore/file.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "anystore/environment.h"
#include "filesystem/posix_fixture.h"

namespace anystore {
namespace {

/// Bytes in a string. Transfers go as the script says, a number a transfer: at most so many bytes,
/// or a negative errno. Behind its end they are whole.
class ScriptedFile final : public File {
 public:
  explicit ScriptedFile(std::string contents = {}) : bytes(std::move(contents)) {}

  Result<FileInfo> Stat() override {
    if (stat_fails) return Error::FromErrno(EIO, "stat");
    return FileInfo{.size = size_told != 0 ? size_told : bytes.size()};
  }
  Status Sync(SyncScope, const SyncSite&) override { return Ok(); }
  Status Link(std::string_view) override { return Ok(); }
  Status Truncate(std::uint64_t) override { return Ok(); }
  Status SetDates(const FileDates&) override { return Ok(); }
  Status Allocate(std::uint64_t, std::uint64_t, Allocation) override { return Ok(); }
  Result<Value> Map(std::uint64_t, std::uint64_t) override { return Value(); }
  void Advise(std::uint64_t, std::uint64_t, ReadAdvice) override {}
  void BeginWriteOut() override {}

  Result<std::size_t> ReadSome(std::uint64_t offset, std::span<char> out) override {
    ANYSTORE_ASSIGN_OR_RETURN(const std::size_t most, NextStep());
    if (offset >= bytes.size()) return std::size_t{0};
    return bytes.copy(out.data(), std::min(most, out.size()), offset);
  }
  Result<std::size_t> WriteSome(std::uint64_t offset,
                                std::span<const std::string_view> pieces) override {
    ANYSTORE_ASSIGN_OR_RETURN(const std::size_t most, NextStep());
    std::string all;
    for (const std::string_view piece : pieces) all += piece;
    all.resize(std::min(all.size(), most));
    if (bytes.size() < offset + all.size()) bytes.resize(offset + all.size());
    bytes.replace(offset, all.size(), all);
    return all.size();
  }

  bool EndsWhereReadStopped(std::uint64_t offset) const noexcept override {
    return offset == known_end;
  }

  std::string bytes;
  std::vector<int> script = {};
  std::uint64_t known_end = std::string::npos;
  std::size_t transfers = 0;
  std::uint64_t size_told = 0;
  bool stat_fails = false;

 private:
  Result<std::size_t> NextStep() {
    const std::size_t at = transfers++;
    if (at >= script.size()) return std::string::npos;
    if (script[at] < 0) return Error::FromErrno(-script[at], "transfer");
    return static_cast<std::size_t>(script[at]);
  }
};

std::string ReadAt(File& file, std::uint64_t offset, std::size_t size) {
  std::string out(size, '?');
  const Result<std::size_t> read = file.ReadAt(offset, out);
  EXPECT_EQ(Outcome(read), "ok");
  out.resize(read.value_or(0));
  return out;
}

TEST(File, ReadAtIsOneTransferWhereThatIsEnough) {
  ScriptedFile file("0123456789");
  EXPECT_EQ(ReadAt(file, 2, 5), "23456");
  EXPECT_EQ(file.transfers, 1U);
}

TEST(File, ReadAtGoesOnAfterShortTransfersAndInterruptions) {
  ScriptedFile file("0123456789");
  file.script = {-EINTR, 1, -EINTR, -EINTR, 3, 2};
  EXPECT_EQ(ReadAt(file, 1, 8), "12345678");
  EXPECT_EQ(file.transfers, 7U);
}

TEST(File, ReadAtEndsWithTheFile) {
  ScriptedFile file("0123456789");
  file.script = {1, -EINTR};
  EXPECT_EQ(ReadAt(file, 7, 8), "789");
  EXPECT_EQ(ReadAt(file, 10, 8), "");
  EXPECT_EQ(ReadAt(file, 1000, 8), "");
}

TEST(File, ReadAtAsksNoFurtherWhereAnEndIsKnown) {
  ScriptedFile file("0123456789");
  EXPECT_EQ(ReadAt(file, 2, 20), "23456789");
  EXPECT_EQ(file.transfers, 2U);
  file.known_end = 10;
  EXPECT_EQ(ReadAt(file, 2, 20), "23456789");
  EXPECT_EQ(file.transfers, 3U);
  file.script = {1, 1, 1, 4};
  EXPECT_EQ(ReadAt(file, 2, 20), "23456789") << "it does not end at 6";
}

TEST(File, ReadAtPassesErrorsOn) {
  ScriptedFile file("0123456789");
  file.script = {-EIO, 3, -EIO};
  std::array<char, 8> out;
  EXPECT_EQ(Outcome(file.ReadAt(0, out)), "io_error");
  EXPECT_EQ(Outcome(file.ReadAt(0, out)), "io_error");
}

TEST(File, EndlessInterruptionsAreAnError) {
  ScriptedFile file("0123456789");
  file.script.assign(1'000'000, -EINTR);
  std::array<char, 8> out;
  const Result<std::size_t> read = file.ReadAt(0, out);
  EXPECT_EQ(Outcome(read), "unavailable");
  EXPECT_EQ(read.error().os_error(), EINTR);
  EXPECT_EQ(Outcome(file.WriteAt(0, "x")), "unavailable");
  EXPECT_EQ(Outcome(file.WritePiecesAt(0, std::array<std::string_view, 2>{"x", "y"})),
            "unavailable");
  EXPECT_LT(file.transfers, 10'000U);
}

TEST(File, WriteAtIsOneTransferWhereThatIsEnough) {
  ScriptedFile file("0123456789");
  EXPECT_EQ(Outcome(file.WriteAt(2, "abc")), "ok");
  EXPECT_EQ(file.bytes, "01abc56789");
  EXPECT_EQ(file.transfers, 1U);
  EXPECT_EQ(Outcome(file.WriteAt(2, "")), "ok");
  EXPECT_EQ(file.transfers, 1U);
}

TEST(File, WriteAtGoesOnAfterShortTransfersAndInterruptions) {
  ScriptedFile file("0123456789");
  file.script = {-EINTR, 1, -EINTR, -EINTR, 3, 2};
  EXPECT_EQ(Outcome(file.WriteAt(1, "abcdefgh")), "ok");
  EXPECT_EQ(file.bytes, "0abcdefgh9");
  EXPECT_EQ(file.transfers, 7U);
}

TEST(File, WriteAtPassesErrorsOn) {
  ScriptedFile file;
  file.script = {3, -ENOSPC};
  EXPECT_EQ(Outcome(file.WriteAt(0, "abcdef")), "no_space");
  EXPECT_EQ(file.bytes, "abc");
}

TEST(File, WriteThatTakesNothingIsAnError) {
  ScriptedFile file;
  file.script = {0, 2, 0, 0};
  EXPECT_EQ(Outcome(file.WriteAt(0, "abc")), "io_error");
  EXPECT_EQ(Outcome(file.WriteAt(0, "abc")), "io_error");
  EXPECT_EQ(Outcome(file.WritePiecesAt(0, std::array<std::string_view, 2>{"x", "y"})), "io_error");
}

TEST(File, WritePiecesAtIsOneTransferWhereThatIsEnough) {
  ScriptedFile file;
  const std::string_view pieces[] = {"", "abc", "", "de", "f", ""};
  EXPECT_EQ(Outcome(file.WritePiecesAt(0, pieces)), "ok");
  EXPECT_EQ(file.bytes, "abcdef");
  EXPECT_EQ(file.transfers, 1U);
  EXPECT_EQ(Outcome(file.WritePiecesAt(0, std::array<std::string_view, 3>{})), "ok");
  EXPECT_EQ(Outcome(file.WritePiecesAt(0, {})), "ok");
  EXPECT_EQ(file.transfers, 1U);
}

TEST(File, WritePiecesAtGoesOnWhereverATransferEnds) {
  std::vector<std::string> texts;
  std::vector<std::string_view> pieces;
  std::string all;
  for (std::size_t i = 0; i < 50; ++i) {
    texts.emplace_back(i % 4, static_cast<char>('A' + i));
    all += texts.back();
  }
  for (const std::string& text : texts) pieces.emplace_back(text);
  SeededRandom random(7);
  for (int round = 0; round < 200; ++round) {
    ScriptedFile file("xy");
    while (file.script.size() < 20) {
      const auto step = static_cast<int>(random.Below(12));
      file.script.push_back(step == 0 ? -EINTR : step);
    }
    ASSERT_EQ(Outcome(file.WritePiecesAt(2, pieces)), "ok");
    ASSERT_EQ(file.bytes, "xy" + all);
  }
}

TEST(File, AppendWritesAtTheEnd) {
  ScriptedFile file("012");
  EXPECT_EQ(*file.Append("ab"), 3U);
  EXPECT_EQ(*file.Append("c"), 5U);
  EXPECT_EQ(file.bytes, "012abc");
  file.stat_fails = true;
  EXPECT_EQ(Outcome(file.Append("d")), "io_error");
}

TEST(File, ReadAllIsTheWholeFile) {
  ScriptedFile file("0123456789");
  file.script = {4, -EINTR};
  EXPECT_EQ(file.ReadAll()->bytes(), "0123456789");
  EXPECT_EQ(file.transfers, 3U);
}

TEST(File, ReadAllOfAFileCutMeanwhileIsWhatIsLeft) {
  ScriptedFile file("0123456789");
  file.size_told = 20;
  EXPECT_EQ(file.ReadAll()->bytes(), "0123456789");
}

TEST(File, ReadAllOfNothingReadsNothing) {
  ScriptedFile file;
  EXPECT_EQ(file.ReadAll()->size(), 0U);
  EXPECT_EQ(file.transfers, 0U);
}

TEST(File, ReadAllOfMoreThanMemoryIsAnError) {
  ScriptedFile file("0");
  file.size_told = std::numeric_limits<std::uint64_t>::max();
  EXPECT_EQ(Outcome(file.ReadAll()), "resource_exhausted");
  file.stat_fails = true;
  EXPECT_EQ(Outcome(file.ReadAll()), "io_error");
}

}  // namespace
}  // namespace anystore
