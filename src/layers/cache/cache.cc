#include "layers/cache/cache.h"

#include <algorithm>
#include <bit>
#include <limits>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "base/epoch.h"
#include "base/key_hash.h"
#include "layers/cache/entry.h"
#include "layers/cache/shard.h"
#include "layers/partial.h"

namespace anystore::layers {
namespace {

/// From this many changes on, a write holds up all keys instead of those that it changes.
constexpr std::size_t kManyChanges = 4096;

Capabilities Narrowed(const CheckedConfig& config, Capabilities below) {
  // A commit would change records behind the back of what is kept.
  below.transactions = Support::kAbsent;
  if (below.sharing > Sharing::kOneHandle && !config.Bool("sole_writer")) {
    below.consistency = Consistency::kEventual;
  }
  return below;
}

std::int64_t Nanoseconds(const std::optional<Instant>& at) {
  return at.has_value() ? at->time_since_epoch().count() : kNever;
}

class Cache final : public Layer {
 public:
  Cache(std::unique_ptr<Datastore>&& child, const CheckedConfig& config,
        const Environment& environment)
      : Layer(std::move(child), Narrowed(config, child->capabilities())),
        clock_(*environment.clock),
        seed_(environment.random->Next()),
        negative_(config.Bool("negative")),
        has_versions_(capabilities().versions != VersionSupport::kAbsent),
        has_expiry_(capabilities().expiry != Support::kAbsent) {
    const auto capacity = static_cast<std::size_t>(config.Integer("capacity"));
    // Fewer where they would be too small for values of some size.
    const std::size_t count =
        std::bit_floor(std::clamp<std::size_t>(capacity / kShardBytesMin, 1, kShardsMax));
    for (std::size_t i = 0; i < count; ++i) {
      shards_.push_back(std::make_unique<Shard>(epochs_, capacity / count));
    }
    shard_mask_ = count - 1;
  }

  // Only what is quick: see docs/performance.md. The rest has the same arguments, so that nothing
  // is kept for it.
  Result<Value> Get(std::string_view key, const ReadOptions& options) override {
    const std::uint64_t hash = base::HashKey(key, seed_);
    Entry* entry = nullptr;
    {
      const base::Epochs::Guard guard(epochs_);
      entry = ShardOf(hash).Find(hash, key);
      const bool quick =
          entry != nullptr && entry->plain() && options.info == nullptr && options.window.whole();
      if (quick) [[likely]] {
        entry->Use();
        entry->Retain();
      } else {
        entry = nullptr;
      }
    }
    if (entry == nullptr) [[unlikely]]
      return GetCarefully(key, options);
    return Value(entry->value(), entry);
  }

 protected:
  Result<EntryInfo> StatFrom(Reader& from, std::string_view key, Wanted wanted,
                             const CallOptions& call) override {
    if (&from != &child()) return from.Stat(key, wanted, call);
    const std::uint64_t hash = base::HashKey(key, seed_);
    Shard& shard = ShardOf(hash);
    {
      const base::Epochs::Guard guard(epochs_);
      Entry* const entry = shard.Find(hash, key);
      if (entry != nullptr && Usable(*entry, Wants(wanted, Wanted::kVersion))) {
        entry->Use();
        if (entry->facts().absent) return Error(Code::kNotFound);
        return Describe(*entry, wanted);
      }
    }
    const Shard::Moment before = shard.Now(hash);
    Result<EntryInfo> info = from.Stat(key, wanted, call);
    if (!info.has_value()) NoteMiss(shard, hash, key, info.error().code(), before);
    return info;
  }

  void GetManyFrom(Reader& from, std::span<const std::string_view> keys,
                   std::span<Result<Value>> out, const ReadOptions& options) override {
    if (&from != &child()) return from.GetMany(keys, out, options);
    Unanswered unanswered;
    std::vector<std::pair<std::uint64_t, Shard::Moment>> befores;
    for (std::size_t i = 0; i < keys.size(); ++i) {
      const std::uint64_t hash = base::HashKey(keys[i], seed_);
      if (std::optional<Result<Value>> kept = GetKept(hash, keys[i], options)) {
        out[i] = *std::move(kept);
      } else {
        unanswered.Add(keys[i], i);
        befores.emplace_back(hash, ShardOf(hash).Now(hash));
      }
    }
    unanswered.Ask(from, out, options);
    for (std::size_t i = 0; i < befores.size(); ++i) {
      const auto& [hash, before] = befores[i];
      const Result<Value>& value = out[unanswered.places[i]];
      if (!value.has_value()) {
        NoteMiss(ShardOf(hash), hash, unanswered.keys[i], value.error().code(), before);
      } else if (!has_expiry_ && options.window.whole()) {
        // Where records expire it would have to be known when.
        Keep(ShardOf(hash), hash, unanswered.keys[i], *value, {}, before);
      }
    }
  }

  Result<Receipt> ApplyTo(Writer& to, std::span<const Mutation> mutations,
                          const WriteOptions& options) override {
    if (mutations.size() == 1 && mutations.front().kind != Mutation::Kind::kDeleteRange) {
      return ApplyOne(to, mutations.front(), options);
    }
    return ApplyMany(to, mutations, options);
  }

 private:
  static constexpr std::size_t kShardsMax = 16;
  static constexpr std::size_t kShardBytesMin = std::size_t{256} << 10U;

  [[nodiscard]] Shard& ShardOf(std::uint64_t hash) const noexcept {
    return *shards_[(hash >> 60U) & shard_mask_];
  }

  /// Whether the entry answers; with `version` where that is asked for, too.
  [[nodiscard]] bool Usable(const Entry& entry, bool version) {
    const Entry::Facts& facts = entry.facts();
    if (facts.expires_at != kNever && facts.expires_at <= Nanoseconds(clock_.Now())) return false;
    return !version || !has_versions_ || facts.absent || facts.version.has_value();
  }

  [[nodiscard]] static EntryInfo Describe(const Entry& entry, Wanted wanted) {
    EntryInfo info{.size = entry.value().size()};
    if (Wants(wanted, Wanted::kVersion)) info.version = entry.facts().version;
    if (Wants(wanted, Wanted::kExpiry) && entry.facts().expires_at != kNever) {
      info.expires_at = Instant(Duration(entry.facts().expires_at));
    }
    return info;
  }

  /// What is kept of a key; none: it must be asked below.
  [[nodiscard]] std::optional<Result<Value>> GetKept(std::uint64_t hash, std::string_view key,
                                                     const ReadOptions& options) {
    const base::Epochs::Guard guard(epochs_);
    Entry* const entry = ShardOf(hash).Find(hash, key);
    if (entry == nullptr || !Usable(*entry, options.info != nullptr)) return std::nullopt;
    entry->Use();
    if (entry->facts().absent) return Error(Code::kNotFound);
    if (options.info != nullptr) *options.info = Describe(*entry, Wanted::kAll);
    std::string_view bytes = entry->value();
    if (!options.window.whole()) {
      bytes = bytes.substr(std::min<std::uint64_t>(options.window.offset, bytes.size()),
                           options.window.length);
    }
    entry->Retain();
    return Value(bytes, entry);
  }

  [[gnu::noinline]] Result<Value> GetCarefully(std::string_view key, const ReadOptions& options) {
    const std::uint64_t hash = base::HashKey(key, seed_);
    if (std::optional<Result<Value>> kept = GetKept(hash, key, options)) return *std::move(kept);
    Shard& shard = ShardOf(hash);
    // A part of a value is not worth reading the whole, where the store below can do better.
    if (!options.window.whole()) return child().Get(key, options);
    const Shard::Moment before = shard.Now(hash);
    EntryInfo info;
    ReadOptions below = options;
    if (below.info == nullptr && (has_versions_ || has_expiry_)) below.info = &info;
    Result<Value> value = child().Get(key, below);
    if (!value.has_value()) {
      NoteMiss(shard, hash, key, value.error().code(), before);
    } else {
      if (below.info != nullptr) info = *below.info;
      Keep(shard, hash, key, *value,
           {.version = info.version, .expires_at = Nanoseconds(info.expires_at)}, before);
    }
    return value;
  }

  /// An entry to be kept, null when it is too large or memory is short.
  [[nodiscard]] static Entry* NewEntry(const Shard& shard, std::uint64_t hash, std::string_view key,
                                       std::string_view value, const Entry::Facts& facts) {
    const bool takes = shard.Takes(Entry::Footprint(key.size(), value.size()));
    return takes ? Entry::New(hash, key, value, facts) : nullptr;
  }

  static void Keep(Shard& shard, std::uint64_t hash, std::string_view key, std::string_view value,
                   const Entry::Facts& facts, const Shard::Moment& before) {
    if (Entry* const entry = NewEntry(shard, hash, key, value, facts); entry != nullptr) {
      shard.Fill(entry, before);
    }
  }

  void NoteMiss(Shard& shard, std::uint64_t hash, std::string_view key, Code code,
                const Shard::Moment& before) const {
    if (negative_ && code == Code::kNotFound) Keep(shard, hash, key, {}, {.absent = true}, before);
  }

  Result<Receipt> ApplyOne(Writer& to, const Mutation& mutation, const WriteOptions& options) {
    const std::uint64_t hash = base::HashKey(mutation.key, seed_);
    Shard& shard = ShardOf(hash);
    const Shard::Moment begun = shard.BeginWrite(hash, mutation.key);
    Result<Receipt> receipt = to.Apply({&mutation, 1}, options);
    shard.EndWrite(hash, receipt.has_value() ? After(shard, hash, mutation, *receipt) : nullptr,
                   begun);
    return receipt;
  }

  /// What there is of a record after a change of it, null when that is not known exactly.
  [[nodiscard]] Entry* After(const Shard& shard, std::uint64_t hash, const Mutation& mutation,
                             const Receipt& receipt) const {
    if (mutation.kind == Mutation::Kind::kDelete && negative_) {
      return NewEntry(shard, hash, mutation.key, {}, {.absent = true});
    }
    // How exactly a moment of expiry is kept, only the store below knows.
    if (mutation.kind != Mutation::Kind::kPut || mutation.expires_at.has_value()) return nullptr;
    return NewEntry(shard, hash, mutation.key, mutation.value, {.version = receipt.version});
  }

  Result<Receipt> ApplyMany(Writer& to, std::span<const Mutation> mutations,
                            const WriteOptions& options) {
    const bool all = mutations.size() >= kManyChanges ||
                     std::ranges::any_of(mutations, [](const Mutation& mutation) {
                       return mutation.kind == Mutation::Kind::kDeleteRange;
                     });
    std::vector<std::uint64_t> hashes;
    if (all) {
      for (const auto& shard : shards_) shard->BeginWrites();
    } else {
      hashes.reserve(mutations.size());
    }
    for (const Mutation& mutation : mutations) {
      if (mutation.kind == Mutation::Kind::kDeleteRange) {
        for (const auto& shard : shards_) shard->RemoveRange(mutation.key, mutation.range_to);
        continue;
      }
      const std::uint64_t hash = base::HashKey(mutation.key, seed_);
      if (all) {
        ShardOf(hash).Remove(hash, mutation.key);
      } else {
        static_cast<void>(ShardOf(hash).BeginWrite(hash, mutation.key));
        hashes.push_back(hash);
      }
    }
    Result<Receipt> receipt = to.Apply(mutations, options);
    if (all) {
      for (const auto& shard : shards_) shard->EndWrites();
    }
    for (const std::uint64_t hash : hashes) ShardOf(hash).EndWrite(hash, nullptr, {});
    return receipt;
  }

  Clock& clock_;
  const std::uint64_t seed_;
  const bool negative_;
  const bool has_versions_;
  const bool has_expiry_;
  std::size_t shard_mask_ = 0;
  base::Epochs epochs_;
  std::vector<std::unique_ptr<Shard>> shards_;
};

class CacheType final : public LayerType {
 public:
  std::string_view name() const override { return "cache"; }
  std::string_view description() const override {
    return "Keeps what was read and written lately in memory";
  }
  const ConfigSpec& config_spec() const override {
    static const ConfigSpec spec{
        .fields = {{.name = "capacity",
                    .type = FieldType::kBytes,
                    .default_value = "64MiB",
                    .min = std::int64_t{64} << 10,
                    .max = std::int64_t{1} << 44,
                    .help = "How much memory keys, values and what manages them may take"},
                   {.name = "negative",
                    .type = FieldType::kBool,
                    .default_value = "false",
                    .help = "Keeps also that a key has no record"},
                   {.name = "sole_writer",
                    .type = FieldType::kBool,
                    .default_value = "false",
                    .help = "Says that nobody else writes to the store, although others could"},
                   {.name = "unchecked",
                    .type = FieldType::kBool,
                    .default_value = "false",
                    .help = "Says that the cache may stand over a checksum, which then does not "
                            "see what comes from memory"}},
        .children = ChildCount::kOne};
    return spec;
  }
  Capabilities Narrow(const CheckedConfig& config,
                      std::span<const Capabilities> children) const override {
    return Narrowed(config, children.front());
  }
  Result<std::unique_ptr<Datastore>> Wrap(const CheckedConfig& config,
                                          std::vector<LayerChild>& children,
                                          const Environment& environment) const override {
    return std::make_unique<Cache>(std::move(children.front().store), config, environment);
  }
};

}  // namespace

std::unique_ptr<LayerType> NewCacheLayer() { return std::make_unique<CacheType>(); }

}  // namespace anystore::layers
