/// Which repository a command of `anystore flatfs` is about.
#pragma once

#include <optional>
#include <string>

#include "anystore/error.h"
#include "anystore/features.h"
#include "backends/flatfs/keys/shard.h"
#include "registry/stack.h"

namespace anystore::cli {

/// A repository, by name.
///
/// Threads: immutable.
struct FlatfsPlace {
  /// The backend with its configuration.
  registry::Stack stack;
  /// The shard function that was asked for; none: any, or the default.
  std::optional<flatfs::Shard> shard = {};

  /// Where it is.
  [[nodiscard]] const std::string& path() const { return stack.config.path(); }
  /// Its URL, for messages.
  [[nodiscard]] std::string name() const { return stack.name(); }
  /// What failed, with what was being done and where.
  [[nodiscard]] Error Failed(Error error, const std::string& action) const {
    return std::move(error).During(action).In(name());
  }
};

/// Holds what a repository is against what was asked for, as opening it does.
///
/// Errors: identity_mismatch.
[[nodiscard]] Status CheckWanted(const FlatfsPlace& place, const flatfs::Shard& shard,
                                 const StoreIdentity& identity);

/// The same of the repository that is there now. Takes no lock.
///
/// Errors: as `flatfs::OpenUnlocked` · identity_mismatch.
[[nodiscard]] Status CheckThere(const FlatfsPlace& place);

/// The repository that `text` names: a URL of the kind `flatfs:PATH`, or a path. What begins like a
/// URL, with a word and a colon, is one. `shard` is a shard function that is given beside it;
/// empty: none.
///
/// Errors: invalid_config (no such URL, or of another kind of store; the shard function is none, or
/// given twice).
[[nodiscard]] Result<FlatfsPlace> FindFlatfs(const std::string& text,
                                             const std::string& shard = {});

/// The same for a command that changes the repository.
///
/// Errors: as FindFlatfs · read_only (its field says that nothing may be changed).
[[nodiscard]] Result<FlatfsPlace> FindFlatfsToChange(const std::string& text);

}  // namespace anystore::cli
