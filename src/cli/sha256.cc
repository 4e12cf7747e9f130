#include "cli/sha256.h"

#include <openssl/sha.h>

namespace anystore::cli {

Sha256Digest Sha256Of(std::string_view bytes) {
  Sha256Digest digest = {};
  static_assert(sizeof(digest) == SHA256_DIGEST_LENGTH);
  SHA256(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), digest.data());
  return digest;
}

}  // namespace anystore::cli
