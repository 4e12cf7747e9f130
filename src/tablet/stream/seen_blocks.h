/// `SeenBlocks`: remembers the blocks of a stream in little memory, until the indexes come that
/// list them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "tablet/format/constants.h"
#include "tablet/format/layout.h"
#include "tablet/format/or_fault.h"
#include "tablet/index/block_index.h"

namespace anystore::tablet {

/// Data blocks, which follow each other from the header on. Up to `kMarksMax` of them a difference
/// is told for the block that has it; with more, for a group of blocks, so that memory does not
/// grow with the file.
///
/// Threads: single-thread.
class SeenDataBlocks {
 public:
  static constexpr std::size_t kMarksMax = 4096;

  /// A block that ends at `end`.
  void Add(std::uint64_t end, std::string_view first_key);
  [[nodiscard]] std::uint64_t count() const noexcept { return count_; }

  /// Holds the next record of the index, which stands at `offset`, against what was seen.
  [[nodiscard]] OrFault<void> Meet(const IndexRecord& record, std::uint64_t offset);
  /// How many records of the index were met.
  [[nodiscard]] std::uint64_t met_count() const noexcept { return met_count_; }
  /// The index, which stands at `offset`, has ended.
  [[nodiscard]] OrFault<void> FinishIndex(std::uint64_t offset) const;

 private:
  /// What is known up to the end of a block.
  struct Mark {
    std::uint64_t end = kHeaderBytes;
    std::uint64_t digest = 0;  // of the lengths and first keys
  };

  static void Extend(Mark& mark, std::uint64_t end, std::string_view first_key) noexcept;
  [[nodiscard]] OrFault<void> Compare(const Mark& seen, std::uint64_t offset) const;

  std::uint64_t count_ = 0;
  Mark last_ = {};
  std::vector<Mark> marks_ = {};  // of every `stride_`-th block
  std::uint64_t stride_ = 1;
  std::uint64_t met_count_ = 0;  // records of the index
  Mark met_ = {};                // what they say
};

/// Meta blocks, which their index may list in any order.
///
/// Threads: single-thread.
class SeenMetaBlocks {
 public:
  void Add(const Extent& place) noexcept;
  [[nodiscard]] bool empty() const noexcept { return seen_.count == 0; }

  /// A record of the index.
  void Meet(const Extent& place) noexcept;
  /// The index, which stands at `offset`, has ended.
  [[nodiscard]] OrFault<void> FinishIndex(std::uint64_t offset) const;

 private:
  struct Sum {
    std::uint64_t count = 0;
    std::uint64_t digests = 0;

    friend bool operator==(const Sum&, const Sum&) = default;
  };

  static void Extend(Sum& sum, const Extent& place) noexcept;

  Sum seen_ = {};
  Sum met_ = {};
};

}  // namespace anystore::tablet
