// Meta index, data index and footer. Where the data index ends, only the end of the file tells: the
// last bytes are held back, as they may be the footer.
#include <algorithm>
#include <limits>
#include <utility>

#include "tablet/format/constants.h"
#include "tablet/stream/stream_parser.h"

namespace anystore::tablet {
namespace {

/// So many bytes are taken at once.
constexpr std::size_t kChunkBytes = std::size_t{64} << 10U;

/// No reader takes more.
constexpr std::uint64_t kIndexBytesMax = std::numeric_limits<std::uint32_t>::max();

/// A record, but for its key: an offset and two lengths.
constexpr std::size_t kRecordFrontBytesMax = 9 + 5 + 5;

}  // namespace

OrFault<void> StreamParser::TakeIndexes(std::string_view& bytes) {
  while (!bytes.empty()) {
    held_.erase(0, front_);
    front_ = 0;
    const std::string_view chunk = bytes.substr(0, kChunkBytes);
    held_.append(chunk);
    bytes.remove_prefix(chunk.size());
    if (auto read = ReadIndexes(/*ended=*/false); !read.has_value()) return read;
  }
  return {};
}

/// Reads what is there whole.
OrFault<void> StreamParser::ReadIndexes(bool ended) {
  for (;;) {
    auto more = part_ == Part::kMetaIndex ? ReadMetaIndex() : ReadDataIndex(ended);
    if (!more.has_value()) return std::unexpected(std::move(more).error());
    if (!*more) return {};
    const std::uint64_t begin =
        part_ == Part::kMetaIndex ? layout_.meta_index.offset : layout_.data_index.offset;
    if (position_ - begin > std::min(options_.index_bytes_max, kIndexBytesMax)) {
      return Wrong(FaultKind::kLimit, begin,
                   "an index of more than " + std::to_string(options_.index_bytes_max) + " bytes");
    }
  }
}

/// Takes the magic of an index. False: it is not there yet.
OrFault<bool> StreamParser::TakeMagic(std::string_view magic) {
  if (window().size() < magic.size()) return false;
  IndexParser parser(window().substr(0, magic.size()), position_, limits());
  if (auto taken = parser.TakeMagic(magic); !taken.has_value())
    return std::unexpected(std::move(taken).error());
  Advance(magic.size());
  magic_taken_ = true;
  return true;
}

/// The next record, and `Advance`s over it. `behind`: so many bytes at the end of what has come may
/// belong to something else. None: it is not there whole.
OrFault<std::optional<IndexRecord>> StreamParser::TakeRecord(std::size_t behind) {
  const std::string_view there = window().substr(0, window().size() - behind);
  const std::size_t bytes_max =
      kRecordFrontBytesMax +
      static_cast<std::size_t>(std::min<std::uint64_t>(options_.key_bytes_max,
                                                       std::numeric_limits<std::uint32_t>::max()));
  const std::string_view front = there.substr(0, bytes_max);
  IndexParser parser(front, position_, limits());
  auto record = parser.Next();
  if (record.has_value()) {
    Advance(static_cast<std::size_t>(parser.at() - position_));
    return *record;
  }
  if (record.error().kind != FaultKind::kTruncated) return std::unexpected(record.error());
  if (front.size() < bytes_max) return std::nullopt;
  return Wrong(FaultKind::kLimit, position_,
               "a key of more than " + std::to_string(options_.key_bytes_max) + " bytes");
}

/// Takes one record, or the end. False: nothing is there whole.
OrFault<bool> StreamParser::ReadMetaIndex() {
  if (!magic_taken_) return TakeMagic(kMetaIndexMagic);
  if (window().empty()) return false;
  if (window().front() == kDataIndexMagic.front()) {  // no number begins so
    if (auto finished = FinishMetaIndex(); !finished.has_value())
      return std::unexpected(std::move(finished).error());
    return true;
  }
  const auto record = TakeRecord(/*behind=*/0);
  if (!record.has_value()) return std::unexpected(record.error());
  if (!record->has_value()) return false;
  meta_.Meet((*record)->place);
  return true;
}

OrFault<void> StreamParser::FinishMetaIndex() {
  layout_.meta_index.length = position_ - layout_.meta_index.offset;
  layout_.data_index.offset = position_;
  part_ = Part::kDataIndex;
  magic_taken_ = false;
  return meta_.FinishIndex(layout_.meta_index.offset);
}

/// As `ReadMetaIndex`. `ended`: what is left is the rest of the index and the footer.
OrFault<bool> StreamParser::ReadDataIndex(bool ended) {
  if (!magic_taken_) return TakeMagic(kDataIndexMagic);
  if (window().size() <= kFooterBytes) return false;
  const std::uint64_t offset = position_;
  const auto record = TakeRecord(kFooterBytes);
  if (!record.has_value() || !record->has_value()) {
    Fault fault = record.has_value()
                      ? Fault{.offset = offset, .what = "the data index ends within a record"}
                      : record.error();
    if (record.has_value() && !ended) return false;
    fault.block = data_.met_count();
    return std::unexpected(std::move(fault));
  }
  if (auto met = data_.Meet(**record, offset); !met.has_value())
    return std::unexpected(std::move(met).error());
  return true;
}

OrFault<void> StreamParser::Finish() {
  const std::uint64_t end = position_ + window().size();
  if (part_ != Part::kDataIndex || !magic_taken_ || window().size() < kFooterBytes) {
    Fault fault{.offset = end, .what = "the file ends in front of its footer"};
    if (part_ == Part::kBlocks && !window().empty()) {
      fault.block = BlockNumber();
      fault.what = "the file ends within a block";
    }
    return std::unexpected(std::move(fault));
  }
  const auto footer = [&] { return window().substr(window().size() - kFooterBytes); };
  if (auto magic = CheckFooterMagic(footer(), end); !magic.has_value()) return magic;
  if (auto read = ReadIndexes(/*ended=*/true); !read.has_value()) return read;
  layout_.data_index.length = position_ - layout_.data_index.offset;
  if (auto finished = data_.FinishIndex(layout_.data_index.offset); !finished.has_value())
    return finished;
  const auto told = ReadFooter(footer(), end);
  if (!told.has_value()) return std::unexpected(told.error());
  if (*told != layout_) {
    return Wrong(FaultKind::kBounds, end - kFooterBytes,
                 "the indexes are not where the footer says they are");
  }
  return {};
}

}  // namespace anystore::tablet
