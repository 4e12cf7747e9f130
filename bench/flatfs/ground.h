/// Where the flatfs benchmark measures: a filesystem on which each side has a repository.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "anystore/store.h"
#include "flatfs/blocks.h"
#include "flatfs/floor.h"
#include "flatfs/original.h"
#include "loop_image.h"

namespace anystore::bench {

/// Of the repositories of both sides.
struct GroundOptions {
  /// Whether a write must survive a power cut.
  bool sync = true;
  Spread spread = Spread::kWide;
};

/// A filesystem with a repository of ours, one of the original's, and bare directories. Whatever
/// fails throws.
///
/// Threads: single-thread; what it hands out may be used by many.
class Ground {
 public:
  /// `image` is null where the filesystem is no image, and then never remounted nor its flushes
  /// counted.
  Ground(std::string name, std::filesystem::path path, LoopImage* image);

  [[nodiscard]] const std::string& name() const noexcept { return name_; }
  [[nodiscard]] LoopImage* image() const noexcept { return image_; }
  /// The directory of what was started last.
  [[nodiscard]] const std::filesystem::path& current() const noexcept { return current_; }
  [[nodiscard]] std::filesystem::path our_root() const { return current_ / "ours"; }

  /// Begins anew, after removing what was there: repositories that have been in use, in which every
  /// directory exists and was written to. All of it is stable.
  void StartFresh(const GroundOptions& options = {});
  /// Opens ours, as StartFresh has it.
  void Open();
  /// Closes ours.
  void Close();
  /// Closes ours, if it is open, and leaves nothing of the files of either side in memory.
  void ForgetAll();

  [[nodiscard]] Store& store() { return *store_; }
  [[nodiscard]] const Original& original() const { return *original_; }
  [[nodiscard]] const Floor& floor() const { return *floor_; }

 private:
  void SyncAll() const;

  std::string name_;
  std::filesystem::path path_;
  LoopImage* image_;
  int number_ = 0;
  GroundOptions options_ = {};
  std::filesystem::path current_ = {};
  std::optional<Store> store_ = {};
  std::optional<Original> original_ = {};
  std::optional<Floor> floor_ = {};
};

/// Puts the value under each key in one batch.
void PutBatch(Store& store, std::span<const std::string> keys, std::string_view value);

}  // namespace anystore::bench
