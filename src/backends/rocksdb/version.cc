#include "backends/rocksdb/version.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <cstring>

namespace anystore::rocksdb {

Version VersionOf(std::string_view value) noexcept {
  XXH128_canonical_t canonical;
  XXH128_canonicalFromHash(&canonical, XXH3_128bits(value.data(), value.size()));
  Version version;
  static_assert(sizeof(version) == sizeof(canonical));
  std::memcpy(version.data(), &canonical, sizeof(version));
  return version;
}

}  // namespace anystore::rocksdb
