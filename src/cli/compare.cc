#include "cli/compare.h"

#include <span>
#include <string>

#include "cli/io.h"

namespace anystore::cli {

Result<bool> EntryReader::Next() {
  if (++at_ < count_) return true;
  at_ = 0;
  ANYSTORE_ASSIGN_OR_RETURN(count_, cursor_->Next(entries_));
  return count_ > 0;
}

Status RequireOrder(const Store& store, std::string_view what) {
  if (store.capabilities().ordered_scan != Support::kAbsent) return Ok();
  return Error(Code::kUnsupported,
               std::string(what) + " needs a store that lists its keys in order")
      .In(store.name());
}

Status CompareStores(Store& a, Store& b, const KeyRange& range, const OnKey& on_key) {
  ANYSTORE_TRY(RequireOrder(a, "comparing"));
  ANYSTORE_TRY(RequireOrder(b, "comparing"));
  ANYSTORE_ASSIGN_OR_RETURN(auto cursor_a, a.Scan(range));
  ANYSTORE_ASSIGN_OR_RETURN(auto cursor_b, b.Scan(range));
  EntryReader in_a(std::move(cursor_a));
  EntryReader in_b(std::move(cursor_b));
  ANYSTORE_ASSIGN_OR_RETURN(bool more_a, in_a.Next());
  ANYSTORE_ASSIGN_OR_RETURN(bool more_b, in_b.Next());
  while (more_a || more_b) {
    ANYSTORE_TRY(CheckInterrupted());
    const int order = !more_a ? 1 : !more_b ? -1 : in_a.entry().key.compare(in_b.entry().key);
    const EntryView& entry = order <= 0 ? in_a.entry() : in_b.entry();
    Difference difference = order < 0 ? Difference::kOnlyInA : Difference::kOnlyInB;
    if (order == 0) {
      const bool same = in_a.entry().value == in_b.entry().value;
      difference = same ? Difference::kSame : Difference::kDifferent;
    }
    ANYSTORE_TRY(on_key(difference, entry.key, entry.value.size()));
    if (order <= 0) {
      ANYSTORE_ASSIGN_OR_RETURN(more_a, in_a.Next());
    }
    if (order >= 0) {
      ANYSTORE_ASSIGN_OR_RETURN(more_b, in_b.Next());
    }
  }
  return Ok();
}

}  // namespace anystore::cli
