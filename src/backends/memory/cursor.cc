#include <optional>
#include <string>

#include "backends/memory/reading.h"

namespace anystore::memory {
namespace {

/// How many records ahead a scan starts to load.
constexpr unsigned kRecordsAhead = 6;

void PrefetchRecord(Leaf* leaf, unsigned index) noexcept {
  const char* const record = reinterpret_cast<const char*>(LoadRecord(leaf, index));
  __builtin_prefetch(record);
  __builtin_prefetch(record + 64);
}

/// Walks through a snapshot; the entries are views of the tree's own records, which the snapshot
/// keeps. Going forwards, the path's slot is the next one to show; going backwards, the one
/// behind it. `edge_` is where the range ends in the present leaf.
template <bool kReverse>
class TreeCursor final : public Cursor {
 public:
  TreeCursor(const Tree::Snapshot& snapshot, const KeyRange& range, const ScanOptions& options,
             const Versions& versions, std::int64_t now)
      : snapshot_(snapshot),
        range_(range),
        versions_(versions),
        moment_(now),
        wanted_(options.wanted),
        values_(options.values) {
    GoToStart();
  }

  Result<std::size_t> Next(std::span<EntryView> out) override {
    std::size_t count = 0;
    while (count < out.size()) {
      Record* const record = Step();
      if (record == nullptr) break;
      if (moment_.Expired(*record)) continue;
      EntryView& entry = out[count++];
      entry.key = record->key();
      entry.value = values_ ? record->value() : std::string_view();
      entry.info = versions_.Describe(*record, wanted_);
    }
    return count;
  }

  Status Seek(std::string_view key) override {
    if constexpr (kReverse) {
      if (range_.to().has_value() && key >= *range_.to()) {
        GoToStart();
        return Ok();
      }
      path_.DescendTo(snapshot_.root(), key);
      const bool found = path_.index() < path_.leaf()->count &&
                         LoadRecord(path_.leaf(), path_.index())->key() == key;
      if (found) ++path_.index();
    } else {
      path_.DescendTo(snapshot_.root(), std::max<std::string_view>(key, range_.from()));
    }
    EnterLeaf();
    return Ok();
  }

 private:
  void GoToStart() noexcept {
    if constexpr (!kReverse) {
      path_.DescendTo(snapshot_.root(), range_.from());
    } else if (range_.to().has_value()) {
      path_.DescendTo(snapshot_.root(), *range_.to());
    } else {
      path_.DescendToEnd(snapshot_.root());
    }
    EnterLeaf();
  }

  /// Finds out where the range ends in the leaf on the path.
  void EnterLeaf() noexcept {
    Leaf* const leaf = path_.leaf();
    at_end_ = false;
    if constexpr (kReverse) {
      edge_ = range_.from().empty() ? 0 : LowerBound(leaf, range_.from());
    } else {
      edge_ = range_.to().has_value() ? LowerBound(leaf, *range_.to()) : leaf->count;
    }
  }

  /// The next record, null at the end of the range.
  Record* Step() noexcept {
    while (!at_end_) {
      Leaf* const leaf = path_.leaf();
      unsigned& index = path_.index();
      if constexpr (kReverse) {
        if (index > edge_) {
          if (index > kRecordsAhead) PrefetchRecord(leaf, index - 1 - kRecordsAhead);
          return LoadRecord(leaf, --index);
        }
        at_end_ = edge_ > 0 || !path_.PreviousLeaf();
      } else {
        if (index < edge_) {
          if (index + kRecordsAhead < edge_) PrefetchRecord(leaf, index + kRecordsAhead);
          return LoadRecord(leaf, index++);
        }
        at_end_ = edge_ < leaf->count || !path_.NextLeaf();
      }
      if (!at_end_) EnterLeaf();
    }
    return nullptr;
  }

  const Tree::Snapshot snapshot_;
  const KeyRange range_;
  const Versions versions_;
  Moment moment_;
  const Wanted wanted_;
  const bool values_;
  Path path_ = {};
  unsigned edge_ = 0;
  bool at_end_ = false;
};

}  // namespace

std::unique_ptr<Cursor> NewCursor(const Tree::Snapshot& snapshot, const KeyRange& range,
                                  const ScanOptions& options, const Versions& versions,
                                  std::int64_t now) {
  if (options.reverse) {
    return std::make_unique<TreeCursor<true>>(snapshot, range, options, versions, now);
  }
  return std::make_unique<TreeCursor<false>>(snapshot, range, options, versions, now);
}

}  // namespace anystore::memory
