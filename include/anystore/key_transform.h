/// `KeyTransform`: another form of keys, and stores that keep their keys in it.
///
/// For programs whose keys do not suit a store: it takes few bytes, sorts by the wrong end, or
/// wants keys of its own making.
///
///     class Reversed final : public anystore::KeyTransform {
///      public:
///       anystore::Status Convert(std::string_view key, std::string& below) const override {
///         below.assign(key.rbegin(), key.rend());
///         return anystore::Ok();
///       }
///       bool Invert(std::string_view below, std::string& key) const override {
///         key.assign(below.rbegin(), below.rend());
///         return true;
///       }
///     };
///
/// To put it over an open store, `TransformKeys`; to name it in configurations, register it:
///
///     anystore::Status RegisterReversed() {
///       return anystore::Registry::Global().Register(anystore::NewKeyTransformLayer(
///           "reversed", "Keys from back to front", std::make_shared<Reversed>()));
///     }
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "anystore/datastore.h"
#include "anystore/error.h"
#include "anystore/export.h"
#include "anystore/layer.h"

namespace anystore {

/// A pair of functions that are each other's inverse.
///
/// Threads: thread-safe.
class ANYSTORE_EXPORT KeyTransform {
 public:
  virtual ~KeyTransform() = default;
  /// Sets `below` to the form in which `key` is stored. No two keys have the same.
  ///
  /// Errors: invalid_argument (the key has no such form; a store then does not take it).
  virtual Status Convert(std::string_view key, std::string& below) const = 0;
  /// Sets `key` to the key whose form `below` is. False when it is that of no key: exactly then no
  /// key converts to it. Whatever else lies in a store is so left alone.
  virtual bool Invert(std::string_view below, std::string& key) const = 0;
  /// Whether every byte string has a form, and forms sort as their keys do. Scans of a range are
  /// then scans of a range below, and in order; otherwise everything is scanned and sorted out.
  [[nodiscard]] virtual bool monotone() const { return false; }
};

/// A store whose keys are those of `child` in another form.
[[nodiscard]] ANYSTORE_EXPORT std::unique_ptr<Datastore> TransformKeys(
    std::unique_ptr<Datastore> child, std::shared_ptr<const KeyTransform> transform);

/// A kind of layer of one child that does so, without fields.
[[nodiscard]] ANYSTORE_EXPORT std::unique_ptr<LayerType> NewKeyTransformLayer(
    std::string name, std::string description, std::shared_ptr<const KeyTransform> transform);

}  // namespace anystore
