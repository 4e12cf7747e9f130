#include "registry/builtin.h"

#include "backends/memory/memory.h"

namespace anystore::registry {

std::vector<std::unique_ptr<Backend>> BuiltinBackends() {
  std::vector<std::unique_ptr<Backend>> backends;
  backends.push_back(memory::NewMemoryBackend());
  return backends;
}

}  // namespace anystore::registry
