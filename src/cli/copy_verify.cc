#include "cli/copy_verify.h"

#include <string_view>

#include "cli/compare.h"
#include "cli/content_key.h"
#include "cli/io.h"

namespace anystore::cli {
namespace {

template <class See>
Status VerifyInOrder(Store& source, Store& destination, const KeyRange& range, const See& see) {
  return CompareStores(source, destination, range,
                       [&](Difference difference, std::string_view key, std::uint64_t bytes) {
                         if (difference == Difference::kOnlyInB) return Ok();
                         see(difference == Difference::kSame, key, bytes);
                         return Ok();
                       });
}

template <class See>
Status VerifyOneByOne(Store& source, Store& destination, const KeyRange& range, KeyNaming naming,
                      const See& see) {
  ANYSTORE_ASSIGN_OR_RETURN(auto cursor, source.Scan(range));
  EntryReader reader(std::move(cursor));
  for (;;) {
    ANYSTORE_TRY(CheckInterrupted());
    ANYSTORE_ASSIGN_OR_RETURN(const bool more, reader.Next());
    if (!more) return Ok();
    const EntryView& entry = reader.entry();
    const Result<Value> found = naming == KeyNaming::kOwn
                                    ? destination.Get(entry.key)
                                    : destination.Get(ContentKey(naming, entry.value));
    if (!found.has_value() && found.error().code() != Code::kNotFound) {
      return found.error().Clone();
    }
    see(found.has_value() && found->bytes() == entry.value, entry.key, entry.value.size());
  }
}

bool Ordered(const Store& store) { return store.capabilities().ordered_scan != Support::kAbsent; }

}  // namespace

Result<VerifyOutcome> VerifyCopy(Store& source, Store& destination, const KeyRange& range,
                                 KeyNaming naming, Progress& progress) {
  VerifyOutcome outcome;
  const auto see = [&](bool same, std::string_view key, std::uint64_t value_bytes) {
    progress.Add(1, key.size() + value_bytes);
    if (!same && ++outcome.wrong == 1) outcome.first = std::string(key);
  };
  const bool side_by_side = naming == KeyNaming::kOwn && Ordered(source) && Ordered(destination);
  ANYSTORE_TRY(side_by_side ? VerifyInOrder(source, destination, range, see)
                            : VerifyOneByOne(source, destination, range, naming, see));
  return outcome;
}

}  // namespace anystore::cli
