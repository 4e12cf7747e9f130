// Kills a process that writes to a store on the host's filesystem, again and again, and looks at
// what it has left.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "crash/subject.h"

namespace anystore::crash {

struct KillOptions {
  std::size_t rounds = 500;
  std::uint64_t seed = 1;
  // Each process is killed within so many microseconds.
  std::uint64_t life_us_max = 40'000;
};

struct KillReport {
  std::size_t rounds = 0;
  // Operations that had returned, and those that were under way when their process died.
  std::uint64_t finished = 0;
  std::uint64_t interrupted = 0;
  // The first thing that was wrong.
  std::optional<std::string> failure = {};
};

// Whether a store of this kind can be put on the host.
[[nodiscard]] bool RunsOnHost(const CrashSubject& subject);

// Makes the store in the empty directory `where`. After each kill, what had returned must be there,
// each record of what was under way as before or as after, and nothing else.
[[nodiscard]] KillReport RunKills(const CrashSubject& subject, const std::filesystem::path& where,
                                  const KillOptions& options);

}  // namespace anystore::crash
