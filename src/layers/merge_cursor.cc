#include "layers/merge_cursor.h"

#include <algorithm>
#include <utility>

namespace anystore::layers {
namespace {

/// How many entries of a source are held at most.
constexpr std::uint64_t kBatch = 32;

}  // namespace

MergeCursor::MergeCursor(std::vector<std::unique_ptr<Cursor>> sources, const ScanOptions& options)
    : reverse_(options.reverse) {
  const std::uint64_t batch = std::clamp<std::uint64_t>(options.limit_hint, 1, kBatch);
  sources_.reserve(sources.size());
  for (std::unique_ptr<Cursor>& source : sources) {
    sources_.push_back({.cursor = std::move(source),
                        .rank = sources_.size(),
                        .batch = std::vector<EntryView>(batch)});
    waiting_.push_back(&sources_.back());
  }
}

Result<std::size_t> MergeCursor::Next(std::span<EntryView> out) {
  // The last source that is left needs no comparisons and no batches.
  if (heap_.empty() && waiting_.size() == 1 && !waiting_.front()->must_seek) {
    Result<std::size_t> count = waiting_.front()->cursor->Next(out);
    if (count.has_value() && *count == 0) waiting_.clear();
    return count;
  }
  ANYSTORE_TRY(Load());
  std::size_t count = 0;
  while (count < out.size() && !heap_.empty()) {
    Source& first = *heap_.front();
    out[count++] = first.batch[first.at++];
    if (first.at < first.count) {
      SiftDown();
      continue;
    }
    heap_.front() = heap_.back();
    heap_.pop_back();
    if (!heap_.empty()) SiftDown();
    waiting_.push_back(&first);
    // What comes next may be this source's, whose views live until it is asked again.
    break;
  }
  return count;
}

Status MergeCursor::Seek(std::string_view key) {
  seek_ = key;
  heap_.clear();
  waiting_.clear();
  for (Source& source : sources_) {
    source.at = source.count = 0;
    source.must_seek = true;
    waiting_.push_back(&source);
  }
  return Ok();
}

Status MergeCursor::Load() {
  while (!waiting_.empty()) {
    Source& source = *waiting_.back();
    if (source.must_seek) {
      ANYSTORE_TRY(source.cursor->Seek(seek_));
      source.must_seek = false;
    }
    ANYSTORE_ASSIGN_OR_RETURN(source.count, source.cursor->Next(source.batch));
    source.at = 0;
    waiting_.pop_back();
    if (source.count == 0) continue;
    heap_.push_back(&source);
    std::ranges::push_heap(heap_, [this](auto* a, auto* b) { return After(a, b); });
  }
  return Ok();
}

bool MergeCursor::After(const Source* a, const Source* b) const {
  const int order = a->batch[a->at].key.compare(b->batch[b->at].key);
  if (order != 0) return (order > 0) != reverse_;
  return a->rank > b->rank;
}

void MergeCursor::SiftDown() {
  Source* const moved = heap_.front();
  std::size_t at = 0;
  for (;;) {
    std::size_t child = 2 * at + 1;
    if (child >= heap_.size()) break;
    if (child + 1 < heap_.size() && After(heap_[child], heap_[child + 1])) ++child;
    if (!After(moved, heap_[child])) break;
    heap_[at] = heap_[child];
    at = child;
  }
  heap_[at] = moved;
}

}  // namespace anystore::layers
