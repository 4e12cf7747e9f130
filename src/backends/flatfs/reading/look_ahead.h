/// Reading many records, with several on their way from a medium that takes its time.
#pragma once

#include <cstddef>
#include <memory>
#include <string_view>

#include "anystore/environment.h"
#include "anystore/file.h"
#include "anystore/filesystem.h"

namespace anystore::flatfs {

/// How many records are opened before they are read: one as long as they are in memory, more while
/// reading waits for the medium.
///
/// Threads: thread-compatible.
class LookAhead {
 public:
  /// A value that takes longer than `patience`, and a nanosecond a byte, was not in memory. The
  /// longer, the less often a thread that waits for a processor is taken for one that waits for the
  /// medium, for which each record then takes a call more.
  explicit LookAhead(Duration patience) noexcept : patience_(patience) {}

  [[nodiscard]] std::size_t depth() const noexcept { return depth_; }
  /// After a round, in which `count` records with `bytes` bytes were read.
  void Adapt(Duration took, std::size_t count, std::size_t bytes) noexcept;

 private:
  const Duration patience_;
  std::size_t depth_ = 1;
  std::size_t rounds_left_ = 0;  // of looking further ahead
};

/// Opens the file of a record that is read later, and tells the medium. Null: it cannot be opened
/// now, and is to be when it is its turn.
[[nodiscard]] std::unique_ptr<File> OpenAhead(Directory& root, std::string_view name);

}  // namespace anystore::flatfs
