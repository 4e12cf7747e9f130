/// The words of a trace that stand for arguments, and lines taken apart.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "anystore/error.h"
#include "base/words.h"
#include "filesystem/intercepted/intercepted.h"

namespace anystore::filesystem {

/// The words for the values of an enumeration, in its order.
inline constexpr std::array<std::string_view, 2> kAccessWords = {"read", "read_write"};
inline constexpr std::array<std::string_view, 3> kCreationWords = {"existing", "if_missing",
                                                                   "exclusive"};
inline constexpr std::array<std::string_view, 2> kLockWords = {"shared", "exclusive"};
inline constexpr std::array<std::string_view, 2> kScopeWords = {"data", "all"};
inline constexpr std::array<std::string_view, 3> kAllocationWords = {"extend", "keep_size", "zero"};

/// Which arguments a call has beside its path.
[[nodiscard]] constexpr bool HasNewPath(Operation operation) {
  return operation == Operation::kRename || operation == Operation::kLink ||
         operation == Operation::kFileLink;
}

/// The call as a line of a trace begins; without its handle where that goes without saying.
[[nodiscard]] std::string PrintCall(const Call& call, bool with_handle);

/// A line of a trace.
///
/// Threads: thread-compatible.
struct TraceLine {
  /// The call, but for its path and what is written; of a close, the handle alone.
  Call call = {};
  bool is_close = false;
  /// Whether the handle was told; else it is the directory opened first.
  bool has_handle = false;
  std::string path = {};
  std::string new_path = {};
  std::vector<std::string> pieces = {};
  /// Behind the "=", without "decided".
  std::string outcome = {};
  bool decided = false;
};

/// Takes a line apart; none where it is empty or a comment.
///
/// Errors: invalid_argument ("column 7: ...").
[[nodiscard]] Result<std::optional<TraceLine>> ParseTraceLine(std::string_view line);

/// Adds the names in the outcome of a `list_next`, with their kinds; false where it is something
/// else.
bool AddNames(std::string_view outcome, std::vector<std::string>& names);

/// Bytes as a word of a trace.
[[nodiscard]] std::string BytesText(std::string_view bytes);
/// The bytes of such a word; none where it is none.
[[nodiscard]] std::optional<std::string> BytesOf(const base::Word& word);

/// The longest transfer that is made again.
inline constexpr std::uint64_t kTransferBytesMax = std::uint64_t{1} << 28U;

}  // namespace anystore::filesystem
