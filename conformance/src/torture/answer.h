/// `Answer`: what a store, or the model, says to one operation.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "anystore/environment.h"
#include "anystore/error.h"

namespace anystore::conformance::torture {

/// What is said of one record.
struct Item {
  Code code = Code::kOk;
  std::string key = {};
  std::optional<std::string> value = {};
  std::optional<std::uint64_t> size = {};
  /// When it goes away, counted from the beginning of the script.
  std::optional<Duration> expires = {};

  friend bool operator==(const Item&, const Item&) = default;
};

struct Answer {
  /// There was nothing to do it with: no snapshot, no cursor.
  bool nothing = false;
  Code code = Code::kOk;
  std::optional<std::uint64_t> number = {};  ///< A size, or how many were applied.
  std::optional<bool> holds = {};            ///< Has.
  std::optional<std::vector<Item>> items = {};
  /// What the error says; for people.
  std::string message = {};

  /// Whether both say the same, in whatever words.
  friend bool operator==(const Answer& a, const Answer& b) {
    return a.nothing == b.nothing && a.code == b.code && a.number == b.number &&
           a.holds == b.holds && a.items == b.items;
  }
};

/// The answer as lines, as files of tests print it; without the message.
[[nodiscard]] std::string ToText(const Answer& answer);

}  // namespace anystore::conformance::torture
