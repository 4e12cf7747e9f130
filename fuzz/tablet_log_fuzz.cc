// Any bytes as a transaction log, as a batch, and as transactions to be written.
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "anystore/environment.h"
#include "anystore/tablet/log.h"

namespace {

using anystore::Code;
using anystore::File;
namespace tablet = anystore::tablet;

using Transactions = std::vector<std::string>;

constexpr const char* kName = "log";
constexpr std::uint64_t kTransactionBytesMax = std::uint64_t{1} << 20U;

void Require(bool holds) {
  if (!holds) std::abort();
}

/// A file in memory.
class World {
 public:
  explicit World(std::string_view bytes) { Require(file().WriteAt(0, bytes).has_value()); }
  File& file() { return *file_; }
  anystore::Directory& root() { return *root_; }

 private:
  anystore::ManualClock clock_{anystore::Instant(std::chrono::hours(24))};
  std::unique_ptr<anystore::FileSystem> files_ = anystore::NewMemoryFileSystem(clock_);
  std::unique_ptr<anystore::Directory> root_ = files_->OpenDirectory("/").value();
  std::unique_ptr<File> file_ = root_
                                    ->Open(kName, {.access = anystore::FileAccess::kReadWrite,
                                                   .creation = anystore::FileCreation::kIfMissing})
                                    .value();
};

struct Contents {
  Transactions transactions = {};
  tablet::LogEnd end = {};
  Code code = Code::kOk;
};

Contents Read(File& file, bool salvage) {
  Contents contents;
  const std::uint64_t size = file.Stat()->size;
  tablet::LogReader reader =
      tablet::LogReader::Open(file,
                              {.salvage = salvage, .transaction_bytes_max = kTransactionBytesMax})
          .value();
  for (std::uint64_t last = 0;;) {
    const auto next = reader.Next();
    if (!next.has_value()) contents.code = next.error().code();
    if (!next.has_value() || !next->has_value()) break;
    contents.transactions.emplace_back(**next);
    Require(last == 0 || reader.offset() > last);
    last = reader.offset();
    Require(last < size && contents.transactions.size() <= size / 7);
  }
  contents.end = reader.end();
  const tablet::LogEnd& end = contents.end;
  if (contents.code == Code::kTooLarge) return contents;
  Require(contents.code == Code::kOk || (contents.code == Code::kCorruption && !salvage));
  Require(end.offset + end.bytes_dropped <= size);
  Require((end.kind == tablet::LogEndKind::kCorrupt) == (end.damages > 0));
  Require((contents.code == Code::kCorruption) <= (end.damages == 1));
  if (end.damages == 0) Require(end.offset + end.bytes_dropped == size);
  Require((end.bytes_dropped == 0) == (end.kind == tablet::LogEndKind::kClean));
  return contents;
}

void ReadAsLog(std::string_view input) {
  World world(input);
  const Contents strict = Read(world.file(), /*salvage=*/false);
  const Contents salvaged = Read(world.file(), /*salvage=*/true);
  // What is before the damage is the same.
  Require(strict.transactions.size() <= salvaged.transactions.size());
  for (std::size_t i = 0; i < strict.transactions.size(); ++i) {
    Require(strict.transactions[i] == salvaged.transactions[i]);
  }
  auto writer =
      tablet::LogWriter::Open(world.root(), kName, {.transaction_bytes_max = kTransactionBytesMax});
  Require(writer.has_value() == (strict.code == Code::kOk));
  if (!writer.has_value()) return;
  Require(writer->Append("ours").has_value());
  Transactions expected = strict.transactions;
  expected.emplace_back("ours");
  const Contents after = Read(world.file(), /*salvage=*/false);
  Require(after.transactions == expected && after.end.kind == tablet::LogEndKind::kClean);
}

void ReadAsBatch(std::string_view input) {
  std::string again;
  tablet::BatchReader batch(input);
  for (;;) {
    const auto next = batch.Next();
    if (!next.has_value()) Require(next.error().code() == Code::kCorruption);
    if (!next.has_value() || !next->has_value()) break;
    const tablet::BatchOperation& operation = **next;
    Require((operation.value.has_value() ? tablet::AppendPut(again, operation.key, *operation.value)
                                         : tablet::AppendDelete(again, operation.key))
                .has_value());
  }
  Require(again.size() <= input.size());
}

/// Three bytes a transaction: its size and what it is filled with. So a few of them fill blocks.
Transactions AsTransactions(std::string_view input) {
  Transactions transactions;
  for (; input.size() >= 3 && transactions.size() < 4; input.remove_prefix(3)) {
    const auto high = static_cast<unsigned char>(input[0]);
    const auto low = static_cast<unsigned char>(input[1]);
    transactions.emplace_back(std::size_t{high} << 8U | low, input[2]);
  }
  return transactions;
}

void WriteAndCut(std::string_view input) {
  const Transactions transactions = AsTransactions(input);
  World world("");
  std::uint64_t last = 0;  // where the last transaction begins
  {
    tablet::LogWriter writer = tablet::LogWriter::Open(world.root(), kName).value();
    for (const std::string& transaction : transactions) {
      last = writer.size();
      Require(writer.Append(transaction).has_value());
    }
    Require(writer.size() == world.file().Stat()->size);
  }
  Require(Read(world.file(), /*salvage=*/false).transactions == transactions);
  if (transactions.empty()) return;
  const std::uint64_t size = world.file().Stat()->size;
  const std::uint64_t cut = last + input.size() * 7919 % (size - last);
  Require(world.file().Truncate(cut).has_value());
  const Contents left = Read(world.file(), /*salvage=*/false);
  Require(left.code == Code::kOk && left.end.offset == last);
  Require(left.transactions == Transactions(transactions.begin(), transactions.end() - 1));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): bytes as characters
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  ReadAsLog(input);
  ReadAsBatch(input);
  WriteAndCut(input);
  return 0;
}
