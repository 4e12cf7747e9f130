#include <unistd.h>

#include <memory>

#include "anystore/filesystem.h"
#include "filesystem/memory/tree.h"

namespace anystore {
namespace {

/// The machine's memory: more than that cannot be held.
std::uint64_t MemoryBytes() {
  const long pages = ::sysconf(_SC_PHYS_PAGES);
  const long page_bytes = ::sysconf(_SC_PAGESIZE);
  if (pages <= 0 || page_bytes <= 0) return std::uint64_t{1} << 40U;
  return static_cast<std::uint64_t>(pages) * static_cast<std::uint64_t>(page_bytes);
}

class MemoryFileSystem final : public FileSystem {
 public:
  explicit MemoryFileSystem(Clock& clock)
      : tree_(std::make_shared<filesystem::Tree>(
            filesystem::TreeOptions{.capacity_bytes = MemoryBytes(), .clock = &clock})) {}
  MemoryFileSystem(const MemoryFileSystem&) = delete;
  MemoryFileSystem& operator=(const MemoryFileSystem&) = delete;
  ~MemoryFileSystem() override { tree_->Close(); }

  [[nodiscard]] Result<std::unique_ptr<Directory>> OpenDirectory(std::string_view path) override {
    return filesystem::OpenTreePath(tree_, path);
  }

 private:
  const std::shared_ptr<filesystem::Tree> tree_;
};

}  // namespace

std::unique_ptr<FileSystem> NewMemoryFileSystem(Clock& clock) {
  return std::make_unique<MemoryFileSystem>(clock);
}

}  // namespace anystore
