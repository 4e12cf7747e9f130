/// What the tests of the simulated disk share: a disk with its root, and questions about what a
/// power cut may leave of it.
#pragma once

#include <gtest/gtest.h>

#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "anystore/simulated_disk.h"

namespace anystore {

inline constexpr FileOptions kMakeFile = {.access = FileAccess::kReadWrite,
                                          .creation = FileCreation::kIfMissing};
inline constexpr FileOptions kChangeFile = {.access = FileAccess::kReadWrite};

/// The contents of a file; none where there is no such file.
inline std::optional<std::string> BytesIn(SimulatedDisk& disk, std::string_view name) {
  const auto file = disk.OpenDirectory("/").value()->Open(name, {});
  if (!file.has_value()) return std::nullopt;
  return std::string((*file)->ReadAll().value().bytes());
}

inline bool IsThere(SimulatedDisk& disk, std::string_view name) {
  return disk.OpenDirectory("/").value()->Stat(name).has_value();
}

/// A disk and its root.
struct World {
  explicit World(const SimulatedDiskOptions& options = {}) : disk(options) {}
  explicit World(DiskProfile profile) : disk({.profile = profile}) {}

  std::unique_ptr<File> Open(std::string_view name, const FileOptions& options = kMakeFile) {
    return root->Open(name, options).value();
  }
  /// Writes a file, and syncs nothing.
  void Write(std::string_view name, std::string_view bytes, std::uint64_t offset = 0) {
    EXPECT_TRUE(Open(name)->WriteAt(offset, bytes).has_value()) << name;
  }
  /// Writes a file, and syncs everything.
  void WriteStable(std::string_view name, std::string_view bytes) {
    Write(name, bytes);
    SyncAll();
  }
  void MakeDirectory(std::string_view name) {
    EXPECT_TRUE(root->MakeDirectory(name).has_value()) << name;
  }
  void Rename(std::string_view from, std::string_view to) {
    EXPECT_TRUE(root->Rename(from, to, Replace::kYes).has_value()) << from << " to " << to;
  }
  void Remove(std::string_view name) { EXPECT_TRUE(root->Remove(name).has_value()) << name; }
  void SyncFile(std::string_view name, SyncScope scope = SyncScope::kData) {
    EXPECT_TRUE(Open(name, {})->Sync(scope).has_value()) << name;
  }
  void SyncNames(std::string_view directory = {}) {
    EXPECT_TRUE(root->Sync(directory).has_value()) << directory;
  }
  void SyncAll() { EXPECT_TRUE(root->SyncFileSystem().has_value()); }
  [[nodiscard]] std::size_t CountImages() const { return disk.Images(10'000).size(); }

  SimulatedDisk disk;
  std::unique_ptr<Directory> root = disk.OpenDirectory("/").value();
};

inline constexpr std::uint64_t kSeeds = 300;

/// Whether a power cut may leave a disk of which `is_so` holds: asks crashes of all kinds by many
/// seeds, and the list of all images, where there is one, and expects them to agree.
inline bool May(const World& world, const std::function<bool(SimulatedDisk&)>& is_so) {
  bool by_crash = false;
  for (const Survivors survivors : kAllSurvivors) {
    for (std::uint64_t seed = 0; seed < kSeeds && !by_crash; ++seed) {
      by_crash = is_so(*world.disk.Crash(survivors, seed));
    }
  }
  const auto images = world.disk.Images(10'000);
  if (images.empty()) return by_crash;
  bool by_image = false;
  for (const auto& image : images) by_image = by_image || is_so(*image);
  EXPECT_EQ(by_crash, by_image);
  return by_image;
}

}  // namespace anystore
