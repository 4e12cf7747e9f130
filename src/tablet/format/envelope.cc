#include "tablet/format/envelope.h"

#include "base/crc.h"
#include "base/hex.h"
#include "tablet/format/constants.h"
#include "tablet/format/snappy.h"

namespace anystore::tablet {

OrFault<Envelope> ReadEnvelope(std::string_view bytes, std::uint64_t offset) {
  Envelope envelope;
  std::string_view rest = bytes;
  for (const auto& [to, name] : {std::pair{&envelope.checksum, "the checksum of the block"},
                                 std::pair{&envelope.type, "the type of the block"},
                                 std::pair{&envelope.payload_bytes, "the length of the block"}}) {
    if (const Unpacked taken = TakeUint32(rest, *to); taken != Unpacked::kOk)
      return NotTaken(taken, offset + (bytes.size() - rest.size()), name);
  }
  envelope.bytes = bytes.size() - rest.size();
  return envelope;
}

void AppendEnvelope(std::string& out, const Envelope& envelope) {
  AppendUint(out, envelope.checksum);
  AppendUint(out, envelope.type);
  AppendUint(out, envelope.payload_bytes);
}

OrFault<void> CheckType(std::uint32_t type, BlockRole role, std::uint64_t offset) {
  if ((type & ~(kSnappyBit | kMetaBit)) != 0) {
    Fault fault{.kind = FaultKind::kType, .offset = offset, .unknown = true};
    fault.what = "block type " + std::to_string(type) + " is not known";
    return std::unexpected(std::move(fault));
  }
  const bool meta = (type & kMetaBit) != 0;
  if (meta && role == BlockRole::kData)
    return Wrong(FaultKind::kType, offset, "a meta block where data should be");
  if (!meta && role == BlockRole::kMeta)
    return Wrong(FaultKind::kType, offset, "a data block where a meta block should be");
  return {};
}

OrFault<void> CheckStored(const Envelope& envelope, std::string_view stored,
                          const PayloadRules& rules, std::uint64_t offset) {
  if (!rules.verify_checksums || envelope.checksum == 0) return {};
  const std::uint32_t computed = base::Crc32(stored);
  if (computed == envelope.checksum) return {};
  return Wrong(FaultKind::kChecksum, offset, UnlikeChecksums(envelope.checksum, computed));
}

OrFault<std::size_t> PayloadSize(const Envelope& envelope, std::string_view stored,
                                 const PayloadRules& rules, std::uint64_t offset) {
  std::size_t size = stored.size();
  Unsnapped unsnapped = Unsnapped::kOk;
  if ((envelope.type & kSnappyBit) != 0) {
    unsnapped = SnappySize(stored, rules.bytes_max, size);
  } else if (size > rules.bytes_max) {
    unsnapped = Unsnapped::kTooLarge;
  }
  if (unsnapped == Unsnapped::kOk) return size;
  if (unsnapped == Unsnapped::kDamaged)
    return Wrong(FaultKind::kSnappy, offset, "the block is marked as compressed, but is not");
  return Wrong(FaultKind::kLimit, offset,
               "a block of more than " + std::to_string(rules.bytes_max) +
                   " bytes, or more than its compressed form can hold");
}

OrFault<void> Decompress(std::string_view stored, char* to, std::size_t size,
                         std::uint64_t offset) {
  if (Unsnap(stored, to, size) == Unsnapped::kOk) return {};
  return Wrong(FaultKind::kSnappy, offset, "the compressed block is damaged");
}

}  // namespace anystore::tablet
