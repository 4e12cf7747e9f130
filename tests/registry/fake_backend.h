// A backend for tests of the registry: stores by path, which remember nothing but that they exist.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "anystore/backend.h"
#include "anystore/features.h"
#include "anystore/simple_datastore.h"
#include "core/identity.h"

namespace anystore::testing {

// An empty store that takes no writes.
class EmptyStore final : public Provides<SimpleDatastore, IdentifiedDatastore> {
 public:
  explicit EmptyStore(StoreIdentity identity = {}) : identity_(std::move(identity)) {}
  [[nodiscard]] const StoreIdentity& identity() const override { return identity_; }
  [[nodiscard]] Capabilities capabilities() const override { return {}; }
  Result<Value> Get(std::string_view /*key*/) override { return Error(Code::kNotFound); }
  Status Put(std::string_view /*key*/, std::string_view /*value*/) override {
    return Error(Code::kReadOnly);
  }
  Status Delete(std::string_view /*key*/) override { return Ok(); }
  Result<Results> Query(const anystore::Query& query) override { return Results(query, {}); }
  Status Sync(const KeyRange& /*range*/) override { return Ok(); }
  Status Close() override { return Ok(); }

 private:
  const StoreIdentity identity_;
};

// Counts calls through `exists`; `next_error` fails the next one.
class FakeBackend final : public Backend {
 public:
  explicit FakeBackend(std::string scheme) : scheme_(std::move(scheme)) {}

  [[nodiscard]] std::string_view scheme() const override { return scheme_; }
  [[nodiscard]] std::string_view description() const override { return "A fake."; }
  [[nodiscard]] const ConfigSpec* config_spec() const override { return &spec_; }
  Result<Config> DefaultConfig(const Config& given) const override {
    return FillDefaults(given, *config_spec());
  }
  IndexKind PreferredIndex(const CheckedConfig& config) const override {
    return config.path() == "far" ? IndexKind::kBufferedTree : IndexKind::kSortedSet;
  }
  Status Ready(Datastore& /*store*/, const CallOptions& /*call*/) override {
    if (not_ready.has_value()) return not_ready->Clone();
    return Ok();
  }
  [[nodiscard]] Capabilities capabilities() const override { return {}; }
  Status Create(const CheckedConfig& config, const Environment& environment) override {
    environment_seen = &environment;
    if (appears_during_create) exists[config.path()] = true;
    if (std::exchange(exists[config.path()], true)) return Error(Code::kAlreadyExists);
    identities[config.path()] = internal::NewIdentity(config, spec_, environment);
    return Ok();
  }
  Result<std::unique_ptr<Datastore>> Open(const CheckedConfig& config,
                                          const Environment& environment) override {
    environment_seen = &environment;
    if (next_error.has_value()) return *std::exchange(next_error, std::nullopt);
    if (!exists[config.path()]) return Error(Code::kNotFound, "no store here");
    return Adapt(std::make_unique<EmptyStore>(identities[config.path()]));
  }
  Result<bool> Exists(const CheckedConfig& config, const Environment& /*environment*/) override {
    if (next_error.has_value()) return *std::exchange(next_error, std::nullopt);
    return exists[config.path()];
  }
  Status Destroy(const CheckedConfig& config, const Environment& /*environment*/) override {
    ++destroys;
    if (!std::exchange(exists[config.path()], false)) return Error(Code::kNotFound);
    identities.erase(config.path());
    return Ok();
  }

  std::map<std::string, bool> exists = {};
  // Without an entry: the store has no identity record.
  std::map<std::string, StoreIdentity> identities = {};
  std::optional<Error> next_error = {};
  std::optional<Error> not_ready = {};
  int destroys = 0;
  bool appears_during_create = false;
  const Environment* environment_seen = nullptr;

 private:
  std::string scheme_;
  ConfigSpec spec_ = {.fields = {{.name = "pin", .default_value = "", .secret = true},
                                 {.name = "size", .default_value = "8", .fixed_at_create = true},
                                 {.name = "buffer", .default_value = "1"}},
                      .path_help = "any name",
                      .path_required = true};
};

}  // namespace anystore::testing
