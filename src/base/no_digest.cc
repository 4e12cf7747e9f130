// What takes the place of digest.cc in a build without hash functions.
#include "base/digest.h"

namespace anystore::base {

bool HasDigests() noexcept { return false; }

Status NeedDigests() {
  return Error(Code::kUnsupported,
               "this build has no hash functions; one with -DANYSTORE_DIGESTS=ON has");
}

Status Digest(HashFunction /*function*/, std::string_view /*bytes*/,
              std::span<unsigned char> /*digest*/) {
  return NeedDigests();
}

}  // namespace anystore::base
