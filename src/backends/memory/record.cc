#include "backends/memory/record.h"

#include <algorithm>
#include <new>

namespace anystore::memory {

Record* Record::New(std::string_view key, std::string_view value,
                    std::int64_t expires_at) noexcept {
  void* const memory = ::operator new(sizeof(Record) + key.size() + value.size(), std::nothrow);
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
  record->~Record();
  ::operator delete(record);
}

}  // namespace anystore::memory
