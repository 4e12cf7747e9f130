#include "backends/flatfs/integrity/verifier.h"

#include <string>
#include <utility>

#include "backends/flatfs/integrity/multihash.h"
#include "base/digest.h"

namespace anystore::flatfs {

Status ContentVerifier::Check(std::string_view key, std::string_view value) const {
  ANYSTORE_ASSIGN_OR_RETURN(Multihash multihash, ParseMultihashKey(key));
  ANYSTORE_ASSIGN_OR_RETURN(std::string digest,
                            DigestOf(multihash.function, multihash.digest.size(), value));
  if (digest == multihash.digest) return Ok();
  const std::string function = FunctionName(multihash.function);
  // The value of an identity would be told in full.
  constexpr std::uint64_t kIdentity = 0;
  if (multihash.function == kIdentity) {
    return Error(Code::kCorruption, "the value is not the one that the key holds");
  }
  multihash.digest = std::move(digest);
  return Error(Code::kCorruption, "the value's " + function + " is not the key's; it belongs to " +
                                      Quoted(ToKey(multihash)));
}

Status VerifyPut(const Verifier* verifier, std::string_view key, std::string_view value) {
  if (verifier == nullptr || !verifier->KeysTell()) return Ok();
  const Status verified = verifier->Check(key, value);
  if (verified.has_value()) return Ok();
  const Code code = verified.error().code();
  return Error(code == Code::kCorruption ? Code::kInvalidArgument : code,
               Quoted(key) + ": " + std::string(verified.error().message()))
      .WithApplied(Applied::kNo);
}

Status NeedDigestsToVerify() {
  const Status there = base::NeedDigests();
  if (there.has_value()) return Ok();
  return Error(there.error().code(), "field \"verify\": " + std::string(there.error().message()));
}

Result<std::shared_ptr<const Verifier>> VerifierNamed(std::string_view name) {
  if (name == "none") return std::shared_ptr<const Verifier>();
  if (name != "cid") {
    return Error(Code::kInvalidConfig,
                 "field \"verify\": there are none and cid, not " + Quoted(name));
  }
  ANYSTORE_TRY(NeedDigestsToVerify());
  return std::make_shared<const ContentVerifier>();
}

}  // namespace anystore::flatfs
