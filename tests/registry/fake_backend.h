// A backend for tests of the registry: stores by path, which remember nothing but that they exist.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "anystore/backend.h"
#include "anystore/simple_datastore.h"

namespace anystore::testing {

// An empty store that takes no writes.
class EmptyStore final : public SimpleDatastore {
 public:
  [[nodiscard]] Capabilities capabilities() const override { return {}; }
  Result<Value> Get(std::string_view /*key*/) override { return Error(Code::kNotFound); }
  Status Put(std::string_view /*key*/, std::string_view /*value*/) override {
    return Error(Code::kReadOnly);
  }
  Status Delete(std::string_view /*key*/) override { return Ok(); }
  Result<Results> Query(const anystore::Query& query) override { return Results(query, {}); }
  Status Sync(const KeyRange& /*range*/) override { return Ok(); }
  Status Close() override { return Ok(); }
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
  IndexKind PreferredIndex(const CheckedConfig& /*config*/) const override {
    return IndexKind::kSortedSet;
  }
  Status Ready(Datastore& /*store*/, const CallOptions& /*call*/) override { return Ok(); }
  [[nodiscard]] Capabilities capabilities() const override { return {}; }
  Status Create(const CheckedConfig& config, const Environment& environment) override {
    environment_seen = &environment;
    if (appears_during_create) exists[config.path()] = true;
    if (std::exchange(exists[config.path()], true)) return Error(Code::kAlreadyExists);
    return Ok();
  }
  Result<std::unique_ptr<Datastore>> Open(const CheckedConfig& config,
                                          const Environment& environment) override {
    environment_seen = &environment;
    if (next_error.has_value()) return *std::exchange(next_error, std::nullopt);
    if (!exists[config.path()]) return Error(Code::kNotFound, "no store here");
    return Adapt(std::make_unique<EmptyStore>());
  }
  Result<bool> Exists(const CheckedConfig& config, const Environment& /*environment*/) override {
    if (next_error.has_value()) return *std::exchange(next_error, std::nullopt);
    return exists[config.path()];
  }
  Status Destroy(const CheckedConfig& config, const Environment& /*environment*/) override {
    if (!std::exchange(exists[config.path()], false)) return Error(Code::kNotFound);
    return Ok();
  }

  std::map<std::string, bool> exists = {};
  std::optional<Error> next_error = {};
  bool appears_during_create = false;
  const Environment* environment_seen = nullptr;

 private:
  std::string scheme_;
  ConfigSpec spec_ = {.fields = {{.name = "pin", .default_value = "", .secret = true}},
                      .path_help = "any name",
                      .path_required = true};
};

}  // namespace anystore::testing
