#include "abi/stop.h"

#include <new>

namespace anystore::abi {
namespace {

/// What `anystore_stop_new` hands out.
struct OwnedStop {
  anystore_stop_v1 table = {};
  std::stop_source source = {};
  std::stop_token token = source.get_token();
};

extern "C" int32_t TokenRequested(void* self) {
  return static_cast<const std::stop_token*>(self)->stop_requested() ? 1 : 0;
}

extern "C" int32_t OwnedRequested(void* self) {
  return static_cast<const OwnedStop*>(self)->token.stop_requested() ? 1 : 0;
}

OwnedStop* OwnerOf(const anystore_stop_v1* stop) noexcept {
  const bool owned = stop != nullptr && stop->requested == &OwnedRequested;
  return owned ? static_cast<OwnedStop*>(stop->self) : nullptr;
}

}  // namespace

anystore_stop_v1 StopForC(const std::stop_token& token) noexcept {
  return {.size = sizeof(anystore_stop_v1),
          .self = const_cast<std::stop_token*>(&token),
          .requested = &TokenRequested};
}

const std::stop_token* TokenOf(const anystore_stop_v1& stop) noexcept {
  if (stop.requested == &TokenRequested) return static_cast<const std::stop_token*>(stop.self);
  const OwnedStop* const owned = OwnerOf(&stop);
  return owned == nullptr ? nullptr : &owned->token;
}

}  // namespace anystore::abi

using anystore::abi::OwnedStop;
using anystore::abi::OwnerOf;

const anystore_stop_v1* anystore_stop_new(void) noexcept {
  try {
    auto* const owned = new OwnedStop();
    owned->table = {.size = sizeof(anystore_stop_v1),
                    .self = owned,
                    .requested = &anystore::abi::OwnedRequested};
    return &owned->table;
  } catch (...) {
    return nullptr;
  }
}

void anystore_stop_request(const anystore_stop_v1* stop) noexcept {
  if (OwnedStop* const owned = OwnerOf(stop); owned != nullptr) owned->source.request_stop();
}

void anystore_stop_free(const anystore_stop_v1* stop) noexcept { delete OwnerOf(stop); }
