// A plugin in C++: a backend with a field of every type, over a store of memory.
#include <memory>
#include <string>

#include "anystore/plugin.h"
#include "backends/memory/memory.h"

namespace anystore_cpptest {

using anystore::CheckedConfig;
using anystore::Code;
using anystore::Config;
using anystore::Datastore;
using anystore::Environment;
using anystore::Error;
using anystore::FieldType;
using anystore::Result;
using anystore::Status;

class CppBackend final : public anystore::Backend {
 public:
  [[nodiscard]] std::string_view scheme() const override { return "cpptest"; }
  [[nodiscard]] std::string_view description() const override { return "A test in C++"; }
  [[nodiscard]] const anystore::ConfigSpec* config_spec() const override {
    static const anystore::ConfigSpec spec{
        .fields = {{.name = "text", .default_value = "none", .help = "Any"},
                   {.name = "yes", .type = FieldType::kBool, .default_value = "on"},
                   {.name = "count", .type = FieldType::kInteger, .default_value = "-7"},
                   {.name = "bytes", .type = FieldType::kBytes, .default_value = "64KiB"},
                   {.name = "wait", .type = FieldType::kDuration, .default_value = "250ms"},
                   {.name = "mode",
                    .type = FieldType::kChoice,
                    .default_value = "work",
                    .choices = {"work", "tell", "fail", "unready"},
                    .unit = "modes"},
                   {.name = "token", .default_value = "", .secret = true}},
        .path_help = "anything"};
    return &spec;
  }
  Result<Config> DefaultConfig(const Config& given) const override {
    ANYSTORE_ASSIGN_OR_RETURN(Config full, anystore::FillDefaults(given, *config_spec()));
    if (full.path.empty()) full.path = "by default";
    return full;
  }
  [[nodiscard]] anystore::Capabilities capabilities() const override {
    return anystore::memory::MemoryCapabilities();
  }
  [[nodiscard]] anystore::IndexKind PreferredIndex(const CheckedConfig& config) const override {
    return config.Bool("yes") ? anystore::IndexKind::kBufferedTree
                              : anystore::IndexKind::kSortedSet;
  }
  Status Create(const CheckedConfig& config, const Environment&) override {
    return config.String("mode") == "work" ? anystore::Ok() : Told(config);
  }
  Result<std::unique_ptr<Datastore>> Open(const CheckedConfig& config,
                                          const Environment& environment) override {
    if (config.String("mode") == "tell") return std::move(Told(config)).error();
    if (config.String("mode") == "fail") {
      return Error(Code::kIoError, "the lamp is out")
          .WithRetry(anystore::Retry::kTemporary)
          .WithApplied(anystore::Applied::kUnknown)
          .WithOsError(5)
          .CausedBy(Error(Code::kCorruption, "no oil"));
    }
    environment.logger->Log(anystore::LogLevel::kInfo, "opened");
    auto store = anystore::memory::NewMemoryStore(environment);
    if (config.String("mode") == "unready") {
      const anystore::Mutation mark{.key = "/unready"};
      ANYSTORE_TRY(store->Apply({&mark, 1}, {}));
    }
    return store;
  }
  Result<bool> Exists(const CheckedConfig&, const Environment&) override { return true; }
  Status Destroy(const CheckedConfig&, const Environment&) override { return anystore::Ok(); }
  Status Ready(Datastore& store, const anystore::CallOptions&) override {
    const auto unready = store.Get("/unready", {});
    return unready.has_value() ? Status(Error(Code::kUnavailable, "not yet")) : anystore::Ok();
  }

 private:
  /// An error that says how the configuration arrived.
  static Status Told(const CheckedConfig& config) {
    return Error(Code::kUnavailable, config.path() + "|" + std::string(config.String("text")) +
                                         "|" + (config.Bool("yes") ? "yes" : "no") + "|" +
                                         std::to_string(config.Integer("count")) + "|" +
                                         std::to_string(config.Integer("bytes")) + "|" +
                                         std::to_string(config.Integer("wait")) + "|" +
                                         std::string(config.String("token")));
  }
};

std::unique_ptr<anystore::Backend> MakeBackend() { return std::make_unique<CppBackend>(); }

}  // namespace anystore_cpptest

ANYSTORE_PLUGIN(anystore_cpptest::MakeBackend)
