// Runs one script, cuts the power at every change, and inspects what is left.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "anystore/simulated_disk.h"
#include "crash/barriers.h"
#include "crash/inspection.h"
#include "crash/script.h"
#include "crash/subject.h"

namespace anystore::crash {

struct RunOptions {
  // The classes of images.
  std::span<const Survivors> survivors = kAllSurvivors;
  // How many images of a class that depends on a seed are taken at each cut.
  std::uint32_t images_per_cut = 1;
  // One of so many images gets a second power cut at every change of the recovery; 0: none.
  std::uint32_t second_cut_one_in = 16;
  // One of so many is written to after recovery; 0: none.
  std::uint32_t write_one_in = 4;
  // The site of the barriers that are left out.
  std::string pretended = {};
  // Goes on after a failure, to count them.
  bool count_failures = false;
  // Keeps the calls that change something, as text.
  bool trace = false;
};

// A store broke its word.
struct Failure {
  // With the cut that it takes, unless it is kLive: then without.
  Script script = {};
  Violation violation = {};
};

// How much was done.
struct RunCounts {
  std::uint64_t scripts = 0;
  std::uint64_t operations = 0;
  std::uint64_t calls = 0;
  std::uint64_t cuts = 0;
  std::array<std::uint64_t, kSurvivorCount> images = {};
  std::uint64_t second_cuts = 0;
  std::uint64_t failures = 0;

  void Add(const RunCounts& other);
};

struct RunReport {
  RunCounts counts = {};
  // The first failure.
  std::optional<Failure> failure = {};
  BarrierTable barriers = {};
  std::vector<std::string> trace = {};
};

// A script without a cut is cut at every change; one with a cut there only, in that way.
[[nodiscard]] RunReport RunScript(const CrashSubject& subject, const Script& script,
                                  const RunOptions& options);

}  // namespace anystore::crash
