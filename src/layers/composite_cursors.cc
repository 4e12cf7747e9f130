#include "layers/composite_cursors.h"

#include <algorithm>
#include <utility>

namespace anystore::layers {
namespace {

/// Makes the keys of a child those of the composite.
class PartCursor final : public Cursor {
 public:
  PartCursor(const Composite& composite, const Part& part, std::unique_ptr<Cursor> below)
      : composite_(composite), part_(part), below_(std::move(below)) {}

  Result<std::size_t> Next(std::span<EntryView> out) override {
    for (;;) {
      Result<std::size_t> count = below_->Next(out);
      if (!count.has_value()) [[unlikely]] {
        return composite_.Of(part_.child, std::move(count).error());
      }
      if (!part_.prefix.empty()) PutPrefix(out.first(*count));
      if (*count == 0 || !part_.filtered) return count;
      const auto strange = std::ranges::remove_if(out.first(*count), [&](const EntryView& entry) {
        return composite_.Find(entry.key).child != part_.child;
      });
      const auto own = static_cast<std::size_t>(strange.begin() - out.begin());
      if (own > 0) return own;
    }
  }

  Status Seek(std::string_view key) override {
    Status status = below_->Seek(Below(key));
    if (!status.has_value()) return composite_.Of(part_.child, std::move(status).error());
    return status;
  }

 private:
  void PutPrefix(std::span<EntryView> entries) {
    std::size_t bytes = 0;
    for (const EntryView& entry : entries) bytes += part_.prefix.size() + entry.key.size();
    keys_.clear();
    keys_.reserve(bytes);
    for (EntryView& entry : entries) {
      const std::size_t at = keys_.size();
      keys_.append(part_.prefix).append(entry.key);
      entry.key = std::string_view(keys_).substr(at);
    }
  }

  /// What to seek in the child. A key outside the range need not begin with the prefix: then it is
  /// the end of the range on that side.
  [[nodiscard]] std::string_view Below(std::string_view key) const {
    if (part_.prefix.empty()) return key;
    const std::string_view from = part_.range.from();
    // Nothing of the range comes before its start, and the empty key does.
    if (key < from) return {};
    if (part_.range.to().has_value() && key >= *part_.range.to()) key = *part_.range.to();
    return key.substr(part_.prefix.size());
  }

  const Composite& composite_;
  const Part part_;
  const std::unique_ptr<Cursor> below_;
  std::string keys_ = {};  // of the last Next
};

}  // namespace

Result<std::unique_ptr<Cursor>> OpenPart(const Composite& composite, const Part& part,
                                         const ScanOptions& options) {
  const std::size_t prefix = part.prefix.size();
  std::optional<std::string> to = part.range.to();
  if (to.has_value()) to->erase(0, prefix);
  const KeyRange below(part.range.from().substr(prefix), std::move(to));
  auto cursor = composite.children()[part.child]->Scan(below, options);
  if (!cursor.has_value()) return composite.Of(part.child, std::move(cursor).error());
  return std::make_unique<PartCursor>(composite, part, *std::move(cursor));
}

Result<std::size_t> SequenceCursor::Next(std::span<EntryView> out) {
  for (; at_ < parts_.size(); ++at_) {
    if (cursor_ == nullptr) {
      ANYSTORE_ASSIGN_OR_RETURN(cursor_, OpenPart(composite_, parts_[at_], options_));
    }
    if (seek_.has_value()) {
      ANYSTORE_TRY(cursor_->Seek(*seek_));
      seek_.reset();
    }
    Result<std::size_t> count = cursor_->Next(out);
    if (!count.has_value() || *count > 0) return count;
    cursor_.reset();
  }
  return 0;
}

Status SequenceCursor::Seek(std::string_view key) {
  const auto part = std::ranges::partition_point(parts_, [&](const Part& p) {
    return options_.reverse ? p.range.from() > key
                            : p.range.to().has_value() && *p.range.to() <= key;
  });
  const auto index = static_cast<std::size_t>(part - parts_.begin());
  if (index != at_) cursor_.reset();
  at_ = index;
  seek_ = key;
  return Ok();
}

}  // namespace anystore::layers
