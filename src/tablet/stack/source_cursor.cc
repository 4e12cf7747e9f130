#include "tablet/stack/source_cursor.h"

namespace anystore::tablet {

Result<std::size_t> SourceCursor::Next(std::span<EntryView> out) {
  for (;;) {
    if (rest_.empty()) {
      ANYSTORE_ASSIGN_OR_RETURN(rest_, source_->Next());
      if (rest_.empty()) return 0;
    }
    if (const std::size_t count = Fill(out); count > 0) return count;
  }
}

std::size_t SourceCursor::Fill(std::span<EntryView> out) {
  std::size_t count = 0;
  std::size_t taken = 0;
  for (; taken < rest_.size() && count < out.size(); ++taken) {
    const TabletEntry& entry = rest_[taken];
    if (entry.deleted) continue;
    EntryView& view = out[count++];
    view.key = entry.key;
    view.value = values_ ? entry.value : std::string_view();
    view.info = {.size = entry.value.size()};
  }
  rest_ = rest_.subspan(taken);
  return count;
}

Status SourceCursor::Seek(std::string_view key) {
  rest_ = {};
  return source_->Seek(key);
}

}  // namespace anystore::tablet
