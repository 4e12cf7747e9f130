#include <mutex>

#include "anystore/file_batch.h"

namespace anystore {

FileSizes::Hold::Hold(FileSizes& sizes, std::string_view name) : sizes_(sizes), name_(name) {
  std::unique_lock lock(sizes_.mutex_);
  sizes_.released_.wait(lock, [&] { return sizes_.held_.insert(name_).second; });
}

FileSizes::Hold::~Hold() {
  {
    const std::lock_guard lock(sizes_.mutex_);
    sizes_.held_.erase(name_);
  }
  sizes_.released_.notify_all();
}

}  // namespace anystore
