/// `CheckTablet`: reads all of a tablet and tells everything that is wrong with it, and what is in
/// it.
///
///     ANYSTORE_ASSIGN_OR_RETURN(const auto report,
///                               anystore::tablet::CheckTablet(files, "users.tab"));
///     for (const auto& fault : report.faults) Print("fault", anystore::tablet::Describe(fault));
///     assert(report.entries == 2 && report.first_key == "user:ada");
#pragma once

#include <cstdint>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "anystore/error.h"
#include "anystore/export.h"
#include "anystore/filesystem.h"
#include "anystore/tablet/fault.h"
#include "anystore/tablet/reader.h"

namespace anystore::tablet {

/// Options of `CheckTablet`.
///
/// Threads: thread-compatible.
struct CheckOptions {
  /// Asks it to end when stop is requested.
  std::stop_token stop = {};
  /// What is taken at most.
  ReaderOptions reader = {};
  /// So many faults are told; the rest is only counted.
  std::uint64_t faults_max = 1000;
};

/// What a tablet holds, and what is wrong with it.
///
/// Threads: thread-compatible.
struct CheckReport {
  /// What is wrong, in the order of the file. Empty: nothing.
  std::vector<Fault> faults = {};
  /// How many faults there are, told or not.
  std::uint64_t fault_count = 0;
  /// What could be read of its frame; sizes of 0 where that is wrong.
  TabletInfo info = {};
  /// Blocks that are compressed.
  std::uint64_t compressed_blocks = 0;
  /// Blocks without a checksum, which can be damaged without anybody noticing.
  std::uint64_t unprotected_blocks = 0;
  /// The bytes of all sound blocks, decompressed.
  std::uint64_t payload_bytes = 0;
  /// Restart points of all sound blocks.
  std::uint64_t restarts = 0;
  /// Entries of all sound blocks, deletions included.
  std::uint64_t entries = 0;
  /// Entries that say that their key is deleted.
  std::uint64_t deletions = 0;
  /// The bytes of all keys.
  std::uint64_t key_bytes = 0;
  /// The bytes of all values.
  std::uint64_t value_bytes = 0;
  /// The first key, if the first block is sound.
  std::string first_key = {};
  /// The last key, if the last block is sound.
  std::string last_key = {};
};

/// Checks a tablet: its frame and every block, data and meta. Damage is in the report. A locator
/// that is damaged is not used, and no fault of the tablet.
///
/// Errors: not_found, permission_denied · io_error, resource_exhausted · cancelled.
[[nodiscard]] ANYSTORE_EXPORT Result<CheckReport> CheckTablet(Directory& directory,
                                                              std::string_view name,
                                                              const CheckOptions& options = {});

}  // namespace anystore::tablet
