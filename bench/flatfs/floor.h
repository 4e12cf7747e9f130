/// The floor: the fewest system calls that write a file, whatever a store must do besides.
#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <string_view>

#include "flatfs/blocks.h"
#include "harness.h"
#include "plain_files.h"

namespace anystore::bench {

/// Files of blocks in directories that are open, without a repository around them. Whatever fails
/// throws std::system_error.
///
/// Threads: any number may call it at once, with different keys.
class Floor {
 public:
  /// Makes the directories.
  Floor(const std::filesystem::path& root, Spread spread);
  /// Open, write, close.
  void Write(std::string_view key, std::string_view value) const;
  /// Open, write, fsync, close, rename, fsync of the directory.
  void WriteDurably(std::string_view key, std::string_view value) const;
  /// Open, read, close. Returns how many bytes there were.
  [[nodiscard]] std::size_t Read(std::string_view key, std::span<char> room) const;
  /// Unlink. A missing one is success.
  void Remove(std::string_view key) const;

 private:
  Descriptor root_;
  std::map<std::string, Descriptor, std::less<>> directories_;
};

/// What the disk below does without files: single blocks written durably, one after the other, and
/// a long write.
void MeasureRawWrites(Bench& bench, const std::filesystem::path& directory,
                      const std::string& ground);

}  // namespace anystore::bench
