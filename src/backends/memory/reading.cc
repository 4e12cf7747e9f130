#include "backends/memory/reading.h"

#include <algorithm>
#include <array>
#include <chrono>

#include "base/byte_order.h"

namespace anystore::memory {

Version Versions::Of(std::uint64_t number) const noexcept {
  Version version;
  base::StoreBig(version.data(), store_id_);
  base::StoreBig(version.data() + sizeof(store_id_), number);
  return version;
}

EntryInfo Versions::Describe(const Record& record, Wanted wanted) const noexcept {
  EntryInfo info{.size = record.value().size()};
  if (Wants(wanted, Wanted::kVersion)) info.version = Of(record.birth());
  if (Wants(wanted, Wanted::kExpiry) && record.expires_at() != kNever) {
    info.expires_at = Instant(Duration(record.expires_at()));
  }
  return info;
}

Result<Value> PinValue(Record* record, const ReadOptions& options, const Versions& versions) {
  if (record == nullptr) return Error(Code::kNotFound);
  if (options.info != nullptr) *options.info = versions.Describe(*record, Wanted::kAll);
  std::string_view bytes = record->value();
  if (!options.window.whole()) {
    bytes = bytes.substr(std::min<std::uint64_t>(options.window.offset, bytes.size()),
                         options.window.length);
  }
  record->Retain();
  return Value(bytes, record);
}

void FindRecords(Node* root, std::span<const std::string_view> keys,
                 std::span<Record*> found) noexcept {
  // As many walks at once as the processor has loads in flight.
  constexpr std::size_t kAtOnce = 16;
  std::array<Node*, kAtOnce> at;
  for (; !keys.empty(); keys = keys.subspan(std::min(kAtOnce, keys.size()))) {
    const std::size_t count = std::min(kAtOnce, keys.size());
    at.fill(root);
    // Every leaf of a root is equally deep, so all walks arrive together.
    while (!at[0]->is_leaf) {
      for (std::size_t i = 0; i < count; ++i) {
        Inner* const inner = AsInner(at[i]);
        at[i] = LoadChild(inner, ChildFor(inner, keys[i]));
        Prefetch(at[i]);
      }
    }
    for (std::size_t i = 0; i < count; ++i) found[i] = FindInLeaf(AsLeaf(at[i]), keys[i]);
    found = found.subspan(count);
  }
}

}  // namespace anystore::memory
