#include "anystore/value.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <memory>
#include <new>
#include <utility>

namespace anystore {
namespace {

/// A reference count with the bytes right behind it, in one allocation.
class Buffer final : public ValueOwner {
 public:
  static Buffer* TryNew(std::size_t size) noexcept {
    if (size > std::numeric_limits<std::size_t>::max() / 2) return nullptr;
    void* const memory = ::operator new(sizeof(Buffer) + size, std::nothrow);
    return memory == nullptr ? nullptr : ::new (memory) Buffer();
  }
  [[nodiscard]] char* bytes() noexcept { return reinterpret_cast<char*>(this + 1); }

 private:
  Buffer() noexcept : ValueOwner(&Free) {}
  static void Free(ValueOwner* owner) noexcept {
    auto* const self = static_cast<Buffer*>(owner);
    self->~Buffer();
    ::operator delete(static_cast<void*>(self));
  }
};

/// Keeps a string alive.
class StringOwner final : public ValueOwner {
 public:
  explicit StringOwner(std::string bytes) : ValueOwner(&Free), bytes_(std::move(bytes)) {}
  [[nodiscard]] std::string_view bytes() const noexcept { return bytes_; }

 private:
  static void Free(ValueOwner* owner) noexcept { delete static_cast<StringOwner*>(owner); }

  std::string bytes_;
};

}  // namespace

Result<Value> Value::Allocate(std::size_t size, char** data) {
  Buffer* const buffer = Buffer::TryNew(size);
  if (buffer == nullptr) {
    return Error(Code::kResourceExhausted,
                 "no memory for a value of " + std::to_string(size) + " bytes");
  }
  *data = buffer->bytes();
  return Value({buffer->bytes(), size}, buffer);
}

Value Value::Copy(std::string_view bytes) {
  if (bytes.empty()) return {};
  Buffer* const buffer = Buffer::TryNew(bytes.size());
  if (buffer == nullptr) std::terminate();
  std::memcpy(buffer->bytes(), bytes.data(), bytes.size());
  return {{buffer->bytes(), bytes.size()}, buffer};
}

Value Value::Take(std::string bytes) {
  auto* const owner = new StringOwner(std::move(bytes));
  return {owner->bytes(), owner};
}

Value Value::Slice(std::size_t offset, std::size_t length) const noexcept {
  const std::size_t from = std::min(offset, size_);
  const std::size_t count = std::min(length, size_ - from);
  if (count == 0) return {};
  if (owner_ != nullptr) owner_->Retain();
  return {{data_ + from, count}, owner_};
}

}  // namespace anystore
