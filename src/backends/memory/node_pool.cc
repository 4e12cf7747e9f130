#include "backends/memory/node_pool.h"

#include <sys/mman.h>

#include <algorithm>
#include <cstring>
#include <new>
#include <utility>

#include "base/sanitizer.h"

namespace anystore::memory {
namespace {

constexpr std::size_t kLine = 64;
/// What nodes take, in whole cache lines.
constexpr std::array<std::size_t, 2> kNodeBytes = {(sizeof(Leaf) + kLine - 1) / kLine * kLine,
                                                   (sizeof(Inner) + kLine - 1) / kLine* kLine};

/// How many freed nodes of a kind a stripe keeps at most: what one look of the reclaimer frees,
/// twice.
constexpr std::size_t kKeptMax = 128;
/// How many nodes an empty stripe gets at once.
constexpr std::size_t kRefill = 16;

/// A small store has a small slab; each is as large as all before, up to a huge page.
constexpr std::size_t kSlabBytesMin = std::size_t{1} << 14U;
constexpr std::size_t kHugePage = std::size_t{1} << 21U;

/// Copies the part of the arrays that is in use; the rest is not initialised.
void CopyUsed(const Leaf& from, Leaf& to) noexcept {
  std::copy_n(from.words, from.count, to.words);
  std::copy_n(from.records, from.count, to.records);
}
void CopyUsed(const Inner& from, Inner& to) noexcept {
  std::copy_n(from.words, from.count, to.words);
  std::copy_n(from.separators, from.count, to.separators);
  std::copy_n(from.children, from.count + 1U, to.children);
}

template <class AnyNode>
[[nodiscard]] Node* CopyOf(const AnyNode& from, AnyNode* to) noexcept {
  to->skip = from.skip;
  to->count = from.count;
  std::memcpy(to->shared, from.shared, kSharedBytesMax);
  CopyUsed(from, *to);
  return to;
}

}  // namespace

void NodePool::FreeList::Push(void* memory) noexcept {
  first = new (memory) Link{first};
  ++count;
}

void* NodePool::FreeList::Pop() noexcept {
  --count;
  return std::exchange(first, first->next);
}

void NodePool::FreeList::MoveTo(FreeList& other, std::size_t most) noexcept {
  for (; most > 0 && first != nullptr; --most) other.Push(Pop());
}

NodePool::~NodePool() {
  for (const Slab& slab : slabs_) ::operator delete(slab.memory, std::align_val_t(slab.size));
}

Node* NodePool::Clone(const Node* node, std::uint64_t birth) {
  return node->is_leaf ? CopyOf(*static_cast<const Leaf*>(node), NewLeaf(birth))
                       : CopyOf(*static_cast<const Inner*>(node), NewInner(birth));
}

void NodePool::Delete(Node* node) noexcept { Free(node, node->is_leaf ? kLeaf : kInner); }

std::size_t NodePool::slab_bytes() noexcept {
  const std::lock_guard lock(mutex_);
  return slab_bytes_;
}

void* NodePool::Allocate(Kind kind) {
  if (base::kFreedMemoryIsWatched) return ::operator new(kNodeBytes[kind]);
  Stripe& stripe = stripes_[base::CurrentStripe()];
  const std::lock_guard lock(stripe.lock);
  FreeList& list = stripe.free[kind];
  if (list.first == nullptr) Refill(list, kind);
  return list.Pop();
}

void NodePool::Free(void* memory, Kind kind) noexcept {
  if (base::kFreedMemoryIsWatched) return ::operator delete(memory);
  Stripe& stripe = stripes_[base::CurrentStripe()];
  const std::lock_guard lock(stripe.lock);
  FreeList& list = stripe.free[kind];
  list.Push(memory);
  if (list.count <= kKeptMax) return;
  const std::lock_guard common_lock(mutex_);
  list.MoveTo(common_[kind], kKeptMax / 2);
}

void NodePool::Refill(FreeList& list, Kind kind) {
  const std::lock_guard lock(mutex_);
  common_[kind].MoveTo(list, kRefill);
  while (list.count < kRefill) {
    if (static_cast<std::size_t>(fresh_end_ - fresh_) < kNodeBytes[kind]) {
      if (list.first != nullptr) return;
      AddSlab();
    }
    list.Push(std::exchange(fresh_, fresh_ + kNodeBytes[kind]));
  }
}

void NodePool::AddSlab() {
  const std::size_t size = std::clamp(slab_bytes_, kSlabBytesMin, kHugePage);
  void* const memory = ::operator new(size, std::align_val_t(size));
  slabs_.push_back({memory, size});
  slab_bytes_ += size;
  // Where there are no huge pages, small ones do.
  if (size == kHugePage) static_cast<void>(madvise(memory, size, MADV_HUGEPAGE));
  fresh_ = static_cast<std::byte*>(memory);
  fresh_end_ = fresh_ + size;
}

}  // namespace anystore::memory
