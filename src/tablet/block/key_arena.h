/// `KeyArena`: keys that had to be put together, for as long as one batch lives.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string_view>

namespace anystore::tablet {

/// Threads: single-thread.
class KeyArena {
 public:
  /// Forgets all keys, and has room for at least `bytes` then.
  void Clear(std::size_t bytes = 0);
  /// Puts a key together, which stays where it is until Clear. Null: there is no room, and there
  /// are other keys; the first one always has room.
  [[nodiscard]] const char* Join(std::string_view front, std::string_view back);
  /// Whether a key is one of those.
  [[nodiscard]] bool Has(std::string_view key) const noexcept {
    return used_ > 0 && std::greater_equal<>()(key.data(), bytes_.get()) &&
           std::less<>()(key.data(), bytes_.get() + used_);
  }

 private:
  static constexpr std::size_t kBytesMin = 4096;

  void Grow(std::size_t bytes);

  std::unique_ptr<char[]> bytes_ = {};
  std::size_t size_ = 0;
  std::size_t used_ = 0;
};

}  // namespace anystore::tablet
