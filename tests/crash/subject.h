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
  // Null: the kinds of store that come with the library.
  const Registry* registry = nullptr;
  // What the disk can do.
  FileSystemTraits traits = {};
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

  [[nodiscard]] Result<Store> Open(const CrashSubject& subject, OpenMode mode);

 private:
  ManualClock clock_;
  SeededRandom random_;
  SilentLogger logger_;
  Environment environment_;
};

}  // namespace anystore::crash
