#include "registry/builtin.h"

namespace anystore::registry {

std::vector<std::unique_ptr<Backend>> BuiltinBackends() {
  std::vector<std::unique_ptr<Backend>> backends;
  return backends;
}

}  // namespace anystore::registry
