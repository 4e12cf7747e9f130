#include "backends/rocksdb/engine_options.h"

#include <rocksdb/cache.h>
#include <rocksdb/convenience.h>
#include <rocksdb/env.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/listener.h>
#include <rocksdb/table.h>

#include <algorithm>
#include <array>
#include <cstdarg>
#include <cstdio>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "backends/engine_spec.h"

namespace anystore::rocksdb {
namespace {

struct Compression {
  std::string_view name;
  ::rocksdb::CompressionType type;
};
constexpr Compression kCompressions[] = {
    {"none", ::rocksdb::kNoCompression},
    {"snappy", ::rocksdb::kSnappyCompression},
    {"lz4", ::rocksdb::kLZ4Compression},
    {"zstd", ::rocksdb::kZSTD},
};

/// The ones that the RocksDB we run with was built with.
std::vector<std::string> SupportedCompressions() {
  const auto supported = ::rocksdb::GetSupportedCompressions();
  std::vector<std::string> names;
  for (const Compression& known : kCompressions) {
    if (std::ranges::find(supported, known.type) != supported.end()) {
      names.emplace_back(known.name);
    }
  }
  return names;
}

/// Hands RocksDB's warnings and errors on, where its own logger would write files: and rename
/// those of a running process before it finds the database locked.
class ForwardingLogger final : public ::rocksdb::Logger {
 public:
  explicit ForwardingLogger(anystore::Logger& logger)
      : ::rocksdb::Logger(::rocksdb::InfoLogLevel::WARN_LEVEL), logger_(logger) {}

  using ::rocksdb::Logger::Logv;
  void Logv(const char* format, std::va_list arguments) override {
    Forward(LogLevel::kDebug, format, arguments);
  }
  void Logv(const ::rocksdb::InfoLogLevel level, const char* format,
            std::va_list arguments) override {
    if (level < GetInfoLogLevel()) return;
    // What RocksDB warns of at Open or while writing also reaches the caller, as an error.
    Forward(level >= ::rocksdb::InfoLogLevel::ERROR_LEVEL ? LogLevel::kWarning : LogLevel::kInfo,
            format, arguments);
  }

 private:
  void Forward(LogLevel level, const char* format, std::va_list arguments) {
    std::array<char, 1024> line{};
    std::vsnprintf(line.data(), line.size(), format, arguments);
    logger_.Log(level, std::string("rocksdb: ") + line.data());
  }

  anystore::Logger& logger_;
};

/// Watches background work. A full disk is left to RocksDB, which goes on by itself when there is
/// room again.
class FailureListener final : public ::rocksdb::EventListener {
 public:
  explicit FailureListener(std::shared_ptr<internal::Health> health) : health_(std::move(health)) {}

  void OnBackgroundError(::rocksdb::BackgroundErrorReason, ::rocksdb::Status* status) override {
    if (status->IsNoSpace() || status->severity() < ::rocksdb::Status::kHardError) return;
    health_->Poison(status->ToString());
  }

 private:
  const std::shared_ptr<internal::Health> health_;
};

ConfigSpec MakeSpec() {
  const std::vector<std::string> compressions = SupportedCompressions();
  ConfigSpec spec = backends::EngineSpec({.cache_size = "64MiB",
                                          .write_buffer_size = "64MiB",
                                          .write_buffer_bytes_max = std::int64_t{4} << 30U,
                                          .compression = compressions.size() > 2 ? "lz4" : "none",
                                          .compressions = compressions});
  spec.fields.push_back({.name = "max_open_files",
                         .type = FieldType::kInteger,
                         .default_value = "512",
                         .min = 16,
                         .max = 1'000'000,
                         .help = "How many files RocksDB keeps open"});
  return spec;
}

}  // namespace

const ConfigSpec& Spec() {
  static const ConfigSpec spec = MakeSpec();
  return spec;
}

::rocksdb::Options EngineOptions(const CheckedConfig& config, const Environment& environment,
                                 std::shared_ptr<internal::Health> health) {
  ::rocksdb::BlockBasedTableOptions table;
  table.block_cache =
      ::rocksdb::NewLRUCache(static_cast<std::size_t>(config.Integer("cache_size")));
  if (const std::int64_t bits = config.Integer("bloom_bits"); bits > 0) {
    table.filter_policy.reset(::rocksdb::NewBloomFilterPolicy(static_cast<double>(bits)));
  }

  ::rocksdb::Options options;
  options.table_factory.reset(::rocksdb::NewBlockBasedTableFactory(table));
  options.write_buffer_size = static_cast<std::size_t>(config.Integer("write_buffer_size"));
  options.max_open_files = static_cast<int>(config.Integer("max_open_files"));
  const std::string_view compression = config.String("compression");
  options.compression = std::ranges::find(kCompressions, compression, &Compression::name)->type;
  options.level_compaction_dynamic_level_bytes = true;
  // Spreads the writing of tables evenly instead of leaving it to the kernel's own bursts.
  options.bytes_per_sync = std::size_t{1} << 20U;
  // Nothing reads them.
  options.stats_dump_period_sec = 0;
  options.stats_persist_period_sec = 0;
  options.info_log = std::make_shared<ForwardingLogger>(*environment.logger);
  options.listeners.push_back(std::make_shared<FailureListener>(std::move(health)));
  return options;
}

}  // namespace anystore::rocksdb
