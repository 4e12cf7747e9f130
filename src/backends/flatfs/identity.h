/// Who a repository is and which form its keys have: what its files say beside SHARDING.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "anystore/environment.h"
#include "anystore/error.h"
#include "anystore/features.h"
#include "anystore/filesystem.h"
#include "backends/flatfs/keys/shard.h"
#include "backends/flatfs/keys/stems.h"

namespace anystore::flatfs {

/// The field of the identity record that holds the form of keys.
inline constexpr std::string_view kKeysField = "keys";

/// At most so many bytes of a file; none when it is missing.
///
/// Errors: those of the filesystem.
[[nodiscard]] Result<std::optional<std::string>> ReadSmall(Directory& root, std::string_view name,
                                                           std::size_t bytes_max);

/// Puts down who a new repository is: with strict keys in the last line of the text for people,
/// which lies beside the default rule only; with escaped ones in ANYSTORE.json, beside any rule.
///
/// Errors: those of the filesystem.
Status PlaceIdentity(Directory& root, const Shard& shard, const StoreIdentity& identity,
                     Random* random);

/// Undoes PlaceIdentity.
///
/// Errors: those of the filesystem.
Status RemoveIdentity(Directory& root);

/// Whether a file is one that a creation which was cut off has left.
///
/// Errors: those of the filesystem.
[[nodiscard]] Result<bool> IsFromCreation(Directory& root, std::string_view name);

/// The identity record of a repository; an empty one where there is none.
///
/// Errors: corruption · unsupported (of a later version) · those of the filesystem.
[[nodiscard]] Result<StoreIdentity> IdentityOf(Directory& root);

/// Whether the file of that name in the root is a part of a repository with keys of that form.
[[nodiscard]] bool IsOwnFile(std::string_view name, KeyForm form) noexcept;

/// The form of keys that a record tells; strict when it tells none.
///
/// Errors: unsupported (a form of a later version).
[[nodiscard]] Result<KeyForm> KeyFormOf(const StoreIdentity& identity);

/// The form of keys of the repository in a directory.
///
/// Errors: those of IdentityOf and of the other one.
[[nodiscard]] Result<KeyForm> KeyFormOf(Directory& root);

}  // namespace anystore::flatfs
