/// `LocatorCheck`: holds the locator beside a tablet against what the tablet holds.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "anystore/filesystem.h"
#include "anystore/tablet/check.h"
#include "anystore/value.h"
#include "tablet/locator/locator.h"
#include "tablet/locator/locator_header.h"
#include "tablet/reading/tablet.h"

namespace anystore::tablet {

/// One that hides keys is found out although every reader believes it: each entry must have its own
/// place, and there must be no others.
///
/// Threads: single-thread.
class LocatorCheck {
 public:
  /// Opens the file and reads all of it. Whether there is one, and what is wrong with it, is in the
  /// report.
  ///
  /// Errors: io_error, resource_exhausted · cancelled.
  [[nodiscard]] static Result<LocatorCheck> Begin(Directory& directory, const Tablet& tablet,
                                                  const std::stop_token& stop);
  /// Looks up all keys of a block of the tablet that was found right.
  ///
  /// Errors: io_error, resource_exhausted.
  Status LookUp(std::size_t block, std::string_view entries);
  /// What was found. `entries`: how many the tablet has; none: some of its blocks are damaged.
  [[nodiscard]] LocatorReport Finish(std::optional<std::uint64_t> entries) &&;

 private:
  LocatorCheck() = default;

  Status Read(Directory& directory, const Tablet& tablet, const std::stop_token& stop);
  Status ReadHeader(const TabletIdentity& tablet);
  Status ReadLines(const std::stop_token& stop);
  /// Bytes of the file, fewer at its end: a part of the mapping, or in the buffer until the next
  /// call.
  [[nodiscard]] Result<std::string_view> Bytes(std::uint64_t offset, std::size_t size);
  [[nodiscard]] Result<bool> Finds(std::uint64_t hash, const EntryPosition& wanted);
  void Report(LocatorState state, std::uint64_t offset, std::string what);
  [[nodiscard]] bool is_sound() const noexcept { return report_.state == LocatorState::kSound; }

  std::unique_ptr<File> file_ = {};
  Value mapped_ = {};  // the whole file, or nothing
  std::string buffer_ = {};
  LocatorHeader header_ = {};
  std::uint64_t used_slots_ = 0;
  LocatorReport report_ = {};
};

}  // namespace anystore::tablet
