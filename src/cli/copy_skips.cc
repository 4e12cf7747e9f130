#include "cli/copy_skips.h"

#include <optional>

namespace anystore::cli {
namespace {

// None where there is no record.
template <class T>
Result<std::optional<T>> IfFound(Result<T> result) {
  if (result.has_value()) return std::optional<T>(*std::move(result));
  if (result.error().code() == Code::kNotFound) return std::optional<T>();
  return std::move(result).error();
}

}  // namespace

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
