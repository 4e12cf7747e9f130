/// From RocksDB's ways to fail, statuses and exceptions, to `Error`.
#pragma once

#include <rocksdb/status.h>

#include <exception>
#include <new>
#include <string>
#include <utility>

#include "anystore/error.h"

namespace anystore::rocksdb {

/// The error that says the same as `status`, which is not ok. A plain not_found is bare.
[[nodiscard]] Error FromStatus(const ::rocksdb::Status& status);

/// As `FromStatus`, for a write that failed after RocksDB had begun it.
[[nodiscard]] Error FromWriteStatus(const ::rocksdb::Status& status);

/// As `FromStatus`, for opening or destroying a database: tells a database that is open
/// elsewhere, and one that is not of our kind.
[[nodiscard]] Error FromOpenStatus(const ::rocksdb::Status& status);

/// Calls `f`; what it throws becomes an error. RocksDB itself throws nothing on purpose, but it
/// allocates.
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

}  // namespace anystore::rocksdb
