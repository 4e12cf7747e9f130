#include "anystore/key_range.h"

#include <algorithm>
#include <utility>

#include "anystore/key.h"

namespace anystore {
namespace {

/// The first byte string after every one that begins with `prefix`; none when there is no such.
std::optional<std::string> AfterPrefix(std::string_view prefix) {
  while (!prefix.empty() && prefix.back() == '\xff') prefix.remove_suffix(1);
  if (prefix.empty()) return std::nullopt;
  std::string after(prefix);
  after.back() = static_cast<char>(static_cast<unsigned char>(after.back()) + 1U);
  return after;
}

/// The first byte string after `key`.
std::string After(std::string_view key) { return std::string(key).append(1, '\0'); }

}  // namespace

KeyRange::KeyRange(std::string from, std::optional<std::string> to)
    : from_(std::move(from)), to_(std::move(to)) {}

KeyRange KeyRange::Between(std::string_view from, std::string_view to) {
  return {std::string(from), std::string(to)};
}

KeyRange KeyRange::From(std::string_view from) { return {std::string(from), std::nullopt}; }

KeyRange KeyRange::Only(std::string_view key) { return {std::string(key), After(key)}; }

KeyRange KeyRange::StartingWith(std::string_view prefix) {
  return {std::string(prefix), AfterPrefix(prefix)};
}

KeyRange KeyRange::Under(const Key& key) {
  return key == Key() ? All() : StartingWith(key.bytes() + "/");
}

KeyRange KeyRange::AtOrUnder(const Key& key) {
  return key == Key() ? All() : KeyRange(key.bytes(), AfterPrefix(key.bytes() + "/"));
}

KeyRange KeyRange::None() { return {"", ""}; }

KeyRange KeyRange::Intersect(const KeyRange& other) const {
  std::optional<std::string> to = to_;
  if (other.to_.has_value() && (!to.has_value() || *other.to_ < *to)) to = other.to_;
  KeyRange both(std::max(from_, other.from_), std::move(to));
  return both.empty() ? None() : both;
}

}  // namespace anystore
