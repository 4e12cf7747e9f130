/// `Chapter`, and the table of all of them.
///
/// To add one: write its function in the file of its group under chapters/, declare it in
/// chapters.h, and add one line to the table in chapters.cc.
#pragma once

#include <span>
#include <string_view>

#include "anystore/capabilities.h"
#include "context.h"

namespace anystore::conformance {

/// What a store must claim, or a target offer, for a chapter to be run.
struct Need {
  /// What it is called in the reason of a skipped chapter; empty when nothing is needed.
  std::string_view name = {};
  /// Whether it is there.
  bool (*met)(const Capabilities& can, const Target& target) = nullptr;
};

/// One chapter: what it is about, when it is run, what it relies upon.
struct Chapter {
  /// Its name in reports and filters.
  std::string_view name;
  /// One line on the promise it holds the store to.
  std::string_view about;
  /// What selects it.
  Need need;
  /// The chapters whose promises it makes use of, separated by spaces; all stand before it. When
  /// one of them fails this one is skipped, so that a defect fails the chapter it belongs to and no
  /// other.
  std::string_view builds_on;
  /// The chapter itself.
  void (*run)(Context&);
  /// Of what stores. Nearly all chapters write.
  Access access = Access::kReadWrite;
};

/// Every chapter, in the order they run.
[[nodiscard]] std::span<const Chapter> Chapters();

}  // namespace anystore::conformance
