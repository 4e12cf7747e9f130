#include "backends/memory/node.h"

#include <algorithm>
#include <bit>
#include <new>
#include <utility>

namespace anystore::memory {
namespace {

static_assert(sizeof(Node) == 64, "a node's header is one cache line");

/// Rebuilding a node's words reads every key, so it waits until half of each word is wasted.
constexpr int kWastedBitsMax = 32;

[[nodiscard]] std::string_view KeyOf(Leaf* leaf, unsigned index) noexcept {
  return LoadRecord(leaf, index)->key();
}
[[nodiscard]] std::string_view KeyOf(Inner* inner, unsigned index) noexcept {
  return inner->separators[index]->key();
}

[[nodiscard]] std::size_t CommonPrefix(std::string_view a, std::string_view b) noexcept {
  return static_cast<std::size_t>(std::ranges::mismatch(a, b).in1 - a.begin());
}

/// Whether `key` begins with the bytes that all keys of the node share: 0, or if not whether it is
/// before (-1) or behind (1) all of them.
template <class AnyNode>
[[nodiscard]] int CompareShared(AnyNode* node, std::string_view key) noexcept {
  const std::size_t inlined = std::min<std::size_t>(node->skip, kSharedBytesMax);
  int order = key.substr(0, inlined).compare({node->shared, inlined});
  if (order == 0 && node->skip > inlined) [[unlikely]] {
    const std::size_t rest = node->skip - inlined;
    order = key.substr(inlined, rest).compare(KeyOf(node, 0).substr(inlined, rest));
  }
  return order;
}

/// The first key of the node that is not before `key`, or with `kBehind` the first behind it.
/// Requires: `key` begins with the shared bytes.
template <bool kBehind, class AnyNode>
[[nodiscard]] unsigned Bound(AnyNode* node, std::string_view key) noexcept {
  const std::uint64_t word = WordAt(key, node->skip);
  unsigned first = LowerBoundWord(node->words, node->count, word);
  unsigned last = first;
  while (last < node->count && node->words[last] == word) ++last;
  const std::string_view rest = key.substr(node->skip);
  while (first < last) {
    const unsigned middle = first + (last - first) / 2;
    const int order = KeyOf(node, middle).substr(node->skip).compare(rest);
    if (kBehind ? order <= 0 : order < 0) {
      first = middle + 1;
    } else {
      last = middle;
    }
  }
  return first;
}

template <bool kBehind, class AnyNode>
[[nodiscard]] unsigned CheckedBound(AnyNode* node, std::string_view key) noexcept {
  if (node->skip != 0) {
    const int order = CompareShared(node, key);
    if (order != 0) return order < 0 ? 0 : node->count;
  }
  return Bound<kBehind>(node, key);
}

/// Makes `skip` the node's prefix length and computes its words anew.
template <class AnyNode>
void Rebase(AnyNode* node, std::size_t skip) noexcept {
  node->skip = static_cast<std::uint32_t>(skip);
  if (node->count == 0) return;
  const std::size_t inlined = std::min(skip, kSharedBytesMax);
  std::memcpy(node->shared, KeyOf(node, 0).data(), inlined);
  for (unsigned i = 0; i < node->count; ++i) node->words[i] = WordAt(KeyOf(node, i), skip);
}

/// Lets the node share no more bytes with its keys than `key` does, which is about to come in.
template <class AnyNode>
void MakeRoomInPrefix(AnyNode* node, std::string_view key) noexcept {
  if (node->skip != 0 && CompareShared(node, key) != 0) {
    Rebase(node, CommonPrefix(KeyOf(node, 0), key));
  }
}

/// After keys went: takes longer shared prefixes out of the words where that pays.
template <class AnyNode>
void Tighten(AnyNode* node) noexcept {
  if (node->count < 2) return;
  const unsigned last = node->count - 1U;
  if (std::countl_zero(node->words[0] ^ node->words[last]) < kWastedBitsMax) return;
  Rebase(node, CommonPrefix(KeyOf(node, 0), KeyOf(node, last)));
}

/// Computes words and prefix anew for `count` keys.
template <class AnyNode>
void Refill(AnyNode* node, std::size_t count) noexcept {
  node->count = static_cast<std::uint16_t>(count);
  Rebase(node, count == 0 ? 0 : CommonPrefix(KeyOf(node, 0), KeyOf(node, node->count - 1U)));
}

/// Moves the slots [from, end) so that they begin at `to`.
template <class T>
void Shift(T* slots, unsigned from, unsigned to, unsigned end) noexcept {
  if (from < to) {
    std::copy_backward(slots + from, slots + end, slots + end + (to - from));
  } else {
    std::copy(slots + from, slots + end, slots + to);
  }
}

void TakeShared(const Node* from, Node* to) noexcept {
  to->skip = from->skip;
  std::memcpy(to->shared, from->shared, kSharedBytesMax);
}

}  // namespace

Separator* Separator::New(std::string_view key, std::uint64_t birth) {
  return new (::operator new(sizeof(Separator) + key.size())) Separator(key, birth);
}

void Separator::Delete(Separator* separator) noexcept { ::operator delete(separator); }

Separator::Separator(std::string_view key, std::uint64_t birth) noexcept
    : birth_(birth), size_(key.size()) {
  std::ranges::copy(key, reinterpret_cast<char*>(this + 1));
}

Record* FindInLeaf(Leaf* leaf, std::string_view key) noexcept {
  // Whether the shared bytes agree is not looked at here: the full comparison at the end finds
  // out, and saves the look.
  const std::uint64_t word = WordAt(key, leaf->skip);
  const unsigned count = leaf->count;
  const unsigned first = LowerBoundWord(leaf->words, count, word);
  if (first == count || leaf->words[first] != word) return nullptr;
  if (first + 1 == count || leaf->words[first + 1] != word) [[likely]] {
    Record* const record = LoadRecord(leaf, first);
    return record->key() == key ? record : nullptr;
  }
  const unsigned index = LowerBound(leaf, key);
  if (index == count) return nullptr;
  Record* const record = LoadRecord(leaf, index);
  return record->key() == key ? record : nullptr;
}

unsigned LowerBound(Leaf* leaf, std::string_view key) noexcept {
  return CheckedBound<false>(leaf, key);
}

bool IsAt(Leaf* leaf, unsigned index, std::string_view key) noexcept {
  // Most keys that are not there differ in the word, which spares the record's line.
  return index < leaf->count && leaf->words[index] == WordAt(key, leaf->skip) &&
         KeyOf(leaf, index) == key;
}

unsigned ChildFor(Inner* inner, std::string_view key) noexcept {
  return CheckedBound<true>(inner, key);
}

std::size_t Footprint(const Node* node) noexcept {
  return node->is_leaf ? sizeof(Leaf) : sizeof(Inner);
}

void InsertRecord(Leaf* leaf, unsigned index, Record* record) noexcept {
  MakeRoomInPrefix(leaf, record->key());
  Shift(leaf->words, index, index + 1, leaf->count);
  Shift(leaf->records, index, index + 1, leaf->count);
  leaf->words[index] = WordAt(record->key(), leaf->skip);
  leaf->records[index] = record;
  ++leaf->count;
}

void EraseRecords(Leaf* leaf, unsigned first, unsigned last) noexcept {
  Shift(leaf->words, last, first, leaf->count);
  Shift(leaf->records, last, first, leaf->count);
  leaf->count = static_cast<std::uint16_t>(leaf->count - (last - first));
  if (leaf->count == 0) leaf->skip = 0;
}

void InsertChild(Inner* inner, unsigned index, Separator* separator, Node* right) noexcept {
  MakeRoomInPrefix(inner, separator->key());
  Shift(inner->words, index, index + 1, inner->count);
  Shift(inner->separators, index, index + 1, inner->count);
  Shift(inner->children, index + 1, index + 2, inner->count + 1U);
  inner->words[index] = WordAt(separator->key(), inner->skip);
  inner->separators[index] = separator;
  inner->children[index + 1] = right;
  ++inner->count;
}

Separator* EraseChild(Inner* inner, unsigned index) noexcept {
  const unsigned at = index == 0 ? 0 : index - 1;
  Separator* const separator = inner->separators[at];
  Shift(inner->children, index + 1, index, inner->count + 1U);
  Shift(inner->words, at + 1, at, inner->count);
  Shift(inner->separators, at + 1, at, inner->count);
  --inner->count;
  if (inner->count == 0) inner->skip = 0;
  return separator;
}

Separator* ReplaceSeparator(Inner* inner, unsigned index, Separator* separator) noexcept {
  MakeRoomInPrefix(inner, separator->key());
  inner->words[index] = WordAt(separator->key(), inner->skip);
  return std::exchange(inner->separators[index], separator);
}

void SplitLeaf(Leaf* left, unsigned from, Leaf* right) noexcept {
  const unsigned moved = left->count - from;
  std::copy_n(left->words + from, moved, right->words);
  std::copy_n(left->records + from, moved, right->records);
  if (moved != 0) TakeShared(left, right);
  right->count = static_cast<std::uint16_t>(moved);
  left->count = static_cast<std::uint16_t>(from);
  Tighten(left);
  Tighten(right);
}

Separator* SplitInner(Inner* left, unsigned middle, Inner* right) noexcept {
  const unsigned moved = left->count - middle - 1;
  std::copy_n(left->words + middle + 1, moved, right->words);
  std::copy_n(left->separators + middle + 1, moved, right->separators);
  std::copy_n(left->children + middle + 1, moved + 1, right->children);
  TakeShared(left, right);
  right->count = static_cast<std::uint16_t>(moved);
  left->count = static_cast<std::uint16_t>(middle);
  Tighten(left);
  Tighten(right);
  return left->separators[middle];
}

void FillLeaf(Leaf* leaf, std::span<Record* const> records) noexcept {
  std::ranges::copy(records, leaf->records);
  Refill(leaf, records.size());
}

void FillInner(Inner* inner, std::span<Separator* const> separators,
               std::span<Node* const> children) noexcept {
  std::ranges::copy(separators, inner->separators);
  std::ranges::copy(children, inner->children);
  Refill(inner, separators.size());
}

std::string_view Shortest(std::string_view left, std::string_view right) noexcept {
  return right.substr(0, CommonPrefix(left, right) + 1);
}

}  // namespace anystore::memory
