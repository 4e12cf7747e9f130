#include "backends/leveldb/engine.h"

#include <array>
#include <cstdarg>
#include <cstdio>
#include <string>

#include "backends/engine_spec.h"

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
  static const ConfigSpec spec =
      backends::EngineSpec({.cache_size = "8MiB",
                            .write_buffer_size = "4MiB",
                            .write_buffer_bytes_max = std::int64_t{1} << 30U,
                            .compression = "snappy",
                            .compressions = {"none", "snappy"}});
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
