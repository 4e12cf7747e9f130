// What the Go, C# and Java writers of the Factory datastore wrote is read alike, and what is
// written here has the same bytes as Go's.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "anystore/tablet/log.h"
#include "cli/sha256.h"
#include "cli/text.h"
#include "interop/vectors.h"
#include "scratch_directory.h"

namespace anystore::tablet {
namespace {

namespace fs = std::filesystem;
using anystore::testing::Text;
using nlohmann::json;

std::string Sha256Text(std::string_view bytes) {
  std::string digest;
  for (const std::uint8_t byte : cli::Sha256Of(bytes)) digest += static_cast<char>(byte);
  return cli::Hex(digest);
}

/// The logs of the manifest; skipped, with the path, where it is not there.
class TabletLogs : public ::testing::Test {
 protected:
  void SetUp() override {
    std::ifstream stream(folder_ / "log" / "MANIFEST.json");
    if (!stream.is_open()) {
      GTEST_SKIP() << "NOT CHECKED against the original: there is no "
                   << folder_ / "log" / "MANIFEST.json"
                   << "; set the CMake variable ANYSTORE_INTEROP_DATA";
    }
    logs_ = json::parse(stream)["logs"];
    ASSERT_EQ(logs_.size(), 8U);
  }

  [[nodiscard]] std::unique_ptr<File> Open(const std::string& name) const {
    const auto folder = HostFileSystem().OpenDirectory(folder_.string());
    return (*folder)->Open(name, {}).value();
  }
  [[nodiscard]] std::string BytesOf(const std::string& name) const {
    return std::string(Open(name)->ReadAll().value().bytes());
  }

  const fs::path folder_ = fs::path(ANYSTORE_INTEROP_DATA) / "tablet";
  json logs_;
};

/// What a reader says of a log.
struct Contents {
  std::vector<std::string> transactions = {};
  LogEnd end = {};
  bool is_corrupt = false;
};

Contents Read(File& file) {
  Contents contents;
  LogReader reader = LogReader::Open(file).value();
  for (;;) {
    const auto next = reader.Next();
    contents.is_corrupt = !next.has_value() && next.error().code() == Code::kCorruption;
    if (!next.has_value() || !next->has_value()) break;
    contents.transactions.emplace_back(**next);
  }
  contents.end = reader.end();
  return contents;
}

TEST_F(TabletLogs, HaveTheTransactionsAndTheEndOfTheManifest) {
  for (const json& log : logs_) {
    SCOPED_TRACE(Text(log["file"]));
    const auto file = Open(Text(log["file"]));
    ASSERT_EQ(file->Stat()->size, log["size"].get<std::uint64_t>());
    const Contents contents = Read(*file);
    ASSERT_EQ(contents.transactions.size(), log["transactions"].size());
    for (std::size_t i = 0; i < contents.transactions.size(); ++i) {
      const json& expected = log["transactions"][i];
      EXPECT_EQ(contents.transactions[i].size(), expected["len"].get<std::size_t>());
      EXPECT_EQ(Sha256Text(contents.transactions[i]), Text(expected["sha256"]));
    }
    const std::string tail = Text(log["tail"]);
    EXPECT_EQ(LogEndName(contents.end.kind), tail.substr(0, tail.find(' '))) << contents.end.what;
    EXPECT_EQ(contents.is_corrupt, tail == "corrupt");
  }
}

TEST_F(TabletLogs, OfCSharpAndJavaHoldBatches) {
  int operations = 0;
  for (const json& log : logs_) {
    if (Text(log["writer"]).starts_with("go")) continue;
    SCOPED_TRACE(Text(log["file"]));
    for (const std::string& transaction : Read(*Open(Text(log["file"]))).transactions) {
      std::string again;
      BatchReader batch(transaction);
      for (;;) {
        const auto next = batch.Next();
        ASSERT_TRUE(next.has_value()) << next.error().ToString();
        if (!next->has_value()) break;
        const BatchOperation& operation = **next;
        ASSERT_TRUE(operation.value.has_value() ? AppendPut(again, operation.key, *operation.value)
                                                : AppendDelete(again, operation.key));
        ++operations;
      }
      EXPECT_EQ(again, transaction);
    }
  }
  EXPECT_EQ(operations, 5) << "one a transaction";
}

TEST_F(TabletLogs, OfGoAreWrittenAgainByteForByte) {
  const anystore::testing::ScratchDirectory scratch(anystore::testing::InMemory());
  const auto folder = HostFileSystem().OpenDirectory(scratch.path().string()).value();
  for (const std::string name : {"go-split.log", "go-pad.log"}) {
    LogWriter writer = LogWriter::Open(*folder, name, {.sync = LogSync::kNone}).value();
    for (const std::string& transaction : Read(*Open("log/" + name)).transactions) {
      ASSERT_TRUE(writer.Append(transaction));
    }
    EXPECT_TRUE(folder->Open(name, {}).value()->ReadAll()->bytes() == BytesOf("log/" + name))
        << name;
  }
}

TEST_F(TabletLogs, AreGoneOnWithWhereTheyMayBe) {
  const anystore::testing::ScratchDirectory scratch(anystore::testing::InMemory());
  const auto folder = HostFileSystem().OpenDirectory(scratch.path().string()).value();
  for (const json& log : logs_) {
    const std::string name = fs::path(Text(log["file"])).filename();
    SCOPED_TRACE(name);
    std::ofstream(scratch.path() / name, std::ios::binary) << BytesOf("log/" + name);
    std::vector<std::string> expected = Read(*Open("log/" + name)).transactions;
    auto writer = LogWriter::Open(*folder, name);
    if (Text(log["tail"]) == "corrupt") {
      EXPECT_EQ(writer.error().code(), Code::kCorruption);
      continue;
    }
    expected.emplace_back("ours");
    ASSERT_TRUE(writer->Append(expected.back()));
    const Contents contents = Read(*folder->Open(name, {}).value());
    EXPECT_TRUE(contents.transactions == expected);
    EXPECT_EQ(contents.end.kind, LogEndKind::kClean);
  }
}

TEST_F(TabletLogs, WithDamageAreSalvagedButForWhatIsDamaged) {
  const auto file = Open("log/go-split-bad-crc.log");
  LogReader reader = LogReader::Open(*file, {.salvage = true}).value();
  std::vector<std::size_t> sizes;
  for (;;) {
    const auto next = reader.Next();
    ASSERT_TRUE(next.has_value()) << next.error().ToString();
    if (!next->has_value()) break;
    sizes.push_back((*next)->size());
  }
  EXPECT_EQ(sizes, (std::vector<std::size_t>{70'000, 0, 5}));
  EXPECT_EQ(reader.end().kind, LogEndKind::kCorrupt);
  EXPECT_EQ(reader.end().offset, 0U);
  EXPECT_EQ(reader.end().bytes_dropped, 17U);
}

}  // namespace
}  // namespace anystore::tablet
