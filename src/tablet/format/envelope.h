/// What stands in front of each block's payload: checksum, type, length (docs/formats/tablet.md,
/// "Block").
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "tablet/format/or_fault.h"

namespace anystore::tablet {

/// The three numbers, and how many bytes they take.
struct Envelope {
  std::uint32_t checksum = 0;  // of the stored payload; 0: not recorded
  std::uint32_t type = 0;
  std::uint32_t payload_bytes = 0;
  std::size_t bytes = 0;
};

/// Reads an envelope from the front of `bytes`, which stands at `offset` of the file. A fault of
/// kind kTruncated means that it may go on behind them.
[[nodiscard]] OrFault<Envelope> ReadEnvelope(std::string_view bytes, std::uint64_t offset);

void AppendEnvelope(std::string& out, const Envelope& envelope);

/// Whether a block lies in the index of data blocks or of meta blocks.
enum class BlockRole : std::uint8_t { kData, kMeta };

/// What is taken of blocks.
struct PayloadRules {
  bool verify_checksums = true;
  /// The most bytes of a payload, once it is decompressed.
  std::uint64_t bytes_max = 64ULL << 20U;
};

/// Checks a type.
[[nodiscard]] OrFault<void> CheckType(std::uint32_t type, BlockRole role, std::uint64_t offset);

/// Checks the payload of a block as it is stored; `offset` is where its envelope begins.
[[nodiscard]] OrFault<void> CheckStored(const Envelope& envelope, std::string_view stored,
                                        const PayloadRules& rules, std::uint64_t offset);

/// How many bytes the payload has once it is decompressed; nothing is allocated for it before.
[[nodiscard]] OrFault<std::size_t> PayloadSize(const Envelope& envelope, std::string_view stored,
                                               const PayloadRules& rules, std::uint64_t offset);

/// Decompresses a payload into `to`, which has room for `PayloadSize` bytes.
[[nodiscard]] OrFault<void> Decompress(std::string_view stored, char* to, std::size_t size,
                                       std::uint64_t offset);

}  // namespace anystore::tablet
