#include "store.h"

#include <utility>

namespace anystore_sqlite {
namespace {

using anystore::Code;
using anystore::Durability;
using anystore::Entry;
using anystore::EntryView;
using anystore::Error;
using anystore::KeyRange;
using anystore::Ok;
using anystore::Result;
using anystore::Status;
using anystore::Support;
using anystore::Value;

// The statements that every store keeps prepared, by their place in `statements_`.
enum : std::size_t { kGet, kSize, kPut, kDelete, kForwards, kBackwards };
constexpr const char* kSql[] = {
    "SELECT value FROM records WHERE key = ?1",
    "SELECT length(value) FROM records WHERE key = ?1",
    "INSERT OR REPLACE INTO records (key, value) VALUES (?1, ?2)",
    "DELETE FROM records WHERE key = ?1",
    "SELECT key, CASE ?5 WHEN 1 THEN value END, length(value) FROM records "
    "WHERE key >= ?1 AND (?2 = 0 OR key < ?3) ORDER BY key LIMIT ?4",
    "SELECT key, CASE ?5 WHEN 1 THEN value END, length(value) FROM records "
    "WHERE key >= ?1 AND (?2 = 0 OR key < ?3) ORDER BY key DESC LIMIT ?4"};

// Walks through a range a page at a time, so that neither memory nor the time for which writers
// wait grows with the store.
class PageCursor final : public anystore::Cursor {
 public:
  PageCursor(SqliteStore& store, const anystore::Query& query)
      : store_(store), range_(query.range), reverse_(query.reverse), values_(!query.keys_only) {}

  Result<std::size_t> Next(std::span<EntryView> out) override {
    if (next_ == page_.size()) ANYSTORE_TRY(Turn());
    std::size_t count = 0;
    for (; count < out.size() && next_ < page_.size(); ++count, ++next_) {
      const Entry& entry = page_[next_];
      out[count] = {.key = entry.key, .value = entry.value.bytes(), .info = entry.info};
    }
    return count;
  }

  Status Seek(std::string_view key) override {
    // Backwards the key itself is wanted, so the end lies just behind it.
    const KeyRange wanted =
        reverse_ ? KeyRange("", std::string(key).append(1, '\0')) : KeyRange::From(key);
    rest_ = range_.Intersect(wanted);
    page_.clear();
    next_ = 0;
    return Ok();
  }

 private:
  static constexpr std::int64_t kEntriesAPage = 256;

  Status Turn() {
    if (!page_.empty()) {
      // Just behind the last key: the key with a zero byte more is its successor.
      const std::string& last = page_.back().key;
      const KeyRange left = reverse_ ? KeyRange("", last) : KeyRange::From(last + '\0');
      rest_ = rest_.Intersect(left);
    }
    next_ = 0;
    page_.clear();
    if (rest_.empty()) return Ok();
    ANYSTORE_ASSIGN_OR_RETURN(page_, store_.Page(rest_, reverse_, values_, kEntriesAPage));
    if (page_.empty()) rest_ = KeyRange("", "");
    return Ok();
  }

  SqliteStore& store_;
  const KeyRange range_;
  KeyRange rest_ = range_;  // what is still to come
  const bool reverse_;
  const bool values_;
  std::vector<Entry> page_;
  std::size_t next_ = 0;
};

}  // namespace

anystore::Capabilities SqliteStore::Can(bool sync) {
  constexpr std::uint64_t kBlobBytesMax = 1'000'000'000;  // SQLITE_MAX_LENGTH, as Debian builds it
  anystore::Capabilities can;
  can.keys.bytes_max = 1 << 20;
  can.value_bytes_max = kBlobBytesMax - can.keys.bytes_max - (1 << 10);  // a row is limited, too
  can.ordered_scan = Support::kNative;
  can.reverse_scan = Support::kNative;
  can.scan_isolation = anystore::ScanIsolation::kEntryExists;
  can.conditional_write = anystore::ConditionScope::kHandle;
  can.batch_atomicity = anystore::Atomicity::kPerRecord;
  can.put_durability = sync ? Durability::kSurvivesPower : Durability::kSurvivesProcess;
  can.durability_max = Durability::kSurvivesPower;
  can.sync_durability = Durability::kSurvivesPower;
  can.consistency = anystore::Consistency::kLinearizable;
  can.sharing = anystore::Sharing::kManyProcesses;
  can.persistence = anystore::Persistence::kReopen;
  return can;
}

Result<std::unique_ptr<SqliteStore>> SqliteStore::Make(Connection connection, bool sync) {
  // In write-ahead mode "full" syncs the log at every commit, "normal" only at checkpoints.
  ANYSTORE_TRY(
      connection.Execute(sync ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL"));
  std::unique_ptr<SqliteStore> store(new SqliteStore(std::move(connection), sync));
  for (const char* const sql : kSql) {
    ANYSTORE_ASSIGN_OR_RETURN(Statement statement,
                              Statement::Prepare(store->connection_.handle(), sql));
    store->statements_.push_back(std::move(statement));
  }
  return store;
}

Result<Value> SqliteStore::Get(std::string_view key) {
  const std::lock_guard lock(mutex_);
  Statement& get = statements_[kGet];
  get.Bind(1, key);
  ANYSTORE_ASSIGN_OR_RETURN(const bool found, get.Step());
  Result<Value> value = found ? Result<Value>(Value::Copy(get.Bytes(0))) : Error(Code::kNotFound);
  get.Reset();
  return value;
}

Result<std::uint64_t> SqliteStore::GetSize(std::string_view key) {
  const std::lock_guard lock(mutex_);
  Statement& size = statements_[kSize];
  size.Bind(1, key);
  ANYSTORE_ASSIGN_OR_RETURN(const bool found, size.Step());
  const auto bytes = found ? static_cast<std::uint64_t>(size.Number(0)) : 0;
  size.Reset();
  if (!found) return Error(Code::kNotFound);
  return bytes;
}

Status SqliteStore::Put(std::string_view key, std::string_view value) {
  const std::lock_guard lock(mutex_);
  Statement& put = statements_[kPut];
  put.Bind(1, key);
  put.Bind(2, value);
  return put.Run();
}

Status SqliteStore::Delete(std::string_view key) {
  const std::lock_guard lock(mutex_);
  Statement& remove = statements_[kDelete];
  remove.Bind(1, key);
  return remove.Run();
}

Result<std::vector<Entry>> SqliteStore::Page(const KeyRange& range, bool reverse, bool values,
                                             std::int64_t limit) {
  const std::lock_guard lock(mutex_);
  Statement& scan = statements_[reverse ? kBackwards : kForwards];
  scan.Bind(1, range.from());
  scan.Bind(2, std::int64_t{range.to().has_value()});
  scan.Bind(3, range.to().has_value() ? std::string_view(*range.to()) : std::string_view());
  scan.Bind(4, limit);
  scan.Bind(5, std::int64_t{values});
  std::vector<Entry> entries;
  for (;;) {
    ANYSTORE_ASSIGN_OR_RETURN(const bool row, scan.Step());
    if (!row) break;
    entries.push_back({.key = std::string(scan.Bytes(0)),
                       .value = Value::Copy(scan.Bytes(1)),
                       .info = {.size = static_cast<std::uint64_t>(scan.Number(2))}});
  }
  scan.Reset();
  return entries;
}

Result<anystore::Results> SqliteStore::Query(const anystore::Query& query) {
  return anystore::Results(query, std::make_unique<PageCursor>(*this, query), /*sorted=*/true);
}

Status SqliteStore::Sync(const KeyRange& /*range*/) {
  if (sync_) return Ok();
  const std::lock_guard lock(mutex_);
  return connection_.Execute("PRAGMA wal_checkpoint(FULL)");
}

Status SqliteStore::Close() {
  statements_.clear();
  return connection_.Close();
}

}  // namespace anystore_sqlite
