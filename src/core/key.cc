#include "anystore/key.h"

#include <algorithm>
#include <utility>

#include "base/hex.h"

namespace anystore {
namespace {

/// Calls `visit` with every component of `bytes`: what lies between, before and after slashes.
template <class Visit>
void ForEachComponent(std::string_view bytes, Visit visit) {
  for (;;) {
    const std::size_t slash = bytes.find('/');
    visit(bytes.substr(0, slash));
    if (slash == std::string_view::npos) return;
    bytes.remove_prefix(slash + 1);
  }
}

/// A rooted path without ".", ".." and empty components.
std::string Cleaned(std::string_view bytes) {
  std::string clean;
  clean.reserve(bytes.size() + 1);
  ForEachComponent(bytes, [&clean](std::string_view component) {
    if (component.empty() || component == ".") return;
    if (component == "..") {
      clean.resize(clean.empty() ? 0 : clean.rfind('/'));
    } else {
      clean.append(1, '/').append(component);
    }
  });
  if (clean.empty()) clean.push_back('/');
  return clean;
}

/// What keeps `bytes` from being a clean key; empty when nothing does.
std::string_view WhyUnclean(std::string_view bytes) {
  if (bytes.front() != '/') return "a key starts with \"/\"";
  if (bytes.size() == 1) return "";
  if (bytes.back() == '/') return "a key does not end with \"/\"";
  std::string_view why;
  ForEachComponent(bytes.substr(1), [&why](std::string_view component) {
    if (component.empty()) why = "a key has no empty component";
    if (component == ".") why = "a key has no component \".\"";
    if (component == "..") why = "a key has no component \"..\"";
  });
  return why;
}

/// A byte's place in the order by components: the separator comes before every other byte.
int ComponentRank(char c) { return c == '/' ? -1 : static_cast<unsigned char>(c); }

}  // namespace

Key::Key(std::string_view bytes) : bytes_(Cleaned(bytes)) {}

Key Key::FromComponents(std::span<const std::string_view> components) {
  std::string joined;
  for (const std::string_view component : components) joined.append(1, '/').append(component);
  return Key(joined);
}

Result<Key> Key::Raw(std::string_view bytes) {
  if (bytes.empty()) return Key();
  if (const std::string_view why = WhyUnclean(bytes); !why.empty()) {
    return Error(Code::kInvalidArgument, std::string(why)).ForKey(bytes);
  }
  return Key(Clean{}, std::string(bytes));
}

Key Key::RandomKey(Random& random) {
  constexpr std::uint64_t kVersionMask = 0xf000;
  constexpr std::uint64_t kVersion4 = 0x4000;
  constexpr std::uint64_t kVariantMask = 0xc000000000000000;
  constexpr std::uint64_t kVariant = 0x8000000000000000;
  const std::uint64_t high = (random.Next() & ~kVersionMask) | kVersion4;
  const std::uint64_t low = (random.Next() & ~kVariantMask) | kVariant;
  std::string bytes = "/";
  for (const std::uint64_t half : {high, low}) {
    for (int shift = 60; shift >= 0; shift -= 4) {
      bytes += base::kHexDigits[(half >> static_cast<unsigned>(shift)) & 15U];
    }
  }
  return {Clean{}, std::move(bytes)};
}

std::vector<std::string_view> Key::List() const {
  std::vector<std::string_view> list;
  ForEachComponent(std::string_view(bytes_).substr(1),
                   [&list](std::string_view component) { list.push_back(component); });
  return list;
}

std::string_view Key::BaseNamespace() const noexcept {
  return std::string_view(bytes_).substr(bytes_.rfind('/') + 1);
}

std::string_view Key::RootNamespace() const noexcept {
  const std::string_view inner = std::string_view(bytes_).substr(1);
  return inner.substr(0, inner.find('/'));
}

std::string_view Key::Type() const noexcept {
  const std::string_view base = BaseNamespace();
  const std::size_t colon = base.rfind(':');
  return colon == std::string_view::npos ? std::string_view() : base.substr(0, colon);
}

std::string_view Key::Name() const noexcept {
  const std::string_view base = BaseNamespace();
  const std::size_t colon = base.rfind(':');
  return colon == std::string_view::npos ? base : base.substr(colon + 1);
}

Key Key::Instance(std::string_view instance) const {
  return Key(std::string(bytes_).append(":").append(instance));
}

Key Key::Path() const { return Key(Parent().bytes_.append("/").append(Type())); }

Key Key::Parent() const {
  const std::size_t slash = bytes_.rfind('/');
  return slash == 0 ? Key() : Key(Clean{}, bytes_.substr(0, slash));
}

Key Key::Child(const Key& child) const {
  if (bytes_.size() == 1) return child;
  if (child.bytes_.size() == 1) return *this;
  return {Clean{}, bytes_ + child.bytes_};
}

Key Key::ChildString(std::string_view path) const {
  return Key(std::string(bytes_).append("/").append(path));
}

Key Key::Reverse() const {
  std::vector<std::string_view> list = List();
  std::ranges::reverse(list);
  return FromComponents(list);
}

bool Key::IsTopLevel() const noexcept { return bytes_.rfind('/') == 0; }

bool Key::IsAncestorOf(const Key& other) const noexcept {
  if (bytes_.size() == 1) return other.bytes_.size() > 1;
  return other.bytes_.size() > bytes_.size() && other.bytes_[bytes_.size()] == '/' &&
         other.bytes_.starts_with(bytes_);
}

std::strong_ordering Key::CompareComponents(const Key& a, const Key& b) noexcept {
  const auto [at_a, at_b] = std::ranges::mismatch(a.bytes_, b.bytes_);
  if (at_a == a.bytes_.end() || at_b == b.bytes_.end()) return a.bytes_.size() <=> b.bytes_.size();
  return ComponentRank(*at_a) <=> ComponentRank(*at_b);
}

}  // namespace anystore
