/// CRC-32s of any parts of some bytes, in a time that does not depend on how long the parts are.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace anystore::tablet {

/// Computes the CRC-32 of every beginning of its bytes once, as far as it is asked for; that of a
/// part follows from two of them. Whoever tries records at every position, as after damage, then
/// reads no byte twice, whatever lengths the bytes claim.
///
/// Threads: single-thread.
class RunningCrc {
 public:
  /// Begins with other bytes, which must stay where they are.
  void Reset(std::string_view bytes);
  /// The CRC-32 of `size` bytes from `at` on, which are there.
  [[nodiscard]] std::uint32_t Of(std::size_t at, std::size_t size);

 private:
  std::string_view bytes_;
  std::vector<std::uint32_t> beginnings_;
};

}  // namespace anystore::tablet
