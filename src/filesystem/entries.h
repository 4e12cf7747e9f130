/// Going through the names in a directory.
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

#include "anystore/filesystem.h"

namespace anystore::filesystem {

/// Calls `look(entry)` for everything in a directory until it returns false.
///
/// Errors: those of `Directory::List` and `Listing::Next`.
template <class Look>
Status ForEachEntry(Directory& root, std::string_view name, Look&& look) {
  ANYSTORE_ASSIGN_OR_RETURN(const std::unique_ptr<Listing> listing, root.List(name));
  std::array<DirectoryEntry, 64> entries;
  for (;;) {
    ANYSTORE_ASSIGN_OR_RETURN(const std::size_t count, listing->Next(entries));
    if (count == 0) return Ok();
    for (const DirectoryEntry& entry : std::span(entries).first(count)) {
      if (!look(entry)) return Ok();
    }
  }
}

}  // namespace anystore::filesystem
