#include "layers/metrics/metrics.h"

#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "layers/metrics/counters.h"
#include "layers/prometheus_text.h"

namespace anystore::layers {
namespace {

/// The texts of the stores below: of each branch, that of the first which has one, and which will
/// have asked those below it.
Status CollectBelow(Datastore& store, std::vector<std::string>& texts) {
  if (auto* const measured = store.feature<MeasuredDatastore>(); measured != nullptr) {
    ANYSTORE_ASSIGN_OR_RETURN(std::string text, measured->PrometheusText());
    texts.push_back(std::move(text));
    return Ok();
  }
  for (Datastore* const child : store.children()) ANYSTORE_TRY(CollectBelow(*child, texts));
  return Ok();
}

/// Counts what a scan yields. The scan ends where it is drained, or let go of.
class CountedCursor final : public Cursor {
 public:
  /// `inside` is the time that Scan took.
  CountedCursor(Counters& counters, std::unique_ptr<Cursor> inner, Duration inside)
      : counters_(counters), inner_(std::move(inner)), inside_(inside) {}
  CountedCursor(const CountedCursor&) = delete;
  CountedCursor& operator=(const CountedCursor&) = delete;
  ~CountedCursor() override { Note(); }

  Result<std::size_t> Next(std::span<EntryView> out) override {
    Result<std::size_t> count = Timed([&] { return inner_->Next(out); });
    if (!count.has_value()) [[unlikely]] {
      counters_.CountFailure(Verb::kScan, count.error().code());
      return count;
    }
    for (const EntryView& entry : out.first(*count)) bytes_ += entry.value.size();
    entries_ += *count;
    if (*count == 0) Note();
    return count;
  }

  Status Seek(std::string_view key) override {
    Status moved = Timed([&] { return inner_->Seek(key); });
    if (!moved.has_value()) counters_.CountFailure(Verb::kScan, moved.error().code());
    return moved;
  }

 private:
  template <class Call>
  std::invoke_result_t<const Call&> Timed(const Call& call) {
    const Instant start = counters_.clock().Now();
    auto result = call();
    inside_ += counters_.clock().Now() - start;
    return result;
  }

  /// Hands over what was counted since the last time; a scan has one time.
  void Note() {
    if (entries_ != 0) counters_.CountEntries(std::exchange(entries_, 0));
    if (bytes_ != 0) counters_.CountBytes(Verb::kScan, std::exchange(bytes_, 0));
    if (!std::exchange(timed_, true)) counters_.CountTime(Verb::kScan, inside_);
  }

  Counters& counters_;
  const std::unique_ptr<Cursor> inner_;
  Duration inside_;
  bool timed_ = false;
  std::uint64_t entries_ = 0;
  std::uint64_t bytes_ = 0;
};

class Metrics final : public Provides<Layer, MeasuredDatastore> {
 public:
  Metrics(std::unique_ptr<Datastore>&& child, const Environment& environment,
          const CheckedConfig& config, std::string store)
      : Provides(std::move(child), child->capabilities()),
        counters_(*environment.clock, config.Integer("sample")),
        prefix_(config.String("prefix")),
        store_(std::move(store)) {}

  // Every instruction counts here: see docs/performance.md. One variable, one return; and `Timed`
  // has the same arguments, so that none has to be moved.
  Result<Value> Get(std::string_view key, const ReadOptions& options) override {
    Metrics* self = this;
    // In memory it is at hand after the call without a register that must be saved before it.
    asm("" : "+m"(self));
    Result<Value> value =
        counters_.gets().Count(&self) ? Timed(key, options) : below().Get(key, options);
    if (!value.has_value()) [[unlikely]]
      self->counters_.CountFailure(Verb::kGet, value.error().code());
    return value;
  }

  Status Sync(const KeyRange& range, const CallOptions& call) override {
    const TimedCall timed(counters_, Verb::kSync);
    Status synced = child().Sync(range, call);
    if (!synced.has_value()) counters_.CountFailure(Verb::kSync, synced.error().code());
    return synced;
  }

  Result<std::string> PrometheusText() override {
    PrometheusWriter writer(prefix_, store_);
    counters_.Write(writer);
    std::vector<std::string> texts = {std::move(writer).Take()};
    ANYSTORE_TRY(CollectBelow(child(), texts));
    return JoinPrometheusTexts(texts);
  }

 protected:
  Result<Value> GetFrom(Reader& from, std::string_view key, const ReadOptions& options) override {
    const Metrics* const self = this;
    Result<Value> value =
        counters_.gets().Count(&self) ? TimedFrom(from, key, options) : from.Get(key, options);
    if (!value.has_value()) counters_.CountFailure(Verb::kGet, value.error().code());
    return value;
  }

  Result<EntryInfo> StatFrom(Reader& from, std::string_view key, Wanted wanted,
                             const CallOptions& call) override {
    std::optional<Instant> start;
    if (counters_.stats().Count(&start)) start = counters_.clock().Now();
    Result<EntryInfo> info = from.Stat(key, wanted, call);
    if (!info.has_value()) counters_.CountFailure(Verb::kStat, info.error().code());
    if (start.has_value()) counters_.CountTime(Verb::kStat, counters_.clock().Now() - *start);
    return info;
  }

  void GetManyFrom(Reader& from, std::span<const std::string_view> keys,
                   std::span<Result<Value>> out, const ReadOptions& options) override {
    const TimedCall timed(counters_, Verb::kGetMany);
    from.GetMany(keys, out, options);
    std::uint64_t bytes = 0;
    for (const Result<Value>& value : out) {
      if (value.has_value()) {
        bytes += value->size();
      } else {
        counters_.CountFailure(Verb::kGetMany, value.error().code());
      }
    }
    counters_.CountBytes(Verb::kGetMany, bytes);
  }

  Result<std::unique_ptr<Cursor>> ScanFrom(Reader& from, const KeyRange& range,
                                           const ScanOptions& options) override {
    counters_.Count(Verb::kScan);
    const Instant start = counters_.clock().Now();
    Result<std::unique_ptr<Cursor>> cursor = from.Scan(range, options);
    const Duration inside = counters_.clock().Now() - start;
    if (!cursor.has_value()) {
      counters_.CountFailure(Verb::kScan, cursor.error().code());
      counters_.CountTime(Verb::kScan, inside);
      return cursor;
    }
    return std::make_unique<CountedCursor>(counters_, *std::move(cursor), inside);
  }

  Result<Receipt> ApplyTo(Writer& to, std::span<const Mutation> mutations,
                          const WriteOptions& options) override {
    const Verb verb = VerbOf(mutations);
    const TimedCall timed(counters_, verb);
    Result<Receipt> receipt = to.Apply(mutations, options);
    if (!receipt.has_value()) {
      counters_.CountFailure(verb, receipt.error().code());
    } else if (verb == Verb::kPut || verb == Verb::kBatch) {
      std::uint64_t bytes = 0;
      for (const Mutation& mutation : mutations) bytes += mutation.value.size();
      counters_.CountBytes(verb, bytes);
    }
    return receipt;
  }

 private:
  // As a reader: the compiler then does not guess which class it is.
  [[nodiscard]] Reader& below() const { return child(); }

  [[gnu::noinline, gnu::cold]] Result<Value> Timed(std::string_view key,
                                                   const ReadOptions& options) {
    return TimedFrom(child(), key, options);
  }

  Result<Value> TimedFrom(Reader& from, std::string_view key, const ReadOptions& options) {
    const Instant start = counters_.clock().Now();
    Result<Value> value = from.Get(key, options);
    counters_.CountTime(Verb::kGet, counters_.clock().Now() - start);
    if (value.has_value()) {
      counters_.CountBytes(Verb::kGet, value->size() * counters_.gets().sample());
    }
    return value;
  }

  Counters counters_;
  const std::string prefix_;
  const std::string store_;
};

class MetricsType final : public LayerType {
 public:
  std::string_view name() const override { return "metrics"; }
  std::string_view description() const override { return "Counts and times what passes"; }
  const ConfigSpec& config_spec() const override {
    static const ConfigSpec spec{
        .fields = {{.name = "prefix",
                    .default_value = "anystore",
                    .help = "What the names of all measurements begin with"},
                   {.name = "store",
                    .default_value = "",
                    .help = "What the label `store` says; by default the store below"},
                   {.name = "sample",
                    .type = FieldType::kInteger,
                    .default_value = "1024",
                    .min = 1,
                    .max = 1 << 20,
                    .unit = "calls",
                    .help = "Of so many calls of get and has one is timed; counts are "
                            "exact all the same"}},
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
    LayerChild& child = children.front();
    const std::string_view named = config.String("store");
    std::string store(named.empty() ? std::string_view(child.name) : named);
    return std::make_unique<Metrics>(std::move(child.store), environment, config, std::move(store));
  }
};

}  // namespace

std::unique_ptr<LayerType> NewMetricsLayer() { return std::make_unique<MetricsType>(); }

}  // namespace anystore::layers
