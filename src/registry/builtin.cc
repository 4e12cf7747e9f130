#include "registry/builtin.h"

#include "backends/flatfs/flatfs.h"
#if ANYSTORE_HAS_LEVELDB
#include "backends/leveldb/leveldb.h"
#endif
#include "backends/memory/memory.h"
#if ANYSTORE_HAS_ROCKSDB
#include "backends/rocksdb/rocksdb.h"
#endif
#include "backends/tablets/tablets.h"
#include "layers/autobatch/autobatch.h"
#include "layers/cache/cache.h"
#include "layers/checksum/checksum.h"
#include "layers/fault/fault.h"
#include "layers/keytransform/type.h"
#include "layers/log/log.h"
#include "layers/metrics/metrics.h"
#include "layers/mount/mount.h"
#include "layers/namespace/namespace.h"
#include "layers/read_only/read_only.h"
#include "layers/retry/retry.h"
#include "layers/sharded/sharded.h"
#include "layers/timeout/timeout.h"

namespace anystore::registry {

std::vector<std::unique_ptr<Backend>> BuiltinBackends() {
  std::vector<std::unique_ptr<Backend>> backends;
  backends.push_back(flatfs::NewFlatfsBackend());
#if ANYSTORE_HAS_LEVELDB
  backends.push_back(leveldb::NewLeveldbBackend());
#endif
  backends.push_back(memory::NewMemoryBackend());
#if ANYSTORE_HAS_ROCKSDB
  backends.push_back(rocksdb::NewRocksdbBackend());
#endif
  backends.push_back(tablets::NewTabletsBackend());
  return backends;
}

std::vector<std::unique_ptr<LayerType>> BuiltinLayers() {
  std::vector<std::unique_ptr<LayerType>> layers;
  layers.push_back(layers::NewAutobatchLayer());
  layers.push_back(layers::NewCacheLayer());
  layers.push_back(layers::NewChecksumLayer());
  layers.push_back(layers::NewFaultLayer());
  layers.push_back(layers::NewKeyTransformLayer());
  layers.push_back(layers::NewLogLayer());
  layers.push_back(layers::NewMetricsLayer());
  layers.push_back(layers::NewMountLayer());
  layers.push_back(layers::NewNamespaceLayer());
  layers.push_back(layers::NewReadOnlyLayer());
  layers.push_back(layers::NewRetryLayer());
  layers.push_back(layers::NewShardedLayer());
  layers.push_back(layers::NewTimeoutLayer());
  return layers;
}

}  // namespace anystore::registry
