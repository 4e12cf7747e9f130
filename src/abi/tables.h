/// Reading structs that begin with their size, which others made.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "anystore/anystore.h"
#include "anystore/error.h"

namespace anystore::abi {

/// No struct is larger: a size over it is no size.
inline constexpr std::uint32_t kStructBytesMax = 4096;

/// A table that `who` gave as `what`; what it does not have of it is null.
///
/// Errors: internal (no table, or a size that cannot be).
template <class Table>
[[nodiscard]] Result<Table> ReadTable(std::string_view who, const char* what, const Table* given) {
  const std::string whose = std::string(who) + ": " + what;
  if (given == nullptr) return Error(Code::kInternal, whose + " is null");
  constexpr std::uint32_t kSmallest = offsetof(Table, self) + sizeof(void*);
  if (given->size < kSmallest || given->size > kStructBytesMax) {
    return Error(Code::kInternal, whose + " says that it has " + std::to_string(given->size) +
                                      " bytes, version 1 has " + std::to_string(sizeof(Table)));
  }
  Table table = {};
  std::memcpy(&table, given, std::min<std::size_t>(given->size, sizeof(Table)));
  return table;
}

/// Ok if a function that must be there is.
///
/// Errors: internal (names it).
template <class Function>
[[nodiscard]] Status Needs(std::string_view who, const char* table, const char* name,
                           Function function) {
  if (function != nullptr) return Ok();
  return Error(Code::kInternal, std::string(who) + ": " + table + " has no function " + name);
}

/// Options that a caller gave; null means the defaults.
///
/// Errors: invalid_argument (a size that cannot be) · unsupported (something is set that this
/// library does not know).
template <class Options>
[[nodiscard]] Result<Options> ReadOptionsStruct(const Options* given, std::uint32_t smallest) {
  Options options = {};
  if (given == nullptr) return options;
  if (given->size < smallest || given->size > kStructBytesMax) {
    return Error(Code::kInvalidArgument,
                 "options of " + std::to_string(given->size) + " bytes; was their size set?");
  }
  std::memcpy(&options, given, std::min<std::size_t>(given->size, sizeof(Options)));
  const auto* const bytes = reinterpret_cast<const unsigned char*>(given);
  if (std::any_of(bytes + std::min<std::size_t>(given->size, sizeof(Options)), bytes + given->size,
                  [](unsigned char byte) { return byte != 0; })) {
    return Error(Code::kUnsupported, "options of a later version are set");
  }
  return options;
}

/// Fills a struct whose `size` the caller set, up to that.
///
/// Errors: invalid_argument (null, or a size that cannot be).
template <class Struct>
[[nodiscard]] Status FillStruct(Struct* to, Struct from) {
  if (to == nullptr) return Error(Code::kInvalidArgument, "null to fill");
  const std::uint32_t size = to->size;
  if (size < sizeof(std::uint64_t) || size > kStructBytesMax) {
    return Error(Code::kInvalidArgument,
                 "a struct of " + std::to_string(size) + " bytes; was its size set?");
  }
  from.size = size;
  auto* const bytes = reinterpret_cast<unsigned char*>(to);
  std::memset(bytes, 0, size);
  std::memcpy(bytes, &from, std::min<std::size_t>(size, sizeof(Struct)));
  return Ok();
}

/// Ok if every bit of `flags` is one of `known`.
///
/// Errors: unsupported.
[[nodiscard]] inline Status CheckFlags(std::uint32_t flags, std::uint32_t known) {
  if ((flags & ~known) == 0) return Ok();
  return Error(Code::kUnsupported, "unknown flags " + std::to_string(flags & ~known));
}

}  // namespace anystore::abi
