#include "backends/engine_spec.h"

namespace anystore::backends {

ConfigSpec EngineSpec(const EngineDefaults& defaults) {
  return {
      .fields =
          {
              {.name = "sync",
               .type = FieldType::kBool,
               .default_value = "false",
               .help = "Writes survive a power cut, not only the end of the process"},
              {.name = "cache_size",
               .type = FieldType::kBytes,
               .default_value = defaults.cache_size,
               .min = 0,
               .help = "Memory for blocks read from tables"},
              {.name = "write_buffer_size",
               .type = FieldType::kBytes,
               .default_value = defaults.write_buffer_size,
               .min = std::int64_t{64} << 10U,
               .max = defaults.write_buffer_bytes_max,
               .help = "Size at which writes gathered in memory become a table"},
              {.name = "compression",
               .type = FieldType::kChoice,
               .default_value = defaults.compression,
               .choices = defaults.compressions,
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
}

Capabilities EngineCapabilities(bool sync) {
  // RocksDB's own advice is 8 MB for keys and less than 3 GB for values. In LevelDB's files lengths
  // are 32 bits, and a batch is one record of its log.
  constexpr std::uint64_t kMiB = std::uint64_t{1} << 20U;
  return {
      .keys = {.bytes_min = 0, .bytes_max = 8 * kMiB},
      .value_bytes_max = 1024 * kMiB,
      .batch_bytes_max = 2048 * kMiB,
      .ordered_scan = Support::kNative,
      .reverse_scan = Support::kNative,
      .scan_isolation = ScanIsolation::kSnapshot,
      .batch_atomicity = Atomicity::kAllOrNothing,
      .put_durability = sync ? Durability::kSurvivesPower : Durability::kSurvivesProcess,
      .durability_max = Durability::kSurvivesPower,
      .sync_durability = Durability::kSurvivesPower,
      .consistency = Consistency::kLinearizable,
      .sharing = Sharing::kOneHandle,
      .persistence = Persistence::kReopen,
  };
}

}  // namespace anystore::backends
