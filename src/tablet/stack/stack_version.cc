#include "tablet/stack/stack_version.h"

#include <utility>

#include "tablet/merge/merge_source.h"

namespace anystore::tablet {

Result<Lookup> StackVersion::Look(std::string_view key) const {
  for (const auto& run : runs_) {
    Result<Lookup> said = run->Look(key);
    if (!said.has_value() || said->state != Lookup::State::kMissing) return said;
  }
  return Lookup{};
}

std::unique_ptr<EntrySource> StackVersion::NewSource(const KeyRange& range, bool reverse) const {
  if (runs_.size() == 1) return runs_.front()->NewSource(range, reverse);
  std::vector<std::unique_ptr<EntrySource>> sources;
  sources.reserve(runs_.size());
  for (const auto& run : runs_) sources.push_back(run->NewSource(range, reverse));
  return std::make_unique<MergeSource>(std::move(sources), reverse);
}

}  // namespace anystore::tablet
