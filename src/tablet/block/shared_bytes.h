/// How much two keys have in common.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/byte_order.h"

namespace anystore::tablet {

/// How many bytes both begin with.
[[nodiscard]] inline std::size_t SharedBytes(std::string_view a, std::string_view b) noexcept {
  const std::size_t most = std::min(a.size(), b.size());
  std::size_t shared = 0;
  while (shared + 8 <= most) {
    const auto unlike = base::LoadLittle<std::uint64_t>(a.data() + shared) ^
                        base::LoadLittle<std::uint64_t>(b.data() + shared);
    if (unlike != 0) return shared + static_cast<std::size_t>(std::countr_zero(unlike)) / 8;
    shared += 8;
  }
  while (shared < most && a[shared] == b[shared]) ++shared;
  return shared;
}

}  // namespace anystore::tablet
