/// What the tests of both Snappy encoders compress, and how they decompress.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "anystore/environment.h"
#include "tablet/format/snappy.h"

namespace anystore::tablet {

/// Both steps, as a reader does them.
inline Unsnapped Decompress(std::string_view packed, std::string& raw,
                            std::uint64_t size_max = 64U << 20U) {
  std::size_t size = 0;
  if (const Unsnapped found = SnappySize(packed, size_max, size); found != Unsnapped::kOk) {
    return found;
  }
  raw.resize(size);
  return Unsnap(packed, raw.data(), size);
}

/// Random text of `letters` different letters: the fewer, the more of it repeats.
inline std::string Text(std::size_t size, std::uint64_t letters) {
  SeededRandom random(size * 31 + letters);
  std::string text(size, '\0');
  for (char& c : text) c = static_cast<char>(random.Next() % letters);
  return text;
}

inline std::vector<std::string> Inputs() {
  std::vector<std::string> inputs;
  for (std::size_t size = 0; size <= 100; ++size) {
    inputs.push_back(Text(size, 1));
    inputs.push_back(Text(size, 2));
    inputs.push_back(Text(size, 256));
  }
  for (const std::size_t size : {255U, 256U, 257U, 4096U, 32768U, 65536U, 65537U, 1048576U}) {
    for (const std::uint64_t letters : {1U, 2U, 3U, 8U, 256U}) {
      inputs.push_back(Text(size, letters));
    }
  }
  // What repeats does so from farther away than a copy reaches.
  inputs.push_back(Text(32767, 256) + Text(32767, 256));
  inputs.push_back(Text(32768, 256) + Text(32768, 256));
  return inputs;
}

}  // namespace anystore::tablet
