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

/// What is known of the locator beside a tablet, the file `NAME.locator`, through which readers
/// find keys. To delete that file is always safe: it is built anew on demand.
enum class LocatorState : std::uint8_t {
  kUnchecked,  ///< It was not looked at: the options ignore it, the frame of the tablet is wrong,
               ///< or the file cannot be opened, which is told then.
  kNone,       ///< There is none.
  kSound,    ///< It belongs to the tablet, and every key of every sound block is found through it.
  kStale,    ///< It belongs to another tablet, as after the tablet was replaced or copied, or is of
             ///< a later version. Nobody uses it, and nothing is wrong.
  kDamaged,  ///< Its bytes are not those that were written. Nobody uses it.
  kWrong,    ///< It fits and its checksums are right, so readers use it, but it does not lead to
             ///< every entry, or elsewhere, too: keys are hidden until the file is deleted.
};

/// The stable lower-case name of a state: "stale".
[[nodiscard]] ANYSTORE_EXPORT std::string_view LocatorStateName(LocatorState state) noexcept;

/// What a check found out about a locator.
///
/// Threads: thread-compatible.
struct LocatorReport {
  /// What is known.
  LocatorState state = LocatorState::kUnchecked;
  /// The size of the file; 0: there is none, or it was not opened.
  std::uint64_t file_bytes = 0;
  /// Where in that file it is damaged or wrong, in bytes.
  std::uint64_t offset = 0;
  /// What is damaged, wrong or stale, or why it could not be opened.
  std::string what = {};

  /// Whether something is wrong with it.
  [[nodiscard]] bool is_fault() const noexcept {
    return state == LocatorState::kDamaged || state == LocatorState::kWrong;
  }
};

/// A report on one line: "damaged at offset 0: the file does not begin as a locator does; …".
[[nodiscard]] ANYSTORE_EXPORT std::string DescribeLocator(const LocatorReport& report);

/// Options of `CheckTablet`.
///
/// Threads: thread-compatible.
struct CheckOptions {
  /// Asks it to end when stop is requested.
  std::stop_token stop = {};
  /// What is taken at most. With LocatorUse::kIgnore, the locator is not looked at; none is built
  /// in any case.
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
  /// What is known of the locator beside it. Its damage is none of the tablet, and not among the
  /// faults.
  LocatorReport locator = {};
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
  /// Entries that say that their key is deleted, with `ReaderOptions::java_tombstones` in either
  /// way.
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

/// Checks a tablet: its frame and every block, data and meta; and the locator beside it, if there
/// is one. Damage is in the report. Memory: two blocks, the index, and 1 MiB for a locator that is
/// not mapped.
///
/// Errors: not_found, permission_denied · io_error, resource_exhausted · cancelled.
[[nodiscard]] ANYSTORE_EXPORT Result<CheckReport> CheckTablet(Directory& directory,
                                                              std::string_view name,
                                                              const CheckOptions& options = {});

}  // namespace anystore::tablet
