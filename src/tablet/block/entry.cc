#include "tablet/block/entry.h"

namespace anystore::tablet {

const char* ReadAnyEntry(const char* at, const char* end, WrittenEntry& entry) noexcept {
  std::string_view rest(at, static_cast<std::size_t>(end - at));
  if (TakeUint32(rest, entry.common) != Unpacked::kOk) return nullptr;
  if (TakeRaw(rest, entry.suffix) != Unpacked::kOk) return nullptr;
  entry.deleted = !rest.empty() && rest.front() == kNil;
  if (entry.deleted) {
    entry.value = {};
    return rest.data() + 1;
  }
  if (TakeRaw(rest, entry.value) != Unpacked::kOk) return nullptr;
  return rest.data();
}

}  // namespace anystore::tablet
