/// The index of data blocks: where each lies, and its first key (docs/formats/tablet.md,
/// "Indexes").
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tablet/format/layout.h"
#include "tablet/format/or_fault.h"

namespace anystore::tablet {

/// A record of either index: of a block, its place and its first key or name.
struct IndexRecord {
  Extent place = {};
  std::string_view key = {};
};

/// The most that is taken of an index.
struct IndexLimits {
  std::uint64_t key_bytes_max = 0;
  /// Where the meta index begins: blocks end before it.
  std::uint64_t blocks_end = 0;
};

/// Reads an index, its magic included, one record after the other.
class IndexParser {
 public:
  /// `offset`: where the index stands in the file.
  IndexParser(std::string_view index, std::uint64_t offset, const IndexLimits& limits)
      : limits_(limits), offset_(offset + index.size()), rest_(index) {}

  /// Takes the magic.
  [[nodiscard]] OrFault<void> TakeMagic(std::string_view magic);
  [[nodiscard]] bool at_end() const noexcept { return rest_.empty(); }
  /// Takes a record.
  ///
  /// Requires: `at_end` is false.
  [[nodiscard]] OrFault<IndexRecord> Next();
  /// Where in the file the next record stands.
  [[nodiscard]] std::uint64_t at() const noexcept { return offset_ - rest_.size(); }

 private:
  IndexLimits limits_;
  std::uint64_t offset_;  // of the end
  std::string_view rest_;
};

void AppendIndexRecord(std::string& out, const IndexRecord& record);

/// A meta block: its place and its name.
struct MetaBlock {
  Extent place = {};
  std::string name = {};
};

/// Reads the index of meta blocks.
[[nodiscard]] OrFault<std::vector<MetaBlock>> ParseMetaIndex(std::string_view bytes,
                                                             std::uint64_t offset,
                                                             const IndexLimits& limits);

/// The index of data blocks, ready to be searched.
///
/// Threads: immutable.
class BlockIndex {
 public:
  BlockIndex() = default;
  /// Reads the index of data blocks; `bytes` must outlive this.
  [[nodiscard]] static OrFault<BlockIndex> Parse(std::string_view bytes, std::uint64_t offset,
                                                 const IndexLimits& limits);

  [[nodiscard]] std::size_t size() const noexcept { return places_.size(); }
  [[nodiscard]] const Extent& place(std::size_t block) const noexcept { return places_[block]; }
  [[nodiscard]] std::string_view first_key(std::size_t block) const noexcept {
    return bytes_.substr(keys_[block].offset, keys_[block].size);
  }
  /// The only block that can hold `key`: the last whose first key is not after it, or else the
  /// first one.
  ///
  /// Requires: there is a block.
  [[nodiscard]] std::size_t Find(std::string_view key) const noexcept;

 private:
  struct KeyPlace {
    std::uint32_t offset = 0;
    std::uint32_t size = 0;
  };

  std::string_view bytes_ = {};
  std::vector<Extent> places_ = {};
  std::vector<KeyPlace> keys_ = {};
  std::size_t shared_ = 0;                    // bytes that all first keys begin with
  std::vector<std::uint64_t> prefixes_ = {};  // of first keys, behind those
};

}  // namespace anystore::tablet
