#include "backends/rocksdb/native_batch.h"

#include <algorithm>
#include <optional>
#include <string_view>

#include "backends/rocksdb/database.h"
#include "backends/rocksdb/reads.h"
#include "backends/rocksdb/status.h"
#include "backends/rocksdb/version.h"

namespace anystore::rocksdb {
namespace {

/// A hint is believed this far.
constexpr std::uint64_t kHintBytesMax = std::uint64_t{1} << 20U;

/// The version of the last record that `batch` puts; none when it puts none.
std::optional<Version> LastVersionIn(const ::rocksdb::WriteBatch& batch) {
  class LastPut final : public ::rocksdb::WriteBatch::Handler {
   public:
    void Put(const ::rocksdb::Slice& /*key*/, const ::rocksdb::Slice& value) override {
      last = ToView(value);
    }
    void Delete(const ::rocksdb::Slice& /*key*/) override {}
    std::optional<std::string_view> last;
  } puts;
  if (!batch.Iterate(&puts).ok() || !puts.last.has_value()) return std::nullopt;
  return VersionOf(*puts.last);
}

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
    Receipt receipt{.applied = batch_.Count()};
    if (options.want_version) receipt.version = LastVersionIn(batch_);
    Discard();
    return receipt;
  });
}

void NativeBatch::Discard() {
  batch_.Clear();
  stripes_ = {};
}

}  // namespace anystore::rocksdb
