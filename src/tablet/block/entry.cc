#include "tablet/block/entry.h"

namespace anystore::tablet {

EntryEnd ReadAnyEntry(const char* at, const char* end, TabletEntry& entry) noexcept {
  std::string_view rest(at, static_cast<std::size_t>(end - at));
  std::uint32_t common = 0;
  if (TakeUint32(rest, common) != Unpacked::kOk) return {};
  if (TakeRaw(rest, entry.key) != Unpacked::kOk) return {};
  entry.deleted = !rest.empty() && rest.front() == kNil;
  if (entry.deleted) {
    entry.value = {};
    return {rest.data() + 1, common};
  }
  if (TakeRaw(rest, entry.value) != Unpacked::kOk) return {};
  return {rest.data(), common};
}

}  // namespace anystore::tablet
