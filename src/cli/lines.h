/// Reading a file line by line.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

#include "anystore/error.h"
#include "cli/io.h"

namespace anystore::cli {

/// Threads: single-thread.
class LineReader {
 public:
  /// Opens the file at `path`; "-": standard input.
  ///
  /// Errors: not_found, permission_denied, io_error.
  static Result<LineReader> Open(const std::string& path);

  /// The next line, without its end; the last one may have none. False: there is none.
  ///
  /// Errors: too_large (a line over 1 GiB) · cancelled (interrupted) · io_error.
  Result<bool> Next(std::string& line);
  /// The number of the line that Next returned, from 1.
  [[nodiscard]] std::uint64_t number() const noexcept { return number_; }

 private:
  LineReader(File file, std::string shown) : file_(std::move(file)), shown_(std::move(shown)) {}
  /// Reads more behind what is there. False at the end of the file.
  Result<bool> Fill();

  File file_;
  std::string shown_;
  std::string buffer_ = {};
  std::size_t at_ = 0;  // in the buffer
  std::uint64_t number_ = 0;
};

}  // namespace anystore::cli
