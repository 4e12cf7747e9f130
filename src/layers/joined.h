/// A prefix and a key as one byte string, without an allocation when both are short.
#pragma once

#include <cstddef>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>

namespace anystore::layers {

/// Copies bytes from both ends: between `kBytes` and twice as many.
template <std::size_t kBytes>
void CopyEnds(char* to, std::string_view from) noexcept {
  std::memcpy(to, from.data(), kBytes);
  std::memcpy(to + from.size() - kBytes, from.data() + from.size() - kBytes, kBytes);
}

/// Copies bytes of which there are often too few for a call of memcpy.
inline void CopyFew(char* to, std::string_view from) noexcept {
  if (from.size() >= 16 && from.size() <= 32) {
    CopyEnds<16>(to, from);
  } else if (from.size() >= 8 && from.size() < 16) {
    CopyEnds<8>(to, from);
  } else if (!from.empty()) {
    std::memcpy(to, from.data(), from.size());
  }
}

/// Something that goes in front of keys.
///
/// Threads: immutable.
class Prefix {
 public:
  explicit Prefix(std::string bytes) : bytes_(std::move(bytes)) {
    if (bytes_.size() <= sizeof(few_)) bytes_.copy(few_, bytes_.size());
  }

  [[nodiscard]] const std::string& bytes() const noexcept { return bytes_; }

  /// What `use` returns for the prefix followed by `key`, which are on the stack unless they are
  /// long. Inlined by force, as reads of one key consist of little else.
  template <class Use>
  [[gnu::always_inline]] auto With(std::string_view key, Use&& use) const {
    char joined[232];
    const std::size_t size = bytes_.size() + key.size();
    if (size > sizeof(joined) || bytes_.size() > sizeof(few_)) [[unlikely]] {
      return WithLong(key, use);
    }
    // All of it at once: what is behind the prefix the key overwrites, or nobody reads.
    std::memcpy(joined, few_, sizeof(few_));
    CopyFew(joined + bytes_.size(), key);
    return use(std::string_view(joined, size));
  }

 private:
  template <class Use>
  [[gnu::noinline]] auto WithLong(std::string_view key, Use& use) const {
    return use(std::string_view(std::string(bytes_).append(key)));
  }

  std::string bytes_;
  char few_[32] = {};  // `bytes_`, if they fit
};

}  // namespace anystore::layers
