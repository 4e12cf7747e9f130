#include "tablet/format/snappy.h"

#include <snappy.h>

#include "tablet/format/constants.h"

namespace anystore::tablet {

void AppendSnappy(std::string& out, std::string_view raw) {
  const std::size_t before = out.size();
  out.resize_and_overwrite(before + snappy::MaxCompressedLength(raw.size()),
                           [before, raw](char* bytes, std::size_t) {
                             std::size_t size = 0;
                             snappy::RawCompress(raw.data(), raw.size(), bytes + before, &size);
                             return before + size;
                           });
}

Unsnapped SnappySize(std::string_view packed, std::uint64_t size_max, std::size_t& size) noexcept {
  // Refuses what has more than five bytes or 32 bits.
  if (!snappy::GetUncompressedLength(packed.data(), packed.size(), &size)) {
    return Unsnapped::kDamaged;
  }
  // The declaration's own bytes yield nothing, but are counted: not worth finding their end.
  const bool yields = size <= packed.size() * kSnappyGainMax / kSnappyElementBytes;
  return yields && size <= size_max ? Unsnapped::kOk : Unsnapped::kTooLarge;
}

Unsnapped Unsnap(std::string_view packed, char* out, std::size_t size) noexcept {
  std::size_t declared = 0;
  const bool done = snappy::GetUncompressedLength(packed.data(), packed.size(), &declared) &&
                    declared == size && snappy::RawUncompress(packed.data(), packed.size(), out);
  return done ? Unsnapped::kOk : Unsnapped::kDamaged;
}

}  // namespace anystore::tablet
