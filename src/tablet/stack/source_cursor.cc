#include "tablet/stack/source_cursor.h"

#include <algorithm>

namespace anystore::tablet {

Result<std::size_t> SourceCursor::Next(std::span<EntryView> out) {
  if (rest_.empty()) {
    ANYSTORE_ASSIGN_OR_RETURN(rest_, source_->Next());
  }
  const std::size_t count = std::min(out.size(), rest_.size());
  for (std::size_t i = 0; i < count; ++i) {
    const TabletEntry& entry = rest_[i];
    EntryView& view = out[i];
    view.key = entry.key;
    view.value = values_ ? entry.value : std::string_view();
    view.info = {.size = entry.value.size()};
  }
  rest_ = rest_.subspan(count);
  return count;
}

Status SourceCursor::Seek(std::string_view key) {
  rest_ = {};
  return source_->Seek(key);
}

}  // namespace anystore::tablet
