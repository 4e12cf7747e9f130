#include "flatfs/ground.h"

#include <fcntl.h>
#include <unistd.h>

#include <memory>
#include <stdexcept>
#include <utility>
#include <vector>

#include "anystore/open.h"
#include "disk_bench.h"

namespace anystore::bench {

Ground::Ground(std::string name, std::filesystem::path path, LoopImage* image)
    : name_(std::move(name)), path_(std::move(path)), image_(image) {}

void Ground::StartFresh(const GroundOptions& options) {
  ThrowIfInterrupted();
  Close();
  original_.reset();
  floor_.reset();
  if (!current_.empty()) std::filesystem::remove_all(current_);
  options_ = options;
  current_ = path_ / std::to_string(++number_);
  // Of a child that counted.
  std::filesystem::remove_all(current_);
  std::filesystem::create_directory(current_);
  OrThrow(Create("flatfs:" + our_root().native()));
  const std::vector<std::string> keys = KeyForEachDirectory(options_.spread);
  for (const std::string& key : keys) {
    std::filesystem::create_directory(our_root() / DirectoryOf(key));
  }
  Open();
  PutBatch(*store_, keys, "");
  Original(current_ / "original", /*sync=*/false).PutBatch(Original::Release::k06, keys, "");
  original_.emplace(current_ / "original", options_.sync);
  floor_.emplace(current_ / "floor", options_.spread);
  SyncAll();
}

void Ground::Open() {
  store_.emplace(OrThrow(anystore::Open("flatfs:" + our_root().native() +
                                        (options_.sync ? "?sync=true" : "?sync=false"))));
}

void Ground::Close() {
  if (store_.has_value()) OrThrow(store_->Close());
  store_.reset();
}

void Ground::ForgetAll() {
  ThrowIfInterrupted();
  Close();
  floor_.reset();
  std::string why_not;
  if (!image_->Remount(&why_not)) throw std::runtime_error("remounting: " + why_not);
}

void Ground::SyncAll() const {
  const Descriptor directory(AT_FDCWD, current_, O_RDONLY | O_DIRECTORY);
  Check(syncfs(directory.get()) == 0, "syncfs");
}

void PutBatch(Store& store, std::span<const std::string> keys, std::string_view value) {
  const std::unique_ptr<Batch> batch = OrThrow(store.NewBatch());
  for (const std::string& key : keys) OrThrow(batch->Put(key, value));
  static_cast<void>(OrThrow(batch->Commit()));
}

}  // namespace anystore::bench
