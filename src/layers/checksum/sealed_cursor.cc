#include "layers/checksum/sealed_cursor.h"

#include <utility>

namespace anystore::layers {

Result<std::size_t> SealedCursor::Next(std::span<EntryView> out) {
  if (damage_.has_value()) return damage_->Clone();
  ANYSTORE_ASSIGN_OR_RETURN(const std::size_t count, inner_->Next(out));
  for (std::size_t i = 0; i < count; ++i) {
    Status status = Open(out[i]);
    if (status.has_value()) [[likely]]
      continue;
    damage_.emplace(std::move(status).error());
    // What comes before is whole.
    return i > 0 ? Result<std::size_t>(i) : Result<std::size_t>(damage_->Clone());
  }
  return count;
}

Status SealedCursor::Open(EntryView& entry) const {
  if (values_) {
    ANYSTORE_ASSIGN_OR_RETURN(entry.value, Unseal(kind_, entry.key, entry.value));
    entry.info.size = entry.value.size();
  } else if (sizes_) {
    ANYSTORE_ASSIGN_OR_RETURN(entry.info.size, UnsealedSize(kind_, entry.key, entry.info.size));
  } else {
    entry.info.size = 0;  // nobody asked; what is stored is none of theirs
  }
  return Ok();
}

Status SealedCursor::Seek(std::string_view key) {
  ANYSTORE_TRY(inner_->Seek(key));
  damage_.reset();
  return Ok();
}

}  // namespace anystore::layers
