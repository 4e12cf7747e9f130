/// Errors of the C interface, and the place where exceptions end.
#pragma once

#include <exception>
#include <new>
#include <type_traits>
#include <utility>

#include "anystore/anystore.h"
#include "anystore/error.h"

namespace anystore::abi {

/// An error for C, of this library's own making. Never null; a bare one allocates nothing.
[[nodiscard]] anystore_error* Give(Error error) noexcept;

/// As `Give`, made by `host`, which may be another library's.
[[nodiscard]] anystore_error* GiveTo(const anystore_host_v1& host, Error error) noexcept;

/// Takes over an error of this library's making.
///
/// Requires: it is not null.
[[nodiscard]] Error Take(anystore_error* error) noexcept;

/// What `body`, which returns a Status, came to, for C. Exceptions end here.
template <class Body>
[[nodiscard]] anystore_error* Guarded(const anystore_host_v1& host, Body&& body) noexcept {
  try {
    Status status = std::forward<Body>(body)();
    if (status.has_value()) [[likely]]
      return nullptr;
    return GiveTo(host, std::move(status).error());
  } catch (const std::bad_alloc&) {
    return GiveTo(host, Error(Code::kResourceExhausted));
  } catch (const std::exception& exception) {
    return GiveTo(host, Error(Code::kInternal, exception.what()));
  } catch (...) {
    return GiveTo(host, Error(Code::kInternal, "an exception"));
  }
}

/// What `call`, which calls a function of a foreign table, came to; one that returns nothing has
/// worked unless it threw. `what` says in errors which function that was.
template <class Call>
[[nodiscard]] Status Foreign(std::string_view who, const char* what, Call&& call) {
  anystore_error* error = nullptr;
  try {
    if constexpr (std::is_void_v<decltype(call())>) {
      std::forward<Call>(call)();
    } else {
      error = std::forward<Call>(call)();
    }
  } catch (...) {
    return Error(Code::kInternal, std::string(who) + ": " + what + " threw an exception");
  }
  if (error == nullptr) [[likely]]
    return Ok();
  return Take(error);
}

}  // namespace anystore::abi
