#include "abi/export_features.h"

#include <memory>
#include <utility>
#include <vector>

#include "abi/bytes.h"
#include "abi/errors.h"
#include "abi/export_reader.h"
#include "abi/options.h"

namespace anystore::abi {
namespace {

/// Calls `run` with the options, and reports what it finds.
template <class Run>
Status TellFindings(const anystore_call_options* options,
                    void (*report)(void* context, anystore_bytes where, anystore_bytes what),
                    void* context, Run&& run) {
  if (report == nullptr) return Error(Code::kInvalidArgument, "report is null");
  ANYSTORE_ASSIGN_OR_RETURN(const FromC<CallOptions> call, ReadCall(options));
  ANYSTORE_ASSIGN_OR_RETURN(const std::vector<Finding> findings, run(call.options));
  for (const Finding& finding : findings) {
    report(context, BytesOf(finding.where), BytesOf(finding.what));
  }
  return Ok();
}

}  // namespace

Capabilities CarriedCapabilities(Capabilities capabilities) noexcept {
  capabilities.transactions = Support::kAbsent;
  return capabilities;
}

ExportedFeatures::ExportedFeatures(Datastore& datastore, const anystore_host_v1& host)
    : host_(host),
      snapshots_(datastore.feature<SnapshotSource>()),
      usage_(datastore.feature<PersistentDatastore>()),
      garbage_(datastore.feature<GcDatastore>()),
      checking_(datastore.feature<CheckedDatastore>()),
      scrubbing_(datastore.feature<ScrubbedDatastore>()) {
  snapshots_table_ = {.size = sizeof(snapshots_table_), .self = this, .new_snapshot = &NewSnapshot};
  usage_table_ = {.size = sizeof(usage_table_), .self = this, .run = &DiskUsage};
  garbage_table_ = {.size = sizeof(garbage_table_), .self = this, .run = &CollectGarbage};
  checking_table_ = {.size = sizeof(checking_table_), .self = this, .run = &Check};
  scrubbing_table_ = {.size = sizeof(scrubbing_table_), .self = this, .run = &Scrub};
}

const void* ExportedFeatures::Find(std::string_view name) const noexcept {
  if (name == kSnapshots && snapshots_ != nullptr) return &snapshots_table_;
  if (name == kDiskUsage && usage_ != nullptr) return &usage_table_;
  if (name == kGarbageCollection && garbage_ != nullptr) return &garbage_table_;
  if (name == kChecking && checking_ != nullptr) return &checking_table_;
  if (name == kScrubbing && scrubbing_ != nullptr) return &scrubbing_table_;
  return nullptr;
}

anystore_error* ExportedFeatures::NewSnapshot(void* self, const anystore_call_options* options,
                                              const anystore_reader_v1** reader) {
  return Inside<ExportedFeatures>(self, [&](ExportedFeatures& features) -> Status {
    ANYSTORE_TRY(NotNull(reader));
    ANYSTORE_ASSIGN_OR_RETURN(const FromC<CallOptions> call, ReadCall(options));
    ANYSTORE_ASSIGN_OR_RETURN(std::unique_ptr<Reader> snapshot,
                              features.snapshots_->NewSnapshot(call.options));
    *reader = ExportReader(std::move(snapshot), features.host_);
    return Ok();
  });
}

anystore_error* ExportedFeatures::DiskUsage(void* self, const anystore_call_options* options,
                                            std::uint64_t* number) {
  return Inside<ExportedFeatures>(self, [&](ExportedFeatures& features) -> Status {
    ANYSTORE_TRY(NotNull(number));
    ANYSTORE_ASSIGN_OR_RETURN(const FromC<CallOptions> call, ReadCall(options));
    ANYSTORE_ASSIGN_OR_RETURN(*number, features.usage_->DiskUsage(call.options));
    return Ok();
  });
}

anystore_error* ExportedFeatures::CollectGarbage(void* self, const anystore_call_options* options,
                                                 std::uint64_t* number) {
  return Inside<ExportedFeatures>(self, [&](ExportedFeatures& features) -> Status {
    ANYSTORE_TRY(NotNull(number));
    ANYSTORE_ASSIGN_OR_RETURN(const FromC<CallOptions> call, ReadCall(options));
    *number = 0;
    return features.garbage_->CollectGarbage(call.options);
  });
}

anystore_error* ExportedFeatures::Check(void* self, const anystore_call_options* options,
                                        Report report, void* context) {
  return Inside<ExportedFeatures>(self, [&](ExportedFeatures& features) {
    return TellFindings(options, report, context,
                        [&](const CallOptions& call) { return features.checking_->Check(call); });
  });
}

anystore_error* ExportedFeatures::Scrub(void* self, const anystore_call_options* options,
                                        Report report, void* context) {
  return Inside<ExportedFeatures>(self, [&](ExportedFeatures& features) {
    return TellFindings(options, report, context,
                        [&](const CallOptions& call) { return features.scrubbing_->Scrub(call); });
  });
}

}  // namespace anystore::abi
