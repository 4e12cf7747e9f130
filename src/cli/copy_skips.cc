#include "cli/copy_skips.h"

#include <optional>

#include "core/if_found.h"

namespace anystore::cli {

using internal::IfFound;

Result<bool> KnownContents::Contains(std::string_view key, std::uint64_t value_bytes) {
  if (on_their_way_.contains(key)) return true;
  ANYSTORE_ASSIGN_OR_RETURN(const auto there, IfFound(destination_.GetSize(key)));
  // A record of another size is damaged, or never was this content.
  if (there == value_bytes) return true;
  on_their_way_.emplace(key);
  return false;
}

Result<bool> IsThere(Store& source, Store& destination, const EntryView& entry, Sameness sameness) {
  // Nobody can tell cheaply whether it goes away at the same moment.
  if (entry.info.expires_at.has_value()) return false;
  ANYSTORE_ASSIGN_OR_RETURN(const auto size, IfFound(destination.GetSize(entry.key)));
  if (size != entry.info.size) return false;
  if (sameness == Sameness::kSize) return true;
  ANYSTORE_ASSIGN_OR_RETURN(const auto there, IfFound(destination.Get(entry.key)));
  ANYSTORE_ASSIGN_OR_RETURN(const auto wanted, IfFound(source.Get(entry.key)));
  return there.has_value() && wanted.has_value() && there->bytes() == wanted->bytes();
}

}  // namespace anystore::cli
