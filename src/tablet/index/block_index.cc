#include "tablet/index/block_index.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "tablet/block/entry.h"
#include "tablet/block/halving.h"
#include "tablet/format/constants.h"

namespace anystore::tablet {

OrFault<void> IndexParser::TakeMagic(std::string_view magic) {
  if (!rest_.starts_with(magic))
    return Wrong(FaultKind::kMagic, at(), "the index does not begin with its magic");
  rest_.remove_prefix(magic.size());
  return {};
}

OrFault<IndexRecord> IndexParser::Next() {
  IndexRecord record;
  const std::uint64_t begin = at();
  if (const Unpacked taken = TakeUint64(rest_, record.place.offset); taken != Unpacked::kOk)
    return NotTaken(taken, at(), "the offset of a block");
  std::uint32_t length = 0;
  if (const Unpacked taken = TakeUint32(rest_, length); taken != Unpacked::kOk)
    return NotTaken(taken, at(), "the length of a block");
  record.place.length = length;
  if (const Unpacked taken = TakeRaw(rest_, record.key); taken != Unpacked::kOk)
    return NotTaken(taken, at(), "the first key of a block");
  if (record.key.size() > limits_.key_bytes_max) {
    return Wrong(FaultKind::kLimit, begin,
                 "a key of " + std::to_string(record.key.size()) + " bytes, allowed are " +
                     std::to_string(limits_.key_bytes_max));
  }
  const bool inside = record.place.offset >= kHeaderBytes &&
                      record.place.offset <= limits_.blocks_end &&
                      length <= limits_.blocks_end - record.place.offset;
  if (!inside) {
    return Wrong(FaultKind::kBounds, begin,
                 "a block of " + std::to_string(length) + " bytes at " +
                     std::to_string(record.place.offset) + " is not where blocks are");
  }
  return record;
}

void AppendIndexRecord(std::string& out, const IndexRecord& record) {
  AppendUint(out, record.place.offset);
  AppendUint(out, record.place.length);
  AppendRaw(out, record.key);
}

OrFault<std::vector<MetaBlock>> ParseMetaIndex(std::string_view bytes, std::uint64_t offset,
                                               const IndexLimits& limits) {
  IndexParser parser(bytes, offset, limits);
  if (auto magic = parser.TakeMagic(kMetaIndexMagic); !magic.has_value())
    return std::unexpected(std::move(magic).error());
  std::vector<MetaBlock> blocks;
  while (!parser.at_end()) {
    auto record = parser.Next();
    if (!record.has_value()) return std::unexpected(std::move(record).error());
    blocks.push_back({.place = record->place, .name = std::string(record->key)});
  }
  return blocks;
}

OrFault<BlockIndex> BlockIndex::Parse(std::string_view bytes, std::uint64_t offset,
                                      const IndexLimits& limits) {
  BlockIndex index;
  index.bytes_ = bytes;
  if (bytes.size() > std::numeric_limits<std::uint32_t>::max())
    return Wrong(FaultKind::kLimit, offset, "an index of 4 GiB or more");
  IndexParser parser(bytes, offset, limits);
  if (auto magic = parser.TakeMagic(kDataIndexMagic); !magic.has_value())
    return std::unexpected(std::move(magic).error());
  while (!parser.at_end()) {
    auto record = parser.Next();
    if (!record.has_value()) {
      record.error().block = index.size();
      return std::unexpected(std::move(record).error());
    }
    if (index.size() > 0 && record->key <= index.first_key(index.size() - 1)) {
      return std::unexpected(Fault{.kind = FaultKind::kOrder,
                                   .block = index.size(),
                                   .offset = record->place.offset,
                                   .what = "the first key does not come after that of the block "
                                           "before"});
    }
    index.places_.push_back(record->place);
    index.keys_.push_back({static_cast<std::uint32_t>(record->key.data() - bytes.data()),
                           static_cast<std::uint32_t>(record->key.size())});
  }
  if (index.size() == 0) return index;
  const std::string_view first = index.first_key(0);
  const std::string_view last = index.first_key(index.size() - 1);
  const auto unlike = std::ranges::mismatch(first, last);
  index.shared_ = static_cast<std::size_t>(unlike.in1 - first.begin());
  index.prefixes_.reserve(index.size());
  for (std::size_t block = 0; block < index.size(); ++block)
    index.prefixes_.push_back(KeyPrefix(index.first_key(block).substr(index.shared_)));
  return index;
}

std::size_t BlockIndex::Find(std::string_view key) const noexcept {
  // First keys begin with the same bytes, so `key` is before or behind all of them, or does too.
  const std::string_view shared = first_key(0).substr(0, shared_);
  if (const int compared = key.substr(0, shared_).compare(shared); compared != 0)
    return compared < 0 ? 0 : size() - 1;
  const std::uint64_t prefix = KeyPrefix(key.substr(shared_));
  const std::uint64_t* base = prefixes_.data();
  std::size_t count = size();
  // The number of lower prefixes, without a branch that could be guessed wrong.
  while (count > 1) {
    const std::size_t half = count / 2;
    base += base[half - 1] < prefix ? half : 0;
    count -= half;
  }
  const auto first = static_cast<std::size_t>(base - prefixes_.data()) + (*base < prefix ? 1 : 0);
  std::size_t equal = 0;  // prefixes; among those, the keys decide
  if (first < size() && prefixes_[first] == prefix) {
    const auto begin = prefixes_.begin() + static_cast<std::ptrdiff_t>(first);
    equal = static_cast<std::size_t>(std::upper_bound(begin, prefixes_.end(), prefix) - begin);
  }
  const std::size_t behind =
      FirstWhere(first, equal, [&](std::size_t block) { return first_key(block) > key; });
  return behind == 0 ? 0 : behind - 1;
}

}  // namespace anystore::tablet
