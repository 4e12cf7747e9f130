#include "core/guarded_cursor.h"

#include <utility>

namespace anystore::internal {

Result<std::size_t> GuardedCursor::Next(std::span<EntryView> out) {
  const Gate::Pass pass(core().gate);
  if (!pass) return core().Closed("scan");
  if (Status status = core().CheckCall(call_); !status.has_value()) {
    return Explain(std::move(status).error());
  }
  Result<std::size_t> count = cursor_->Next(out);
  if (!count.has_value()) [[unlikely]]
    return Explain(std::move(count).error());
  return count;
}

Status GuardedCursor::Seek(std::string_view key) {
  const Gate::Pass pass(core().gate);
  if (!pass) return core().Closed("scan");
  Status status = core().CheckCall(call_);
  if (status.has_value() && core().capabilities().ordered_scan == Support::kAbsent) {
    status = Error(Code::kUnsupported, "the store does not scan in key order");
  }
  if (status.has_value()) status = cursor_->Seek(key);
  if (!status.has_value()) return core().Explain(std::move(status).error(), "seek", key);
  return status;
}

}  // namespace anystore::internal
