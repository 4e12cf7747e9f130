/// A store's identity record as text and as a file. docs/guide/life_cycle.md describes it.
#pragma once

#include <string>
#include <string_view>

#include "anystore/config.h"
#include "anystore/environment.h"
#include "anystore/error.h"
#include "anystore/features.h"
#include "anystore/filesystem.h"

namespace anystore::internal {

/// The file that holds the record, where a backend may put a file beside its own. Temporary names
/// begin with it and a dot.
inline constexpr std::string_view kIdentityFile = "ANYSTORE.json";

/// More is no record.
inline constexpr std::size_t kIdentityBytesMax = std::size_t{64} << 10U;

/// The record of a store that is made now, as `config` asks for, which was held against `spec`:
/// with the id that it names, else a random one.
[[nodiscard]] StoreIdentity NewIdentity(const CheckedConfig& config, const ConfigSpec& spec,
                                        const Environment& environment);

/// The record in JSON, one line without its end.
[[nodiscard]] std::string ToText(const StoreIdentity& identity);

/// Reads what ToText wrote, and nothing else; errors name `file`, in which it begins at `offset`.
///
/// Errors: corruption (tells the first byte that is wrong) · unsupported (of a later version).
[[nodiscard]] Result<StoreIdentity> ParseIdentity(std::string_view text, std::string_view file,
                                                  std::size_t offset = 0);

/// Writes the record into a directory, whole or not at all, and makes it survive a power cut.
///
/// Errors: those of the filesystem.
Status WriteIdentity(Directory& directory, const StoreIdentity& identity, Random* random);

/// The record in a directory; an empty one where there is none.
///
/// Errors: as ParseIdentity · those of the filesystem.
[[nodiscard]] Result<StoreIdentity> ReadIdentity(Directory& directory);

/// The text of a UUID as it is written in records, lower case; empty where `text` is none.
[[nodiscard]] std::string NormalUuid(std::string_view text);

}  // namespace anystore::internal
