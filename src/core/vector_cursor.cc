#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

#include "anystore/results.h"

namespace anystore {
namespace {

class VectorCursor final : public Cursor {
 public:
  VectorCursor(std::vector<Entry> entries, const KeyRange& range, const ScanOptions& options)
      : entries_(std::move(entries)), options_(options) {
    std::erase_if(entries_, [&](const Entry& entry) { return !range.Contains(entry.key); });
    sorted_ = std::ranges::is_sorted(entries_, {}, &Entry::key);
    if (options_.reverse) {
      if (!sorted_) std::ranges::sort(entries_, {}, &Entry::key);
      std::ranges::reverse(entries_);
      sorted_ = true;
    }
  }

  Result<std::size_t> Next(std::span<EntryView> out) override {
    if (options_.call.stop.stop_requested()) return Error(Code::kCancelled);
    const std::size_t count = std::min(out.size(), entries_.size() - at_);
    for (EntryView& view : out.first(count)) {
      const Entry& entry = entries_[at_++];
      view = {.key = entry.key, .value = {}, .info = entry.info};
      if (!entry.value.empty()) view.info.size = entry.value.size();
      if (options_.values) view.value = entry.value.bytes();
    }
    return count;
  }

  Status Seek(std::string_view key) override {
    if (!sorted_) return Error(Code::kUnsupported, "the entries are in no order");
    const auto first = std::ranges::partition_point(entries_, [&](const Entry& entry) {
      return options_.reverse ? entry.key > key : entry.key < key;
    });
    at_ = static_cast<std::size_t>(first - entries_.begin());
    return Ok();
  }

 private:
  std::vector<Entry> entries_;
  const ScanOptions options_;
  bool sorted_ = false;
  std::size_t at_ = 0;
};

}  // namespace

std::unique_ptr<Cursor> MakeCursor(std::vector<Entry> entries, const KeyRange& range,
                                   const ScanOptions& options) {
  return std::make_unique<VectorCursor>(std::move(entries), range, options);
}

}  // namespace anystore
