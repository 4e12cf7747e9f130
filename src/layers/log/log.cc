#include "layers/log/log.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <optional>
#include <string>
#include <utility>

namespace anystore::layers {
namespace {

struct Settings {
  std::string name = {};
  LogLevel level = LogLevel::kInfo;
  Duration slow = {};
  bool errors_only = false;
};

/// Whether an operator wants to know: a missing key and a condition that does not hold are answers.
bool IsFailure(const Error& error) {
  return error.code() != Code::kNotFound && error.code() != Code::kPreconditionFailed;
}

/// A log takes lines: whatever would end one is put as a blank.
void AppendOneLine(std::string& line, std::string_view text) {
  for (const char c : text) line += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
}

std::string Count(std::uint64_t count, std::string_view what) {
  std::string text = std::to_string(count);
  text.append(" ").append(what).append(count == 1 ? "" : "s");
  return text;
}

std::string RangeText(const KeyRange& range) {
  return "[" + Quoted(range.from()) + ", " +
         (range.to().has_value() ? Quoted(*range.to()) : "end") + ")";
}

/// Writes the line of a call.
class CallLog {
 public:
  CallLog(Settings settings, const Environment& environment)
      : settings_(std::move(settings)), environment_(environment) {}

  [[nodiscard]] Instant Now() const { return environment_.clock->Now(); }

  /// Tells of a call that began at `began`. `describe` gives the text of it and, for one that
  /// worked, of its answer; it is called only where there is a line.
  template <class Describe>
  void Tell(Instant began, const Error* error, Describe&& describe) const {
    const bool failed = error != nullptr && IsFailure(*error);
    if (!failed && settings_.errors_only) return;
    const Duration took = Now() - began;
    if (!failed && took < settings_.slow) return;
    std::string line;
    if (!settings_.name.empty()) AppendOneLine(line, settings_.name + ": ");
    line += describe();
    if (error != nullptr) {
      line.append(": ").append(CodeName(error->code()));
      if (!error->message().empty()) AppendOneLine(line.append(": "), error->message());
    }
    line += ", " +
            std::to_string(std::chrono::duration_cast<std::chrono::microseconds>(took).count()) +
            " us";
    environment_.logger->Log(
        failed ? std::max(settings_.level, LogLevel::kWarning) : settings_.level, line);
  }
  /// The same for what a call returned; `answer` describes a value.
  template <class T, class Subject, class Answer>
  void TellOf(Instant began, const Result<T>& result, Subject&& subject, Answer&& answer) const {
    Tell(began, result.has_value() ? nullptr : &result.error(), [&] {
      std::string text = subject();
      if (result.has_value()) {
        if (const std::string told = answer(*result); !told.empty()) text += ": " + told;
      }
      return text;
    });
  }
  void TellOf(Instant began, const Status& status, std::string_view verb) const {
    Tell(began, status.has_value() ? nullptr : &status.error(), [&] { return std::string(verb); });
  }

 private:
  const Settings settings_;
  const Environment& environment_;
};

/// One line when the listing is let go of: what it yielded, how long it was open, how it ended.
class LogCursor final : public Cursor {
 public:
  LogCursor(std::unique_ptr<Cursor> inner, std::string subject, Instant began, const CallLog& log)
      : inner_(std::move(inner)), subject_(std::move(subject)), began_(began), log_(log) {}
  ~LogCursor() override {
    log_.Tell(began_, error_.has_value() ? &*error_ : nullptr, [this] {
      return subject_ + ": " + std::to_string(entries_) +
             (entries_ == 1 ? " entry, " : " entries, ") + Count(value_bytes_, "byte");
    });
  }

  Result<std::size_t> Next(std::span<EntryView> out) override {
    Result<std::size_t> count = inner_->Next(out);
    Note(count);
    if (!count.has_value()) return count;
    entries_ += *count;
    for (const EntryView& entry : out.first(*count)) value_bytes_ += entry.value.size();
    return count;
  }
  Status Seek(std::string_view key) override {
    Status status = inner_->Seek(key);
    Note(status);
    return status;
  }

 private:
  /// Keeps the last error, unless the next call worked.
  template <class T>
  void Note(const Result<T>& result) {
    error_.reset();
    if (!result.has_value()) error_.emplace(result.error().Clone());
  }

  const std::unique_ptr<Cursor> inner_;
  const std::string subject_;
  const Instant began_;
  const CallLog& log_;
  std::uint64_t entries_ = 0;
  std::uint64_t value_bytes_ = 0;
  std::optional<Error> error_ = {};
};

std::string Describe(const Mutation& mutation) {
  switch (mutation.kind) {
    case Mutation::Kind::kPut:
      return "put " + Quoted(mutation.key) + " " + Count(mutation.value.size(), "byte");
    case Mutation::Kind::kDelete:
      return "delete " + Quoted(mutation.key);
    case Mutation::Kind::kSetExpiry:
      return "set_expiry " + Quoted(mutation.key);
    case Mutation::Kind::kDeleteRange:
      break;
  }
  return "delete_range [" + Quoted(mutation.key) + ", " +
         (mutation.range_to.has_value() ? Quoted(*mutation.range_to) : "end") + ")";
}

std::string Describe(std::span<const Mutation> mutations) {
  if (mutations.size() == 1) return Describe(mutations.front());
  std::uint64_t puts = 0;
  std::uint64_t bytes = 0;
  for (const Mutation& mutation : mutations) {
    puts += mutation.kind == Mutation::Kind::kPut ? 1 : 0;
    bytes += mutation.value.size();
  }
  return "batch of " + Count(puts, "put") + ", " + Count(mutations.size() - puts, "other") + ", " +
         Count(bytes, "byte");
}

std::string DescribeMany(std::span<const Result<Value>> values) {
  std::uint64_t found = 0;
  std::uint64_t bytes = 0;
  for (const Result<Value>& value : values) {
    if (!value.has_value()) continue;
    ++found;
    bytes += value->size();
  }
  return "get_many " + Count(values.size(), "key") + ": " + std::to_string(found) + " found, " +
         Count(bytes, "byte");
}

class LogLayer final : public Layer {
 public:
  LogLayer(std::unique_ptr<Datastore> child, Settings settings, const Environment& environment)
      : Layer(std::move(child), child->capabilities()), log_(std::move(settings), environment) {}

  Status Sync(const KeyRange& range, const CallOptions& call) override {
    const Instant began = log_.Now();
    Status status = Layer::Sync(range, call);
    log_.Tell(began, ErrorOf(status), [&] { return "sync " + RangeText(range); });
    return status;
  }
  Status Close() override {
    const Instant began = log_.Now();
    Status status = Layer::Close();
    log_.TellOf(began, status, "close");
    return status;
  }

 protected:
  Result<Value> GetFrom(Reader& from, std::string_view key, const ReadOptions& options) override {
    const Instant began = log_.Now();
    Result<Value> value = from.Get(key, options);
    log_.TellOf(
        began, value, [&] { return "get " + Quoted(key); },
        [](const Value& found) { return Count(found.size(), "byte"); });
    return value;
  }
  Result<EntryInfo> StatFrom(Reader& from, std::string_view key, Wanted wanted,
                             const CallOptions& call) override {
    const Instant began = log_.Now();
    Result<EntryInfo> info = from.Stat(key, wanted, call);
    log_.TellOf(
        began, info, [&] { return "stat " + Quoted(key); },
        [wanted](const EntryInfo& found) {
          return Wants(wanted, Wanted::kSize) ? Count(found.size, "byte") : std::string("found");
        });
    return info;
  }
  void GetManyFrom(Reader& from, std::span<const std::string_view> keys,
                   std::span<Result<Value>> out, const ReadOptions& options) override {
    const Instant began = log_.Now();
    from.GetMany(keys, out, options);
    // Of several failures, the first is told.
    const auto failed = std::ranges::find_if(out, [](const Result<Value>& value) {
      return !value.has_value() && IsFailure(value.error());
    });
    log_.Tell(began, failed == out.end() ? nullptr : &failed->error(),
              [&] { return DescribeMany(out); });
  }
  Result<std::unique_ptr<Cursor>> ScanFrom(Reader& from, const KeyRange& range,
                                           const ScanOptions& options) override {
    const Instant began = log_.Now();
    std::string subject = std::string(options.reverse ? "reverse_scan " : "scan ") +
                          RangeText(range) + (options.values ? "" : " of keys");
    Result<std::unique_ptr<Cursor>> cursor = from.Scan(range, options);
    if (cursor.has_value()) {
      return std::make_unique<LogCursor>(*std::move(cursor), std::move(subject), began, log_);
    }
    log_.Tell(began, &cursor.error(), [&] { return subject; });
    return cursor;
  }
  Result<Receipt> ApplyTo(Writer& to, std::span<const Mutation> mutations,
                          const WriteOptions& options) override {
    const Instant began = log_.Now();
    Result<Receipt> receipt = to.Apply(mutations, options);
    log_.Tell(began, ErrorOf(receipt), [&] { return Describe(mutations); });
    return receipt;
  }
  Result<std::unique_ptr<Reader>> SnapshotOfChild(const CallOptions& call) override {
    const Instant began = log_.Now();
    Result<std::unique_ptr<Reader>> snapshot = Layer::SnapshotOfChild(call);
    log_.Tell(began, ErrorOf(snapshot), [] { return std::string("snapshot"); });
    return snapshot;
  }
  Result<std::unique_ptr<Transaction>> BeginOnChild(const TransactionOptions& options) override {
    const Instant began = log_.Now();
    Result<std::unique_ptr<Transaction>> transaction = Layer::BeginOnChild(options);
    log_.Tell(began, ErrorOf(transaction), [] { return std::string("begin"); });
    return transaction;
  }
  Status CommitOf(Transaction& transaction) override {
    const Instant began = log_.Now();
    Status status = Layer::CommitOf(transaction);
    log_.TellOf(began, status, "commit");
    return status;
  }

 private:
  template <class T>
  static const Error* ErrorOf(const Result<T>& result) {
    return result.has_value() ? nullptr : &result.error();
  }

  const CallLog log_;
};

constexpr std::array<std::string_view, 4> kLevels = {"debug", "info", "warning", "error"};

class LogType final : public LayerType {
 public:
  std::string_view name() const override { return "log"; }
  std::string_view description() const override { return "Writes a line for every call"; }
  const ConfigSpec& config_spec() const override {
    static const ConfigSpec spec{
        .fields = {{.name = "name", .default_value = "", .help = "What each line begins with"},
                   {.name = "level",
                    .type = FieldType::kChoice,
                    .default_value = "info",
                    .choices = {kLevels.begin(), kLevels.end()},
                    .help = "The level of the lines; of failures at least warning"},
                   {.name = "slow",
                    .type = FieldType::kDuration,
                    .default_value = "0",
                    .min = 0,
                    .help = "Only calls that take so long, and failures"},
                   {.name = "errors_only",
                    .type = FieldType::kBool,
                    .default_value = "false",
                    .help = "Only failures"}},
        .children = ChildCount::kOne};
    return spec;
  }
  Capabilities Narrow(const CheckedConfig& /*config*/,
                      std::span<const Capabilities> children) const override {
    return children.front();
  }
  Result<std::unique_ptr<Datastore>> Wrap(const CheckedConfig& config,
                                          std::vector<LayerChild>& children,
                                          const Environment& environment) const override {
    const auto* const level = std::ranges::find(kLevels, config.String("level"));
    Settings settings{.name = std::string(config.String("name")),
                      .level = static_cast<LogLevel>(level - kLevels.begin()),
                      .slow = Duration(config.Integer("slow")),
                      .errors_only = config.Bool("errors_only")};
    return std::make_unique<LogLayer>(std::move(children.front().store), std::move(settings),
                                      environment);
  }
};

}  // namespace

std::unique_ptr<LayerType> NewLogLayer() { return std::make_unique<LogType>(); }

}  // namespace anystore::layers
