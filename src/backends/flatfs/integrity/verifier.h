/// Whether the value of a record is the one that belongs to its key.
#pragma once

#include <memory>
#include <string_view>

#include "anystore/error.h"

namespace anystore::flatfs {

/// A way to tell a value that was stored from one that was damaged.
///
/// Threads: thread-safe.
class Verifier {
 public:
  virtual ~Verifier() = default;
  /// Ok when `value`, the whole of it, is what belongs to `key`. Messages tell both sides, and not
  /// where the value came from.
  ///
  /// Errors: corruption (it is something else) · invalid_argument (`key` is none that says
  /// anything of a value) · unsupported (it says it in a way that is not known).
  [[nodiscard]] virtual Status Check(std::string_view key, std::string_view value) const = 0;
  /// Whether keys alone tell. Then a value is held against its key before it is stored, too, and
  /// what nothing is known of is neither stored nor read; else it is read as it is.
  [[nodiscard]] virtual bool KeysTell() const noexcept { return true; }
};

/// Holds values against their keys, which tell their hashes (multihash.h). A key whose function is
/// not known is `unsupported`: nothing passes unverified.
///
/// Threads: immutable.
class ContentVerifier final : public Verifier {
 public:
  [[nodiscard]] Status Check(std::string_view key, std::string_view value) const override;
};

/// Holds what is to be stored against `verifier`, if there is one.
///
/// Errors: invalid_argument (with the key: the value is not what belongs to it, or it says nothing
/// of a value) · unsupported. Nothing was applied.
[[nodiscard]] Status VerifyPut(const Verifier* verifier, std::string_view key,
                               std::string_view value);

/// Whether this build can do what the field `verify` asks for, unless that is "none".
///
/// Errors: unsupported (it cannot).
[[nodiscard]] Status NeedDigestsToVerify();

/// The verifier that the field `verify` names: null for "none".
///
/// Errors: unsupported (this build cannot) · invalid_config (an unknown name).
[[nodiscard]] Result<std::shared_ptr<const Verifier>> VerifierNamed(std::string_view name);

}  // namespace anystore::flatfs
