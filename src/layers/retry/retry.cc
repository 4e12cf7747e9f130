#include "layers/retry/retry.h"

#include <algorithm>
#include <utility>

#include "layers/retry/attempts.h"

namespace anystore::layers {
namespace {

/// Whether making the write twice leaves what making it once does.
bool IsRepeatable(std::span<const Mutation> mutations, const WriteOptions& options) {
  return !options.want_version && std::ranges::all_of(mutations, [](const Mutation& mutation) {
    return mutation.condition.kind == Condition::Kind::kNone &&
           mutation.kind != Mutation::Kind::kSetExpiry;
  });
}

bool IsTemporary(const Error& error) { return error.retry() == Retry::kTemporary; }

/// Makes calls again. `again` makes the call once more and returns what it returns.
class Repeater {
 public:
  Repeater(const RetryPolicy& policy, const Environment& environment)
      : policy_(policy), environment_(environment) {}

  /// `result`, or what a later attempt ends with. `repeatable`: also where an attempt may have
  /// changed something.
  template <class T, class Again>
  [[gnu::always_inline]] void Finish(Result<T>& result, const CallOptions& call, bool repeatable,
                                     Again&& again) const {
    if (result.has_value() || !IsTemporary(result.error())) [[likely]]
      return;
    Repeat(result, call, repeatable, std::forward<Again>(again));
  }

  /// GetMany again for the keys whose answer may change.
  void FinishMany(Reader& from, std::span<const std::string_view> keys,
                  std::span<Result<Value>> out, const ReadOptions& options) const;

 private:
  static bool MayRepeat(const Error& error, bool repeatable) {
    return IsTemporary(error) && (repeatable || error.applied() == Applied::kNo);
  }

  template <class T, class Again>
  [[gnu::noinline]] void Repeat(Result<T>& result, const CallOptions& call, bool repeatable,
                                Again&& again) const {
    Attempts attempts(policy_, environment_, call);
    Applied applied = Applied::kNo;
    while (!result.has_value() && MayRepeat(result.error(), repeatable)) {
      if (result.error().applied() == Applied::kUnknown) applied = Applied::kUnknown;
      if (!attempts.WaitForNext()) {
        result = Result<T>(attempts.GiveUp(std::move(result).error()));
        break;
      }
      result = again();
    }
    // What an earlier attempt may have written is not undone by how the last one failed.
    if (!result.has_value() && applied == Applied::kUnknown) {
      result = Result<T>(std::move(result).error().WithApplied(applied));
    }
  }

  const RetryPolicy policy_;
  const Environment& environment_;
};

void Repeater::FinishMany(Reader& from, std::span<const std::string_view> keys,
                          std::span<Result<Value>> out, const ReadOptions& options) const {
  const auto failed = [](const Result<Value>& value) {
    return !value.has_value() && IsTemporary(value.error());
  };
  if (std::ranges::none_of(out, failed)) [[likely]]
    return;
  Attempts attempts(policy_, environment_, options.call);
  for (;;) {
    std::vector<std::size_t> places;
    std::vector<std::string_view> asked;
    for (std::size_t i = 0; i < out.size(); ++i) {
      if (!failed(out[i])) continue;
      places.push_back(i);
      asked.push_back(keys[i]);
    }
    if (places.empty()) return;
    if (!attempts.WaitForNext()) {
      for (const std::size_t i : places) out[i] = attempts.GiveUp(std::move(out[i]).error());
      return;
    }
    std::vector<Result<Value>> answers(places.size());
    from.GetMany(asked, answers, options);
    for (std::size_t i = 0; i < places.size(); ++i) out[places[i]] = std::move(answers[i]);
  }
}

/// A cursor stays at its place when it fails, so that it is asked again.
class RetryCursor final : public Cursor {
 public:
  RetryCursor(std::unique_ptr<Cursor> cursor, const CallOptions& call, const Repeater& repeater)
      : cursor_(std::move(cursor)), call_(call), repeater_(repeater) {}

  Result<std::size_t> Next(std::span<EntryView> out) override {
    Result<std::size_t> count = cursor_->Next(out);
    repeater_.Finish(count, call_, true, [&] { return cursor_->Next(out); });
    return count;
  }
  Status Seek(std::string_view key) override {
    Status status = cursor_->Seek(key);
    repeater_.Finish(status, call_, true, [&] { return cursor_->Seek(key); });
    return status;
  }

 private:
  const std::unique_ptr<Cursor> cursor_;
  const CallOptions call_;
  const Repeater& repeater_;
};

class RetryLayer final : public Layer {
 public:
  RetryLayer(std::unique_ptr<Datastore> child, const RetryPolicy& policy,
             const Environment& environment)
      : Layer(std::move(child), child->capabilities()), repeater_(policy, environment) {}

  Result<Value> Get(std::string_view key, const ReadOptions& options) override {
    const Asked asked{.layer = *this, .from = child(), .key = key, .options = options};
    Result<Value> value = asked.from.Get(key, options);
    if (!value.has_value() && IsTemporary(value.error())) [[unlikely]]
      GetAgain(asked, value);
    return value;
  }
  Status Sync(const KeyRange& range, const CallOptions& call) override {
    Status status = Layer::Sync(range, call);
    repeater_.Finish(status, call, true, [&] { return Layer::Sync(range, call); });
    return status;
  }

 protected:
  Result<Value> GetFrom(Reader& from, std::string_view key, const ReadOptions& options) override {
    Result<Value> value = from.Get(key, options);
    GetAgain({.layer = *this, .from = from, .key = key, .options = options}, value);
    return value;
  }
  Result<EntryInfo> StatFrom(Reader& from, std::string_view key, Wanted wanted,
                             const CallOptions& call) override {
    Result<EntryInfo> info = from.Stat(key, wanted, call);
    repeater_.Finish(info, call, true, [&] { return from.Stat(key, wanted, call); });
    return info;
  }
  void GetManyFrom(Reader& from, std::span<const std::string_view> keys,
                   std::span<Result<Value>> out, const ReadOptions& options) override {
    from.GetMany(keys, out, options);
    repeater_.FinishMany(from, keys, out, options);
  }
  Result<std::unique_ptr<Cursor>> ScanFrom(Reader& from, const KeyRange& range,
                                           const ScanOptions& options) override {
    Result<std::unique_ptr<Cursor>> cursor = from.Scan(range, options);
    repeater_.Finish(cursor, options.call, true, [&] { return from.Scan(range, options); });
    if (cursor.has_value()) {
      cursor = std::make_unique<RetryCursor>(*std::move(cursor), options.call, repeater_);
    }
    return cursor;
  }
  Result<Receipt> ApplyTo(Writer& to, std::span<const Mutation> mutations,
                          const WriteOptions& options) override {
    Result<Receipt> receipt = to.Apply(mutations, options);
    if (receipt.has_value()) [[likely]]
      return receipt;
    repeater_.Finish(receipt, options.call, IsRepeatable(mutations, options),
                     [&] { return to.Apply(mutations, options); });
    return receipt;
  }
  Result<std::unique_ptr<Reader>> SnapshotOfChild(const CallOptions& call) override {
    auto snapshot = Layer::SnapshotOfChild(call);
    repeater_.Finish(snapshot, call, true, [&] { return Layer::SnapshotOfChild(call); });
    return snapshot;
  }
  Result<std::unique_ptr<Transaction>> BeginOnChild(const TransactionOptions& options) override {
    auto transaction = Layer::BeginOnChild(options);
    repeater_.Finish(transaction, options.call, true, [&] { return Layer::BeginOnChild(options); });
    return transaction;
  }
  // A commit is not made again: whether a transaction outlives a failed one is its store's affair.

 private:
  // What a Get was asked, for the case that it must be made again. In memory, and looked at apart:
  // a Get that works then has no registers to save and restore.
  struct Asked {
    const RetryLayer& layer;
    Reader& from;
    std::string_view key;
    const ReadOptions& options;
  };
  [[gnu::noinline]] static void GetAgain(const Asked& asked, Result<Value>& value) {
    asked.layer.repeater_.Finish(value, asked.options.call, true,
                                 [&] { return asked.from.Get(asked.key, asked.options); });
  }

  const Repeater repeater_;
};

constexpr std::int64_t kHourNs = 3'600'000'000'000;

class RetryType final : public LayerType {
 public:
  std::string_view name() const override { return "retry"; }
  std::string_view description() const override {
    return "Makes calls again that failed for a while";
  }
  const ConfigSpec& config_spec() const override {
    static const ConfigSpec spec{
        .fields = {{.name = "attempts",
                    .type = FieldType::kInteger,
                    .default_value = "5",
                    .min = 1,
                    .max = 1000,
                    .unit = "attempts",
                    .help = "How often a call is made at most, the first time included"},
                   {.name = "delay",
                    .type = FieldType::kDuration,
                    .default_value = "10ms",
                    .min = 0,
                    .max = kHourNs,
                    .help = "The wait before the second attempt; it doubles with each further one"},
                   {.name = "delay_max",
                    .type = FieldType::kDuration,
                    .default_value = "1s",
                    .min = 0,
                    .max = kHourNs,
                    .help = "The longest wait"},
                   {.name = "time_max",
                    .type = FieldType::kDuration,
                    .default_value = "30s",
                    .min = 0,
                    .max = 24 * kHourNs,
                    .help = "No attempt begins so long after the first one failed"}},
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
    const RetryPolicy policy{.attempts = static_cast<std::uint64_t>(config.Integer("attempts")),
                             .delay = Duration(config.Integer("delay")),
                             .delay_max = Duration(config.Integer("delay_max")),
                             .time_max = Duration(config.Integer("time_max"))};
    return std::make_unique<RetryLayer>(std::move(children.front().store), policy, environment);
  }
};

}  // namespace

std::unique_ptr<LayerType> NewRetryLayer() { return std::make_unique<RetryType>(); }

}  // namespace anystore::layers
