#include "layers/checksum/checksum.h"

#include <algorithm>
#include <array>
#include <limits>
#include <new>
#include <optional>
#include <string>
#include <utility>

#include "anystore/features.h"
#include "core/call_check.h"
#include "layers/checksum/sealed_cursor.h"
#include "layers/checksum/sealed_value.h"

namespace anystore::layers {
namespace {

struct Settings {
  ChecksumKind kind = ChecksumKind::kXxh3Of64;
  bool scrub_deletes = false;
};

Settings SettingsOf(const CheckedConfig& config) {
  return {.kind = *ChecksumKindOf(config.String("algorithm")),
          .scrub_deletes = config.Bool("scrub_deletes")};
}

Capabilities Narrowed(ChecksumKind kind, Capabilities below) {
  const std::uint64_t seal = SealBytes(kind);
  below.value_bytes_max -= std::min(seal, below.value_bytes_max);
  // Counted in records of one byte, of which each gets a seal.
  if (below.batch_bytes_max != std::numeric_limits<std::uint64_t>::max()) {
    below.batch_bytes_max /= seal + 1;
  }
  // A part cannot be verified without the whole.
  below.range_read = std::min(below.range_read, Support::kEmulated);
  return below;
}

class ChecksumLayer final : public Provides<Layer, CheckedDatastore, ScrubbedDatastore> {
 public:
  ChecksumLayer(std::unique_ptr<Datastore> child, const Settings& settings, Clock& clock)
      : Provides(std::move(child), Narrowed(settings.kind, child->capabilities())),
        settings_(settings),
        clock_(clock) {}

  Result<std::vector<Finding>> Check(const CallOptions& call) override {
    std::vector<Finding> findings;
    if (auto* const below = child().feature<CheckedDatastore>(); below != nullptr) {
      ANYSTORE_ASSIGN_OR_RETURN(findings, below->Check(call));
    }
    ANYSTORE_TRY(FindDamage(call, [&findings](std::string_view key, const Error& error) {
      findings.push_back({.where = Quoted(key), .what = std::string(error.message())});
    }));
    return findings;
  }

  Result<std::vector<Finding>> Scrub(const CallOptions& call) override {
    std::vector<Finding> findings;
    if (auto* const below = child().feature<ScrubbedDatastore>(); below != nullptr) {
      ANYSTORE_ASSIGN_OR_RETURN(findings, below->Scrub(call));
    }
    std::vector<std::string> keys;
    const std::size_t first = findings.size();
    ANYSTORE_TRY(FindDamage(call, [&](std::string_view key, const Error& error) {
      keys.emplace_back(key);
      findings.push_back({.where = Quoted(key), .what = std::string(error.message())});
    }));
    if (!settings_.scrub_deletes) return findings;
    for (std::size_t i = 0; i < keys.size(); ++i) {
      ANYSTORE_ASSIGN_OR_RETURN(const bool deleted, DeleteIfDamaged(keys[i], call));
      findings[first + i].what += deleted ? "; deleted" : "; written anew meanwhile";
    }
    return findings;
  }

 protected:
  Result<Value> GetFrom(Reader& from, std::string_view key, const ReadOptions& options) override {
    Result<Value> value = from.Get(key, options);
    if (!value.has_value()) return value;
    ANYSTORE_TRY(Open(key, *value));
    if (options.info != nullptr) options.info->size = value->size();
    return value;
  }
  Result<EntryInfo> StatFrom(Reader& from, std::string_view key, Wanted wanted,
                             const CallOptions& call) override {
    Result<EntryInfo> info = from.Stat(key, wanted, call);
    if (!info.has_value()) return info;
    if (!Wants(wanted, Wanted::kSize)) {
      info->size = 0;
      return info;
    }
    ANYSTORE_ASSIGN_OR_RETURN(info->size, UnsealedSize(settings_.kind, key, info->size));
    return info;
  }
  void GetManyFrom(Reader& from, std::span<const std::string_view> keys,
                   std::span<Result<Value>> out, const ReadOptions& options) override {
    from.GetMany(keys, out, options);
    for (std::size_t i = 0; i < keys.size(); ++i) {
      if (!out[i].has_value()) continue;
      if (Status opened = Open(keys[i], *out[i]); !opened.has_value()) {
        out[i] = std::move(opened).error();
      }
    }
  }
  Result<std::unique_ptr<Cursor>> ScanFrom(Reader& from, const KeyRange& range,
                                           const ScanOptions& options) override {
    ANYSTORE_ASSIGN_OR_RETURN(std::unique_ptr<Cursor> cursor, from.Scan(range, options));
    return std::make_unique<SealedCursor>(settings_.kind, std::move(cursor), options);
  }
  Result<Receipt> ApplyTo(Writer& to, std::span<const Mutation> mutations,
                          const WriteOptions& options) override {
    if (mutations.size() == 1) {
      std::array<Mutation, 1> sealed = {mutations.front()};
      return ApplySealed(to, sealed, options);
    }
    std::vector<Mutation> sealed(mutations.begin(), mutations.end());
    return ApplySealed(to, sealed, options);
  }

 private:
  /// Takes the seal off, or says why it does not hold.
  [[nodiscard]] Status Open(std::string_view key, Value& value) const {
    ANYSTORE_TRY(Unseal(settings_.kind, key, value.bytes()));
    value = value.Slice(SealBytes(settings_.kind), value.size());
    return Ok();
  }

  /// Seals the values of `mutations`, and applies them.
  Result<Receipt> ApplySealed(Writer& to, std::span<Mutation> mutations,
                              const WriteOptions& options) {
    std::uint64_t value_bytes = 0;
    std::uint64_t key_bytes = 0;
    for (const Mutation& mutation : mutations) {
      key_bytes += mutation.key.size();
      if (mutation.kind != Mutation::Kind::kPut) continue;
      value_bytes += SealBytes(settings_.kind) + mutation.value.size();
    }
    if (value_bytes == 0) return to.Apply(mutations, options);
    if (value_bytes + key_bytes > child().capabilities().batch_bytes_max) {
      return Error(Code::kTooLarge, "the batch and its checksums are longer than the store takes");
    }
    const std::unique_ptr<char[]> buffer(new (std::nothrow) char[value_bytes]);
    if (buffer == nullptr) return Error(Code::kResourceExhausted, "no memory for the checksums");
    char* at = buffer.get();
    for (Mutation& mutation : mutations) {
      if (mutation.kind != Mutation::Kind::kPut) continue;
      Seal(settings_.kind, mutation.key, mutation.value, at);
      mutation.value = {at, SealBytes(settings_.kind) + mutation.value.size()};
      at += mutation.value.size();
    }
    return to.Apply(mutations, options);
  }

  /// Calls `found` with the key of every record that is damaged, and why.
  template <class Found>
  Status FindDamage(const CallOptions& call, Found&& found) const {
    ANYSTORE_ASSIGN_OR_RETURN(const auto cursor, child().Scan(KeyRange::All(), {.call = call}));
    std::array<EntryView, 64> entries;
    for (;;) {
      ANYSTORE_TRY(internal::CheckCall(call, clock_));
      ANYSTORE_ASSIGN_OR_RETURN(const std::size_t count, cursor->Next(entries));
      if (count == 0) return Ok();
      for (const EntryView& entry : std::span(entries).first(count)) {
        const auto value = Unseal(settings_.kind, entry.key, entry.value);
        if (!value.has_value()) found(entry.key, value.error());
      }
    }
  }

  /// Looks again, as it may have been written since; whether it was still damaged, and is gone.
  Result<bool> DeleteIfDamaged(std::string_view key, const CallOptions& call) {
    EntryInfo info;
    const Result<Value> value = child().Get(key, {.call = call, .info = &info});
    if (!value.has_value() && value.error().code() == Code::kNotFound) return false;
    if (!value.has_value()) return value.error().Clone();
    if (Unseal(settings_.kind, key, value->bytes()).has_value()) return false;
    Mutation mutation{.kind = Mutation::Kind::kDelete, .key = key};
    const bool conditional = child().capabilities().conditional_write != ConditionScope::kAbsent;
    if (conditional && info.version.has_value()) {
      mutation.condition = Condition::IfVersion(*info.version);
    }
    const Result<Receipt> receipt = child().Apply({&mutation, 1}, {.call = call});
    if (receipt.has_value()) return true;
    if (receipt.error().code() == Code::kPreconditionFailed) return false;
    return receipt.error().Clone();
  }

  const Settings settings_;
  Clock& clock_;
};

class ChecksumType final : public LayerType {
 public:
  std::string_view name() const override { return "checksum"; }
  std::string_view description() const override {
    return "Stores a checksum with every value, and verifies it on every read";
  }
  const ConfigSpec& config_spec() const override {
    static const ConfigSpec spec{
        .fields = {{.name = "algorithm",
                    .type = FieldType::kChoice,
                    .default_value = "xxh3-64",
                    .choices = {"xxh3-64", "xxh3-128", "crc32c"},
                    .fixed_at_create = true,
                    .help = "The checksum: 8, 16 or 4 bytes a record"},
                   {.name = "scrub_deletes",
                    .type = FieldType::kBool,
                    .default_value = "false",
                    .help = "Whether Scrub deletes damaged records; otherwise it only reports"}},
        .children = ChildCount::kOne};
    return spec;
  }
  Capabilities Narrow(const CheckedConfig& config,
                      std::span<const Capabilities> children) const override {
    return Narrowed(SettingsOf(config).kind, children.front());
  }
  Result<std::unique_ptr<Datastore>> Wrap(const CheckedConfig& config,
                                          std::vector<LayerChild>& children,
                                          const Environment& environment) const override {
    return std::make_unique<ChecksumLayer>(std::move(children.front().store), SettingsOf(config),
                                           *environment.clock);
  }
};

}  // namespace

std::unique_ptr<LayerType> NewChecksumLayer() { return std::make_unique<ChecksumType>(); }

}  // namespace anystore::layers
