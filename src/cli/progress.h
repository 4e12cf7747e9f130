/// How far long work has come, on a terminal.
#pragma once

#include <cstdint>
#include <string>

#include "anystore/environment.h"

namespace anystore::cli {

/// A line on standard error with counts, rate, a bar and the time left, redrawn a few times a
/// second; silent when standard error is no terminal.
///
/// Threads: thread-compatible.
class Progress {
 public:
  /// `verb` stands in front: "import". `items` is what is counted: "files".
  Progress(std::string verb, std::string items);
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  /// Removes the line.
  ~Progress();

  /// Whether anybody looks: whether it is worth finding out a total.
  [[nodiscard]] bool visible() const { return visible_; }
  /// Sets how many items there are in all, when that is known.
  void set_total(std::uint64_t items) { total_ = items; }
  /// Adds work done.
  void Add(std::uint64_t items, std::uint64_t bytes);
  /// Removes the line, so that something else may be printed.
  void Clear();

  [[nodiscard]] std::uint64_t items() const { return items_; }
  [[nodiscard]] std::uint64_t bytes() const { return bytes_; }
  /// How long it has run.
  [[nodiscard]] double seconds() const;

 private:
  void Draw(Instant now);

  std::string verb_;
  std::string noun_;
  bool visible_;
  bool drawn_ = false;
  Instant start_;
  Instant next_draw_;
  std::uint64_t total_ = 0;
  std::uint64_t items_ = 0;
  std::uint64_t bytes_ = 0;
};

}  // namespace anystore::cli
