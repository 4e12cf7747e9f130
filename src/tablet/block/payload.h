/// From a block as it is stored to its payload: everything around the entries.
#pragma once

#include <cstdint>

#include "anystore/error.h"
#include "anystore/value.h"
#include "tablet/format/envelope.h"
#include "tablet/format/or_fault.h"

namespace anystore::tablet {

/// A payload in memory, its checksum found right.
struct Payload {
  Value bytes = {};
  std::uint64_t offset = 0;  // in the file; of a compressed one, of its block
  bool compressed = false;
  bool has_checksum = false;
};

/// Opens a whole block, which stands at `offset` of the file: checks envelope and checksum, and
/// decompresses it. One that is not compressed shares the memory of `stored`.
///
/// Errors: resource_exhausted.
[[nodiscard]] Result<OrFault<Payload>> OpenPayload(const Value& stored, BlockRole role,
                                                   const PayloadRules& rules, std::uint64_t offset);

/// Makes an offset that counts from the payload's begin one of the file. Inside of a compressed
/// block there is none: then it is that of the block.
void PlaceInFile(Fault& fault, const Payload& payload) noexcept;

}  // namespace anystore::tablet
