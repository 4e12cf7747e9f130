#include "backends/rocksdb/native_batch.h"

#include <algorithm>

#include "backends/rocksdb/database.h"
#include "backends/rocksdb/reads.h"
#include "backends/rocksdb/status.h"
#include "backends/rocksdb/version.h"

namespace anystore::rocksdb {
namespace {

/// A hint is believed this far.
constexpr std::uint64_t kHintBytesMax = std::uint64_t{1} << 20U;

}  // namespace

NativeBatch::NativeBatch(Database& database, const BatchOptions& options)
    : database_(database),
      batch_(static_cast<std::size_t>(std::min(options.bytes_hint, kHintBytesMax))) {}

Status NativeBatch::Put(std::string_view key, std::string_view value) {
  return Guarded([&]() -> Status {
    if (const auto status = batch_.Put(ToSlice(key), ToSlice(value)); !status.ok()) {
      return FromStatus(status);
    }
    stripes_.Add(key, false);
    last_version_ = VersionOf(value);
    return Ok();
  });
}

Status NativeBatch::Delete(std::string_view key) {
  return Guarded([&]() -> Status {
    if (const auto status = batch_.Delete(ToSlice(key)); !status.ok()) return FromStatus(status);
    stripes_.Add(key, false);
    return Ok();
  });
}

Result<Receipt> NativeBatch::Commit(const WriteOptions& options) {
  return Guarded([&]() -> Result<Receipt> {
    if (batch_.Count() == 0) return Receipt{};
    ANYSTORE_TRY(database_.Commit(batch_, stripes_, options));
    const Receipt receipt{.applied = batch_.Count(), .version = last_version_};
    Discard();
    return receipt;
  });
}

void NativeBatch::Discard() {
  batch_.Clear();
  stripes_ = {};
  last_version_.reset();
}

}  // namespace anystore::rocksdb
