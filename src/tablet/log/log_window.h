/// The part of a log that is looked at, in memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "anystore/error.h"
#include "anystore/file.h"
#include "tablet/log/running_crc.h"

namespace anystore::tablet {

/// Reads a file in pieces of one size, whatever is asked for.
///
/// Threads: single-thread.
class LogWindow {
 public:
  /// How many bytes are held: a few of the longest records.
  static constexpr std::size_t kBytes = std::size_t{256} << 10U;

  /// The first `size` bytes of a file, which must outlive this.
  LogWindow(File& file, std::uint64_t size) : file_(&file), size_(size) {}

  /// How many bytes the log has. Fewer than at first, if the file was cut meanwhile.
  [[nodiscard]] std::uint64_t size() const noexcept { return size_; }
  /// `size` bytes from `offset` on, or as many as there are; until the next call. Of what is
  /// behind `offset`, nothing that is held is read again.
  ///
  /// Requires: `size` is at most kBytes.
  /// Errors: those of reading.
  [[nodiscard]] Result<std::string_view> At(std::uint64_t offset, std::size_t size);
  /// The CRC-32 of bytes that the last At returned.
  [[nodiscard]] std::uint32_t Checksum(std::uint64_t offset, std::size_t size);
  /// From now on checksums are asked for at many places.
  void ExpectManyChecksums();

 private:
  [[nodiscard]] std::string_view held() const noexcept { return {buffer_.data(), held_}; }

  File* file_;
  std::uint64_t size_;
  std::string buffer_;
  std::uint64_t begin_ = 0;  // where in the file the buffer begins
  std::size_t held_ = 0;
  bool many_checksums_ = false;
  RunningCrc crc_;
};

}  // namespace anystore::tablet
