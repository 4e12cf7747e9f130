/// Whether a copy is one.
#pragma once

#include <cstdint>
#include <string>

#include "anystore/error.h"
#include "anystore/key_range.h"
#include "anystore/store.h"
#include "cli/arguments.h"
#include "cli/progress.h"

namespace anystore::cli {

/// What of the source the destination lacks or has differently.
struct VerifyOutcome {
  std::uint64_t wrong = 0;
  /// A key of the source for which that is so.
  std::string first = {};
};

/// Reads every record of the source in `range`, and what the destination has under the key that
/// `naming` gives it, and compares. What only the destination has does not count.
///
/// Errors: those of the stores · cancelled.
Result<VerifyOutcome> VerifyCopy(Store& source, Store& destination, const KeyRange& range,
                                 KeyNaming naming, Progress& progress);

}  // namespace anystore::cli
