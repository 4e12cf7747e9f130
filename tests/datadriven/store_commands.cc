#include "datadriven/store_commands.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

namespace anystore::datadriven {
namespace {

constexpr std::array<std::pair<std::string_view, Durability>, 3> kDurabilities = {
    {{"applied", Durability::kApplied},
     {"process", Durability::kSurvivesProcess},
     {"durable", Durability::kSurvivesPower}}};

WriteOptions WriteFlags(Arguments& arguments) {
  WriteOptions options;
  for (const auto& [name, durability] : kDurabilities) {
    if (arguments.Flag(name)) options.durability = durability;
  }
  return options;
}

}  // namespace

void StoreCommands::Lines::Log(LogLevel level, std::string_view line) {
  if (level >= LogLevel::kInfo) text.append(line).append("\n");
}

std::string StoreCommands::Run(const Case& given) {
  if (given.command == "run") {
    return RunLines(given.input, [this](const std::string& line) { return RunOne(line, ""); });
  }
  return RunOne(given.command, given.input);
}

std::string StoreCommands::RunOne(const std::string& line, const std::string& input) {
  Arguments arguments(line);
  const std::string& command = arguments.command();
  std::optional<std::string> printed;
  if (command == "on") {
    store_.reset();
    world_ = std::make_unique<World>(arguments.Next("medium"), arguments);
    world_->let_go = [this] { store_.reset(); };
    printed = "ok";
  } else if (world_ == nullptr) {
    throw BadCase("no filesystem; begin with `on simulated`");
  } else if (command == "error") {
    printed = error_.empty() ? "none" : error_;
  } else if (command == "log") {
    printed = std::exchange(log_.text, {});
  } else {
    printed = world_->Run(arguments, input);
    if (!printed.has_value()) printed = RunOnUrl(arguments);
    if (!printed.has_value()) printed = RunOnStore(arguments, input);
  }
  if (!printed.has_value()) throw BadCase("unknown command: " + command);
  arguments.End();
  return *printed;
}

template <class T>
std::string StoreCommands::Told(const Result<T>& result) {
  if (!result.has_value()) error_ = result.error().ToString();
  return CodeText(result);
}

Store& StoreCommands::store() {
  if (!store_.has_value()) throw BadCase("no store is open");
  return *store_;
}

OpenOptions StoreCommands::Options(OpenMode mode) {
  // Anew each time: after a power cut, it is another disk.
  environment_ = Environment::Host();
  environment_.clock = &world_->clock();
  environment_.random = &world_->random();
  environment_.logger = &log_;
  environment_.files = &world_->files();
  return {.mode = mode, .environment = &environment_};
}

std::optional<std::string> StoreCommands::RunOnUrl(Arguments& arguments) {
  const std::string& command = arguments.command();
  if (command == "create") {
    return Told(Create(arguments.Next("url"), Options(OpenMode::kCreate)));
  }
  if (command == "destroy") {
    return Told(Destroy(arguments.Next("url"), Options(OpenMode::kOpen)));
  }
  if (command == "exists") {
    const Result<bool> exists = Exists(arguments.Next("url"), Options(OpenMode::kOpen));
    return exists.has_value() ? (*exists ? "true" : "false") : Told(exists);
  }
  if (command == "open") {
    const OpenMode mode = arguments.Flag("create") ? OpenMode::kOpenOrCreate : OpenMode::kOpen;
    Result<Store> opened = Open(arguments.Next("url"), Options(mode));
    std::string told = Told(opened);
    if (opened.has_value()) store_.emplace(*std::move(opened));
    return told;
  }
  return std::nullopt;
}

std::optional<std::string> StoreCommands::RunOnStore(Arguments& arguments,
                                                     const std::string& input) {
  const std::string& command = arguments.command();
  if (command == "put") return Put(arguments);
  if (command == "get") {
    const Result<Value> value = store().Get(arguments.Next("key"));
    return value.has_value() ? ShortBytes(*value) : Told(value);
  }
  if (command == "has") {
    const Result<bool> has = store().Has(arguments.Next("key"));
    return has.has_value() ? (*has ? "true" : "false") : Told(has);
  }
  if (command == "size") {
    const Result<std::uint64_t> size = store().GetSize(arguments.Next("key"));
    return size.has_value() ? std::to_string(*size) : Told(size);
  }
  if (command == "delete") {
    const WriteOptions write = WriteFlags(arguments);
    return Told(store().Delete(arguments.Next("key"), {.write = write}));
  }
  if (command == "batch") {
    const WriteOptions options = WriteFlags(arguments);
    return Batch(options, input);
  }
  if (command == "query") return Query(arguments);
  if (command == "sync") return Told(store().Sync());
  if (command == "close") {
    const Status closed = store().Close();
    store_.reset();
    return Told(closed);
  }
  return std::nullopt;
}

std::string StoreCommands::Put(Arguments& arguments) {
  PutOptions options{.write = WriteFlags(arguments)};
  if (arguments.Flag("if_absent")) options.condition = Condition::IfAbsent();
  const std::string key = arguments.Next("key");
  return Told(store().Put(key, BytesFrom(arguments.NextWord("bytes")), options));
}

std::string StoreCommands::Batch(const WriteOptions& options, const std::string& input) {
  auto batch = store().NewBatch();
  if (!batch.has_value()) return Told(batch);
  std::string text;
  for (const std::string& line : LinesOf(input)) {
    Arguments words(line);
    const std::string key = words.Next("key");
    Status added = Ok();
    if (words.command() == "put") {
      added = (*batch)->Put(key, BytesFrom(words.NextWord("bytes")));
    } else if (words.command() == "delete") {
      added = (*batch)->Delete(key);
    } else {
      throw BadCase("a batch takes put and delete, not " + words.command());
    }
    words.End();
    if (!added.has_value()) text += line + ": " + Told(added) + "\n";
  }
  return text + Told((*batch)->Commit(options));
}

std::string StoreCommands::Query(Arguments& arguments) {
  anystore::Query query;
  query.keys_only = arguments.Flag("keys");
  query.prefix = arguments.Key("prefix").value_or("");
  query.limit = static_cast<std::int64_t>(arguments.KeyNumber("limit").value_or(0));
  if (const auto filter = arguments.Key("filter")) {
    auto parsed = Filter::Parse(*filter);
    if (!parsed.has_value()) return Told(parsed);
    query.filters.push_back(*std::move(parsed));
  }
  // In order, whatever the store's is, so that the output is one.
  query.orders.push_back(Order::Key());
  auto results = store().Query(std::move(query));
  if (!results.has_value()) return Told(results);
  std::string text;
  for (const EntryView& entry : *results) {
    text += base::AsWord(entry.key);
    if (!results->query().keys_only) text += " " + ShortBytes(entry.value);
    text += "\n";
  }
  if (const Status status = results->status(); !status.has_value()) return text + Told(status);
  return text.empty() ? "(nothing)" : text;
}

}  // namespace anystore::datadriven
