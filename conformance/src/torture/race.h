/// `Race`: stores and the model, side by side.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "anystore/conformance.h"
#include "torture/answer.h"
#include "torture/model.h"
#include "torture/operation.h"
#include "torture/rules.h"
#include "torture/subject.h"

namespace anystore::conformance::torture {

/// What may be asked of stores of all targets: opens and closes one of each.
///
/// Errors: as `Torture`.
[[nodiscard]] Result<Rules> MakeRules(std::span<const Target> targets, std::string_view prefix,
                                      std::uint64_t seed);

/// An answer that is not the model's.
struct Mismatch {
  std::size_t target = 0;
  Answer expected = {};
  Answer found = {};

  /// Whether both are of one kind: the same codes.
  [[nodiscard]] bool Alike(const Mismatch& other) const noexcept {
    return expected.code == other.expected.code && found.code == other.found.code;
  }
};

/// Threads: thread-compatible.
class Race {
 public:
  /// Opens fresh stores of the targets. `targets` and `rules` outlive the race. Errors: as
  /// `Target::open`.
  [[nodiscard]] static Result<Race> Start(std::span<const Target> targets, const Rules& rules);

  /// Does it everywhere; the first store that answers differently.
  [[nodiscard]] std::optional<Mismatch> Step(const Operation& operation);
  /// The model's answer to the last step.
  [[nodiscard]] const Answer& answer() const noexcept { return answer_; }
  /// Closes the stores, and removes them. Errors: the first that there was.
  Status End();

 private:
  Race(std::span<const Target> targets, const Rules& rules) : targets_(targets), model_(rules) {}

  std::span<const Target> targets_;
  Model model_;
  std::vector<Subject> subjects_ = {};
  Answer answer_ = {};
};

}  // namespace anystore::conformance::torture
