#include "backends/memory/record.h"

#include <algorithm>
#include <new>

#include "backends/memory/block_cache.h"

namespace anystore::memory {

Record* Record::New(std::string_view key, std::string_view value,
                    std::int64_t expires_at) noexcept {
  void* const memory = AllocateBlock(sizeof(Record) + key.size() + value.size());
  return memory == nullptr ? nullptr : new (memory) Record(key, value, expires_at);
}

Record::Record(std::string_view key, std::string_view value, std::int64_t expires_at) noexcept
    : ValueOwner(&Destroy),
      key_size_(static_cast<std::uint32_t>(key.size())),
      value_size_(static_cast<std::uint32_t>(value.size())),
      expires_at_(expires_at) {
  char* const to = reinterpret_cast<char*>(this + 1);
  std::ranges::copy(value, std::ranges::copy(key, to).out);
}

void Record::Destroy(ValueOwner* owner) noexcept {
  auto* const record = static_cast<Record*>(owner);
  const std::size_t size = record->footprint();
  record->~Record();
  FreeBlock(record, size);
}

}  // namespace anystore::memory
