/// Directories that stay open between two syncs of them.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "filesystem/posix/descriptor.h"

namespace anystore::filesystem {

/// Open directories by their names below another one, up to a number of them; what comes later is
/// not kept. When the process runs out of descriptors, all are given up: see GiveBackDescriptors.
///
/// Threads: thread-safe.
class KeptDirectories {
 public:
  /// A directory; open as long as somebody holds it.
  using Held = std::shared_ptr<const Descriptor>;

  KeptDirectories() = default;
  KeptDirectories(const KeptDirectories&) = delete;
  KeptDirectories& operator=(const KeptDirectories&) = delete;
  ~KeptDirectories();

  /// From now on up to `count_max` are kept; 0, as at first: none.
  void Allow(std::size_t count_max);
  /// The one of that name; null where none is kept.
  [[nodiscard]] Held Find(std::string_view name) const;
  /// Keeps one, if there is room, and hands it out.
  Held Keep(std::string_view name, Descriptor directory);
  /// Gives up the one of that name.
  void Forget(std::string_view name);
  /// Gives up all. Whether there were any.
  bool ForgetAll();

 private:
  using Names = std::map<std::string, Held, std::less<>>;

  mutable std::mutex mutex_;
  std::size_t count_max_ = 0;
  Names kept_;
};

}  // namespace anystore::filesystem
