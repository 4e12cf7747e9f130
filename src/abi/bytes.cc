#include "abi/bytes.h"

#include <new>
#include <string>
#include <utility>

namespace anystore::abi {
namespace {

/// Keeps the bytes of somebody else's value.
class ForeignOwner final : public ValueOwner {
 public:
  explicit ForeignOwner(const anystore_value& value) noexcept : ValueOwner(&Free), value_(value) {}

 private:
  static void Free(ValueOwner* owner) noexcept {
    auto* const self = static_cast<ForeignOwner*>(owner);
    self->value_.release(self->value_.owner);
    delete self;
  }

  const anystore_value value_;
};

extern "C" void ReleaseValueOwner(void* owner) { static_cast<ValueOwner*>(owner)->Release(); }

}  // namespace

Result<std::string_view> Given(const anystore_bytes& bytes, const char* what) {
  if (IsSane(bytes)) return ViewOf(bytes);
  return Error(Code::kInvalidArgument, std::string(what) + " has " + std::to_string(bytes.size) +
                                           " bytes" + (bytes.data == nullptr ? " at null" : ""));
}

anystore_value GiveValue(Value value) noexcept {
  anystore_value given = {.bytes = BytesOf(value.bytes()), .owner = nullptr, .release = nullptr};
  given.owner = std::move(value).TakeOwner();
  if (given.owner != nullptr) given.release = &ReleaseValueOwner;
  return given;
}

Result<Value> TakeValue(const anystore_value& value) {
  const bool sane = IsSane(value.bytes);
  if (value.release == &ReleaseValueOwner && sane && value.owner != nullptr) {
    return Value(ViewOf(value.bytes), static_cast<ValueOwner*>(value.owner));
  }
  ForeignOwner* owner = nullptr;
  if (value.release != nullptr) {
    owner = new (std::nothrow) ForeignOwner(value);
    if (owner == nullptr) {
      value.release(value.owner);
      return Error(Code::kResourceExhausted);
    }
  }
  Value taken(sane ? ViewOf(value.bytes) : std::string_view(), owner);
  if (sane) return taken;
  return Error(Code::kInternal, "a value of " + std::to_string(value.bytes.size) + " bytes" +
                                    (value.bytes.data == nullptr ? " at null" : ""));
}

}  // namespace anystore::abi
