#include "core/ordered_entries.h"

#include <algorithm>
#include <utility>

#include "core/sort.h"

namespace anystore::internal {

void OrderedEntries::Add(const EntryView& entry) {
  const auto before = [this](const Held& a, const Held& b) { return Before(a.view, b.view); };
  if (held_.size() < keep_) {
    held_.push_back(Copy(entry));
    if (held_.size() == keep_) std::ranges::make_heap(held_, before);
    return;
  }
  if (keep_ == 0 || !Before(entry, held_.front().view)) return;
  std::ranges::pop_heap(held_, before);
  held_.back() = Copy(entry);
  std::ranges::push_heap(held_, before);
}

Result<std::size_t> OrderedEntries::Next(std::span<EntryView> out) {
  if (!sorted_) {
    Sort(held_, orders_, [this](const Held& a, const Held& b) { return Before(a.view, b.view); });
    sorted_ = true;
  }
  const std::size_t count = std::min(out.size(), held_.size() - at_);
  for (EntryView& view : out.first(count)) view = held_[at_++].view;
  return count;
}

Status OrderedEntries::Seek(std::string_view /*key*/) {
  return Error(Code::kUnsupported, "the entries are in an order of their own");
}

bool OrderedEntries::Before(const EntryView& a, const EntryView& b) const {
  return orders_.empty() ? a.key > b.key : Compare(orders_, a, b) < 0;
}

OrderedEntries::Held OrderedEntries::Copy(const EntryView& entry) const {
  const std::string_view value = values_ ? entry.value : std::string_view();
  auto bytes = std::make_unique_for_overwrite<char[]>(entry.key.size() + value.size());
  char* const value_at = std::ranges::copy(entry.key, bytes.get()).out;
  std::ranges::copy(value, value_at);
  return {.view = {.key = {bytes.get(), entry.key.size()},
                   .value = {value_at, value.size()},
                   .info = entry.info},
          .bytes = std::move(bytes)};
}

}  // namespace anystore::internal
