#include "tablet/stream/seen_blocks.h"

#include <algorithm>
#include <bit>
#include <string>

#include "base/key_hash.h"

namespace anystore::tablet {
namespace {

std::unexpected<Fault> WrongRecord(FaultKind kind, std::uint64_t block, std::uint64_t offset,
                                   std::string what) {
  return std::unexpected(
      Fault{.kind = kind, .block = block, .offset = offset, .what = std::move(what)});
}

}  // namespace

void SeenDataBlocks::Extend(Mark& mark, std::uint64_t end, std::string_view first_key) noexcept {
  constexpr std::uint64_t kOdd = 0x9e3779b97f4a7c15ULL;
  // A sum, in which nothing that comes later can undo what is there.
  mark.digest = std::rotl(mark.digest, 23) * kOdd + base::HashKey(first_key, end - mark.end);
  mark.end = end;
}

void SeenDataBlocks::Add(std::uint64_t end, std::string_view first_key) {
  Extend(last_, end, first_key);
  if (++count_ % stride_ != 0) return;
  marks_.push_back(last_);
  if (marks_.size() < kMarksMax) return;
  for (std::size_t at = 0; at < kMarksMax / 2; ++at) marks_[at] = marks_[2 * at + 1];
  marks_.resize(kMarksMax / 2);
  stride_ *= 2;
}

OrFault<void> SeenDataBlocks::Meet(const IndexRecord& record, std::uint64_t offset) {
  if (met_count_ == count_) {
    return WrongRecord(FaultKind::kBounds, met_count_, offset,
                       "the index lists a block at " + std::to_string(record.place.offset) +
                           ", but only " + std::to_string(count_) + " blocks were in the stream");
  }
  if (record.place.offset != met_.end) {
    return WrongRecord(FaultKind::kBounds, met_count_, offset,
                       "the block begins at " + std::to_string(met_.end) + ", in the index at " +
                           std::to_string(record.place.offset));
  }
  Extend(met_, record.place.end(), record.key);
  ++met_count_;
  if (met_count_ == count_) return Compare(last_, offset);
  if (met_count_ % stride_ == 0) return Compare(marks_[met_count_ / stride_ - 1], offset);
  return {};
}

OrFault<void> SeenDataBlocks::Compare(const Mark& seen, std::uint64_t offset) const {
  const std::uint64_t block = met_count_ - 1;
  const std::uint64_t first = block - block % stride_;
  const std::string which = first == block ? "the block"
                                           : "one of the blocks " + std::to_string(first) + " to " +
                                                 std::to_string(block);
  if (met_.end != seen.end) {
    return WrongRecord(FaultKind::kLength, block, offset,
                       which + " has another length in the index: it ends at " +
                           std::to_string(seen.end) + ", there at " + std::to_string(met_.end));
  }
  if (met_.digest != seen.digest) {
    return WrongRecord(FaultKind::kFirstKey, block, offset,
                       which + " has another first key in the index" +
                           (first == block ? "" : ", or another length"));
  }
  return {};
}

OrFault<void> SeenDataBlocks::FinishIndex(std::uint64_t offset) const {
  if (met_count_ == count_) return {};
  return WrongRecord(FaultKind::kBounds, met_count_, offset,
                     "the index lists " + std::to_string(met_count_) + " of " +
                         std::to_string(count_) + " blocks");
}

void SeenMetaBlocks::Extend(Sum& sum, const Extent& place) noexcept {
  ++sum.count;
  sum.digests += base::FoldedProduct(place.offset + 0xa0761d6478bd642fULL,
                                     place.length + 0xe7037ed1a0b428dbULL);
}

void SeenMetaBlocks::Add(const Extent& place) noexcept { Extend(seen_, place); }

void SeenMetaBlocks::Meet(const Extent& place) noexcept { Extend(met_, place); }

OrFault<void> SeenMetaBlocks::FinishIndex(std::uint64_t offset) const {
  if (met_ == seen_) return {};
  return Wrong(FaultKind::kBounds, offset,
               "the " + std::to_string(met_.count) + " meta blocks of the index are not the " +
                   std::to_string(seen_.count) + " that were in the stream");
}

}  // namespace anystore::tablet
