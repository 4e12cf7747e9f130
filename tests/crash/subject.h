// The stores whose crashes are tested.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "anystore/backend.h"
#include "anystore/environment.h"
#include "anystore/error.h"
#include "anystore/filesystem.h"
#include "anystore/open.h"
#include "anystore/store.h"

namespace anystore::crash {

// A store that keeps its records in files of an `Environment`'s filesystem.
struct CrashSubject {
  std::string name = {};
  // Opened on an empty disk, so its path is below "/".
  std::string url = {};
  // Where it can be moved to, and from there back; empty: nowhere.
  std::string other_url = {};
  // Null: the kinds of store that come with the library.
  const Registry* registry = nullptr;
  // What the disk can do.
  FileSystemTraits traits = {};
  // A site without which no workload breaks: it is for what others have left, which a test of its
  // own tries. "record_mover.cc TakeTwice"; empty: none.
  std::string tested_elsewhere = {};
  // Finds what else is wrong with a store that was opened on what a power cut left. Null: nothing.
  std::optional<std::string> (*find_wrong)(FileSystem& disk, Store& store) = nullptr;
};

// All of them: a line each, in subject.cc.
[[nodiscard]] std::span<const CrashSubject> CrashSubjects();

// Those of this name, and those whose names go on after it with "-".
[[nodiscard]] std::vector<CrashSubject> FindSubjects(std::string_view name);

// A computer that a store runs on: it dates and draws from seeds, and keeps its log to itself.
//
// Threads: thread-compatible. Must outlive the stores opened on it.
class Machine {
 public:
  Machine(FileSystem& files, std::uint64_t seed);
  Machine(const Machine&) = delete;
  Machine& operator=(const Machine&) = delete;

  // A move that was cut off is first brought to its end, there or back.
  [[nodiscard]] Result<Store> Open(const CrashSubject& subject, OpenMode mode);
  // Whether a move was cut off.
  [[nodiscard]] Result<bool> IsMoving(const CrashSubject& subject);
  // Moves a store that nobody has open to its other place.
  [[nodiscard]] Status Move(const CrashSubject& subject);

 private:
  ManualClock clock_;
  SeededRandom random_;
  SilentLogger logger_;
  Environment environment_;
};

}  // namespace anystore::crash
