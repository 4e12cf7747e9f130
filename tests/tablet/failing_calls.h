// Tablets below calls that fail, one after the other.
#pragma once

#include <gtest/gtest.h>

#include <cerrno>
#include <cstdint>
#include <memory>

#include "anystore/simulated_disk.h"
#include "filesystem/intercepted/intercepted.h"
#include "filesystem/watched_files.h"
#include "tablet/power_cuts.h"

namespace anystore::tablet {

// A disk whose calls fail when a test says so.
class FailingDisk {
 public:
  explicit FailingDisk(const DiskKind& kind)
      : disk_({.profile = kind.profile, .traits = {.unnamed_files = kind.unnamed_files}}) {}

  SimulatedDisk& disk() { return disk_; }
  Directory& root() { return *root_; }
  // Whoever only reads it is not disturbed.
  std::unique_ptr<Directory> Undisturbed() { return disk_.OpenDirectory("/").value(); }
  // Lets the `number`-th call from now on fail, counted from 1.
  void FailAt(std::uint64_t number) {
    const std::uint64_t at = files_.calls() + number;
    failed_ = false;
    calls_.fails = [this, at](const filesystem::Call& call) {
      if (call.number != at) return false;
      failed_ = true;
      return true;
    };
  }
  void FailIn(filesystem::Operation operation) {
    calls_.fails = [operation](const filesystem::Call& call) {
      return call.operation == operation;
    };
  }
  void FailNone() { calls_.fails = nullptr; }
  // Whether the call was reached.
  [[nodiscard]] bool failed() const noexcept { return failed_; }
  [[nodiscard]] std::size_t open_handles() const noexcept { return files_.open_handles(); }

 private:
  SimulatedDisk disk_;
  testing::FailingCalls calls_;
  filesystem::InterceptedFileSystem files_{disk_, calls_};
  std::unique_ptr<Directory> root_ = files_.OpenDirectory("/").value();
  bool failed_ = false;
};

}  // namespace anystore::tablet
