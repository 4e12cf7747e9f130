#include "layers/inner_keys.h"

#include <limits>
#include <string>

namespace anystore::layers {
namespace {

constexpr std::uint64_t kUnlimited = std::numeric_limits<std::uint64_t>::max();

}  // namespace

Status CheckKeyOf(const Datastore& store, std::string_view key) {
  const KeyLimits& limits = store.capabilities().keys;
  ANYSTORE_TRY(CheckKey(limits, key));
  return limits.alphabet == KeyAlphabet::kAny ? Ok() : store.CheckKey(key);
}

std::uint64_t BatchBytesAbove(std::uint64_t batch_bytes_max_below) noexcept {
  return batch_bytes_max_below == kUnlimited ? kUnlimited : batch_bytes_max_below / 2;
}

Status CheckBatchBelow(const Capabilities& below, std::span<const Mutation> mutations) {
  if (below.batch_bytes_max == kUnlimited || mutations.size() < 2) return Ok();
  std::uint64_t bytes = 0;
  for (const Mutation& mutation : mutations) bytes += mutation.key.size() + mutation.value.size();
  if (bytes <= below.batch_bytes_max) return Ok();
  return Error(Code::kTooLarge, "with its keys as they are stored the batch has " +
                                    std::to_string(bytes) + " bytes, the store below takes " +
                                    std::to_string(below.batch_bytes_max));
}

}  // namespace anystore::layers
