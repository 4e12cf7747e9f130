/// Counting how much space a repository takes, as the original does when it has no note of it.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>

#include "anystore/environment.h"
#include "anystore/error.h"
#include "anystore/filesystem.h"
#include "anystore/options.h"

namespace anystore::flatfs {

/// How far a count may go. The defaults are the original's.
struct CountLimits {
  /// So many names of a directory are looked at, chosen at random; the others are taken to be as
  /// large as those on average.
  std::size_t names_per_directory = 2000;
  /// After that, so is everything that was not looked at yet.
  Duration time = std::chrono::minutes(5);
  /// With more names than that there is no answer.
  std::size_t names_max = std::numeric_limits<std::size_t>::max();
};

/// What a count found.
struct UsageCount {
  std::uint64_t bytes = 0;
  /// kExact, kApproximate or kTimedOut.
  std::string_view accuracy = {};
  /// Whether there are directories beside the one of temporary files.
  bool has_directories = false;
};

/// Adds up the sizes of all files and directories below `root`, as the filesystem tells them, and
/// of the root itself, but for `.temp`'s contents, which are on their way somewhere, and the note
/// of the result. What is gone when it is looked at counts nothing, nor do links that lead to no
/// file. None: beyond `names_max`.
///
/// Errors: timeout, cancelled · those of the filesystem.
[[nodiscard]] Result<std::optional<UsageCount>> CountUsage(Directory& root,
                                                           const CountLimits& limits, Clock& clock,
                                                           Random& random, const CallOptions& call);

}  // namespace anystore::flatfs
