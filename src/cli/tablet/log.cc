// tablet log dump, tablet log check: what a transaction log holds, and whether it is whole.
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "anystore/tablet/log.h"
#include "cli/capabilities.h"
#include "cli/stores.h"
#include "cli/tablet/log_commands.h"
#include "cli/tablet/place.h"
#include "cli/text.h"

namespace anystore::cli {
namespace {

using tablet::BatchOperation;
using tablet::LogEnd;
using tablet::LogEndKind;
using tablet::LogReader;

/// A program has room for larger ones than a store may want to hold.
constexpr std::uint64_t kTransactionBytesMax = std::uint64_t{1} << 30U;

Result<std::unique_ptr<anystore::File>> OpenLog(const std::string& path) {
  ANYSTORE_ASSIGN_OR_RETURN(const FilePlace place, FindFile(path));
  return place.directory->Open(place.name, {});
}

/// Calls `each` with the transactions of a log and where each begins, until it ends or is damaged.
template <class Each>
Result<LogEnd> ForEachTransaction(const std::string& path, bool salvage, const Each& each) {
  ANYSTORE_ASSIGN_OR_RETURN(const auto file, OpenLog(path));
  ANYSTORE_ASSIGN_OR_RETURN(
      LogReader reader,
      LogReader::Open(*file, {.salvage = salvage, .transaction_bytes_max = kTransactionBytesMax}));
  for (;;) {
    ANYSTORE_TRY(CheckInterrupted());
    auto next = reader.Next();
    if (!next.has_value() && next.error().code() == Code::kCorruption) return reader.end();
    if (!next.has_value()) return std::move(next).error();
    if (!next->has_value()) return reader.end();
    ANYSTORE_TRY(each(reader.offset(), **next));
  }
}

Exit Failed(Error error, const char* action, const std::string& path) {
  return Fail(std::move(error).During(action).In(Printable(path)));
}

Exit ExitOf(const LogEnd& end) {
  return end.kind == LogEndKind::kCorrupt ? Exit::kDifferent : Exit::kOk;
}

/// The changes of a batch; none when it is none.
std::optional<std::vector<BatchOperation>> ChangesOf(std::string_view transaction) {
  std::vector<BatchOperation> changes;
  tablet::BatchReader reader(transaction);
  for (;;) {
    const auto next = reader.Next();
    if (!next.has_value()) return std::nullopt;
    if (!next->has_value()) return changes;
    changes.push_back(**next);
  }
}

std::string Json(const BatchOperation& change) {
  JsonObject json;
  json.Bytes("operation", change.value.has_value() ? "put" : "delete").Bytes("key", change.key);
  if (change.value.has_value()) json.Bytes("value", *change.value);
  return json.Finish();
}

std::string Text(const BatchOperation& change) {
  const std::string key = Quoted(change.key);
  return change.value.has_value() ? "  put " + key + " " + Quoted(*change.value)
                                  : "  delete " + key;
}

/// Prints transactions, a line or a few each.
class TransactionPrinter {
 public:
  TransactionPrinter(const TabletLogDumpArguments& arguments, Output& output)
      : arguments_(arguments), output_(output) {}

  Status Print(std::uint64_t offset, std::string_view transaction) {
    const auto changes = arguments_.raw ? std::nullopt : ChangesOf(transaction);
    ++count_;
    if (arguments_.json) return output_.Line(TransactionJson(offset, transaction, changes));
    std::string text = "transaction " + std::to_string(count_) + " at offset " +
                       std::to_string(offset) + ", " + std::to_string(transaction.size()) +
                       " bytes";
    if (changes.has_value()) text += ", changes: " + std::to_string(changes->size());
    ANYSTORE_TRY(output_.Line(text));
    if (arguments_.raw) return output_.Line("  " + Quoted(transaction));
    if (!changes.has_value()) return Ok();
    for (const BatchOperation& change : *changes) ANYSTORE_TRY(output_.Line(Text(change)));
    return Ok();
  }
  Status PrintEnd(const LogEnd& end) {
    if (arguments_.json) return output_.Line(EndJson(end));
    std::string text(tablet::LogEndName(end.kind));
    text += " at offset " + std::to_string(end.offset);
    if (!end.what.empty()) {
      text += ": " + end.what + "; dropped bytes: " + std::to_string(end.bytes_dropped);
    }
    return output_.Line(text);
  }

 private:
  [[nodiscard]] std::string TransactionJson(
      std::uint64_t offset, std::string_view transaction,
      const std::optional<std::vector<BatchOperation>>& changes) const {
    JsonObject json;
    json.Count("transaction", count_).Count("offset", offset).Count("bytes", transaction.size());
    if (arguments_.raw) json.Bytes("data", transaction);
    if (changes.has_value()) {
      std::string list;
      for (const BatchOperation& change : *changes) {
        list.append(list.empty() ? "" : ",").append(Json(change));
      }
      json.Raw("changes", "[" + list + "]");
    }
    return json.Finish();
  }
  static std::string EndJson(const LogEnd& end) {
    JsonObject json;
    json.Bytes("end", tablet::LogEndName(end.kind))
        .Count("offset", end.offset)
        .Count("dropped_bytes", end.bytes_dropped)
        .Count("damages", end.damages);
    if (!end.what.empty()) json.Bytes("what", end.what);
    return json.Finish();
  }

  const TabletLogDumpArguments& arguments_;
  Output& output_;
  std::uint64_t count_ = 0;
};

/// What `check` counts.
struct Counts {
  std::uint64_t transactions = 0;
  std::uint64_t bytes = 0;
};

std::string Json(const Counts& counts, const LogEnd& end) {
  JsonObject json;
  json.Count("transactions", counts.transactions)
      .Count("transaction_bytes", counts.bytes)
      .Bytes("end", tablet::LogEndName(end.kind))
      .Count("end_offset", end.offset)
      .Count("dropped_bytes", end.bytes_dropped)
      .Count("damages", end.damages);
  if (!end.what.empty()) json.Bytes("what", end.what);
  return json.Finish() + "\n";
}

std::string Text(const Counts& counts, const LogEnd& end) {
  std::string text;
  const auto line = [&](std::string_view name, std::string_view value) {
    text.append(Padded(name, kAxisWidth)).append(value).append("\n");
  };
  line("transactions", WithCommas(counts.transactions));
  line("transaction_bytes", BytesText(counts.bytes));
  line("end", tablet::LogEndName(end.kind));
  line("end_offset", WithCommas(end.offset));
  line("dropped_bytes", WithCommas(end.bytes_dropped));
  line("damages", WithCommas(end.damages));
  if (!end.what.empty()) line("what", end.what);
  return text;
}

}  // namespace

Exit TabletLogDump(const TabletLogDumpArguments& arguments) {
  Output output;
  TransactionPrinter printer(arguments, output);
  Result<LogEnd> end = ForEachTransaction(arguments.file, arguments.salvage,
                                          [&](std::uint64_t offset, std::string_view transaction) {
                                            return printer.Print(offset, transaction);
                                          });
  if (!end.has_value()) {
    // What was found before is printed all the same.
    return Worse(Finish(Ok(), output), Failed(std::move(end).error(), "dump", arguments.file));
  }
  return Finish(printer.PrintEnd(*end), output, ExitOf(*end));
}

Exit TabletLogCheck(const TabletLogCheckArguments& arguments) {
  Counts counts;
  // What is behind damage is counted, too: it tells how much can be rescued.
  Result<LogEnd> end =
      ForEachTransaction(arguments.file, /*salvage=*/true,
                         [&](std::uint64_t /*offset*/, std::string_view transaction) -> Status {
                           ++counts.transactions;
                           counts.bytes += transaction.size();
                           return Ok();
                         });
  if (!end.has_value()) return Failed(std::move(end).error(), "check", arguments.file);
  return PrintText(arguments.json ? Json(counts, *end) : Text(counts, *end), ExitOf(*end));
}

}  // namespace anystore::cli
