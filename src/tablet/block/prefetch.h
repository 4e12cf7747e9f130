/// Memory asked for ahead of time.
#pragma once

#include <cstddef>

namespace anystore::tablet {

/// Asks for bytes that will be read soon. It reads nothing, so they need not be there.
inline void Prefetch(const char* begin, std::size_t bytes) noexcept {
  constexpr std::size_t kLineBytes = 64;
  for (std::size_t at = 0; at < bytes; at += kLineBytes) __builtin_prefetch(begin + at);
}

}  // namespace anystore::tablet
