#include "tablet/stream/stream_parser.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "tablet/format/constants.h"

namespace anystore::tablet {
namespace {

/// Where blocks end and the meta index begins; no envelope begins so.
constexpr std::string_view kBlocksEnd = kMetaIndexMagic.substr(0, 2);

BlockRole RoleOf(const Envelope& envelope) noexcept {
  return (envelope.type & kMetaBit) == 0 ? BlockRole::kData : BlockRole::kMeta;
}

}  // namespace

Result<OrFault<std::optional<StreamedBlock>>> StreamParser::Take(std::string_view& bytes) {
  using Taken = OrFault<std::optional<StreamedBlock>>;
  while (!bytes.empty()) {
    if (part_ == Part::kBlocks) {
      ANYSTORE_ASSIGN_OR_RETURN(Taken taken, TakeBlock(bytes));
      if (!taken.has_value() || taken->has_value()) return taken;
      continue;
    }
    auto taken = part_ == Part::kHeader ? TakeHeader(bytes) : TakeIndexes(bytes);
    if (!taken.has_value()) return Taken(std::unexpected(std::move(taken).error()));
  }
  summary_.file_bytes = position_ + window().size();
  return Taken();
}

std::optional<std::string_view> StreamParser::Gather(std::string_view& bytes, std::size_t size) {
  if (held_.empty() && bytes.size() >= size) return bytes.substr(0, size);
  const std::string_view more = bytes.substr(0, size - held_.size());
  // Room for what has come, and never for more than the block: it may only claim to be large.
  const std::size_t now = held_.size() + more.size();
  if (now > held_.capacity()) held_.reserve(std::min(size, std::max(now, 2 * held_.capacity())));
  held_.append(more);
  bytes.remove_prefix(more.size());
  if (held_.size() < size) return {};
  return held_;
}

void StreamParser::Drop(std::string_view& bytes, std::size_t size, bool was_held) {
  if (was_held) {
    held_.clear();
  } else {
    bytes.remove_prefix(size);
  }
  position_ += size;
  summary_.file_bytes = position_;
}

OrFault<void> StreamParser::TakeHeader(std::string_view& bytes) {
  const auto header = Gather(bytes, kHeaderBytes);
  if (!header.has_value()) return {};
  if (auto checked = CheckHeader(*header); !checked.has_value()) return checked;
  Drop(bytes, kHeaderBytes, !held_.empty());
  part_ = Part::kBlocks;
  return {};
}

OrFault<void> StreamParser::TakeEnvelope(std::string_view& bytes) {
  if (held_.empty()) {
    auto tried = TryEnvelope(bytes.substr(0, kEnvelopeBytesMax));
    if (!tried.has_value() || envelope_.has_value() || part_ != Part::kBlocks) return tried;
    held_.assign(bytes);
    bytes = {};
    return {};
  }
  while (!envelope_.has_value() && part_ == Part::kBlocks && !bytes.empty()) {
    held_.push_back(bytes.front());
    bytes.remove_prefix(1);
    if (auto tried = TryEnvelope(held_); !tried.has_value()) return tried;
  }
  return {};
}

OrFault<void> StreamParser::TryEnvelope(std::string_view front) {
  if (front.starts_with(kBlocksEnd)) {
    part_ = Part::kMetaIndex;
    layout_.meta_index.offset = position_;
    return {};
  }
  auto envelope = ReadEnvelope(front, position_);
  if (!envelope.has_value()) {
    if (envelope.error().kind == FaultKind::kTruncated) return {};
    envelope.error().block = BlockNumber();
    return std::unexpected(std::move(envelope).error());
  }
  if (auto checked = CheckEnvelope(*envelope); !checked.has_value()) {
    checked.error().block = BlockNumber();
    return checked;
  }
  envelope_ = *envelope;
  return {};
}

/// What can be told before the payload has come, which may be large.
OrFault<void> StreamParser::CheckEnvelope(const Envelope& envelope) const {
  if (auto type = CheckType(envelope.type, RoleOf(envelope), position_); !type.has_value())
    return type;
  if (RoleOf(envelope) == BlockRole::kData && !meta_.empty())
    return Wrong(FaultKind::kType, position_, "a data block behind a meta block");
  if (envelope.payload_bytes > options_.block_bytes_max) {
    return Wrong(FaultKind::kLimit, position_,
                 "a block that is stored as " + std::to_string(envelope.payload_bytes) +
                     " bytes, allowed are " + std::to_string(options_.block_bytes_max));
  }
  return {};
}

Result<Value> StreamParser::Keep(std::string_view stored) {
  if (!held_.empty()) return Value::Take(std::exchange(held_, {}));
  char* data = nullptr;
  ANYSTORE_ASSIGN_OR_RETURN(Value kept, Value::Allocate(stored.size(), &data));
  std::memcpy(data, stored.data(), stored.size());
  return kept;
}

Result<OrFault<std::optional<StreamedBlock>>> StreamParser::TakeBlock(std::string_view& bytes) {
  using Taken = OrFault<std::optional<StreamedBlock>>;
  if (!envelope_.has_value()) {
    if (auto taken = TakeEnvelope(bytes); !taken.has_value())
      return Taken(std::unexpected(std::move(taken).error()));
    if (!envelope_.has_value()) return Taken();
  }
  const std::size_t length = envelope_->bytes + envelope_->payload_bytes;
  const auto stored = Gather(bytes, length);
  if (!stored.has_value()) return Taken();
  const bool compressed = (envelope_->type & kSnappyBit) != 0;
  const bool was_held = !held_.empty();
  Value block = Value::Forever(*stored);  // as long as it takes to decompress it
  if (!compressed) {
    ANYSTORE_ASSIGN_OR_RETURN(block, Keep(*stored));
  }
  ANYSTORE_ASSIGN_OR_RETURN(auto payload,
                            OpenPayload(block, RoleOf(*envelope_),
                                        {.verify_checksums = options_.verify_checksums,
                                         .bytes_max = options_.block_bytes_max},
                                        position_));
  auto accepted = payload.has_value()
                      ? AcceptBlock(*payload, length)
                      : OrFault<StreamedBlock>(std::unexpected(std::move(payload).error()));
  if (!accepted.has_value()) {
    if (RoleOf(*envelope_) == BlockRole::kData) accepted.error().block = data_.count();
    return Taken(std::unexpected(std::move(accepted).error()));
  }
  const bool is_data = RoleOf(*envelope_) == BlockRole::kData;
  envelope_.reset();
  Drop(bytes, length, was_held);
  if (!is_data) return Taken();
  return Taken(*std::move(accepted));
}

OrFault<StreamedBlock> StreamParser::AcceptBlock(const Payload& payload, std::uint64_t length) {
  auto checked = CheckBlock(payload.bytes, {.key_bytes_max = options_.key_bytes_max,
                                            .java_tombstones = options_.java_tombstones});
  if (!checked.has_value()) {
    PlaceInFile(checked.error(), payload);
    return std::unexpected(std::move(checked).error());
  }
  if (RoleOf(*envelope_) == BlockRole::kMeta) {
    meta_.Add({.offset = position_, .length = length});
    return StreamedBlock();
  }
  if (checked->entries == 0)
    return Wrong(FaultKind::kFirstKey, payload.offset, "a block without entries");
  if (data_.count() > 0 && checked->first_key <= last_key_) {
    return Wrong(FaultKind::kOrder, payload.offset,
                 "the first key does not come after the last one of the block before");
  }
  data_.Add(position_ + length, checked->first_key);
  last_key_ = std::move(checked->last_key);
  ++summary_.blocks;
  summary_.entries += checked->entries;
  summary_.deletions += checked->deleted;
  summary_.key_bytes += checked->key_bytes;
  summary_.value_bytes += checked->value_bytes;
  return StreamedBlock{.block = checked->block, .pin = payload.bytes};
}

}  // namespace anystore::tablet
