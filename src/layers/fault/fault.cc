#include "layers/fault/fault.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "base/words.h"
#include "layers/fault/store_faults.h"

namespace anystore::layers {
namespace {

/// `bytes` with one bit flipped, which `draw` chooses.
std::string Flipped(std::string_view bytes, std::uint64_t draw) {
  std::string copy(bytes);
  const std::uint64_t bit = draw % (copy.size() * 8);
  const auto flip = static_cast<char>(1U << (bit % 8));
  copy[bit / 8] = static_cast<char>(copy[bit / 8] ^ flip);
  return copy;
}

bool NoKey(const filesystem::Glob& /*glob*/) { return false; }

class FaultCursor final : public Cursor {
 public:
  FaultCursor(std::unique_ptr<Cursor> inner, const ScanOptions& options, StoreFaults& faults)
      : inner_(std::move(inner)), call_(options.call), faults_(faults) {}

  Result<std::size_t> Next(std::span<EntryView> out) override {
    Verdict verdict = faults_.Decide(Verb::kNext, NoKey, call_);
    if (verdict.error.has_value()) return *std::move(verdict.error);
    ANYSTORE_ASSIGN_OR_RETURN(const std::size_t count, inner_->Next(out));
    if (!verdict.corrupt || count == 0) return count;
    EntryView& entry = out[verdict.draw % count];
    if (entry.value.empty()) return count;
    flipped_ = Flipped(entry.value, verdict.draw / count);
    entry.value = flipped_;
    return count;
  }
  Status Seek(std::string_view key) override {
    const auto matches = [key](const filesystem::Glob& glob) { return glob.Matches(key); };
    Verdict verdict = faults_.Decide(Verb::kSeek, matches, call_);
    if (verdict.error.has_value()) return *std::move(verdict.error);
    return inner_->Seek(key);
  }

 private:
  const std::unique_ptr<Cursor> inner_;
  const CallOptions call_;
  StoreFaults& faults_;
  std::string flipped_ = {};
};

Capabilities Narrowed(const StoreFaults& faults, Capabilities below) {
  if (faults.tears())
    below.batch_atomicity = std::min(below.batch_atomicity, Atomicity::kPerRecord);
  return below;
}

class FaultLayer final : public Layer {
 public:
  FaultLayer(std::unique_ptr<Datastore> child, std::unique_ptr<StoreFaults> faults)
      : Layer(std::move(child), Narrowed(*faults, child->capabilities())),
        faults_(std::move(faults)) {}

  Result<Value> Get(std::string_view key, const ReadOptions& options) override {
    return faults_->Concern(Verb::kGet) ? GetFrom(child(), key, options)
                                        : child().Get(key, options);
  }
  Status Sync(const KeyRange& range, const CallOptions& call) override {
    ANYSTORE_TRY(Pass(Verb::kSync, NoKey, call));
    return Layer::Sync(range, call);
  }

 protected:
  Result<Value> GetFrom(Reader& from, std::string_view key, const ReadOptions& options) override {
    Verdict verdict = faults_->Decide(Verb::kGet, Only(key), options.call);
    if (verdict.error.has_value()) return *std::move(verdict.error);
    Result<Value> value = from.Get(key, options);
    if (verdict.corrupt) Corrupt(value, verdict.draw);
    return value;
  }
  Result<EntryInfo> StatFrom(Reader& from, std::string_view key, Wanted wanted,
                             const CallOptions& call) override {
    ANYSTORE_TRY(Pass(Verb::kStat, Only(key), call));
    return from.Stat(key, wanted, call);
  }
  void GetManyFrom(Reader& from, std::span<const std::string_view> keys,
                   std::span<Result<Value>> out, const ReadOptions& options) override {
    const auto any = [keys](const filesystem::Glob& glob) {
      return std::ranges::any_of(keys, [&glob](std::string_view key) { return glob.Matches(key); });
    };
    const Verdict verdict = faults_->Decide(Verb::kGetMany, any, options.call);
    if (verdict.error.has_value()) {
      for (Result<Value>& value : out) value = verdict.error->Clone();
      return;
    }
    from.GetMany(keys, out, options);
    if (verdict.corrupt && !out.empty()) {
      Corrupt(out[verdict.draw % out.size()], verdict.draw / out.size());
    }
  }
  Result<std::unique_ptr<Cursor>> ScanFrom(Reader& from, const KeyRange& range,
                                           const ScanOptions& options) override {
    ANYSTORE_TRY(Pass(Verb::kScan, NoKey, options.call));
    ANYSTORE_ASSIGN_OR_RETURN(std::unique_ptr<Cursor> cursor, from.Scan(range, options));
    return std::make_unique<FaultCursor>(std::move(cursor), options, *faults_);
  }
  Result<Receipt> ApplyTo(Writer& to, std::span<const Mutation> mutations,
                          const WriteOptions& options) override {
    const auto any = [mutations](const filesystem::Glob& glob) {
      return std::ranges::any_of(
          mutations, [&glob](const Mutation& mutation) { return glob.Matches(mutation.key); });
    };
    Verdict verdict = faults_->Decide(VerbOf(mutations), any, options.call);
    if (!verdict.error.has_value()) return to.Apply(mutations, options);
    // How the part that is made ends is told to nobody: the error says that nothing is known.
    if (verdict.effect == Effect::kUnknown && verdict.draw % 2 == 1) {
      static_cast<void>(to.Apply(mutations, options));
    } else if (verdict.effect == Effect::kTorn) {
      const auto front = mutations.first(verdict.draw % (mutations.size() + 1));
      if (!front.empty()) static_cast<void>(to.Apply(front, options));
    }
    return *std::move(verdict.error);
  }
  Result<std::unique_ptr<Reader>> SnapshotOfChild(const CallOptions& call) override {
    ANYSTORE_TRY(Pass(Verb::kSnapshot, NoKey, call));
    return Layer::SnapshotOfChild(call);
  }
  Result<std::unique_ptr<Transaction>> BeginOnChild(const TransactionOptions& options) override {
    ANYSTORE_TRY(Pass(Verb::kBegin, NoKey, options.call));
    return Layer::BeginOnChild(options);
  }
  Status CommitOf(Transaction& transaction) override {
    ANYSTORE_TRY(Pass(Verb::kCommit, NoKey, {}));
    return Layer::CommitOf(transaction);
  }

 private:
  static StoreFaults::KeyMatch Only(std::string_view key) {
    return [key](const filesystem::Glob& glob) { return glob.Matches(key); };
  }
  /// What the rules say of a call that they can only fail or hold up.
  Status Pass(Verb verb, const StoreFaults::KeyMatch& matches, const CallOptions& call) {
    Verdict verdict = faults_->Decide(verb, matches, call);
    return verdict.error.has_value() ? Status(*std::move(verdict.error)) : Ok();
  }
  static void Corrupt(Result<Value>& value, std::uint64_t draw) {
    if (value.has_value() && !value->empty()) value = Value::Take(Flipped(value->bytes(), draw));
  }

  const std::unique_ptr<StoreFaults> faults_;
};

/// The fields of a configuration as rules, those of `rules` last.
Result<std::string> RulesOf(const CheckedConfig& config, Clock& clock) {
  const std::string verbs = base::AsWord(config.String("verbs"));
  const std::string rate = " probability=" + base::AsWord(config.String("rate"));
  const std::string codes = " fail=" + base::AsWord(config.String("codes"));
  const std::string delay = " latency=" + base::AsWord(config.String("delay"));
  const std::string corrupt = " probability=" + base::AsWord(config.String("corrupt"));
  const bool fails = config.String("rate") != "0";
  const bool delays = config.String("delay") != "0";
  const bool corrupts = config.String("corrupt") != "0";
  // One by one first, so that an error names its field.
  struct Probe {
    std::string_view field;
    std::string rule;
  };
  const std::array<Probe, 6> probes = {{{"verbs", verbs + " latency=1s"},
                                        {"rate", fails ? "*" + rate + " latency=1s" : ""},
                                        {"codes", "*" + codes},
                                        {"delay", delays ? "*" + delay : ""},
                                        {"corrupt", corrupts ? "*" + corrupt + " corrupt" : ""},
                                        {"rules", std::string(config.String("rules"))}}};
  for (const Probe& probe : probes) {
    const auto parsed = StoreFaults::Parse(probe.rule, 1, clock);
    if (!parsed.has_value()) {
      return Error(Code::kInvalidConfig, "field \"" + std::string(probe.field) +
                                             "\": " + std::string(parsed.error().message()));
    }
  }
  const std::int64_t after = config.Integer("after");
  const std::string skipped = after == 0 ? "" : " after=" + std::to_string(after);
  std::string text;
  if (delays) text += verbs + delay + "\n";
  if (fails) text += verbs + rate + skipped + codes + "\n";
  if (corrupts) text += "get|get_many|next" + corrupt + skipped + " corrupt\n";
  return text.append(config.String("rules"));
}

Result<std::unique_ptr<StoreFaults>> FaultsOf(const CheckedConfig& config, Clock& clock) {
  ANYSTORE_ASSIGN_OR_RETURN(const std::string rules, RulesOf(config, clock));
  return StoreFaults::Parse(rules, static_cast<std::uint64_t>(config.Integer("seed")), clock);
}

FieldSpec Text(std::string name, std::string default_value, std::string help) {
  return {
      .name = std::move(name), .default_value = std::move(default_value), .help = std::move(help)};
}

class FaultType final : public LayerType {
 public:
  std::string_view name() const override { return "fault"; }
  std::string_view description() const override {
    return "Fails, waits and damages by rule and by chance, for tests";
  }
  const ConfigSpec& config_spec() const override {
    static const ConfigSpec spec{
        .fields = {{.name = "seed",
                    .type = FieldType::kInteger,
                    .default_value = "1",
                    .min = 0,
                    .help = "Where chance comes from: the same seed and calls, the same faults"},
                   Text("rate", "0", "How likely a call fails: 0 to 1, as in 0.05"),
                   Text("verbs", "*", "Which calls fail and wait: get|put, get*"),
                   Text("codes", "unavailable", "With what they fail, one of: io_error|busy"),
                   {.name = "after",
                    .type = FieldType::kInteger,
                    .default_value = "0",
                    .min = 0,
                    .unit = "calls",
                    .help = "How many calls pass before the first that fails"},
                   Text("delay", "0",
                        "How long each call takes: 5ms, 1ms..9ms (any between), 5ms~1ms "
                        "(mean and deviation)"),
                   Text("corrupt", "0",
                        "How likely a bit of what a read returns is flipped: 0 to 1"),
                   Text("rules", "",
                        "Further rules, divided by ;: put key=/a/* call=3 fail=io_error")},
        .children = ChildCount::kOne};
    return spec;
  }
  Capabilities Narrow(const CheckedConfig& config,
                      std::span<const Capabilities> children) const override {
    ManualClock clock((Instant()));
    const auto faults = FaultsOf(config, clock);
    // What is wrong with the rules is told when the layer is opened.
    return faults.has_value() ? Narrowed(**faults, children.front()) : children.front();
  }
  Result<std::unique_ptr<Datastore>> Wrap(const CheckedConfig& config,
                                          std::vector<LayerChild>& children,
                                          const Environment& environment) const override {
    ANYSTORE_ASSIGN_OR_RETURN(auto faults, FaultsOf(config, *environment.clock));
    return std::make_unique<FaultLayer>(std::move(children.front().store), std::move(faults));
  }
};

}  // namespace

std::unique_ptr<LayerType> NewFaultLayer() { return std::make_unique<FaultType>(); }

}  // namespace anystore::layers
