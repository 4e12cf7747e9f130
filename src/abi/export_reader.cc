#include "abi/export_reader.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <span>
#include <string_view>

namespace anystore::abi {
namespace {

constexpr std::size_t kEntriesAtOnce = 64;

/// A cursor with the table by which C calls it.
class ExportedCursor {
 public:
  ExportedCursor(std::unique_ptr<Cursor> cursor, StopWatch stop, const anystore_host_v1& host)
      : cursor_(std::move(cursor)), stop_(std::move(stop)), host_(host) {
    table_ = {.size = sizeof(table_), .self = this, .next = &Next, .seek = &Seek, .close = &Close};
  }

  [[nodiscard]] const anystore_cursor_v1* table() const noexcept { return &table_; }
  [[nodiscard]] const anystore_host_v1& host() const noexcept { return host_; }

 private:
  static anystore_error* Next(void* self, anystore_entry* entries, std::size_t capacity,
                              std::size_t entry_size, std::size_t* count) {
    return Inside<ExportedCursor>(self, [&](ExportedCursor& cursor) {
      return cursor.Next(entries, capacity, entry_size, count);
    });
  }
  static anystore_error* Seek(void* self, anystore_bytes key) {
    return Inside<ExportedCursor>(self, [&](ExportedCursor& cursor) -> Status {
      ANYSTORE_ASSIGN_OR_RETURN(const std::string_view to, Given(key, "the key"));
      cursor.stop_.Look();
      return cursor.cursor_->Seek(to);
    });
  }
  static void Close(void* self) { delete static_cast<ExportedCursor*>(self); }

  Status Next(anystore_entry* entries, std::size_t capacity, std::size_t entry_size,
              std::size_t* count);

  const std::unique_ptr<Cursor> cursor_;
  StopWatch stop_;
  const anystore_host_v1& host_;
  anystore_cursor_v1 table_ = {};
};

Status ExportedCursor::Next(anystore_entry* entries, std::size_t capacity, std::size_t entry_size,
                            std::size_t* count) {
  ANYSTORE_TRY(NotNull(entries));
  ANYSTORE_TRY(NotNull(count));
  if (capacity == 0) return Error(Code::kInvalidArgument, "room for no entry");
  if (entry_size < sizeof(anystore_entry) || entry_size > kStructBytesMax) {
    return Error(Code::kInvalidArgument, "entries of " + std::to_string(entry_size) + " bytes");
  }
  stop_.Look();
  std::array<EntryView, kEntriesAtOnce> views;
  const std::size_t room = std::min(capacity, views.size());
  ANYSTORE_ASSIGN_OR_RETURN(const std::size_t found, cursor_->Next(std::span(views).first(room)));
  auto* to = reinterpret_cast<std::byte*>(entries);
  for (const EntryView& view : std::span(views).first(found)) {
    const anystore_entry entry = {
        .key = BytesOf(view.key), .value = BytesOf(view.value), .info = InfoForC(view.info)};
    std::memcpy(to, &entry, sizeof(entry));
    to += entry_size;
  }
  *count = found;
  return Ok();
}

/// A snapshot with the table by which C calls it.
class ExportedReader {
 public:
  ExportedReader(std::unique_ptr<Reader> reader, const anystore_host_v1& host)
      : reader_(std::move(reader)), host_(host) {
    table_.size = sizeof(table_);
    table_.self = this;
    ReadFunctions<ExportedReader>::Fill(&table_);
    table_.close = &Close;
  }

  [[nodiscard]] const anystore_reader_v1* table() const noexcept { return &table_; }
  [[nodiscard]] Reader& reader() const noexcept { return *reader_; }
  [[nodiscard]] const anystore_host_v1& host() const noexcept { return host_; }

 private:
  static void Close(void* self) { delete static_cast<ExportedReader*>(self); }

  const std::unique_ptr<Reader> reader_;
  const anystore_host_v1& host_;
  anystore_reader_v1 table_ = {};
};

}  // namespace

const anystore_cursor_v1* ExportCursor(std::unique_ptr<Cursor> cursor, StopWatch stop,
                                       const anystore_host_v1& host) {
  return (new ExportedCursor(std::move(cursor), std::move(stop), host))->table();
}

const anystore_reader_v1* ExportReader(std::unique_ptr<Reader> reader,
                                       const anystore_host_v1& host) {
  return (new ExportedReader(std::move(reader), host))->table();
}

Status GetForC(Reader& reader, anystore_bytes key, const anystore_read_options* options,
               anystore_value* value, anystore_entry_info* info) {
  ANYSTORE_TRY(NotNull(value));
  ANYSTORE_ASSIGN_OR_RETURN(const std::string_view name, Given(key, "the key"));
  ANYSTORE_ASSIGN_OR_RETURN(FromC<ReadOptions> read, ReadRead(options));
  EntryInfo known;
  if (info != nullptr) read.options.info = &known;
  Result<Value> found = reader.Get(name, read.options);
  if (!found.has_value()) return std::move(found).error();
  if (info != nullptr) *info = InfoForC(known);
  *value = GiveValue(*std::move(found));
  return Ok();
}

Status StatForC(Reader& reader, anystore_bytes key, std::uint32_t wanted,
                const anystore_call_options* options, anystore_entry_info* info) {
  ANYSTORE_TRY(NotNull(info));
  ANYSTORE_ASSIGN_OR_RETURN(const std::string_view name, Given(key, "the key"));
  ANYSTORE_TRY(CheckFlags(wanted, static_cast<std::uint32_t>(Wanted::kAll)));
  ANYSTORE_ASSIGN_OR_RETURN(const FromC<CallOptions> call, ReadCall(options));
  ANYSTORE_ASSIGN_OR_RETURN(const EntryInfo known,
                            reader.Stat(name, static_cast<Wanted>(wanted), call.options));
  *info = InfoForC(known);
  return Ok();
}

Status GetManyForC(Reader& reader, const anystore_host_v1& host, const anystore_bytes* keys,
                   std::size_t count, const anystore_read_options* options, anystore_value* values,
                   anystore_error** errors) {
  ANYSTORE_ASSIGN_OR_RETURN(const FromC<ReadOptions> read, ReadRead(options));
  if (count == 0) return Ok();
  ANYSTORE_TRY(NotNull(keys));
  ANYSTORE_TRY(NotNull(values));
  ANYSTORE_TRY(NotNull(errors));
  std::vector<std::string_view> names;
  std::vector<Result<Value>> found;
  names.reserve(count);
  found.reserve(count);
  for (const anystore_bytes& key : std::span(keys, count)) {
    ANYSTORE_ASSIGN_OR_RETURN(names.emplace_back(), Given(key, "a key"));
    found.emplace_back();
  }
  reader.GetMany(names, found, read.options);
  for (std::size_t i = 0; i < count; ++i) {
    values[i] = {};
    errors[i] = nullptr;
    if (found[i].has_value()) {
      values[i] = GiveValue(*std::move(found[i]));
    } else {
      errors[i] = GiveTo(host, std::move(found[i]).error());
    }
  }
  return Ok();
}

Status ScanForC(Reader& reader, const anystore_host_v1& host, const anystore_key_range* range,
                const anystore_scan_options* options, const anystore_cursor_v1** cursor) {
  ANYSTORE_TRY(NotNull(cursor));
  ANYSTORE_ASSIGN_OR_RETURN(const KeyRange keys, ReadRange(range));
  ANYSTORE_ASSIGN_OR_RETURN(FromC<ScanOptions> scan, ReadScan(options));
  ANYSTORE_ASSIGN_OR_RETURN(std::unique_ptr<Cursor> found, reader.Scan(keys, scan.options));
  *cursor = ExportCursor(std::move(found), std::move(scan.stop), host);
  return Ok();
}

}  // namespace anystore::abi
