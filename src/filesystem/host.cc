#include <memory>
#include <string_view>

#include "anystore/environment.h"
#include "anystore/filesystem.h"
#include "base/host.h"
#include "filesystem/posix/posix_directory.h"

namespace anystore {
namespace {

class HostFiles final : public FileSystem {
 public:
  [[nodiscard]] Result<std::unique_ptr<Directory>> OpenDirectory(std::string_view path) override {
    return filesystem::PosixDirectory::OpenPath(path);
  }
};

}  // namespace

// Never destroyed: stores in static storage may outlive any order of destruction.
FileSystem& HostFileSystem() {
  static HostFiles& files = *new HostFiles();
  return files;
}

const Environment& Environment::Host() {
  static const Environment& host = *new Environment{.clock = &base::HostClock(),
                                                    .random = &base::HostRandom(),
                                                    .logger = &base::HostLogger(),
                                                    .files = &HostFileSystem()};
  return host;
}

}  // namespace anystore
