/// The keys of a block with the places that a locator has for them.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "tablet/block/entry.h"

namespace anystore::tablet {

/// Calls `visit(key, run)` for each entry of a block, `run` being where the last whole entry
/// before it begins, or it itself. False: bytes on the way are no entry.
template <class Visit>
bool ForEachKey(std::string_view entries, Visit&& visit) {
  std::string joined;
  std::string_view key;
  std::size_t run = 0;
  std::string_view rest = entries;
  WrittenEntry entry;
  while (!rest.empty()) {
    const std::size_t offset = entries.size() - rest.size();
    if (!TakeEntry(rest, entry) || entry.common > key.size()) return false;
    if (entry.common == 0) {
      key = entry.suffix;
      run = offset;
    } else {
      std::string next(key.substr(0, entry.common));
      next.append(entry.suffix);
      joined.swap(next);
      key = joined;
    }
    visit(key, run);
  }
  return true;
}

}  // namespace anystore::tablet
