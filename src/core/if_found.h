/// Turns the absence of something into no answer.
#pragma once

#include <optional>
#include <utility>

#include "anystore/error.h"

namespace anystore::internal {

/// What was found; none for not_found. Other errors stay.
template <class T>
Result<std::optional<T>> IfFound(Result<T> result) {
  if (result.has_value()) return std::optional<T>(*std::move(result));
  if (result.error().code() == Code::kNotFound) return std::optional<T>();
  return std::move(result).error();
}

}  // namespace anystore::internal
