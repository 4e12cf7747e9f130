#include "cli/content_key.h"

#include "cli/sha256.h"
#include "cli/text.h"

namespace anystore::cli {

std::string ContentKey(KeyNaming naming, std::string_view bytes) {
  const Sha256Digest digest = Sha256Of(bytes);
  const std::string_view hash(reinterpret_cast<const char*>(digest.data()), digest.size());
  return "/" + (naming == KeyNaming::kSha256 ? Hex(hash) : Base32(hash));
}

}  // namespace anystore::cli
