// In the place of digest.cc where the libraries are not wanted.
#include "base/digest.h"

namespace anystore::base {

bool HasDigests() noexcept { return false; }

Status Digest(HashFunction /*function*/, std::string_view /*bytes*/,
              std::span<unsigned char> /*digest*/) {
  return Error(Code::kUnsupported, "this build has no hash functions");
}

}  // namespace anystore::base
