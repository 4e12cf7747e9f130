#include "abi/import_reader.h"

#include <algorithm>
#include <array>
#include <utility>

#include "abi/bytes.h"
#include "abi/errors.h"
#include "abi/options.h"
#include "abi/tables.h"

namespace anystore::abi {
namespace {

constexpr std::size_t kAtOnce = 64;

Error Broken(std::string_view who, const std::string& what) {
  return Error(Code::kInternal, std::string(who) + ": " + what);
}

/// A cursor of C's.
class ImportedCursor final : public Cursor {
 public:
  /// `options` is what the table was made with: it may look at the stop in there.
  ImportedCursor(std::string_view who, const anystore_cursor_v1& table,
                 std::unique_ptr<const CallForC> call)
      : who_(who), table_(table), call_(std::move(call)) {}
  ~ImportedCursor() override {
    static_cast<void>(Foreign(who_, "close of a cursor", [&] { table_.close(table_.self); }));
  }

  Result<std::size_t> Next(std::span<EntryView> out) override {
    std::array<anystore_entry, kAtOnce> entries;
    const std::size_t room = std::min(out.size(), entries.size());
    std::fill_n(entries.begin(), room, anystore_entry{});
    std::size_t count = 0;
    ANYSTORE_TRY(Foreign(who_, "next", [&] {
      return table_.next(table_.self, entries.data(), room, sizeof(anystore_entry), &count);
    }));
    if (count > room) {
      return Broken(who_, "next says that it gave " + std::to_string(count) +
                              " entries, asked for " + std::to_string(room));
    }
    for (std::size_t i = 0; i < count; ++i) {
      const anystore_entry& entry = entries[i];
      if (!IsSane(entry.key) || !IsSane(entry.value)) {
        return Broken(who_, "next gave bytes that cannot be");
      }
      ANYSTORE_ASSIGN_OR_RETURN(const EntryInfo info, ReadInfo(entry.info));
      out[i] = {.key = ViewOf(entry.key), .value = ViewOf(entry.value), .info = info};
    }
    return count;
  }

  Status Seek(std::string_view key) override {
    return Foreign(who_, "seek", [&] { return table_.seek(table_.self, BytesOf(key)); });
  }

 private:
  const std::string_view who_;
  const anystore_cursor_v1 table_;
  const std::unique_ptr<const CallForC> call_;
};

/// A snapshot of C's.
class ImportedReader final : public ImportedReads<Reader> {
 public:
  ImportedReader(std::string_view who, const anystore_reader_v1& table)
      : ImportedReads(ForeignReads(who, table)), who_(who), table_(table) {}
  ~ImportedReader() override {
    static_cast<void>(Foreign(who_, "close of a reader", [&] { table_.close(table_.self); }));
  }

 private:
  const std::string_view who_;
  const anystore_reader_v1 table_;
};

/// The options for C; null where they are the defaults.
class ReadForC {
 public:
  explicit ReadForC(const ReadOptions& options) : call_(options.call) {
    call_.Fill(&given_);
    if (options.window.whole()) return;
    given_.flags |= ANYSTORE_HAS_WINDOW;
    given_.offset = options.window.offset;
    given_.length = options.window.length;
  }
  [[nodiscard]] const anystore_read_options& get() const noexcept { return given_; }

 private:
  const CallForC call_;
  anystore_read_options given_ = {};
};

}  // namespace

Status ForeignReads::Check(const char* table) const {
  ANYSTORE_TRY(Needs(who_, table, "get", get_));
  ANYSTORE_TRY(Needs(who_, table, "stat", stat_));
  return Needs(who_, table, "scan", scan_);
}

Result<Value> ForeignReads::Accept(const anystore_value& value, const Window& window) const {
  Result<Value> taken = TakeValue(value);
  if (!taken.has_value()) {
    if (taken.error().code() != Code::kInternal) return taken;
    return Broken(who_, "get gave " + std::string(taken.error().message()));
  }
  if (taken->size() > window.length) {
    return Broken(who_, "get gave " + std::to_string(taken->size()) + " bytes, asked for " +
                            std::to_string(window.length));
  }
  return taken;
}

Result<Value> ForeignReads::Get(std::string_view key, const ReadOptions& options) const {
  const ReadForC read(options);
  anystore_value value = {};
  anystore_entry_info info = {};
  ANYSTORE_TRY(Foreign(who_, "get", [&] {
    return get_(self_, BytesOf(key), &read.get(), &value,
                options.info == nullptr ? nullptr : &info);
  }));
  Result<Value> accepted = Accept(value, options.window);
  if (accepted.has_value() && options.info != nullptr) {
    ANYSTORE_ASSIGN_OR_RETURN(*options.info, ReadInfo(info));
  }
  return accepted;
}

Result<EntryInfo> ForeignReads::Stat(std::string_view key, Wanted wanted,
                                     const CallOptions& call) const {
  const CallOptionsForC options(call);
  anystore_entry_info info = {};
  ANYSTORE_TRY(Foreign(who_, "stat", [&] {
    return stat_(self_, BytesOf(key), static_cast<std::uint32_t>(wanted), options.get(), &info);
  }));
  return ReadInfo(info);
}

void ForeignReads::GetMany(std::span<const std::string_view> keys, std::span<Result<Value>> out,
                           const ReadOptions& options) const {
  if (get_many_ == nullptr) {
    for (std::size_t i = 0; i < keys.size(); ++i) out[i] = Get(keys[i], options);
    return;
  }
  const ReadForC read(options);
  for (std::size_t done = 0; done < keys.size(); done += kAtOnce) {
    const std::size_t count = std::min(kAtOnce, keys.size() - done);
    const std::span<Result<Value>> group = out.subspan(done, count);
    const Status status = GetGroup(keys.subspan(done, count), group, read.get());
    if (status.has_value()) continue;
    for (Result<Value>& one : group) one = status.error().Clone();
  }
}

Status ForeignReads::GetGroup(std::span<const std::string_view> keys, std::span<Result<Value>> out,
                              const anystore_read_options& options) const {
  std::array<anystore_bytes, kAtOnce> names;
  std::array<anystore_value, kAtOnce> values;
  std::array<anystore_error*, kAtOnce> errors;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    names[i] = BytesOf(keys[i]);
    values[i] = {};
    errors[i] = nullptr;
  }
  ANYSTORE_TRY(Foreign(who_, "get_many", [&] {
    return get_many_(self_, names.data(), keys.size(), &options, values.data(), errors.data());
  }));
  const Window window{.length = (options.flags & ANYSTORE_HAS_WINDOW) != 0
                                    ? options.length
                                    : std::numeric_limits<std::uint64_t>::max()};
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (errors[i] != nullptr) {
      out[i] = Take(errors[i]);
    } else {
      out[i] = Accept(values[i], window);
    }
  }
  return Ok();
}

Result<std::unique_ptr<Cursor>> ForeignReads::Scan(const KeyRange& range,
                                                   const ScanOptions& options) const {
  auto call = std::make_unique<const CallForC>(options.call);
  anystore_scan_options given = {};
  if (options.reverse) given.flags |= ANYSTORE_REVERSE;
  if (!options.values) given.flags |= ANYSTORE_KEYS_ONLY;
  call->Fill(&given);
  given.wanted = static_cast<std::uint32_t>(options.wanted);
  if (options.limit_hint != ScanOptions{}.limit_hint) given.limit_hint = options.limit_hint;
  const anystore_key_range keys = RangeForC(range);
  const anystore_cursor_v1* found = nullptr;
  ANYSTORE_TRY(Foreign(who_, "scan", [&] { return scan_(self_, &keys, &given, &found); }));
  ANYSTORE_ASSIGN_OR_RETURN(const anystore_cursor_v1 table, ReadTable(who_, "a cursor", found));
  ANYSTORE_TRY(Needs(who_, "a cursor", "close", table.close));
  auto cursor = std::make_unique<ImportedCursor>(who_, table, std::move(call));
  ANYSTORE_TRY(Needs(who_, "a cursor", "next", table.next));
  ANYSTORE_TRY(Needs(who_, "a cursor", "seek", table.seek));
  return cursor;
}

Result<std::unique_ptr<Reader>> ImportReader(std::string_view who,
                                             const anystore_reader_v1* table) {
  ANYSTORE_ASSIGN_OR_RETURN(const anystore_reader_v1 read, ReadTable(who, "a snapshot", table));
  ANYSTORE_TRY(Needs(who, "a snapshot", "close", read.close));
  auto reader = std::make_unique<ImportedReader>(who, read);
  ANYSTORE_TRY(ForeignReads(who, read).Check("a snapshot"));
  return reader;
}

}  // namespace anystore::abi
