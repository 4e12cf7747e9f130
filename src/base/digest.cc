#include "base/digest.h"

#include <openssl/evp.h>
#include <openssl/sha.h>
#include <sodium.h>

#include <array>
#include <utility>

namespace anystore::base {
namespace {

const unsigned char* Data(std::string_view bytes) {
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): bytes are bytes
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

Error Refused(std::string_view name) {
  return Error(Code::kUnsupported, "the library of hash functions refuses " + std::string(name));
}

/// A function that is found by its name, which is looked for once.
Status ByName(const EVP_MD* function, std::string_view name, std::string_view bytes,
              std::span<unsigned char> digest) {
  if (function == nullptr || std::cmp_not_equal(EVP_MD_get_size(function), digest.size()) ||
      EVP_Digest(bytes.data(), bytes.size(), digest.data(), nullptr, function, nullptr) != 1) {
    return Refused(name);
  }
  return Ok();
}

Status Blake2b(std::string_view bytes, std::span<unsigned char> digest) {
  // Chooses the instructions that the processor has.
  static const bool ready = sodium_init() >= 0;
  if (!ready || crypto_generichash_blake2b(digest.data(), digest.size(), Data(bytes), bytes.size(),
                                           nullptr, 0) != 0) {
    return Refused("BLAKE2b");
  }
  return Ok();
}

void DoubleSha256(std::string_view bytes, unsigned char* digest) {
  std::array<unsigned char, SHA256_DIGEST_LENGTH> once;
  SHA256(Data(bytes), bytes.size(), once.data());
  SHA256(once.data(), once.size(), digest);
}

/// A function of OpenSSL that is kept for as long as the process lives.
template <const char* kName>
const EVP_MD* Fetched() {
  static const EVP_MD* const function = EVP_MD_fetch(nullptr, kName, nullptr);
  return function;
}

constexpr char kSha3Name224[] = "SHA3-224";
constexpr char kSha3Name256[] = "SHA3-256";
constexpr char kSha3Name384[] = "SHA3-384";
constexpr char kSha3Name512[] = "SHA3-512";
constexpr char kBlake2sName[] = "BLAKE2S-256";

}  // namespace

bool HasDigests() noexcept { return true; }

Status NeedDigests() { return Ok(); }

Status Digest(HashFunction function, std::string_view bytes, std::span<unsigned char> digest) {
  unsigned char* const out = digest.data();
  switch (function) {
    case HashFunction::kSha1:
      SHA1(Data(bytes), bytes.size(), out);
      return Ok();
    case HashFunction::kSha256:
      SHA256(Data(bytes), bytes.size(), out);
      return Ok();
    case HashFunction::kSha384:
      SHA384(Data(bytes), bytes.size(), out);
      return Ok();
    case HashFunction::kSha512:
      SHA512(Data(bytes), bytes.size(), out);
      return Ok();
    case HashFunction::kDoubleSha256:
      DoubleSha256(bytes, out);
      return Ok();
    case HashFunction::kSha3Bits224:
      return ByName(Fetched<kSha3Name224>(), kSha3Name224, bytes, digest);
    case HashFunction::kSha3Bits256:
      return ByName(Fetched<kSha3Name256>(), kSha3Name256, bytes, digest);
    case HashFunction::kSha3Bits384:
      return ByName(Fetched<kSha3Name384>(), kSha3Name384, bytes, digest);
    case HashFunction::kSha3Bits512:
      return ByName(Fetched<kSha3Name512>(), kSha3Name512, bytes, digest);
    case HashFunction::kBlake2b:
      return Blake2b(bytes, digest);
    case HashFunction::kBlake2s256:
      return ByName(Fetched<kBlake2sName>(), kBlake2sName, bytes, digest);
  }
  return Refused("a function of an unknown number");
}

}  // namespace anystore::base
