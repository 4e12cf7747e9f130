/// The nodes of the tree: layout, search, and edits of nodes that no reader can see yet.
///
/// A node keeps, for each of its keys, eight bytes as a big-endian number in one contiguous
/// array: those behind the prefix that all its keys share. A search so touches a few cache lines
/// of the node and, at the end, the one record that it looks for; only keys that agree in those
/// eight bytes are compared in full.
///
/// Nodes are copied on write. In a published node two things may still change, each by one atomic
/// store: which record a leaf's slot holds, and which child an inner node's slot holds. Counts,
/// words and separators of a published node never change.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

#include "backends/memory/record.h"
#include "base/byte_order.h"
#include "base/spin_lock.h"

namespace anystore::memory {

/// How many records a leaf holds: its words fill eight cache lines, which are fetched at once.
inline constexpr unsigned kLeafKeysMax = 64;
/// A quarter full: with fewer keys a node looks for a neighbour to merge with.
inline constexpr unsigned kLeafKeysMin = kLeafKeysMax / 4;
/// How many separators an inner node holds; it has one child more.
inline constexpr unsigned kInnerKeysMax = 64;
/// How much of the shared prefix stands in the node itself.
inline constexpr std::size_t kSharedBytesMax = 48;

/// A key between two children, shortened to the bytes that tell them apart. Immutable, and shared
/// by all copies of the nodes it stands in.
class Separator {
 public:
  [[nodiscard]] static Separator* New(std::string_view key, std::uint64_t birth);
  static void Delete(Separator* separator) noexcept;

  [[nodiscard]] std::string_view key() const noexcept {
    return {reinterpret_cast<const char*>(this + 1), size_};
  }
  /// The number of the write that made it.
  [[nodiscard]] std::uint64_t birth() const noexcept { return birth_; }
  [[nodiscard]] std::size_t footprint() const noexcept { return sizeof(Separator) + size_; }

 private:
  Separator(std::string_view key, std::uint64_t birth) noexcept;

  std::uint64_t birth_;
  std::size_t size_;
};

/// What leaves and inner nodes have in common: one cache line.
struct Node {
  std::uint64_t birth;                ///< The number of the write that made it.
  std::uint32_t skip = 0;             ///< How many leading bytes all keys share, at least.
  std::uint16_t count = 0;            ///< How many keys.
  bool is_leaf;                       ///< Whether it is a `Leaf`, else it is an `Inner`.
  base::SpinLock lock;                ///< Of a leaf: held to change its slots (leaf_edit.h).
  char shared[kSharedBytesMax] = {};  ///< The first of the shared bytes.

 protected:
  Node(bool leaf, std::uint64_t born) noexcept : birth(born), is_leaf(leaf) {}
};

/// A node of records, by ascending key.
struct Leaf : Node {
  explicit Leaf(std::uint64_t born) noexcept : Node(true, born) {}
  std::uint64_t words[kLeafKeysMax];
  Record* records[kLeafKeysMax];
};

/// A node of children. Keys below `separators[i]` are under `children[i]` or before, all others
/// behind it.
struct Inner : Node {
  explicit Inner(std::uint64_t born) noexcept : Node(false, born) {}
  std::uint64_t words[kInnerKeysMax];
  Node* children[kInnerKeysMax + 1];
  Separator* separators[kInnerKeysMax];
};

inline Leaf* AsLeaf(Node* node) noexcept { return static_cast<Leaf*>(node); }
inline Inner* AsInner(Node* node) noexcept { return static_cast<Inner*>(node); }

// The slots that change under readers. Sequentially consistent on both sides: a reader announces
// itself before it loads a slot, a writer stores the slot before it looks for readers, and one of
// the two must see the other (base/epoch.h). On x86 such a load costs nothing.

[[nodiscard]] inline Record* LoadRecord(Leaf* leaf, unsigned index) noexcept {
  return std::atomic_ref(leaf->records[index]).load(std::memory_order_seq_cst);
}
inline void PublishRecord(Leaf* leaf, unsigned index, Record* record) noexcept {
  std::atomic_ref(leaf->records[index]).store(record, std::memory_order_seq_cst);
}
[[nodiscard]] inline Node* LoadChild(Inner* inner, unsigned index) noexcept {
  return std::atomic_ref(inner->children[index]).load(std::memory_order_seq_cst);
}
inline void PublishChild(Inner* inner, unsigned index, Node* child) noexcept {
  std::atomic_ref(inner->children[index]).store(child, std::memory_order_seq_cst);
}

/// Eight bytes of `key` from `skip` on as a number: words order as these bytes do, a missing byte
/// before any other.
[[nodiscard]] inline std::uint64_t WordAt(std::string_view key, std::size_t skip) noexcept {
  if (skip + sizeof(std::uint64_t) <= key.size()) [[likely]] {
    return base::LoadBig<std::uint64_t>(key.data() + skip);
  }
  char padded[sizeof(std::uint64_t)] = {};
  if (skip < key.size()) std::memcpy(padded, key.data() + skip, key.size() - skip);
  return base::LoadBig<std::uint64_t>(padded);
}

/// The first of `count` ascending words that is not below `word`. Without branches on the data:
/// what a random search would mispredict costs more than the search.
[[nodiscard]] inline unsigned LowerBoundWord(const std::uint64_t* words, unsigned count,
                                             std::uint64_t word) noexcept {
  const std::uint64_t* first = words;
  while (count > 1) {
    const unsigned half = count / 2;
    first += static_cast<unsigned>(first[half - 1] < word) * half;
    count -= half;
  }
  return static_cast<unsigned>(first - words) + static_cast<unsigned>(count == 1 && *first < word);
}

/// The record of `key` in the leaf where it must be; null when there is none.
[[nodiscard]] Record* FindInLeaf(Leaf* leaf, std::string_view key) noexcept;
/// The first slot whose key is not before `key`; the count when there is none.
[[nodiscard]] unsigned LowerBound(Leaf* leaf, std::string_view key) noexcept;
/// Whether `key` is the key at `index`, the first that is not before it.
[[nodiscard]] bool IsAt(Leaf* leaf, unsigned index, std::string_view key) noexcept;
/// The child under which `key` must be.
[[nodiscard]] unsigned ChildFor(Inner* inner, std::string_view key) noexcept;

/// Starts to load what a search of `node` will touch, all lines at once.
inline void Prefetch(const Node* node) noexcept {
  constexpr std::size_t kLine = 64;
  constexpr std::size_t kLines = sizeof(Leaf) / kLine;
  const char* const at = reinterpret_cast<const char*>(node);
  for (std::size_t line = 0; line < kLines; ++line) __builtin_prefetch(at + line * kLine);
}

/// How many bytes of memory the node takes.
[[nodiscard]] std::size_t Footprint(const Node* node) noexcept;

// Edits. `node` belongs to the write in progress, and no reader sees it.

/// Puts a record into slot `index`, pushing later ones back. Requires: the leaf is not full.
void InsertRecord(Leaf* leaf, unsigned index, Record* record) noexcept;
/// Takes the records of slots [first, last) out.
void EraseRecords(Leaf* leaf, unsigned first, unsigned last) noexcept;
/// Puts a separator at `index` and `right` behind it. Requires: the node is not full.
void InsertChild(Inner* inner, unsigned index, Separator* separator, Node* right) noexcept;
/// Takes child `index` out, and returns the separator that goes with it.
[[nodiscard]] Separator* EraseChild(Inner* inner, unsigned index) noexcept;
/// Exchanges the separator at `index`; returns the old one.
[[nodiscard]] Separator* ReplaceSeparator(Inner* inner, unsigned index,
                                          Separator* separator) noexcept;
/// Moves the records from slot `from` on to the empty leaf `right`.
void SplitLeaf(Leaf* left, unsigned from, Leaf* right) noexcept;
/// Moves everything behind the separator at `middle` to the empty node `right`; returns that
/// separator, which is then in neither.
[[nodiscard]] Separator* SplitInner(Inner* left, unsigned middle, Inner* right) noexcept;
/// Makes `records` the leaf's content. Requires: they fit.
void FillLeaf(Leaf* leaf, std::span<Record* const> records) noexcept;
/// Makes these the node's content. Requires: they fit; one child more than separators.
void FillInner(Inner* inner, std::span<Separator* const> separators,
               std::span<Node* const> children) noexcept;
/// A key that is not before `right` and behind `left`, as short as can be.
[[nodiscard]] std::string_view Shortest(std::string_view left, std::string_view right) noexcept;

}  // namespace anystore::memory
