/// How large the parts of a tablet are, unless options say otherwise.
///
/// Writers, readers and streams begin with the same limits, so that what one of ours writes each
/// of ours reads. Whoever raises one when writing must raise it when reading, too:
///
///     const anystore::tablet::WriterOptions writing{
///         .block_bytes_max = 4 * anystore::tablet::kDefaultBlockBytesMax};
///     const anystore::tablet::ReaderOptions reading{.block_bytes_max = writing.block_bytes_max};
///     assert(reading.block_bytes_max == 256U << 20U);
#pragma once

#include <cstdint>

namespace anystore::tablet {

/// The payload of a block, decompressed: 64 MiB. A block holds whole values.
inline constexpr std::uint32_t kDefaultBlockBytesMax = 64U << 20U;
/// An index: 1 GiB.
inline constexpr std::uint32_t kDefaultIndexBytesMax = 1U << 30U;
/// A key: 1 MiB.
inline constexpr std::uint32_t kDefaultKeyBytesMax = 1U << 20U;

}  // namespace anystore::tablet
