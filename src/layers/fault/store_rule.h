/// One rule of the layer `fault`: which calls of a store, and what becomes of them
/// (docs/layers/fault.md).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "anystore/error.h"
#include "base/words.h"
#include "filesystem/faults/glob.h"
#include "filesystem/faults/terms.h"
#include "layers/verb.h"

namespace anystore::layers {

/// The bit of a verb in a set of verbs.
[[nodiscard]] constexpr std::uint32_t BitOf(Verb verb) noexcept {
  return std::uint32_t{1} << static_cast<unsigned>(verb);
}

/// Whether a write that fails has happened.
enum class Effect : std::uint8_t {
  kNone,     ///< It has not, and the error says so.
  kUnknown,  ///< It has or has not, by chance; the error says that it may have.
  kTorn,     ///< So much of its front has, by chance, up to all or nothing.
};

/// Threads: thread-compatible.
struct StoreRule {
  enum class Action : std::uint8_t { kNone, kFail, kCorrupt };

  /// A rule of its words, at least one: `put|batch key=/a/* times=2 fail=io_error`.
  ///
  /// Errors: invalid_argument (the column, and what is allowed there).
  [[nodiscard]] static Result<StoreRule> Parse(std::span<const base::Word> words);
  [[nodiscard]] bool IsAbout(Verb verb) const noexcept { return (verbs & BitOf(verb)) != 0; }

  /// A bit a verb.
  std::uint32_t verbs = 0;
  std::optional<filesystem::Glob> key = {};
  filesystem::RuleTerms when = {};
  Action action = Action::kNone;
  /// One of them, for kFail.
  std::vector<Code> codes = {};
  /// None: as codes of that kind usually are.
  std::optional<Retry> retry = {};
  Effect effect = Effect::kNone;
};

}  // namespace anystore::layers
