#include "tablet/writing/tablet_encoder.h"

#include <cstring>

#include "base/crc.h"
#include "tablet/block/shared_bytes.h"
#include "tablet/format/constants.h"
#include "tablet/format/envelope.h"
#include "tablet/format/snappy.h"
#include "tablet/format/snappy_2013.h"
#include "tablet/index/block_index.h"

namespace anystore::tablet {
namespace {

/// A payload is addressed by 32 bits; no reader should have to take more than this at once.
constexpr std::uint64_t kBlockBytesMax = 1ULL << 30U;

/// The most that an entry adds to a block besides its key and value: its head, and a restart point.
constexpr std::uint64_t kEntryOverhead = 15 + kRestartBytes;
/// As much in a block of its own, which also counts its restart points.
constexpr std::uint64_t kBlockOverhead = kEntryOverhead + kRestartBytes;

/// What an envelope mostly takes: a checksum of five bytes, a type, a length from 256 to 65535.
constexpr std::size_t kEnvelopeBytes = 9;

}  // namespace

WriterOptions WriterOptions::Go() {
  return {.block_bytes = 32 * 1024,
          .restart_interval = 128,
          .shared_bytes_min = 0,
          .compression = Compression::kSnappy2013,
          .keep_equal_size = true,
          .deletions = false,
          .empty = false};
}

WriterOptions WriterOptions::Csharp() {
  return {.block_bytes = 32 * 1024,
          .restart_interval = 128,
          .shared_bytes_min = 0,
          .compression = Compression::kSnappy2013,
          .end_at_equal_size = true};
}

WriterOptions WriterOptions::Java() {
  return {.block_bytes = 4 * 1024,
          .restart_interval = 16,
          .shared_bytes_min = 0,
          .compression = Compression::kSnappy,
          .empty = false,
          .key_bytes_max = 65535};
}

TabletEncoder::TabletEncoder(const WriterOptions& options)
    : options_(options), block_(options.restart_interval, options.shared_bytes_min) {
  std::string header;
  AppendHeader(header);
  out_.Append(header);
  whole_ = out_.size();
  index_ = kDataIndexMagic;
  BeginBlock();
}

Status TabletEncoder::CheckOptions(const WriterOptions& options) {
  if (options.restart_interval == 0)
    return Error(Code::kInvalidArgument, "a restart interval of 0");
  if (options.block_bytes_max > kBlockBytesMax)
    return Error(Code::kInvalidArgument, "blocks of more than 1 GiB");
  if (options.block_bytes > options.block_bytes_max) {
    return Error(Code::kInvalidArgument,
                 "blocks that end behind " + std::to_string(options.block_bytes) +
                     " bytes, allowed are " + std::to_string(options.block_bytes_max));
  }
  return Ok();
}

Status TabletEncoder::CheckEntry(const WriterOptions& options, const TabletEntry& entry) {
  if (entry.key.size() > options.key_bytes_max) {
    return Error(Code::kTooLarge, "a key of " + std::to_string(entry.key.size()) +
                                      " bytes, allowed are " +
                                      std::to_string(options.key_bytes_max))
        .ForKey(entry.key);
  }
  if (kBlockOverhead + entry.key.size() + entry.value.size() > options.block_bytes_max) {
    return Error(Code::kTooLarge, "a value of " + std::to_string(entry.value.size()) +
                                      " bytes, with which a block would have more than the " +
                                      std::to_string(options.block_bytes_max) + " allowed")
        .ForKey(entry.key);
  }
  if (entry.deleted && !options.deletions) {
    return Error(Code::kUnsupported,
                 "tablets of this form have no deletions: the key would come back empty");
  }
  return Ok();
}

Status TabletEncoder::Check(const TabletEntry& entry, std::size_t shared) const {
  // Behind what both share, the new key goes on, and with a higher byte where the old one does,
  // too.
  const bool ascends =
      shared < entry.key.size() &&
      (shared == last_key_.size() || static_cast<unsigned char>(entry.key[shared]) >
                                         static_cast<unsigned char>(last_key_[shared]));
  if (!ascends && summary_.entries > 0) {
    return Error(Code::kInvalidArgument,
                 "key " + Quoted(entry.key) + " does not come after " + Quoted(last_key_));
  }
  return CheckEntry(options_, entry);
}

bool TabletEncoder::HasRoomFor(const TabletEntry& entry) const noexcept {
  const std::uint64_t bytes =
      block_.size(out_) + kEntryOverhead + entry.key.size() + entry.value.size();
  return block_.empty() || bytes <= options_.block_bytes_max;
}

Status TabletEncoder::Add(const TabletEntry& entry) {
  const std::size_t shared = SharedBytes(last_key_, entry.key);
  ANYSTORE_TRY(Check(entry, shared));
  if (!HasRoomFor(entry)) EndBlock();
  if (block_.empty()) first_key_.assign(entry.key);
  block_.Add(out_, entry, shared);
  last_key_.assign(entry.key);
  ++summary_.entries;
  summary_.deletions += entry.deleted ? 1 : 0;
  summary_.key_bytes += entry.key.size();
  summary_.value_bytes += entry.value.size();
  const std::size_t size = block_.size(out_);
  if (size > options_.block_bytes || (options_.end_at_equal_size && size == options_.block_bytes))
    EndBlock();
  return Ok();
}

void TabletEncoder::BeginBlock() {
  out_.Commit(out_.Room(kEnvelopeBytes) + kEnvelopeBytes);
  block_.Begin(out_);
}

std::uint32_t TabletEncoder::Compress(std::string_view payload) {
  compressed_.clear();
  switch (options_.compression) {
    case Compression::kNone:
      return 0;
    case Compression::kSnappy:
      AppendSnappy(compressed_, payload);
      break;
    case Compression::kSnappy2013:
      AppendSnappy2013(compressed_, payload);
      break;
  }
  const bool smaller = compressed_.size() < payload.size() ||
                       (options_.keep_equal_size && compressed_.size() == payload.size());
  return smaller ? kSnappyBit : 0;
}

void TabletEncoder::EndBlock() {
  std::string_view payload = block_.Finish(out_);
  const std::uint32_t type = Compress(payload);
  if (type != 0) {
    out_.Cut(whole_ + kEnvelopeBytes);
    out_.Append(compressed_);
    payload = out_.view(whole_ + kEnvelopeBytes);
  }
  std::string envelope;
  AppendEnvelope(envelope, {.checksum = options_.checksums ? base::Crc32(payload) : 0,
                            .type = type,
                            .payload_bytes = static_cast<std::uint32_t>(payload.size())});
  const std::size_t payload_bytes = payload.size();
  if (envelope.size() > kEnvelopeBytes) static_cast<void>(out_.Room(kEnvelopeBytesMax));
  char* const begin = out_.data(whole_);
  if (envelope.size() != kEnvelopeBytes)
    std::memmove(begin + envelope.size(), begin + kEnvelopeBytes, payload_bytes);
  std::memcpy(begin, envelope.data(), envelope.size());
  const std::uint64_t offset = at();
  const std::size_t length = envelope.size() + payload_bytes;
  AppendIndexRecord(index_, {.place = {.offset = offset, .length = length}, .key = first_key_});
  whole_ += length;
  out_.Cut(whole_);
  ++summary_.blocks;
  summary_.file_bytes = at();
  BeginBlock();
}

Status TabletEncoder::Finish() {
  if (summary_.entries == 0 && !options_.empty) {
    return Error(Code::kUnsupported, "tablets of this form have at least one entry");
  }
  if (!block_.empty()) EndBlock();
  if (index_.size() > options_.index_bytes_max) {
    return Error(Code::kTooLarge,
                 "an index of " + std::to_string(index_.size()) + " bytes, allowed are " +
                     std::to_string(options_.index_bytes_max) + "; larger blocks make it smaller");
  }
  Layout layout;
  layout.meta_index = {.offset = at(), .length = kMagicBytes};
  layout.data_index = {.offset = at() + kMagicBytes, .length = index_.size()};
  std::string footer;
  AppendFooter(footer, layout);
  out_.Cut(whole_);
  for (const std::string_view part :
       {kMetaIndexMagic, std::string_view(index_), std::string_view(footer)})
    out_.Append(part);
  whole_ = out_.size();
  summary_.file_bytes = at();
  return Ok();
}

void TabletEncoder::TakeBytes() {
  // What is behind is the block being built, mostly none of it.
  taken_ += whole_;
  out_.Take(whole_);
  block_.MoveBack(whole_);
  whole_ = 0;
}

}  // namespace anystore::tablet
