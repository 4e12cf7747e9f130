#include "layers/timeout/timeout.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <string>
#include <utility>

#include "core/call_check.h"

namespace anystore::layers {
namespace {

/// How long the calls of each kind may take; none: as long as the caller lets them.
struct Limits {
  std::optional<Duration> read = {};
  std::optional<Duration> write = {};
  std::optional<Duration> scan = {};
  std::optional<Duration> sync = {};
};

CallOptions& CallOf(CallOptions& call) { return call; }
template <class Options>
CallOptions& CallOf(Options& options) {
  return options.call;
}

/// Whether a call ran into a deadline.
template <class T>
bool RanOut(const Result<T>& result) {
  return !result.has_value() && result.error().code() == Code::kTimeout;
}

/// What a call ends with that ran into the deadline of this layer.
[[gnu::cold]] Error OutOfTime(std::string_view what, Duration limit, Retry retry, Error cause) {
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(limit).count();
  const Applied applied = cause.applied();
  return Error(Code::kTimeout, std::string(what) + std::to_string(ms) + " ms")
      .WithRetry(retry)
      .WithApplied(applied)
      .CausedBy(std::move(cause));
}

/// The next call gets a deadline of its own, and may so succeed.
[[gnu::cold]] Error NoAnswer(Duration limit, Error cause) {
  return OutOfTime("no answer within ", limit, Retry::kTemporary, std::move(cause));
}

/// The cursor below has the deadline from its start. Here it ends also over a store that does not
/// look at deadlines.
class TimeoutCursor final : public Cursor {
 public:
  TimeoutCursor(std::unique_ptr<Cursor> cursor, CallOptions call, Duration limit, Clock& clock)
      : cursor_(std::move(cursor)), call_(std::move(call)), limit_(limit), clock_(clock) {}

  Result<std::size_t> Next(std::span<EntryView> out) override {
    Result<std::size_t> count = std::size_t{0};
    if (Status status = internal::CheckCall(call_, clock_); !status.has_value()) {
      count = std::move(status).error();
    } else {
      count = cursor_->Next(out);
    }
    if (RanOut(count)) count = TooLong(std::move(count).error());
    return count;
  }
  Status Seek(std::string_view key) override {
    Status status = internal::CheckCall(call_, clock_);
    if (status.has_value()) status = cursor_->Seek(key);
    if (RanOut(status)) status = TooLong(std::move(status).error());
    return status;
  }

 private:
  // It would end so again.
  [[nodiscard]] Error TooLong(Error cause) const {
    return OutOfTime("the listing took longer than ", limit_, Retry::kNever, std::move(cause));
  }

  const std::unique_ptr<Cursor> cursor_;
  const CallOptions call_;
  const Duration limit_;
  Clock& clock_;
};

class TimeoutLayer final : public Layer {
 public:
  TimeoutLayer(std::unique_ptr<Datastore> child, const Limits& limits, Clock& clock)
      : Layer(std::move(child), child->capabilities()), limits_(limits), clock_(clock) {}

  Status Sync(const KeyRange& range, const CallOptions& call) override {
    return Within<void>(limits_.sync, call,
                        [&](const CallOptions& bounded) { return Layer::Sync(range, bounded); });
  }

 protected:
  Result<Value> GetFrom(Reader& from, std::string_view key, const ReadOptions& options) override {
    return Within<Value>(limits_.read, options,
                         [&](const ReadOptions& bounded) { return from.Get(key, bounded); });
  }
  Result<EntryInfo> StatFrom(Reader& from, std::string_view key, Wanted wanted,
                             const CallOptions& call) override {
    return Within<EntryInfo>(limits_.read, call, [&](const CallOptions& bounded) {
      return from.Stat(key, wanted, bounded);
    });
  }
  void GetManyFrom(Reader& from, std::span<const std::string_view> keys,
                   std::span<Result<Value>> out, const ReadOptions& options) override {
    const Status called = Within<void>(limits_.read, options, [&](const ReadOptions& bounded) {
      from.GetMany(keys, out, bounded);
      if (bounded.call.deadline == options.call.deadline) return Ok();  // the caller's was sooner
      for (Result<Value>& value : out) {
        if (RanOut(value)) value = NoAnswer(*limits_.read, std::move(value).error());
      }
      return Ok();
    });
    if (called.has_value()) return;
    for (Result<Value>& value : out) value = called.error().Clone();
  }
  Result<std::unique_ptr<Cursor>> ScanFrom(Reader& from, const KeyRange& range,
                                           const ScanOptions& options) override {
    return Within<std::unique_ptr<Cursor>>(
        limits_.scan, options, [&](const ScanOptions& bounded) -> Result<std::unique_ptr<Cursor>> {
          ANYSTORE_ASSIGN_OR_RETURN(std::unique_ptr<Cursor> cursor, from.Scan(range, bounded));
          if (bounded.call.deadline == options.call.deadline) return cursor;
          return std::make_unique<TimeoutCursor>(std::move(cursor), bounded.call, *limits_.scan,
                                                 clock_);
        });
  }
  Result<Receipt> ApplyTo(Writer& to, std::span<const Mutation> mutations,
                          const WriteOptions& options) override {
    return Within<Receipt>(limits_.write, options, [&](const WriteOptions& bounded) {
      return to.Apply(mutations, bounded);
    });
  }
  Result<std::unique_ptr<Reader>> SnapshotOfChild(const CallOptions& call) override {
    return Within<std::unique_ptr<Reader>>(limits_.read, call, [&](const CallOptions& bounded) {
      return Layer::SnapshotOfChild(bounded);
    });
  }
  Result<std::unique_ptr<Transaction>> BeginOnChild(const TransactionOptions& options) override {
    return Within<std::unique_ptr<Transaction>>(
        limits_.write, options,
        [&](const TransactionOptions& bounded) { return Layer::BeginOnChild(bounded); });
  }

 private:
  /// What `call` returns with options whose deadline is the sooner of the caller's and this
  /// layer's.
  template <class T, class Options, class Call>
  Result<T> Within(std::optional<Duration> limit, const Options& options, Call&& call) const {
    if (!limit.has_value()) return call(options);
    const Instant now = clock_.Now();
    Options bounded = options;
    std::optional<Instant>& deadline = CallOf(bounded).deadline;
    if (deadline.has_value() && *deadline <= now + *limit) {
      // The caller is in more of a hurry.
      if (*deadline <= now) return Error(Code::kTimeout, "the deadline has passed");
      return call(options);
    }
    deadline = now + *limit;
    Result<T> result = call(bounded);
    if (RanOut(result)) [[unlikely]]
      result = Result<T>(NoAnswer(*limit, std::move(result).error()));
    return result;
  }

  const Limits limits_;
  Clock& clock_;
};

FieldSpec LimitField(std::string name, std::optional<std::string> default_value, std::string help) {
  constexpr std::int64_t kDayNs = 86'400'000'000'000;
  return {.name = std::move(name),
          .type = FieldType::kDuration,
          .default_value = std::move(default_value),
          .min = 0,
          .max = kDayNs,
          .help = std::move(help)};
}

class TimeoutType final : public LayerType {
 public:
  std::string_view name() const override { return "timeout"; }
  std::string_view description() const override { return "Gives every call a deadline"; }
  const ConfigSpec& config_spec() const override {
    static const ConfigSpec spec{
        .fields = {LimitField("timeout", "30s",
                              "How long a call may take for which nothing else is said; 0: as long "
                              "as its caller lets it"),
                   LimitField("read", "0", "How long a read may take; 0: as `timeout` says"),
                   LimitField("write", "0", "How long a write may take; 0: as `timeout` says"),
                   LimitField("sync", "0", "How long a sync may take; 0: as `timeout` says"),
                   LimitField("scan", "0",
                              "How long a listing may take from its start to its last entry, its "
                              "reader's time included; 0: as long as its caller lets it")},
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
    const auto limit = [&config](std::string_view field) -> std::optional<Duration> {
      const std::int64_t ns = config.Integer(field);
      return ns == 0 ? std::nullopt : std::optional(Duration(ns));
    };
    const auto limit_or_general = [&limit](std::string_view field) {
      const std::optional<Duration> own = limit(field);
      return own.has_value() ? own : limit("timeout");
    };
    const Limits limits{.read = limit_or_general("read"),
                        .write = limit_or_general("write"),
                        .scan = limit("scan"),
                        .sync = limit_or_general("sync")};
    return std::make_unique<TimeoutLayer>(std::move(children.front().store), limits,
                                          *environment.clock);
  }
};

}  // namespace

std::unique_ptr<LayerType> NewTimeoutLayer() { return std::make_unique<TimeoutType>(); }

}  // namespace anystore::layers
