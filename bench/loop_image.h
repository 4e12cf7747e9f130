/// A filesystem of its own for a benchmark to write on, in a file that the kernel treats as a disk.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace anystore::bench {

/// A fresh filesystem on a loop device that bypasses the page cache, mounted without discard where
/// only this process and its children see it, so that the kernel unmounts it and frees the loop
/// device when the process ends, however it ends. Its file has no name any more once it is mounted.
class LoopImage {
 public:
  /// Makes one of the kind that mkfs.KIND knows, of `bytes`, below the directory `parent`;
  /// `mkfs_options` are handed on. Null where that cannot be done here; `why_not` then says why.
  [[nodiscard]] static std::unique_ptr<LoopImage> Make(
      const std::string& kind, const std::filesystem::path& parent, std::uint64_t bytes,
      std::string* why_not, const std::vector<std::string>& mkfs_options = {});
  LoopImage(const LoopImage&) = delete;
  LoopImage& operator=(const LoopImage&) = delete;
  ~LoopImage();

  /// Where it is mounted.
  [[nodiscard]] const std::filesystem::path& path() const noexcept { return mount_point_; }
  /// Unmounts it and mounts it again, after which nothing of it is in memory. False, with the
  /// reason, when that fails, as while a file on it is open.
  [[nodiscard]] bool Remount(std::string* why_not);
  /// How often the device was told to flush its cache so far. None where the kernel does not tell.
  [[nodiscard]] std::optional<std::uint64_t> Flushes() const;

 private:
  LoopImage(std::string kind, std::filesystem::path mount_point)
      : kind_(std::move(kind)), mount_point_(std::move(mount_point)) {}

  std::string kind_;
  std::filesystem::path mount_point_;
};

}  // namespace anystore::bench
