/// `Tablet`: the one implementation of `TabletReader`, with what stacks and checks need beside.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "anystore/filesystem.h"
#include "anystore/key_range.h"
#include "anystore/tablet/reader.h"
#include "anystore/value.h"
#include "tablet/block/block.h"
#include "tablet/block/payload.h"
#include "tablet/format/envelope.h"
#include "tablet/format/layout.h"
#include "tablet/index/block_index.h"
#include "tablet/locator/locator.h"
#include "tablet/reading/block_cache.h"
#include "tablet/reading/entry_source.h"
#include "tablet/reading/sorted_run.h"

namespace anystore::tablet {

/// A data block in memory, found right. Lives as long as its tablet and, where it pins a payload,
/// as that.
struct LoadedBlock {
  Block block = {};
  Value pin = {};  // empty: the mapped file
};

/// A block that was read whole and found right.
struct BlockReport {
  std::uint64_t payload_bytes = 0;
  bool compressed = false;
  bool has_checksum = false;
  CheckedBlock checked = {};
  Value payload = {};  // what `checked.block` lies in
};

/// Whether a block that had to be read is put into the cache.
enum class Keep : std::uint8_t { kNo, kYes };

/// Threads: thread-safe.
class Tablet final : public TabletReader,
                     public SortedRun,
                     public std::enable_shared_from_this<Tablet> {
 public:
  /// As `TabletReader::Open`, with a cache that others share. `*fault`, unless that is null, is
  /// what is wrong with the tablet, if that is why it fails.
  [[nodiscard]] static Result<std::shared_ptr<Tablet>> Open(Directory& directory,
                                                            std::string_view name,
                                                            const ReaderOptions& options,
                                                            std::shared_ptr<BlockCache> cache,
                                                            std::optional<Fault>* fault = nullptr);

  [[nodiscard]] const std::string& name() const noexcept override { return name_; }
  [[nodiscard]] TabletInfo info() const override;
  [[nodiscard]] Result<Lookup> Get(std::string_view key) const override { return Look(key); }
  [[nodiscard]] Iterator Find(std::string_view key) const override;

  [[nodiscard]] const ReaderOptions& options() const noexcept { return options_; }
  [[nodiscard]] const BlockIndex& index() const noexcept { return index_; }
  /// Whether its blocks are mapped.
  [[nodiscard]] bool mapped() const noexcept { return !mapped_.empty(); }
  [[nodiscard]] const std::vector<MetaBlock>& meta_blocks() const noexcept { return meta_blocks_; }
  /// Which tablet this is, to its locator. Hashes the index.
  [[nodiscard]] TabletIdentity Identity() const noexcept;
  [[nodiscard]] Result<Lookup> Look(std::string_view key) const override;
  [[nodiscard]] std::unique_ptr<EntrySource> NewSource(const KeyRange& range,
                                                       const ScanOptions& options) const override;
  /// A data block, checked when it is loaded first.
  ///
  /// Errors: corruption, unsupported, too_large · io_error, resource_exhausted.
  [[nodiscard]] Result<LoadedBlock> Load(std::size_t block, Keep keep) const;
  /// Reads a block anew and checks it.
  ///
  /// Errors: io_error, resource_exhausted.
  [[nodiscard]] Result<OrFault<BlockReport>> Examine(std::size_t block) const;
  [[nodiscard]] Result<OrFault<BlockReport>> ExamineMeta(std::size_t block) const;
  /// An error about a data block.
  [[nodiscard]] Error ErrorOf(Fault fault, std::size_t block) const;
  /// The error of a block that was found right and is damaged now, somewhere near `offset`.
  [[nodiscard]] Error DamageIn(std::size_t block, std::size_t offset) const;

 private:
  /// Where a mapped block that is not compressed was found right.
  struct Checked {
    std::atomic<std::uint64_t> payload = 0;  // offset in the file; 0: not checked yet
    std::atomic<std::uint32_t> entries_bytes = 0;
    std::atomic<std::uint32_t> restarts = 0;
  };

  Tablet(std::string name, const ReaderOptions& options, std::shared_ptr<BlockCache> cache);

  /// What a locator said of a key.
  struct Located {
    bool known = false;  // `said` is the answer; otherwise the index must be asked
    Lookup said = {};
  };

  [[nodiscard]] Located LookByLocator(std::string_view key) const;
  [[nodiscard]] Lookup Said(const LoadedBlock& loaded, const WrittenEntry& entry) const;
  Result<OrFault<void>> ReadFrame();
  Result<OrFault<void>> ReadIndexes();
  /// Bytes of the file: a part of the mapping, or read.
  [[nodiscard]] Result<Value> Bytes(const Extent& extent) const;
  [[nodiscard]] Result<LoadedBlock> LoadFirst(std::size_t block, Keep keep) const;
  [[nodiscard]] Result<OrFault<Payload>> ReadPayload(const Extent& place, BlockRole role) const;
  [[nodiscard]] OrFault<CheckedBlock> CheckInPlace(const Payload& payload, std::size_t block) const;
  [[nodiscard]] static BlockReport ReportOf(Payload payload, CheckedBlock checked);
  [[nodiscard]] BlockCache::Places& places() const;

  const std::string name_;
  const ReaderOptions options_;
  const std::shared_ptr<BlockCache> cache_;
  std::unique_ptr<File> file_ = {};
  std::uint64_t file_bytes_ = 0;
  Instant modified_ = {};
  Value mapped_ = {};  // the whole file, or nothing
  Layout layout_ = {};
  Value footer_ = {};
  Value index_bytes_ = {};
  BlockIndex index_ = {};
  std::vector<MetaBlock> meta_blocks_ = {};
  std::unique_ptr<Checked[]> checked_ = {};
  std::optional<Locator> locator_ = {};
  mutable std::once_flag places_made_ = {};
  mutable std::unique_ptr<BlockCache::Places> places_ = {};
};

}  // namespace anystore::tablet
