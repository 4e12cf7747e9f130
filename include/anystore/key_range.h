/// `KeyRange`: the keys from one byte string up to another, the only scope stores know.
///
/// Prefixes of every kind become ranges here, once; backends and layers never see a prefix.
///
///     const auto range = anystore::KeyRange::StartingWith("/users/");
///     assert(range.Contains("/users/ada") && !range.Contains("/users"));
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "anystore/export.h"

namespace anystore {

class Key;

/// The keys k with from <= k < to, compared as unsigned bytes; without `to`, all from `from` on.
///
/// Threads: immutable.
class ANYSTORE_EXPORT KeyRange {
 public:
  /// Every key, the empty one included.
  KeyRange() = default;
  /// From `from` up to, not including, `to`; with no `to` there is no end. Empty when to <= from.
  KeyRange(std::string from, std::optional<std::string> to);

  /// Every key.
  [[nodiscard]] static KeyRange All() { return {}; }
  /// The keys from `from` up to, not including, `to`.
  [[nodiscard]] static KeyRange Between(std::string_view from, std::string_view to);
  /// The keys from `from` on.
  [[nodiscard]] static KeyRange From(std::string_view from);
  /// Exactly the one key.
  [[nodiscard]] static KeyRange Only(std::string_view key);
  /// The keys whose bytes begin with `prefix`, `prefix` itself included.
  [[nodiscard]] static KeyRange StartingWith(std::string_view prefix);
  /// The strict descendants of a hierarchical key: ["/a/", "/a0") for "/a". For the root: every
  /// key, also one without a slash.
  [[nodiscard]] static KeyRange Under(const Key& key);
  /// A hierarchical key and its descendants: a superset of them, ["/a", "/a0") for "/a".
  [[nodiscard]] static KeyRange AtOrUnder(const Key& key);
  /// No key at all.
  [[nodiscard]] static KeyRange None();

  /// The first key that may be in the range.
  [[nodiscard]] const std::string& from() const noexcept { return from_; }
  /// The first key after the range; none when it has no end.
  [[nodiscard]] const std::optional<std::string>& to() const noexcept { return to_; }
  /// Whether no key can be in the range.
  [[nodiscard]] bool empty() const noexcept { return to_.has_value() && *to_ <= from_; }
  /// Whether every key is in the range.
  [[nodiscard]] bool is_all() const noexcept { return from_.empty() && !to_.has_value(); }
  /// Whether `key` is in the range.
  [[nodiscard]] bool Contains(std::string_view key) const noexcept {
    return key >= from_ && (!to_.has_value() || key < *to_);
  }
  /// The keys in both ranges.
  [[nodiscard]] KeyRange Intersect(const KeyRange& other) const;

  /// Whether both ranges have the same bounds.
  friend bool operator==(const KeyRange&, const KeyRange&) = default;

 private:
  std::string from_ = {};
  std::optional<std::string> to_ = {};
};

}  // namespace anystore
