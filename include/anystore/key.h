/// `Key`: the hierarchical names of go-datastore, always absolute and always clean.
///
/// A convenience on top of byte strings: it converts to `std::string_view` and so goes wherever a
/// key goes. Stores never need it; a key that is not hierarchical is any byte string.
///
///     const anystore::Key key("/Comedy/MontyPython/Actor:JohnCleese");
///     assert(key.Name() == "JohnCleese" && key.Type() == "Actor");
///     assert(key.Parent() == anystore::Key("/Comedy/MontyPython"));
///     assert(anystore::Key("/a").IsAncestorOf(anystore::Key("/a/b")));
#pragma once

#include <compare>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "anystore/environment.h"
#include "anystore/error.h"
#include "anystore/export.h"

namespace anystore {

/// A path of components: starts with "/", has no empty, "." or ".." component and no "/" at its
/// end, but for the root, which is "/". Components are any bytes but "/"; the last one may be
/// written "Type:Name". The root has one component, the empty one.
///
/// Keys compare as byte strings, the order of stores and queries; `CompareComponents` is the other
/// order that go-datastore has.
///
/// Threads: immutable.
class ANYSTORE_EXPORT Key {
 public:
  /// The root.
  Key() : bytes_("/") {}
  /// Makes any bytes a key: puts "/" in front, drops "." and empty components, resolves "..".
  explicit Key(std::string_view bytes);
  /// Joins the components with "/" and cleans the result.
  [[nodiscard]] static Key FromComponents(std::span<const std::string_view> components);
  /// Takes bytes that must be a clean key already.
  ///
  /// Errors: invalid_argument (not clean; the message says why). go-datastore panics or takes
  /// unclean bytes as they are.
  [[nodiscard]] static Result<Key> Raw(std::string_view bytes);
  /// A new key of one component, 32 random hexadecimal digits: a UUID of version 4.
  [[nodiscard]] static Key RandomKey(Random& random);

  /// The key's bytes.
  [[nodiscard]] const std::string& bytes() const noexcept { return bytes_; }
  /// The key's bytes, so that a `Key` goes wherever a key goes.
  operator std::string_view() const noexcept { return bytes_; }  // NOLINT(google-explicit-*)

  /// The components. They live as long as the key.
  [[nodiscard]] std::vector<std::string_view> List() const;
  /// The last component.
  [[nodiscard]] std::string_view BaseNamespace() const noexcept;
  /// The first component.
  [[nodiscard]] std::string_view RootNamespace() const noexcept;
  /// The last component before its last ":"; empty when it has none.
  [[nodiscard]] std::string_view Type() const noexcept;
  /// The last component after its last ":"; the whole of it when it has none.
  [[nodiscard]] std::string_view Name() const noexcept;
  /// "/a:b" for "/a" and "b". `instance` may add components.
  [[nodiscard]] Key Instance(std::string_view instance) const;
  /// The key without the name: "/a/type" for "/a/type:name"; the parent where there is no type.
  [[nodiscard]] Key Path() const;
  /// The key without its last component; of a key with one component, the root.
  [[nodiscard]] Key Parent() const;
  /// This key followed by the components of `child`.
  [[nodiscard]] Key Child(const Key& child) const;
  /// This key and `path` below it, cleaned: ".." climbs.
  [[nodiscard]] Key ChildString(std::string_view path) const;
  /// The components in reverse order.
  [[nodiscard]] Key Reverse() const;
  /// Whether there is one component.
  [[nodiscard]] bool IsTopLevel() const noexcept;
  /// Whether `other` lies strictly below this key.
  [[nodiscard]] bool IsAncestorOf(const Key& other) const noexcept;
  /// Whether this key lies strictly below `other`.
  [[nodiscard]] bool IsDescendantOf(const Key& other) const noexcept {
    return other.IsAncestorOf(*this);
  }

  /// The key as a JSON string, escaped as go-datastore does.
  ///
  /// Errors: invalid_argument (not UTF-8, which JSON cannot say; go-datastore damages such a key).
  [[nodiscard]] Result<std::string> ToJson() const;
  /// The key in a JSON document that is one string, cleaned; `null` gives the root.
  ///
  /// Errors: invalid_argument (any other document).
  [[nodiscard]] static Result<Key> FromJson(std::string_view json);

  /// Whether both have the same bytes.
  friend bool operator==(const Key&, const Key&) = default;
  /// Bytewise order, unsigned.
  friend std::strong_ordering operator<=>(const Key& a, const Key& b) noexcept {
    return a.bytes_.compare(b.bytes_) <=> 0;
  }
  /// Order component by component, a parent before its children: "/a/b" before "/a-b".
  [[nodiscard]] static std::strong_ordering CompareComponents(const Key& a, const Key& b) noexcept;

 private:
  struct Clean {};
  Key(Clean, std::string bytes) : bytes_(std::move(bytes)) {}

  std::string bytes_;
};

}  // namespace anystore
