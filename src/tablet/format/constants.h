/// The fixed bytes of a tablet (docs/formats/tablet.md, "The file").
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace anystore::tablet {

/// Opens the header and closes the footer.
inline constexpr std::string_view kFileMagic = "\x0b\x50\x1e\x7e";
/// Opens the index of meta blocks. Also where a stream of blocks ends: 0e would be a checksum of
/// 14, and a7 is no block type.
inline constexpr std::string_view kMetaIndexMagic = "\x0e\xa7\xda\x7a";
/// Opens the index of data blocks.
inline constexpr std::string_view kDataIndexMagic = "\xda\x7a\xba\x5e";

inline constexpr std::size_t kHeaderBytes = 8;
inline constexpr std::size_t kFooterBytes = 40;
inline constexpr std::size_t kMagicBytes = 4;
/// What is shorter has no room for a header and a footer.
inline constexpr std::size_t kTabletBytesMin = kHeaderBytes + kFooterBytes;

/// The block encoding in the header: entries that share prefixes, and restart points.
inline constexpr std::uint8_t kPrefixEncoding = 1;

/// The bits of a block's type.
inline constexpr std::uint32_t kSnappyBit = 1;
inline constexpr std::uint32_t kMetaBit = 2;

/// The restart array: a big-endian offset each, then their count.
inline constexpr std::size_t kRestartBytes = 4;

/// Three numbers of at most five bytes: checksum, type, length.
inline constexpr std::size_t kEnvelopeBytesMax = 15;

/// No element of raw Snappy yields more for its bytes than one of 3 bytes that yields 64.
inline constexpr std::uint64_t kSnappyElementBytes = 3;
inline constexpr std::uint64_t kSnappyGainMax = 64;

}  // namespace anystore::tablet
