/// `SortedRun`: keys in order, each with a value or that it is deleted. A stack is made of them.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "anystore/key_range.h"
#include "anystore/options.h"
#include "anystore/tablet/reader.h"
#include "tablet/reading/entry_source.h"

namespace anystore::tablet {

/// Threads: thread-safe.
class SortedRun {
 public:
  virtual ~SortedRun() = default;
  /// What it says of a key.
  ///
  /// Errors: as `TabletReader::Get`.
  [[nodiscard]] virtual Result<Lookup> Look(std::string_view key) const = 0;
  /// The entries of a range, which keeps what it reads from alive. Of `options`, values and infos
  /// are of no account.
  [[nodiscard]] virtual std::unique_ptr<EntrySource> NewSource(
      const KeyRange& range, const ScanOptions& options) const = 0;
};

}  // namespace anystore::tablet
