/// Faults by rule: which calls of a filesystem fail, fall short, lie or take long.
///
///     ANYSTORE_ASSIGN_OR_RETURN(const auto faults,
///                               FaultRules::Parse("write path=AB/*.data call=3 fail=ENOSPC"));
///     InterceptedFileSystem files(inner, *faults);
///
/// A rule a line, or several divided by ";"; "#" begins a comment. A rule is
///
///     [OPERATIONS] TERM...
///
/// OPERATIONS are names of `Operation` divided by "|", with "*": `open|rename`, `sync*`; without
/// them, all. Terms that say which calls:
///
///     path=GLOB        the path or, of a rename or link, the new one; see `Glob`
///     site=GLOB        of a sync: the file it is asked for in, or file:line
///     call=N           the N-th of the calls that the terms above leave
///     after=N          none of the first N of them
///     times=N          at most N of them
///     probability=P    each by chance, from the seed: 0.1
///
/// and what becomes of them, at most one of the first three:
///
///     fail=ERRNO       nothing happens, and it fails: fail=ENOSPC
///     shorten=N        a read or write transfers at most N bytes
///     pretend          a sync does nothing, and says that it did
///     latency=TIME     it takes that long: latency=5ms; or a time that is drawn, see `Latency`
///
/// Every rule counts for itself. Of the rules that would decide on a call, the first does;
/// latencies add up.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "anystore/environment.h"
#include "anystore/error.h"
#include "filesystem/intercepted/intercepted.h"

namespace anystore::filesystem {

struct FaultRule;

/// Options of `FaultRules::Parse`.
///
/// Threads: thread-compatible.
struct FaultOptions {
  /// Where chance comes from.
  std::uint64_t seed = 1;
  /// What a latency passes on, and must outlive the rules. Null: the host's.
  Clock* clock = nullptr;
};

/// A set of rules, and how far each has come.
///
/// Threads: thread-safe. Calls are counted, and chance is drawn, in the order in which they come.
class FaultRules final : public Interceptor {
 public:
  /// Parses rules; no rules do nothing.
  ///
  /// Errors: invalid_argument ("line 2, column 7: ...", and what is allowed there).
  [[nodiscard]] static Result<std::unique_ptr<FaultRules>> Parse(std::string_view text,
                                                                 const FaultOptions& options = {});
  FaultRules(const FaultRules&) = delete;
  FaultRules& operator=(const FaultRules&) = delete;
  ~FaultRules() override;

  Decision Before(const Call& call) override;

  /// The rules, a line each, which parse to the same.
  [[nodiscard]] std::string ToString() const;
  /// As ToString, each with "# 12 calls, 3 times" behind it.
  [[nodiscard]] std::string Report() const;
  /// How often a rule has done something, all together.
  [[nodiscard]] std::uint64_t fired() const;

 private:
  struct Counted;

  FaultRules(std::vector<Counted> rules, Clock& clock);

  mutable std::mutex mutex_;
  std::vector<Counted> rules_;
  Clock& clock_;
};

}  // namespace anystore::filesystem
