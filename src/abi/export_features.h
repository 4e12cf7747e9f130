/// The features of a store of C++ as tables for C.
#pragma once

#include <string_view>

#include "anystore/anystore.h"
#include "anystore/capabilities.h"
#include "anystore/datastore.h"
#include "anystore/features.h"

namespace anystore::abi {

/// `capabilities` without what the C interface does not carry: transactions.
[[nodiscard]] Capabilities CarriedCapabilities(Capabilities capabilities) noexcept;

/// The names by which C asks for features.
inline constexpr std::string_view kSnapshots = "anystore.snapshots/1";
inline constexpr std::string_view kDiskUsage = "anystore.disk_usage/1";
inline constexpr std::string_view kGarbageCollection = "anystore.garbage_collection/1";
inline constexpr std::string_view kChecking = "anystore.checking/1";
inline constexpr std::string_view kScrubbing = "anystore.scrubbing/1";

/// The tables of the features that a datastore has. Stays where it is: the tables point into it.
///
/// Threads: immutable.
class ExportedFeatures {
 public:
  /// Both outlive it.
  ExportedFeatures(Datastore& datastore, const anystore_host_v1& host);
  ExportedFeatures(const ExportedFeatures&) = delete;
  ExportedFeatures& operator=(const ExportedFeatures&) = delete;

  /// The table of a feature; null when the datastore does not have it.
  [[nodiscard]] const void* Find(std::string_view name) const noexcept;

  [[nodiscard]] const anystore_host_v1& host() const noexcept { return host_; }

 private:
  static anystore_error* NewSnapshot(void* self, const anystore_call_options* options,
                                     const anystore_reader_v1** reader);
  static anystore_error* DiskUsage(void* self, const anystore_call_options* options,
                                   std::uint64_t* number);
  static anystore_error* CollectGarbage(void* self, const anystore_call_options* options,
                                        std::uint64_t* number);
  using Report = void (*)(void* context, anystore_bytes where, anystore_bytes what);
  static anystore_error* Check(void* self, const anystore_call_options* options, Report report,
                               void* context);
  static anystore_error* Scrub(void* self, const anystore_call_options* options, Report report,
                               void* context);

  const anystore_host_v1& host_;
  SnapshotSource* const snapshots_;
  PersistentDatastore* const usage_;
  GcDatastore* const garbage_;
  CheckedDatastore* const checking_;
  ScrubbedDatastore* const scrubbing_;
  anystore_snapshots_v1 snapshots_table_ = {};
  anystore_number_v1 usage_table_ = {};
  anystore_number_v1 garbage_table_ = {};
  anystore_findings_v1 checking_table_ = {};
  anystore_findings_v1 scrubbing_table_ = {};
};

}  // namespace anystore::abi
