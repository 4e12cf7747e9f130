#include "tablet/block/payload.h"

#include <string>
#include <string_view>
#include <utility>

#include "tablet/format/constants.h"

namespace anystore::tablet {
namespace {

/// Opens the envelope of a stored block and checks all that is around the payload.
OrFault<Envelope> CheckAround(std::string_view stored, BlockRole role, const PayloadRules& rules,
                              std::uint64_t offset) {
  auto envelope = ReadEnvelope(stored, offset);
  if (!envelope.has_value()) return envelope;
  if (envelope->bytes + envelope->payload_bytes != stored.size()) {
    return Wrong(FaultKind::kLength, offset,
                 "a block of " + std::to_string(stored.size()) + " bytes says that it has " +
                     std::to_string(envelope->bytes + envelope->payload_bytes));
  }
  if (auto type = CheckType(envelope->type, role, offset); !type.has_value())
    return std::unexpected(std::move(type).error());
  if (auto checksum = CheckStored(*envelope, stored.substr(envelope->bytes), rules, offset);
      !checksum.has_value())
    return std::unexpected(std::move(checksum).error());
  return envelope;
}

}  // namespace

Result<OrFault<Payload>> OpenPayload(const Value& stored, BlockRole role, const PayloadRules& rules,
                                     std::uint64_t offset) {
  auto envelope = CheckAround(stored, role, rules, offset);
  if (!envelope.has_value()) return OrFault<Payload>(std::unexpected(std::move(envelope).error()));
  const std::string_view body = stored.bytes().substr(envelope->bytes);
  auto size = PayloadSize(*envelope, body, rules, offset);
  if (!size.has_value()) return OrFault<Payload>(std::unexpected(std::move(size).error()));
  Payload payload{.has_checksum = envelope->checksum != 0};
  if ((envelope->type & kSnappyBit) == 0) {
    payload.bytes = stored.Slice(envelope->bytes, *size);
    payload.offset = offset + envelope->bytes;
    return OrFault<Payload>(std::move(payload));
  }
  char* data = nullptr;
  ANYSTORE_ASSIGN_OR_RETURN(payload.bytes, Value::Allocate(*size, &data));
  if (auto done = Decompress(body, data, *size, offset); !done.has_value())
    return OrFault<Payload>(std::unexpected(std::move(done).error()));
  payload.offset = offset;
  payload.compressed = true;
  return OrFault<Payload>(std::move(payload));
}

void PlaceInFile(Fault& fault, const Payload& payload) noexcept {
  fault.offset = payload.compressed ? payload.offset : payload.offset + fault.offset;
}

}  // namespace anystore::tablet
