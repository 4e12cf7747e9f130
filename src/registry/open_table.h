/// Which stores are open in this process, so that none is destroyed or made anew below its users.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>

#include "anystore/environment.h"
#include "anystore/error.h"
#include "registry/stack.h"

namespace anystore::registry {

/// A part in the table, until it is destroyed. Null: nothing.
using Lease = std::shared_ptr<const void>;

/// Places by name: an open store shares its place with other handles; whoever makes or destroys a
/// store has the place alone, for as long as that takes.
///
/// Threads: thread-safe.
class OpenTable {
 public:
  /// The table of the process.
  [[nodiscard]] static OpenTable& Global();

  /// For an open store. Waits for whoever has the place alone.
  [[nodiscard]] Lease Share(const std::string& place);
  /// To make or destroy stores. Waits for others that do.
  ///
  /// Errors: busy (one is open; none is leased).
  [[nodiscard]] Result<Lease> Alone(const std::set<std::string>& places);

 private:
  struct Place {
    std::uint64_t open = 0;
    bool alone = false;
  };

  void Leave(const std::string& place, bool alone);

  std::mutex mutex_;
  std::condition_variable left_;
  std::map<std::string, Place> places_;  // guarded by mutex_
};

/// Where the store of a backend lies, under one name whatever the configuration calls it; empty for
/// one that lies nowhere.
[[nodiscard]] std::string PlaceOf(const Stack& leaf, const Environment& environment);

}  // namespace anystore::registry
