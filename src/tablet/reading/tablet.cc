#include "tablet/reading/tablet.h"

#include <algorithm>
#include <chrono>
#include <span>
#include <utility>

#include "tablet/format/constants.h"
#include "tablet/locator/side_car.h"
#include "tablet/reading/tablet_source.h"

namespace anystore::tablet {
namespace {

/// Reads exactly `size` bytes.
Result<Value> ReadBytes(File& file, std::uint64_t offset, std::uint64_t size) {
  char* data = nullptr;
  ANYSTORE_ASSIGN_OR_RETURN(Value bytes, Value::Allocate(size, &data));
  ANYSTORE_ASSIGN_OR_RETURN(const std::size_t read, file.ReadAt(offset, std::span(data, size)));
  if (read == size) return bytes;
  return Error(Code::kCorruption, "the file has become shorter while it is open");
}

Result<Value> MapFile(File& file, std::uint64_t size, Access access) {
  if (access == Access::kRead) return Value();
  Result<Value> mapped = file.Map(0, size);
  if (mapped.has_value() || access == Access::kMap) return mapped;
  return Value();  // then it is read
}

}  // namespace

Tablet::Tablet(std::string name, const ReaderOptions& options, std::shared_ptr<BlockCache> cache)
    : name_(std::move(name)), options_(options), cache_(std::move(cache)) {}

Result<std::shared_ptr<TabletReader>> TabletReader::Open(Directory& directory,
                                                         std::string_view name,
                                                         const ReaderOptions& options) {
  return Tablet::Open(directory, name, options, std::make_shared<BlockCache>(options.cache_bytes));
}

Result<std::shared_ptr<Tablet>> Tablet::Open(Directory& directory, std::string_view name,
                                             const ReaderOptions& options,
                                             std::shared_ptr<BlockCache> cache,
                                             std::optional<Fault>* fault) {
  std::shared_ptr<Tablet> tablet(new Tablet(std::string(name), options, std::move(cache)));
  ANYSTORE_ASSIGN_OR_RETURN(tablet->file_, directory.Open(name, {}));
  ANYSTORE_ASSIGN_OR_RETURN(const FileInfo info, tablet->file_->Stat());
  tablet->file_bytes_ = info.size;
  tablet->modified_ = info.modified;
  ANYSTORE_ASSIGN_OR_RETURN(const OrFault<void> read, tablet->ReadFrame());
  if (read.has_value()) {
    tablet->locator_ = FindLocator(directory, *tablet);
    // A mapping needs no descriptor.
    if (tablet->mapped()) tablet->file_.reset();
    return tablet;
  }
  if (fault != nullptr) *fault = read.error();
  return ToError(read.error(), name);
}

/// Header, footer and indexes, in the order of the checks.
Result<OrFault<void>> Tablet::ReadFrame() {
  if (file_bytes_ < kTabletBytesMin) {
    return OrFault<void>(Wrong(FaultKind::kTruncated, file_bytes_,
                               "a file of " + std::to_string(file_bytes_) + " bytes is no tablet"));
  }
  ANYSTORE_ASSIGN_OR_RETURN(mapped_, MapFile(*file_, file_bytes_, options_.access));
  if (mapped_.size() != file_bytes_) mapped_ = Value();
  ANYSTORE_ASSIGN_OR_RETURN(footer_, Bytes({file_bytes_ - kFooterBytes, kFooterBytes}));
  if (auto magic = CheckFooterMagic(footer_, file_bytes_); !magic.has_value()) return magic;
  ANYSTORE_ASSIGN_OR_RETURN(const Value header, Bytes({0, kHeaderBytes}));
  if (auto checked = CheckHeader(header); !checked.has_value()) return checked;
  auto layout = ReadFooter(footer_, file_bytes_);
  if (!layout.has_value()) return OrFault<void>(std::unexpected(std::move(layout).error()));
  layout_ = *layout;
  return ReadIndexes();
}

Result<OrFault<void>> Tablet::ReadIndexes() {
  const std::uint64_t largest = std::max(layout_.meta_index.length, layout_.data_index.length);
  if (largest > options_.index_bytes_max) {
    return OrFault<void>(Wrong(FaultKind::kLimit, layout_.meta_index.offset,
                               "an index of " + std::to_string(largest) + " bytes, allowed are " +
                                   std::to_string(options_.index_bytes_max)));
  }
  const IndexLimits limits{.key_bytes_max = options_.key_bytes_max,
                           .blocks_end = layout_.meta_index.offset};
  ANYSTORE_ASSIGN_OR_RETURN(const Value meta, Bytes(layout_.meta_index));
  auto meta_blocks = ParseMetaIndex(meta, layout_.meta_index.offset, limits);
  if (!meta_blocks.has_value())
    return OrFault<void>(std::unexpected(std::move(meta_blocks).error()));
  meta_blocks_ = std::move(*meta_blocks);
  ANYSTORE_ASSIGN_OR_RETURN(index_bytes_, Bytes(layout_.data_index));
  auto index = BlockIndex::Parse(index_bytes_, layout_.data_index.offset, limits);
  if (!index.has_value()) return OrFault<void>(std::unexpected(std::move(index).error()));
  index_ = std::move(*index);
  if (!mapped_.empty()) checked_ = std::make_unique<Checked[]>(index_.size());
  return OrFault<void>();
}

TabletIdentity Tablet::Identity() const noexcept {
  const auto since =
      std::chrono::duration_cast<std::chrono::nanoseconds>(modified_.time_since_epoch());
  return {.file_bytes = file_bytes_,
          .modified_ns = since.count(),
          .fingerprint = FingerprintOf(footer_, index_bytes_)};
}

Result<Value> Tablet::Bytes(const Extent& extent) const {
  if (!mapped_.empty()) return mapped_.Slice(extent.offset, extent.length);
  Result<Value> bytes = ReadBytes(*file_, extent.offset, extent.length);
  if (bytes.has_value()) return bytes;
  return Error(bytes.error().code(), "tablet " + Quoted(name_) + " at offset " +
                                         std::to_string(extent.offset) + ": " +
                                         std::string(bytes.error().message()))
      .WithOsError(bytes.error().os_error())
      .WithRetry(bytes.error().retry());
}

Error Tablet::ErrorOf(Fault fault, std::size_t block) const {
  fault.block = block;
  return ToError(fault, name_);
}

TabletInfo Tablet::info() const {
  TabletInfo info{.file_bytes = file_bytes_,
                  .blocks = index_.size(),
                  .index_bytes = layout_.meta_index.length + layout_.data_index.length,
                  .mapped = !mapped_.empty()};
  if (locator_.has_value()) info.locator_bytes = locator_->bytes();
  for (const MetaBlock& meta : meta_blocks_) info.meta_blocks.push_back(meta.name);
  return info;
}

BlockCache::Places& Tablet::places() const {
  std::call_once(places_made_,
                 [this] { places_ = std::make_unique<BlockCache::Places>(cache_, index_.size()); });
  return *places_;
}

Result<LoadedBlock> Tablet::Load(std::size_t block, Keep keep) const {
  if (checked_ != nullptr) {
    const Checked& checked = checked_[block];
    if (const std::uint64_t payload = checked.payload.load(std::memory_order_acquire);
        payload != 0) {
      const std::uint32_t bytes = checked.entries_bytes.load(std::memory_order_relaxed);
      return LoadedBlock{.block = Block(mapped_.bytes().substr(payload, bytes),
                                        checked.restarts.load(std::memory_order_relaxed))};
    }
  }
  if (CachedBlock cached; places().Find(block, cached)) {
    const std::string_view payload = cached.payload.bytes();
    const std::size_t restarts = (payload.size() - cached.entries_bytes) / kRestartBytes - 1;
    return LoadedBlock{.block = Block(payload.substr(0, cached.entries_bytes),
                                      static_cast<std::uint32_t>(restarts)),
                       .pin = std::move(cached.payload)};
  }
  return LoadFirst(block, keep);
}

Result<OrFault<Payload>> Tablet::ReadPayload(const Extent& place, BlockRole role) const {
  ANYSTORE_ASSIGN_OR_RETURN(const Value stored, Bytes(place));
  return OpenPayload(
      stored, role,
      {.verify_checksums = options_.verify_checksums, .bytes_max = options_.block_bytes_max},
      place.offset);
}

Result<LoadedBlock> Tablet::LoadFirst(std::size_t block, Keep keep) const {
  ANYSTORE_ASSIGN_OR_RETURN(auto read, ReadPayload(index_.place(block), BlockRole::kData));
  if (!read.has_value()) return ErrorOf(std::move(read).error(), block);
  const Payload& payload = *read;
  const auto checked = CheckInPlace(payload, block);
  if (!checked.has_value()) return ErrorOf(checked.error(), block);
  const std::size_t entries_bytes = checked->block.entries().size();
  if (!payload.compressed && !mapped_.empty()) {
    // A block is no longer than 32 bits can say.
    Checked& found = checked_[block];
    found.entries_bytes.store(static_cast<std::uint32_t>(entries_bytes), std::memory_order_relaxed);
    found.restarts.store(checked->block.restart_count(), std::memory_order_relaxed);
    found.payload.store(payload.offset, std::memory_order_release);
    return LoadedBlock{.block = checked->block};
  }
  if (keep == Keep::kYes) {
    places().Keep(block, {.payload = payload.bytes, .entries_bytes = entries_bytes});
  }
  return LoadedBlock{.block = checked->block, .pin = std::move(read->bytes)};
}

Result<OrFault<BlockReport>> Tablet::Examine(std::size_t block) const {
  ANYSTORE_ASSIGN_OR_RETURN(auto payload, ReadPayload(index_.place(block), BlockRole::kData));
  OrFault<CheckedBlock> checked = payload.has_value()
                                      ? CheckInPlace(*payload, block)
                                      : OrFault<CheckedBlock>(std::unexpected(payload.error()));
  if (!checked.has_value()) {
    checked.error().block = block;
    return OrFault<BlockReport>(std::unexpected(std::move(checked).error()));
  }
  return OrFault<BlockReport>(ReportOf(*std::move(payload), std::move(*checked)));
}

Result<OrFault<BlockReport>> Tablet::ExamineMeta(std::size_t block) const {
  ANYSTORE_ASSIGN_OR_RETURN(auto payload, ReadPayload(meta_blocks_[block].place, BlockRole::kMeta));
  if (!payload.has_value()) return OrFault<BlockReport>(std::unexpected(payload.error()));
  auto checked = CheckBlock(payload->bytes, {.key_bytes_max = options_.key_bytes_max});
  if (!checked.has_value()) {
    PlaceInFile(checked.error(), *payload);
    return OrFault<BlockReport>(std::unexpected(std::move(checked).error()));
  }
  return OrFault<BlockReport>(ReportOf(*std::move(payload), std::move(*checked)));
}

BlockReport Tablet::ReportOf(Payload payload, CheckedBlock checked) {
  return {.payload_bytes = payload.bytes.size(),
          .compressed = payload.compressed,
          .has_checksum = payload.has_checksum,
          .checked = std::move(checked),
          .payload = std::move(payload.bytes)};
}

OrFault<CheckedBlock> Tablet::CheckInPlace(const Payload& payload, std::size_t block) const {
  auto checked = CheckBlock(payload.bytes, {.key_bytes_max = options_.key_bytes_max,
                                            .java_tombstones = options_.java_tombstones});
  if (!checked.has_value()) {
    PlaceInFile(checked.error(), payload);
    return checked;
  }
  const std::string_view indexed = index_.first_key(block);
  if (checked->entries == 0)
    return Wrong(FaultKind::kFirstKey, payload.offset, "a block without entries");
  if (checked->first_key != indexed) {
    return Wrong(
        FaultKind::kFirstKey, payload.offset,
        "the first key is " + Quoted(checked->first_key) + ", in the index " + Quoted(indexed));
  }
  if (block + 1 < index_.size() && checked->last_key >= index_.first_key(block + 1)) {
    return Wrong(FaultKind::kOrder, payload.offset,
                 "the last key does not come before the first one of the next block");
  }
  return checked;
}

Result<Lookup> Tablet::Look(std::string_view key) const {
  if (index_.size() == 0) return Lookup{};
  if (locator_.has_value()) {
    Located located = LookByLocator(key);
    if (located.known) return std::move(located.said);
  }
  const std::size_t block = index_.Find(key);
  ANYSTORE_ASSIGN_OR_RETURN(const LoadedBlock loaded, Load(block, Keep::kYes));
  const EntryPlace found = FindIn(loaded.block, key);
  if (found.damaged) return DamageIn(block, found.offset);
  return found.equal ? Said(loaded, found.entry) : Lookup{};
}

Tablet::Located Tablet::LookByLocator(std::string_view key) const {
  Located located{.known = true};
  locator_->ForEach(LocatorHash(key), [&](const EntryPosition& position) {
    // A locator that fits this tablet and was not damaged has no places behind the last block. One
    // that cannot be read may be that of another key, so the index says whether this one is lost.
    located.known = position.block < index_.size();
    if (!located.known) return true;
    const Result<LoadedBlock> loaded = Load(position.block, Keep::kYes);
    located.known = loaded.has_value();
    if (!located.known) return true;
    const EntryPlace found = FindInRun(loaded->block.entries(), position.offset, key);
    located.known = !found.damaged;
    if (found.equal) located.said = Said(*loaded, found.entry);
    return found.equal || found.damaged;
  });
  return located;
}

Lookup Tablet::Said(const LoadedBlock& loaded, const WrittenEntry& entry) const {
  if (IsDeleted(entry, options_.java_tombstones)) return {.state = Lookup::State::kDeleted};
  const Value& pin = loaded.pin.empty() ? mapped_ : loaded.pin;
  const auto offset = static_cast<std::size_t>(entry.value.data() - pin.bytes().data());
  return {.state = Lookup::State::kFound, .value = pin.Slice(offset, entry.value.size())};
}

Error Tablet::DamageIn(std::size_t block, std::size_t offset) const {
  return ErrorOf({.kind = FaultKind::kMsgpack,
                  .offset = index_.place(block).offset,
                  .what = "the block has changed since it was checked, about its byte " +
                          std::to_string(offset)},
                 block);
}

std::unique_ptr<EntrySource> Tablet::NewSource(const KeyRange& range,
                                               const ScanOptions& options) const {
  if (options.reverse) return std::make_unique<BackwardSource>(shared_from_this(), range);
  return std::make_unique<ForwardSource>(shared_from_this(), range, options.limit_hint);
}

Iterator Tablet::Find(std::string_view key) const {
  return Iterator(NewSource(KeyRange::From(key), {}));
}

}  // namespace anystore::tablet
