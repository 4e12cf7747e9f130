#include "tablet/merge/visible_source.h"

#include <algorithm>
#include <iterator>

namespace anystore::tablet {

Result<std::span<const TabletEntry>> VisibleSource::Next() {
  for (;;) {
    ANYSTORE_ASSIGN_OR_RETURN(const std::span<const TabletEntry> batch, source_->Next());
    if (batch.empty() || std::ranges::none_of(batch, &TabletEntry::deleted)) return batch;
    visible_.clear();
    std::ranges::copy_if(batch, std::back_inserter(visible_),
                         [](const TabletEntry& entry) { return !entry.deleted; });
    if (!visible_.empty()) return std::span<const TabletEntry>(visible_);
  }
}

}  // namespace anystore::tablet
