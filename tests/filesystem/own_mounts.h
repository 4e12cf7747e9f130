// Filesystems that only the test's thread sees.
#pragma once

#include <sched.h>
#include <sys/mount.h>

#include <functional>
#include <string>
#include <thread>

namespace anystore {

/// Runs `body` on a thread that has a new filesystem at `path`, which goes with it. False: not
/// allowed to mount, and nothing was run.
[[nodiscard]] inline bool RunOnMount(const std::string& path, const char* type, const char* options,
                                     const std::function<void()>& body) {
  bool ran = false;
  std::thread([&] {
    // The thread's view of all mounts goes with it.
    if (unshare(CLONE_NEWNS) != 0 ||
        mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
        mount("none", path.c_str(), type, 0, options) != 0) {
      return;
    }
    body();
    ran = true;
  }).join();
  return ran;
}

}  // namespace anystore
