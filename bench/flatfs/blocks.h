/// What the flatfs benchmark stores: blocks with keys as IPFS has them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace anystore::bench {

/// How many directories keys are spread over, by the rule next-to-last/2.
enum class Spread : std::uint8_t {
  kWide,    ///< 1,024, all that hashes in base32 have.
  kNarrow,  ///< 64.
};
[[nodiscard]] std::size_t DirectoryCount(Spread spread) noexcept;

/// "/CIQ" and 52 letters and digits of base32, drawn from the number.
[[nodiscard]] std::string BlockKey(std::uint64_t number, Spread spread = Spread::kWide);
/// A key for each directory, that `BlockKey` does not give.
[[nodiscard]] std::vector<std::string> KeyForEachDirectory(Spread spread);
/// The directory of a key.
[[nodiscard]] std::string_view DirectoryOf(std::string_view key);

/// Blocks of one size. No two of them ever have the same key.
class Blocks {
 public:
  explicit Blocks(std::size_t size, Spread spread = Spread::kWide);
  /// Goes on to the next `count` keys.
  void Draw(std::size_t count);
  [[nodiscard]] std::span<const std::string> keys() const noexcept { return keys_; }
  /// Of every block.
  [[nodiscard]] std::string_view value() const noexcept { return value_; }

 private:
  Spread spread_;
  std::string value_;
  std::uint64_t next_ = 0;
  std::vector<std::string> keys_ = {};
};

}  // namespace anystore::bench
