#include "backends/tablets/tablet_store.h"

#include <utility>

#include "anystore/tablet/check.h"
#include "tablet/locator/locator.h"
#include "tablet/stack/source_cursor.h"

namespace anystore::tablets {

Capabilities TabletCapabilities(const tablet::ReaderOptions& options, bool mapped) {
  return {.keys = {.bytes_max = options.key_bytes_max},
          .value_bytes_max = options.block_bytes_max,
          .access = Access::kReadOnly,
          .ordered_scan = Support::kNative,
          .reverse_scan = Support::kNative,
          .scan_isolation = ScanIsolation::kSnapshot,
          // Where blocks are not mapped, or compressed, the whole one is read.
          .range_read = mapped ? Support::kNative : Support::kAbsent,
          .snapshots = Support::kNative,
          .consistency = Consistency::kLinearizable,
          .sharing = Sharing::kManyProcesses,
          .persistence = Persistence::kReopen};
}

Result<Value> TabletReads::Get(std::string_view key, const ReadOptions& options) {
  ANYSTORE_ASSIGN_OR_RETURN(tablet::Lookup said, version_->Look(key));
  if (said.state != tablet::Lookup::State::kFound) return Error(Code::kNotFound);
  if (options.info != nullptr) *options.info = {.size = said.value.size()};
  if (options.window.whole()) return std::move(said.value);
  return said.value.Slice(options.window.offset, options.window.length);
}

Result<EntryInfo> TabletReads::Stat(std::string_view key, Wanted /*wanted*/,
                                    const CallOptions& /*call*/) {
  ANYSTORE_ASSIGN_OR_RETURN(const tablet::Lookup said, version_->Look(key));
  if (said.state != tablet::Lookup::State::kFound) return Error(Code::kNotFound);
  return EntryInfo{.size = said.value.size()};
}

Result<std::unique_ptr<Cursor>> TabletReads::Scan(const KeyRange& range,
                                                  const ScanOptions& options) {
  return std::make_unique<tablet::SourceCursor>(version_->NewSource(range, options), options);
}

TabletStore::TabletStore(OpenedStack opened, const tablet::ReaderOptions& options)
    : opened_(std::move(opened)),
      options_(options),
      capabilities_(TabletCapabilities(options, opened_.mapped)),
      reads_(opened_.version) {}

Result<Receipt> TabletStore::Apply(std::span<const Mutation> /*mutations*/,
                                   const WriteOptions& /*options*/) {
  return Error(Code::kReadOnly, "tablets are not written to; `anystore export` makes a new one");
}

Status TabletStore::Sync(const KeyRange& /*range*/, const CallOptions& /*call*/) { return Ok(); }

Result<std::unique_ptr<Reader>> TabletStore::NewSnapshot(const CallOptions& /*call*/) {
  return std::make_unique<TabletReads>(opened_.version);
}

Result<std::uint64_t> TabletStore::DiskUsage(const CallOptions& /*call*/) { return opened_.bytes; }

Result<std::vector<Finding>> TabletStore::Check(const CallOptions& call) {
  std::vector<Finding> findings;
  for (const StoreFile& file : opened_.tablets) {
    ANYSTORE_ASSIGN_OR_RETURN(
        const tablet::CheckReport report,
        tablet::CheckTablet(*file.directory, file.name, {.stop = call.stop, .reader = options_}));
    for (const tablet::Fault& fault : report.faults)
      findings.push_back({.where = file.name, .what = Describe(fault)});
    if (report.fault_count > report.faults.size()) {
      findings.push_back(
          {.where = file.name,
           .what = std::to_string(report.fault_count - report.faults.size()) + " more"});
    }
    if (report.locator.is_fault()) {
      findings.push_back({.where = file.name + std::string(tablet::kLocatorSuffix),
                          .what = tablet::DescribeLocator(report.locator)});
    }
  }
  return findings;
}

}  // namespace anystore::tablets
