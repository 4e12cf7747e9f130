#include "layers/autobatch/autobatch.h"

#include <algorithm>
#include <atomic>
#include <limits>
#include <map>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <string>
#include <utility>
#include <vector>

#include "layers/partial.h"

namespace anystore::layers {
namespace {

Capabilities Narrowed(Capabilities below) {
  below.put_durability = Durability::kApplied;
  // A commit would overtake what is gathered.
  below.transactions = Support::kAbsent;
  if (below.sharing > Sharing::kOneHandle) {
    // Others see what is gathered late, and their conditions do not know of it.
    below.consistency = Consistency::kEventual;
    below.conditional_write = std::min(below.conditional_write, ConditionScope::kHandle);
  }
  return below;
}

/// Whether writes may wait: what asks for something that only the store below can do may not.
bool MayWait(std::span<const Mutation> mutations, const WriteOptions& options) {
  return options.durability <= Durability::kApplied && !options.all_or_nothing &&
         !options.want_version && std::ranges::all_of(mutations, [](const Mutation& mutation) {
           return mutation.kind <= Mutation::Kind::kDelete &&
                  mutation.condition.kind == Condition::Kind::kNone &&
                  !mutation.expires_at.has_value();
         });
}

/// Writes that have not reached the store below, the last one of each key.
///
/// Threads: thread-compatible.
class Gathered {
 public:
  /// A put; or, with no value, a delete.
  using Write = std::optional<Value>;

  [[nodiscard]] static std::size_t Footprint(const Mutation& mutation) noexcept {
    // Roughly what a node of the map and the owner of a value take.
    constexpr std::size_t kManagement = 128;
    return mutation.key.size() + mutation.value.size() + kManagement;
  }
  void Add(const Mutation& mutation, Value value) {
    auto [at, added] = writes_.try_emplace(std::string(mutation.key));
    if (!added) bytes_ -= Footprint(AsMutation(*at));
    at->second = mutation.kind == Mutation::Kind::kPut ? Write(std::move(value)) : Write();
    bytes_ += Footprint(mutation);
  }
  /// Null when `key` was not written.
  [[nodiscard]] const Write* Find(std::string_view key) const {
    const auto at = writes_.find(key);
    return at != writes_.end() ? &at->second : nullptr;
  }
  [[nodiscard]] bool AnyIn(const KeyRange& range) const {
    const auto at = writes_.lower_bound(range.from());
    return at != writes_.end() && range.Contains(at->first);
  }
  /// In key order. Views into this.
  [[nodiscard]] std::vector<Mutation> Mutations() const {
    std::vector<Mutation> mutations;
    mutations.reserve(writes_.size());
    for (const auto& write : writes_) mutations.push_back(AsMutation(write));
    return mutations;
  }
  void Clear() noexcept {
    writes_.clear();
    bytes_ = 0;
  }
  [[nodiscard]] std::size_t size() const noexcept { return writes_.size(); }
  [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }

 private:
  using Writes = std::map<std::string, Write, std::less<>>;

  [[nodiscard]] static Mutation AsMutation(const Writes::value_type& write) noexcept {
    Mutation mutation{.kind = Mutation::Kind::kDelete, .key = write.first};
    if (write.second.has_value()) {
      mutation.kind = Mutation::Kind::kPut;
      mutation.value = *write.second;
    }
    return mutation;
  }

  Writes writes_;
  std::size_t bytes_ = 0;
};

class Autobatch final : public Layer {
 public:
  Autobatch(std::unique_ptr<Datastore>&& child, const CheckedConfig& config)
      : Layer(std::move(child), Narrowed(child->capabilities())),
        entries_max_(static_cast<std::size_t>(config.Integer("max_entries"))),
        bytes_max_(std::min(static_cast<std::uint64_t>(config.Integer("max_bytes")),
                            capabilities().batch_bytes_max)),
        has_versions_(capabilities().versions != VersionSupport::kAbsent) {}

  Result<Value> Get(std::string_view key, const ReadOptions& options) override {
    return any_gathered_.load(std::memory_order_acquire) ? GetFrom(child(), key, options)
                                                         : child().Get(key, options);
  }

  Status Sync(const KeyRange& range, const CallOptions& call) override {
    ANYSTORE_TRY(FlushAlone(call));
    return child().Sync(range, call);
  }

  Status Close() override {
    Status flushed = FlushAlone({});
    Status closed = child().Close();
    return flushed.has_value() ? std::move(closed) : std::move(flushed);
  }

 protected:
  Result<Value> GetFrom(Reader& from, std::string_view key, const ReadOptions& options) override {
    const std::optional<Gathered::Write> write = Find(key);
    if (!write.has_value()) return from.Get(key, options);
    if (!write->has_value()) return Error(Code::kNotFound);
    if (options.info != nullptr) {
      if (has_versions_) {
        ANYSTORE_TRY(FlushAlone(options.call));
        return from.Get(key, options);
      }
      *options.info = {.size = (*write)->size()};
    }
    constexpr std::uint64_t kMost = std::numeric_limits<std::size_t>::max();
    return (*write)->Slice(std::min(options.window.offset, kMost),
                           std::min(options.window.length, kMost));
  }

  Result<EntryInfo> StatFrom(Reader& from, std::string_view key, Wanted wanted,
                             const CallOptions& call) override {
    const std::optional<Gathered::Write> write = Find(key);
    if (!write.has_value()) return from.Stat(key, wanted, call);
    if (!write->has_value()) return Error(Code::kNotFound);
    if (!has_versions_ || !Wants(wanted, Wanted::kVersion)) {
      return EntryInfo{.size = (*write)->size()};
    }
    ANYSTORE_TRY(FlushAlone(call));
    return from.Stat(key, wanted, call);
  }

  void GetManyFrom(Reader& from, std::span<const std::string_view> keys,
                   std::span<Result<Value>> out, const ReadOptions& options) override {
    Unanswered unanswered;
    for (std::size_t i = 0; i < keys.size(); ++i) {
      if (Find(keys[i]).has_value()) {
        out[i] = GetFrom(from, keys[i], options);
      } else {
        unanswered.Add(keys[i], i);
      }
    }
    unanswered.Ask(from, out, options);
  }

  Result<std::unique_ptr<Cursor>> ScanFrom(Reader& from, const KeyRange& range,
                                           const ScanOptions& options) override {
    const bool flush = [&] {
      const std::shared_lock lock(gathered_mutex_);
      return gathered_.AnyIn(range);
    }();
    if (flush) ANYSTORE_TRY(FlushAlone(options.call));
    return from.Scan(range, options);
  }

  Result<Receipt> ApplyTo(Writer& to, std::span<const Mutation> mutations,
                          const WriteOptions& options) override {
    if (capabilities().access == Access::kReadOnly) return to.Apply(mutations, options);
    std::size_t bytes = 0;
    for (const Mutation& mutation : mutations) bytes += Gathered::Footprint(mutation);
    const bool waits =
        mutations.size() <= entries_max_ && bytes <= bytes_max_ && MayWait(mutations, options);
    // Memory is asked for before anything is changed.
    std::vector<Value> values;
    if (waits) {
      ANYSTORE_ASSIGN_OR_RETURN(values, Copies(mutations));
    }
    const std::lock_guard writer(writer_mutex_);
    const bool full = gathered_.size() + mutations.size() > entries_max_ ||
                      gathered_.bytes() + bytes > bytes_max_;
    if (!waits || full) {
      Status flushed = Flush(options.call);
      // Whatever became of the others: this one has not been begun.
      if (!flushed.has_value()) return std::move(flushed).error().WithApplied(Applied::kNo);
    }
    if (!waits) return to.Apply(mutations, options);
    const std::unique_lock lock(gathered_mutex_);
    any_gathered_.store(true, std::memory_order_release);
    for (std::size_t i = 0; i < mutations.size(); ++i) {
      gathered_.Add(mutations[i], std::move(values[i]));
    }
    return Receipt{.applied = mutations.size()};
  }

  void* FeatureImpl(FeatureId id) override {
    void* const below = Layer::FeatureImpl(id);
    if (id != anystore::SnapshotSource::kId || below == nullptr) return below;
    return static_cast<anystore::SnapshotSource*>(&snapshots_);
  }

 private:
  /// Snapshots of the store below, with all that was gathered.
  class Snapshots final : public anystore::SnapshotSource {
   public:
    explicit Snapshots(Autobatch& layer) : layer_(layer) {}
    Result<std::unique_ptr<Reader>> NewSnapshot(const CallOptions& call) override {
      ANYSTORE_TRY(layer_.FlushAlone(call));
      return layer_.child().feature<anystore::SnapshotSource>()->NewSnapshot(call);
    }

   private:
    Autobatch& layer_;
  };

  static Result<std::vector<Value>> Copies(std::span<const Mutation> mutations) {
    std::vector<Value> values(mutations.size());
    for (std::size_t i = 0; i < mutations.size(); ++i) {
      char* to = nullptr;
      ANYSTORE_ASSIGN_OR_RETURN(values[i], Value::Allocate(mutations[i].value.size(), &to));
      std::ranges::copy(mutations[i].value, to);
    }
    return values;
  }

  /// What was written under `key`; none: ask below.
  [[nodiscard]] std::optional<Gathered::Write> Find(std::string_view key) const {
    const std::shared_lock lock(gathered_mutex_);
    const Gathered::Write* const write = gathered_.Find(key);
    // Never converted from one optional to another, which would take nothing for a delete.
    return write != nullptr ? std::optional<Gathered::Write>(std::in_place, *write) : std::nullopt;
  }

  [[nodiscard]] Status FlushAlone(const CallOptions& call) {
    const std::lock_guard writer(writer_mutex_);
    return Flush(call);
  }

  /// Hands on what was gathered. Until that is done, and if it fails, it stays: readers find it
  /// here, and the next flush writes it again, which changes nothing where it was written already.
  /// Requires: writer_mutex_.
  [[nodiscard]] Status Flush(const CallOptions& call) {
    if (gathered_.size() == 0) return Ok();
    ANYSTORE_TRY(child().Apply(gathered_.Mutations(), {.call = call}));
    const std::unique_lock lock(gathered_mutex_);
    gathered_.Clear();
    // Whoever sees this also sees below what was gathered.
    any_gathered_.store(false, std::memory_order_release);
    return Ok();
  }

  const std::size_t entries_max_;
  const std::uint64_t bytes_max_;
  const bool has_versions_;
  Snapshots snapshots_{*this};
  std::mutex writer_mutex_;  // held by whoever writes, here or below
  mutable std::shared_mutex gathered_mutex_;
  Gathered gathered_;  // changed under both; read under either
  std::atomic<bool> any_gathered_ = false;
};

class AutobatchType final : public LayerType {
 public:
  std::string_view name() const override { return "autobatch"; }
  std::string_view description() const override {
    return "Gathers writes and hands them on in batches";
  }
  const ConfigSpec& config_spec() const override {
    static const ConfigSpec spec{.fields = {{.name = "max_entries",
                                             .type = FieldType::kInteger,
                                             .default_value = "1000",
                                             .min = 1,
                                             .max = 100'000'000,
                                             .unit = "entries",
                                             .help = "How many keys are gathered at most"},
                                            {.name = "max_bytes",
                                             .type = FieldType::kBytes,
                                             .default_value = "8MiB",
                                             .min = 1,
                                             .max = std::int64_t{1} << 40,
                                             .help = "How much memory they may take"}},
                                 .children = ChildCount::kOne};
    return spec;
  }
  Capabilities Narrow(const CheckedConfig& /*config*/,
                      std::span<const Capabilities> children) const override {
    return Narrowed(children.front());
  }
  Result<std::unique_ptr<Datastore>> Wrap(const CheckedConfig& config,
                                          std::vector<LayerChild>& children,
                                          const Environment& /*environment*/) const override {
    return std::make_unique<Autobatch>(std::move(children.front().store), config);
  }
};

}  // namespace

std::unique_ptr<LayerType> NewAutobatchLayer() { return std::make_unique<AutobatchType>(); }

}  // namespace anystore::layers
