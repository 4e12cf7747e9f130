#include "tablet/lmdb_table.h"

#include <lmdb.h>

#include <cstdio>
#include <cstdlib>

#include "harness.h"

namespace anystore::bench {
namespace {

void Require(int code) {
  if (code == MDB_SUCCESS) return;
  std::fprintf(stderr, "lmdb: %s\n", mdb_strerror(code));
  std::abort();
}

MDB_val ToVal(std::string_view bytes) {
  // LMDB does not write to what it is given.
  return {bytes.size(), const_cast<char*>(bytes.data())};  // NOLINT(*-const-cast)
}

std::string_view ToView(const MDB_val& val) {
  return {static_cast<const char*>(val.mv_data), val.mv_size};
}

}  // namespace

struct LmdbTable::Handles {
  MDB_env* env = nullptr;
  MDB_txn* txn = nullptr;
  MDB_dbi dbi = 0;
  MDB_cursor* cursor = nullptr;
};

LmdbTable::LmdbTable(const std::filesystem::path& directory, std::span<const FixedKey> keys,
                     const ValuePool& values)
    : lmdb_(std::make_unique<Handles>()) {
  std::filesystem::create_directories(directory);
  Require(mdb_env_create(&lmdb_->env));
  Require(mdb_env_set_mapsize(lmdb_->env, std::size_t{16} << 30U));
  Require(mdb_env_open(lmdb_->env, directory.c_str(), MDB_NOSYNC, 0600));
  Require(mdb_txn_begin(lmdb_->env, nullptr, 0, &lmdb_->txn));
  Require(mdb_dbi_open(lmdb_->txn, nullptr, 0, &lmdb_->dbi));
  for (std::uint64_t i = 0; i < keys.size(); ++i) {
    MDB_val key = ToVal(ViewOf(keys[i]));
    MDB_val value = ToVal(values.Value(i));
    Require(mdb_put(lmdb_->txn, lmdb_->dbi, &key, &value, MDB_APPEND));
  }
  Require(mdb_txn_commit(lmdb_->txn));
  Require(mdb_txn_begin(lmdb_->env, nullptr, MDB_RDONLY, &lmdb_->txn));
  Require(mdb_cursor_open(lmdb_->txn, lmdb_->dbi, &lmdb_->cursor));
}

LmdbTable::~LmdbTable() {
  mdb_cursor_close(lmdb_->cursor);
  mdb_txn_abort(lmdb_->txn);
  mdb_env_close(lmdb_->env);
}

bool LmdbTable::Get(std::string_view key) {
  MDB_val wanted = ToVal(key);
  MDB_val value;
  if (mdb_get(lmdb_->txn, lmdb_->dbi, &wanted, &value) != MDB_SUCCESS) return false;
  Keep(Touch(ToView(value)));
  return true;
}

template <auto kLook>
std::uint64_t LmdbTable::Scan() {
  MDB_val key;
  MDB_val value;
  std::uint64_t count = 0;
  for (int code = mdb_cursor_get(lmdb_->cursor, &key, &value, MDB_FIRST); code == MDB_SUCCESS;
       code = mdb_cursor_get(lmdb_->cursor, &key, &value, MDB_NEXT)) {
    Keep(kLook(ToView(value)) + key.mv_size);
    ++count;
  }
  return count;
}

std::uint64_t LmdbTable::ScanAll() { return Scan<Touch>(); }
std::uint64_t LmdbTable::ReadAll() { return Scan<TouchAll>(); }

std::uint64_t LmdbTable::Range(std::string_view from, std::size_t count) {
  MDB_val key = ToVal(from);
  MDB_val value;
  std::uint64_t seen = 0;
  for (int code = mdb_cursor_get(lmdb_->cursor, &key, &value, MDB_SET_RANGE);
       code == MDB_SUCCESS && seen < count;
       code = mdb_cursor_get(lmdb_->cursor, &key, &value, MDB_NEXT)) {
    Keep(Touch(ToView(value)) + key.mv_size);
    ++seen;
  }
  return seen;
}

}  // namespace anystore::bench
