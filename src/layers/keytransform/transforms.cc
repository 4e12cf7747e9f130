#include "layers/keytransform/transforms.h"

#include <array>
#include <cstdint>

namespace anystore::layers {
namespace {

/// "/" and the bytes of the key as digits of `kBits` bits, the first bits first, the last digit
/// filled up with zeros. The digits sort as their values do, and so the forms as the keys.
template <unsigned kBits>
class Digits final : public KeyTransform {
 public:
  Status Convert(std::string_view key, std::string& below) const override {
    below = "/";
    below.reserve(1 + (key.size() * 8 + kBits - 1) / kBits);
    unsigned pending = 0;  // at most 15 bits, of which the lowest `count` are still to be written
    unsigned count = 0;
    for (const char byte : key) {
      pending = (pending << 8U | static_cast<unsigned char>(byte)) & 0xffffU;
      for (count += 8; count >= kBits;) {
        count -= kBits;
        below += kDigits[pending >> count & kMask];
      }
    }
    if (count > 0) below += kDigits[pending << (kBits - count) & kMask];
    return Ok();
  }

  bool Invert(std::string_view below, std::string& key) const override {
    if (!below.starts_with('/')) return false;
    key.clear();
    unsigned pending = 0;
    unsigned count = 0;
    for (const char digit : below.substr(1)) {
      const std::size_t value = kDigits.find(digit);
      if (value > kMask) return false;
      pending = (pending << kBits | static_cast<unsigned>(value)) & 0xffffU;
      count += kBits;
      if (count >= 8) {
        count -= 8;
        key += static_cast<char>(pending >> count & 0xffU);
      }
    }
    // What is left fills up the last digit, and no more than that.
    return count < kBits && (pending & ((1U << count) - 1)) == 0;
  }

  [[nodiscard]] bool monotone() const override { return true; }

 private:
  static constexpr std::string_view kDigits = "0123456789ABCDEFGHIJKLMNOPQRSTUV";
  static constexpr unsigned kMask = (1U << kBits) - 1;
};

/// The components in reverse order: "/a/b/c" for "/c/b/a". Of any key that begins with a slash,
/// also one with empty components.
class ReverseComponents final : public KeyTransform {
 public:
  Status Convert(std::string_view key, std::string& below) const override {
    if (!Reverse(key, below)) {
      return Error(Code::kInvalidArgument,
                   "a key whose components change their order begins with a slash");
    }
    return Ok();
  }
  bool Invert(std::string_view below, std::string& key) const override {
    return Reverse(below, key);
  }

 private:
  static bool Reverse(std::string_view from, std::string& to) {
    if (!from.starts_with('/')) return false;
    to.clear();
    to.reserve(from.size());
    for (;;) {
      const std::size_t slash = from.rfind('/');
      to.append(from.substr(slash));
      if (slash == 0) return true;
      from = from.substr(0, slash);
    }
  }
};

struct Named {
  std::string_view name;
  std::shared_ptr<const KeyTransform> transform;
};

const std::array<Named, 3>& All() {
  static const std::array<Named, 3> all = {
      {{"hex", std::make_shared<Digits<4>>()},
       {"base32hex", std::make_shared<Digits<5>>()},
       {"reverse-components", std::make_shared<ReverseComponents>()}}};
  return all;
}

}  // namespace

std::vector<std::string> TransformNames() {
  std::vector<std::string> names;
  for (const Named& named : All()) names.emplace_back(named.name);
  return names;
}

std::shared_ptr<const KeyTransform> NamedTransform(std::string_view name) {
  for (const Named& named : All()) {
    if (named.name == name) return named.transform;
  }
  return nullptr;
}

}  // namespace anystore::layers
