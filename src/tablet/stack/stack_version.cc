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

std::unique_ptr<EntrySource> StackVersion::NewSource(const KeyRange& range,
                                                     const ScanOptions& options) const {
  if (runs_.size() == 1) return runs_.front()->NewSource(range, options);
  std::vector<std::unique_ptr<EntrySource>> sources;
  sources.reserve(runs_.size());
  // How many of the entries come from which of them is not known.
  const ScanOptions each{.reverse = options.reverse};
  for (const auto& run : runs_) sources.push_back(run->NewSource(range, each));
  return std::make_unique<MergeSource>(std::move(sources), options.reverse);
}

}  // namespace anystore::tablet
