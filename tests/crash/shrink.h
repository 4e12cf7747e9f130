// Makes the script of a failure as short as it gets.
#pragma once

#include <cstddef>
#include <string>

#include "crash/run.h"
#include "crash/subject.h"

namespace anystore::crash {

struct Shrunk {
  // The shortest script found that fails in the same way, with its cut.
  Failure failure = {};
  // The calls of that script up to the cut.
  std::vector<std::string> trace = {};
  // How many scripts were tried.
  std::size_t tried = 0;
};

// Leaves out operations, then changes of batches, makes values shorter and keys the same, as long
// as the store fails with the same fault. At most `tries_max` scripts are run.
[[nodiscard]] Shrunk Shrink(const CrashSubject& subject, const Failure& failure,
                            const RunOptions& options, std::size_t tries_max = 2000);

// What is wrong, the script, the trace, and the command that shows it again.
[[nodiscard]] std::string ToText(const CrashSubject& subject, const Shrunk& shrunk,
                                 const RunOptions& options);

}  // namespace anystore::crash
