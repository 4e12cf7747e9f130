/// One rule of a `FaultRules`.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "anystore/error.h"
#include "base/words.h"
#include "filesystem/faults/glob.h"
#include "filesystem/faults/terms.h"
#include "filesystem/intercepted/intercepted.h"

namespace anystore::filesystem {

/// Which calls, when, and what becomes of them.
///
/// Threads: thread-compatible.
struct FaultRule {
  /// A rule of its words, at least one: `write path=AB/*.data call=3 fail=ENOSPC`.
  ///
  /// Errors: invalid_argument (the column, and what is allowed there).
  [[nodiscard]] static Result<FaultRule> Parse(std::span<const base::Word> words);
  /// The rule as text, which parses to the same.
  [[nodiscard]] std::string ToString() const;
  /// Whether it is about such a call, whenever it comes.
  [[nodiscard]] bool IsAbout(const Call& call) const;
  /// What it makes of a call.
  [[nodiscard]] Decision Act(const Call& call) const;

  /// As written: "open|rename", "sync*".
  std::string operations = "*";
  /// A bit an `Operation`: those it names, less those that the other terms cannot be about.
  std::uint32_t operation_bits = 0;
  std::optional<Glob> path = {};
  std::optional<Glob> site = {};
  RuleTerms when = {};

  Decision::Kind action = Decision::Kind::kProceed;
  int os_error = 0;
  std::uint64_t shorten = 0;
};

}  // namespace anystore::filesystem
