/// Raw Snappy, the compression of tablet blocks (docs/formats/tablet.md, "Compression").
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace anystore::tablet {

/// Appends `raw`, compressed.
///
/// Requires: the size of `raw` fits 32 bits.
void AppendSnappy(std::string& out, std::string_view raw);

/// Why a payload could not be decompressed.
enum class Unsnapped : std::uint8_t {
  kOk,
  kDamaged,   ///< It is no raw Snappy.
  kTooLarge,  ///< It declares more than is allowed, or than its bytes can yield.
};

/// Reads what `packed` declares to decompress to, before anything is allocated for that.
/// `size_max`: the most that is allowed.
[[nodiscard]] Unsnapped SnappySize(std::string_view packed, std::uint64_t size_max,
                                   std::size_t& size) noexcept;

/// Decompresses `packed` to `out`, which has room for `size` bytes. Damaged when it does not
/// declare and yield exactly as many; `out` then holds anything.
[[nodiscard]] Unsnapped Unsnap(std::string_view packed, char* out, std::size_t size) noexcept;

}  // namespace anystore::tablet
