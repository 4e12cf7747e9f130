/// `Value`: read-only bytes that a store hands out, owned or pinned.
///
/// A value either owns a buffer or pins one that a store keeps (a tree leaf, a cache block), so a
/// read need not copy. It pins memory by count, never an engine's handle: it stays valid after
/// the record is overwritten, the store closed and the `Store` destroyed.
///
///     const anystore::Value value = anystore::Value::Copy("hello");
///     const anystore::Value same = value;             // shares the bytes
///     const std::string_view hell = value.bytes().substr(0, 4);
///     assert(same.bytes().starts_with(hell));
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "anystore/error.h"
#include "anystore/export.h"

namespace anystore {

/// The counted memory behind a `Value`: what a backend derives from to hand out bytes it keeps.
///
/// Starts with one reference, which belongs to whoever made it. When the last one goes,
/// `destroy` is called, on the thread that let go.
///
/// Threads: thread-safe.
class ValueOwner {
 public:
  /// Frees the owner and its bytes. Must not call back into the store.
  using Destroy = void (*)(ValueOwner* owner) noexcept;

  /// An owner with one reference.
  explicit ValueOwner(Destroy destroy) noexcept : destroy_(destroy) {}
  ValueOwner(const ValueOwner&) = delete;
  ValueOwner& operator=(const ValueOwner&) = delete;

  /// Adds a reference.
  void Retain() noexcept { references_.fetch_add(1, std::memory_order_relaxed); }
  /// Drops a reference; the last one destroys the owner.
  void Release() noexcept {
    if (references_.load(std::memory_order_acquire) == 1 ||
        references_.fetch_sub(1, std::memory_order_acq_rel) == 1) {
      destroy_(this);
    }
  }

 protected:
  ~ValueOwner() = default;

 private:
  std::atomic<std::uint32_t> references_{1};
  Destroy destroy_;
};

/// Read-only bytes, owned or pinned. Three words wide; copying shares the bytes.
///
/// Threads: thread-compatible. Two values that share bytes may be used by two threads.
class ANYSTORE_EXPORT Value {
 public:
  /// No bytes.
  Value() noexcept = default;
  /// Bytes that live as long as `owner`; takes over one reference of it. A null owner means
  /// bytes that live forever.
  Value(std::string_view bytes, ValueOwner* owner) noexcept
      : data_(bytes.data()), size_(bytes.size()), owner_(owner) {}
  /// Shares the bytes of `other`.
  Value(const Value& other) noexcept
      : data_(other.data_), size_(other.size_), owner_(other.owner_) {
    if (owner_ != nullptr) owner_->Retain();
  }
  /// Takes the bytes of `other`, which becomes empty.
  Value(Value&& other) noexcept
      : data_(std::exchange(other.data_, nullptr)),
        size_(std::exchange(other.size_, 0)),
        owner_(std::exchange(other.owner_, nullptr)) {}
  /// Shares or takes the bytes of `other`; lets go of its own.
  Value& operator=(Value other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    std::swap(owner_, other.owner_);
    return *this;
  }
  /// Lets go of the bytes.
  ~Value() {
    if (owner_ != nullptr) owner_->Release();
  }

  /// A value that owns a copy of `bytes`: one allocation. Terminates when memory runs out, so
  /// for lengths read from outside use `Allocate`.
  [[nodiscard]] static Value Copy(std::string_view bytes);
  /// A value that owns `bytes` without copying them.
  [[nodiscard]] static Value Take(std::string bytes);
  /// A value over bytes that live forever, such as a literal. Allocates nothing.
  [[nodiscard]] static Value Forever(std::string_view bytes) noexcept { return {bytes, nullptr}; }
  /// A value of `size` bytes to be filled through `*data` before it is shared: one allocation.
  ///
  /// Errors: resource_exhausted (no memory of that size).
  [[nodiscard]] static Result<Value> Allocate(std::size_t size, char** data);

  /// The bytes. Valid while this value, or one that shares them, lives.
  [[nodiscard]] std::string_view bytes() const noexcept { return {data_, size_}; }
  /// How many bytes.
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  /// Whether there are none.
  [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
  /// The bytes again, so that a value goes wherever a `std::string_view` goes.
  operator std::string_view() const noexcept { return bytes(); }  // NOLINT(google-explicit-*)

  /// Lets go of the bytes without freeing them: whoever gets the owner calls `Release` on it. Null:
  /// the bytes live forever.
  [[nodiscard]] ValueOwner* TakeOwner() && noexcept {
    data_ = nullptr;
    size_ = 0;
    return std::exchange(owner_, nullptr);
  }

  /// The part from `offset`, at most `length` bytes, sharing this value's memory. An offset past
  /// the end gives an empty value.
  [[nodiscard]] Value Slice(std::size_t offset, std::size_t length) const noexcept;
  /// A value with the same bytes in a buffer of its own, so that a small value held for long
  /// does not pin a large block.
  [[nodiscard]] Value Detach() const { return Copy(bytes()); }

 private:
  const char* data_ = nullptr;
  std::size_t size_ = 0;
  ValueOwner* owner_ = nullptr;
};

}  // namespace anystore
