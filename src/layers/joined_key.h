/// `JoinedKey`: a prefix and a key as one byte string.
#pragma once

#include <cstddef>
#include <memory>
#include <string_view>

namespace anystore::layers {

/// Both, one behind the other; on the stack unless they are long.
///
/// Threads: immutable.
class JoinedKey {
 public:
  JoinedKey(std::string_view prefix, std::string_view key) {
    char* to = short_;
    if (prefix.size() + key.size() > sizeof(short_)) {
      long_ = std::make_unique_for_overwrite<char[]>(prefix.size() + key.size());
      to = long_.get();
    }
    std::string_view::traits_type::copy(to, prefix.data(), prefix.size());
    std::string_view::traits_type::copy(to + prefix.size(), key.data(), key.size());
    view_ = {to, prefix.size() + key.size()};
  }
  JoinedKey(const JoinedKey&) = delete;
  JoinedKey& operator=(const JoinedKey&) = delete;

  /// The bytes, which live as long as this.
  operator std::string_view() const noexcept { return view_; }  // NOLINT(google-explicit-*)

 private:
  char short_[232];
  std::unique_ptr<char[]> long_ = {};
  std::string_view view_ = {};
};

}  // namespace anystore::layers
