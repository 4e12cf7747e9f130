/// Traces: the calls of a filesystem as text, and made again from that text.
///
/// A line a call: its number, what it is, what it was made on (`@` and the number of the call that
/// opened it; left out for the directory opened first), its arguments, and behind "=" what came of
/// it:
///
///     1 open_directory / = ok
///     2 open .temp/temp-1 read_write exclusive = ok
///     3 write .temp/temp-1 @2 0 "hello" = 5
///     4 sync_file .temp/temp-1 @2 data site=file_batch.cc:120 = ok
///     close @2
///     5 rename .temp/temp-1 -> AB/K.data = not_found
///     6 stat AB follow = no_space decided
///
/// Bytes are a string as Go writes it, `hex:00ff`, or `fill:4096:00` for as many times one byte; of
/// long reads only the number and CRC-32C are kept. "decided" marks what an interceptor decided and
/// no filesystem did. Times, sizes of directories and room are not kept.
#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "anystore/error.h"
#include "anystore/filesystem.h"
#include "filesystem/intercepted/intercepted.h"

namespace anystore::filesystem {

/// A call as in a trace, without what came of it and with its handle always told:
/// "3 write .temp/temp-1 @2 0 \"hello\"".
[[nodiscard]] std::string CallText(const Call& call);
/// What came of a call, as behind the "=" of a trace.
[[nodiscard]] std::string OutcomeText(const Call& call, const Outcome& outcome);

/// Writes down every call.
///
/// Threads: thread-safe. Calls stand in the order in which they ended.
class Trace final : public Interceptor {
 public:
  Decision Before(const Call& call) override;
  void After(const Call& call, const Outcome& outcome) override;
  void Closed(std::uint64_t handle) override;

  /// What was written down until now.
  [[nodiscard]] std::string ToString() const;
  /// Returns what was written down, and forgets it; handles opened before stay known.
  std::string Take();

 private:
  mutable std::mutex mutex_;
  std::string text_;
  std::uint64_t first_directory_ = 0;
};

/// A call that did not do again what it had done.
///
/// Threads: thread-compatible.
struct TraceDifference {
  /// The line of the trace, from 1.
  std::size_t line = 0;
  /// The line itself.
  std::string call = {};
  /// What the trace says came of it.
  std::string expected = {};
  /// What came of it now.
  std::string actual = {};
};

/// Makes the calls of a trace again, those that were decided left out, and stops at the first that
/// does not do the same. Listings may come in another order. A trace that opens no directory begins
/// in "/".
///
/// Errors: invalid_argument ("trace: line 3, column 7: ...").
[[nodiscard]] Result<std::optional<TraceDifference>> Replay(std::string_view trace,
                                                            FileSystem& files);

}  // namespace anystore::filesystem
