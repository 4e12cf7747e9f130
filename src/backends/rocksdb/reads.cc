#include "backends/rocksdb/reads.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <string>
#include <utility>

#include "anystore/results.h"
#include "backends/rocksdb/cursor.h"
#include "backends/rocksdb/status.h"
#include "backends/rocksdb/version.h"

namespace anystore::rocksdb {
namespace {

/// Above this a copy costs more than an allocation, and memory may run out.
constexpr std::size_t kLargeBytes = std::size_t{16} << 10U;
/// What a thread keeps for its next read.
constexpr std::size_t kScratchBytesMax = std::size_t{64} << 10U;

/// Where RocksDB puts a value that it cannot pin because it lies in a memtable. One for each
/// thread, so that such a read allocates no more than any other.
std::string& Scratch() {
  thread_local std::string scratch;
  return scratch;
}

void TrimScratch(std::string& scratch) {
  if (scratch.capacity() > kScratchBytesMax) [[unlikely]]
    scratch = std::string();
}

/// As `ToValue`. Apart from it, so that what it keeps on the stack burdens no small read.
[[gnu::noinline]] Result<Value> ToLargeValue(const ::rocksdb::PinnableSlice& read,
                                             std::string& own) {
  if (!read.IsPinned()) return Value::Take(std::exchange(own, std::string()));
  const std::string_view bytes = ToView(read);
  char* to = nullptr;
  ANYSTORE_ASSIGN_OR_RETURN(Value value, Value::Allocate(bytes.size(), &to));
  std::memcpy(to, bytes.data(), bytes.size());
  return value;
}

/// A value with the bytes that were read, which RocksDB either pins or has put into `own`.
Result<Value> ToValue(const ::rocksdb::PinnableSlice& read, std::string& own) {
  if (read.size() <= kLargeBytes) [[likely]]
    return Value::Copy(ToView(read));
  return ToLargeValue(read, own);
}

}  // namespace

Result<Value> Get(const View& view, std::string_view key, const ReadOptions& options) {
  return Guarded([&]() -> Result<Value> {
    std::string& scratch = Scratch();
    ::rocksdb::PinnableSlice read(&scratch);
    const ::rocksdb::Status status =
        view.db->Get(view.options, view.db->DefaultColumnFamily(), ToSlice(key), &read);
    if (!status.ok()) [[unlikely]]
      return FromStatus(status);
    if (options.info != nullptr) {
      *options.info = {.size = read.size(), .version = VersionOf(ToView(read))};
    }
    return ToValue(read, scratch);
  });
}

Result<EntryInfo> Stat(const View& view, std::string_view key, Wanted wanted) {
  return Guarded([&]() -> Result<EntryInfo> {
    std::string& scratch = Scratch();
    ::rocksdb::PinnableSlice read(&scratch);
    const ::rocksdb::Status status =
        view.db->Get(view.options, view.db->DefaultColumnFamily(), ToSlice(key), &read);
    if (!status.ok()) [[unlikely]]
      return FromStatus(status);
    EntryInfo info{.size = read.size()};
    if (Wants(wanted, Wanted::kVersion)) info.version = VersionOf(ToView(read));
    TrimScratch(scratch);
    return info;
  });
}

void GetMany(const View& view, std::span<const std::string_view> keys,
             std::span<Result<Value>> out) {
  // As many as RocksDB looks at together.
  constexpr std::size_t kAtOnce = 32;
  for (std::size_t first = 0; first < keys.size(); first += kAtOnce) {
    const std::size_t count = std::min(kAtOnce, keys.size() - first);
    const Status done = Guarded([&]() -> Status {
      std::array<::rocksdb::Slice, kAtOnce> slices;
      std::array<::rocksdb::PinnableSlice, kAtOnce> read;
      std::array<::rocksdb::Status, kAtOnce> statuses;
      std::ranges::transform(keys.subspan(first, count), slices.begin(), ToSlice);
      view.db->MultiGet(view.options, view.db->DefaultColumnFamily(), count, slices.data(),
                        read.data(), statuses.data());
      for (std::size_t i = 0; i < count; ++i) {
        out[first + i] = statuses[i].ok() ? ToValue(read[i], *read[i].GetSelf())
                                          : Result<Value>(FromStatus(statuses[i]));
      }
      return Ok();
    });
    if (done.has_value()) continue;
    for (std::size_t i = 0; i < count; ++i) out[first + i] = done.error().Clone();
  }
}

Result<std::unique_ptr<Cursor>> Scan(const View& view, const KeyRange& range,
                                     const ScanOptions& options) {
  if (range.empty()) return MakeCursor({}, range, options);
  return Guarded([&]() -> Result<std::unique_ptr<Cursor>> {
    return std::make_unique<RangeCursor>(view, range, options);
  });
}

}  // namespace anystore::rocksdb
