// Names of files and keys of flatfs: whatever is taken is written in one form only.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "backends/flatfs/integrity/multihash.h"
#include "backends/flatfs/keys/stems.h"

namespace {

namespace flatfs = anystore::flatfs;

void Require(bool holds) {
  if (!holds) std::abort();
}

std::string StemOf(std::string_view key) {
  flatfs::StemBuffer buffer;
  const std::size_t size = flatfs::EscapeKey(key, buffer);
  return size <= buffer.size() ? std::string(buffer.data(), size) : std::string();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): bytes as characters
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  std::string key;
  // As a key: what has a stem is read from it again.
  const std::string stem = StemOf(input);
  if (!stem.empty()) Require(flatfs::UnescapeStem(stem, key) && key == input);
  // As a stem: what stands for a key is that key's stem.
  if (flatfs::UnescapeStem(input, key)) Require(StemOf(key) == input);
  const auto multihash = flatfs::ParseMultihashKey(input);
  if (multihash.has_value()) {
    Require(flatfs::ToKey(*multihash) == input);
  } else {
    Require(multihash.error().code() == anystore::Code::kInvalidArgument);
  }
  return 0;
}
