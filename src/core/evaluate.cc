#include <algorithm>
#include <utility>

#include "anystore/key.h"
#include "anystore/query.h"
#include "core/query_check.h"
#include "core/sort.h"

// The plainest reading of what a query means. Shares nothing with `Results` but the meaning of one
// filter and of one order, so that each can be tested against the other.

namespace anystore {
namespace {

EntryView ViewOf(const Entry& entry) {
  return {.key = entry.key, .value = entry.value.bytes(), .info = entry.info};
}

bool IsSelected(const Query& query, const Key& prefix, const Entry& entry) {
  if (prefix != Key() && !entry.key.starts_with(prefix.bytes() + "/")) return false;
  if (!query.range.Contains(entry.key)) return false;
  return std::ranges::all_of(query.filters,
                             [&](const Filter& filter) { return filter.Passes(ViewOf(entry)); });
}

}  // namespace

Result<std::vector<Entry>> Evaluate(const Query& query, std::vector<Entry> entries) {
  ANYSTORE_TRY(internal::Validate(query));
  for (Entry& entry : entries) {
    if (!entry.value.empty()) entry.info.size = entry.value.size();
  }
  const Key prefix(query.prefix);
  std::erase_if(entries, [&](const Entry& entry) { return !IsSelected(query, prefix, entry); });

  if (!query.orders.empty()) {
    internal::Sort(entries, query.orders, [&](const Entry& a, const Entry& b) {
      return Compare(query.orders, ViewOf(a), ViewOf(b)) < 0;
    });
  } else if (query.reverse) {
    std::ranges::sort(entries, std::ranges::greater(), &Entry::key);
  }

  const auto offset = static_cast<std::uint64_t>(std::max<std::int64_t>(query.offset, 0));
  entries.erase(entries.begin(),
                entries.begin() +
                    static_cast<std::ptrdiff_t>(std::min<std::uint64_t>(offset, entries.size())));
  if (query.limit > 0 && static_cast<std::uint64_t>(query.limit) < entries.size()) {
    entries.resize(static_cast<std::size_t>(query.limit));
  }
  if (query.keys_only) {
    for (Entry& entry : entries) entry.value = Value();
  }
  return entries;
}

}  // namespace anystore
