/// The four reads of a database at one moment, the present one or a snapshot's.
#pragma once

#include <rocksdb/db.h>

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "anystore/cursor.h"
#include "anystore/datastore.h"

namespace anystore::rocksdb {

/// Where to read: a database and a moment.
struct View {
  ::rocksdb::DB* db = nullptr;
  ::rocksdb::ReadOptions options = {};
};

/// `Reader::Get`. A value is a copy, so that it outlives the database: one allocation, but for
/// large values that are not in a table yet, where the copy RocksDB made is kept instead.
Result<Value> Get(const View& view, std::string_view key, const ReadOptions& options);
/// `Reader::Stat`.
Result<EntryInfo> Stat(const View& view, std::string_view key, Wanted wanted);
/// `Reader::GetMany`.
void GetMany(const View& view, std::span<const std::string_view> keys,
             std::span<Result<Value>> out);
/// `Reader::Scan`.
Result<std::unique_ptr<Cursor>> Scan(const View& view, const KeyRange& range,
                                     const ScanOptions& options);

/// Keys and values as RocksDB takes them.
[[nodiscard]] inline ::rocksdb::Slice ToSlice(std::string_view bytes) noexcept {
  // RocksDB asserts that a slice points somewhere.
  return bytes.data() != nullptr ? ::rocksdb::Slice(bytes.data(), bytes.size())
                                 : ::rocksdb::Slice();
}
/// And as they come from it.
[[nodiscard]] inline std::string_view ToView(const ::rocksdb::Slice& slice) noexcept {
  return {slice.data(), slice.size()};
}

}  // namespace anystore::rocksdb
