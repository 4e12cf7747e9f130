/// Readers and cursors of C++ for C. What stores and snapshots share.
#pragma once

#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

#include "abi/bytes.h"
#include "abi/errors.h"
#include "abi/options.h"
#include "abi/tables.h"
#include "anystore/anystore.h"
#include "anystore/datastore.h"

namespace anystore::abi {

/// `cursor` for C, which frees it. `host` outlives it.
[[nodiscard]] const anystore_cursor_v1* ExportCursor(std::unique_ptr<Cursor> cursor, StopWatch stop,
                                                     const anystore_host_v1& host);

/// `reader`, a snapshot, for C, which frees it. `host` outlives it.
[[nodiscard]] const anystore_reader_v1* ExportReader(std::unique_ptr<Reader> reader,
                                                     const anystore_host_v1& host);

/// Calls `body(object)` with the `Object` that `self` is.
template <class Object, class Body>
[[nodiscard]] anystore_error* Inside(void* self, Body&& body) noexcept {
  if (self == nullptr) return Give(Error(Code::kInvalidArgument, "self is null"));
  auto& object = *static_cast<Object*>(self);
  return Guarded(object.host(), [&]() -> Status { return std::forward<Body>(body)(object); });
}

/// Ok if there is something to fill.
[[nodiscard]] inline Status NotNull(const void* pointer) {
  return pointer != nullptr ? Ok() : Error(Code::kInvalidArgument, "null to fill");
}

Status GetForC(Reader& reader, anystore_bytes key, const anystore_read_options* options,
               anystore_value* value, anystore_entry_info* info);
Status StatForC(Reader& reader, anystore_bytes key, std::uint32_t wanted,
                const anystore_call_options* options, anystore_entry_info* info);
Status GetManyForC(Reader& reader, const anystore_host_v1& host, const anystore_bytes* keys,
                   std::size_t count, const anystore_read_options* options, anystore_value* values,
                   anystore_error** errors);
Status ScanForC(Reader& reader, const anystore_host_v1& host, const anystore_key_range* range,
                const anystore_scan_options* options, const anystore_cursor_v1** cursor);

/// The functions of an `Object`, which has `reader()` and `host()`.
template <class Object>
struct ReadFunctions {
  static anystore_error* Get(void* self, anystore_bytes key, const anystore_read_options* options,
                             anystore_value* value, anystore_entry_info* info) {
    return Inside<Object>(
        self, [&](Object& object) { return GetForC(object.reader(), key, options, value, info); });
  }
  static anystore_error* Stat(void* self, anystore_bytes key, std::uint32_t wanted,
                              const anystore_call_options* options, anystore_entry_info* info) {
    return Inside<Object>(self, [&](Object& object) {
      return StatForC(object.reader(), key, wanted, options, info);
    });
  }
  static anystore_error* GetMany(void* self, const anystore_bytes* keys, std::size_t count,
                                 const anystore_read_options* options, anystore_value* values,
                                 anystore_error** errors) {
    return Inside<Object>(self, [&](Object& object) {
      return GetManyForC(object.reader(), object.host(), keys, count, options, values, errors);
    });
  }
  static anystore_error* Scan(void* self, const anystore_key_range* range,
                              const anystore_scan_options* options,
                              const anystore_cursor_v1** cursor) {
    return Inside<Object>(self, [&](Object& object) {
      return ScanForC(object.reader(), object.host(), range, options, cursor);
    });
  }
  /// Puts them into a table.
  template <class Table>
  static void Fill(Table* table) {
    table->get = &Get;
    table->stat = &Stat;
    table->get_many = &GetMany;
    table->scan = &Scan;
  }
};

}  // namespace anystore::abi
