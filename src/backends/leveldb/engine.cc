#include "backends/leveldb/engine.h"

#include <array>
#include <cstdarg>
#include <cstdio>
#include <string>

namespace anystore::leveldb {
namespace {

/// Hands on what LevelDB tells, where its own logger would write a file: and rename that of a
/// running process before it finds the database locked. It does not say what is important; what
/// is reaches the caller as an error.
class ForwardingLogger final : public ::leveldb::Logger {
 public:
  explicit ForwardingLogger(anystore::Logger& logger) : logger_(logger) {}

  void Logv(const char* format, std::va_list arguments) override {
    std::array<char, 1024> line{};
    std::vsnprintf(line.data(), line.size(), format, arguments);
    logger_.Log(LogLevel::kDebug, std::string("leveldb: ") + line.data());
  }

 private:
  anystore::Logger& logger_;
};

}  // namespace

const ConfigSpec& Spec() {
  constexpr std::int64_t kMiB = std::int64_t{1} << 20U;
  static const ConfigSpec spec{
      .fields =
          {
              {.name = "sync",
               .type = FieldType::kBool,
               .default_value = "false",
               .help = "Writes survive a power cut, not only the end of the process"},
              {.name = "cache_size",
               .type = FieldType::kBytes,
               .default_value = "8MiB",
               .min = 0,
               .help = "Memory for blocks read from tables"},
              {.name = "write_buffer_size",
               .type = FieldType::kBytes,
               .default_value = "4MiB",
               .min = kMiB / 16,
               .max = 1024 * kMiB,
               .help = "Size at which writes gathered in memory become a table"},
              {.name = "compression",
               .type = FieldType::kChoice,
               .default_value = "snappy",
               .choices = {"none", "snappy"},
               .help = "How blocks of new tables are compressed"},
              {.name = "bloom_bits",
               .type = FieldType::kInteger,
               .default_value = "10",
               .min = 0,
               .max = 32,
               .help = "Bits a key of the filter that tells absent keys without a read; 0: none"},
          },
      .path_help = "directory of the database",
      .path_required = true,
  };
  return spec;
}

Engine::Engine(const CheckedConfig& config, const Environment& environment,
               ::leveldb::Env* base_files)
    : files(std::make_unique<LogFiles>(base_files)),
      logger(std::make_unique<ForwardingLogger>(*environment.logger)),
      cache(::leveldb::NewLRUCache(static_cast<std::size_t>(config.Integer("cache_size")))) {
  if (const std::int64_t bits = config.Integer("bloom_bits"); bits > 0) {
    filter.reset(::leveldb::NewBloomFilterPolicy(static_cast<int>(bits)));
  }
  options.env = files.get();
  options.info_log = logger.get();
  options.block_cache = cache.get();
  options.filter_policy = filter.get();
  options.write_buffer_size = static_cast<std::size_t>(config.Integer("write_buffer_size"));
  options.compression = config.String("compression") == "snappy" ? ::leveldb::kSnappyCompression
                                                                 : ::leveldb::kNoCompression;
}

}  // namespace anystore::leveldb
