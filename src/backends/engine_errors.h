/// The failures of storage engines as errors. For backends over engines that tell them in words.
#pragma once

#include <exception>
#include <new>
#include <string>
#include <string_view>
#include <utility>

#include "anystore/error.h"

namespace anystore::backends {

/// The errno value whose text ends `message`, 0 when there is none: engines that keep no number
/// end with what strerror says of it.
[[nodiscard]] int ErrnoIn(std::string_view message);

/// The error of a failed call for a file, which `message` ends with. A missing file is corruption:
/// the engine asks for none but its own.
[[nodiscard]] Error FromIoMessage(const std::string& message);

/// The error of opening a database that this process has open already.
[[nodiscard]] Error OpenInThisProcess();

/// The error of opening a database that another process has open.
[[nodiscard]] Error OpenInAnotherProcess();

/// The error of opening a database of `engine` that is kept otherwise than we keep ours, as
/// `message` tells.
[[nodiscard]] Error OfAnotherKind(std::string_view engine, const std::string& message);

/// Calls `f`; what it throws becomes an error. Engines throw nothing on purpose, but they allocate.
template <class F>
auto Guarded(F&& f) noexcept -> decltype(f()) {
  try {
    return std::forward<F>(f)();
  } catch (const std::bad_alloc&) {
    return Error(Code::kResourceExhausted, std::string("out of memory"));
  } catch (const std::exception& exception) {
    return Error(Code::kInternal, std::string("exception: ") + exception.what());
  }
}

}  // namespace anystore::backends
