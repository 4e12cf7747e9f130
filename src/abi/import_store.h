/// A store of C's, `anystore_store_v1`, as a datastore.
#pragma once

#include <memory>
#include <string>

#include "anystore/anystore.h"
#include "anystore/datastore.h"
#include "anystore/environment.h"

namespace anystore::abi {

/// A place for a host's table that stays where it is as long as the store.
///
/// Threads: immutable.
class StoreHost {
 public:
  StoreHost(std::string who, const Environment& environment);
  [[nodiscard]] const anystore_host_v1& host() const noexcept { return host_; }
  [[nodiscard]] const std::string& who() const noexcept { return who_; }

 private:
  const std::string who_;
  const anystore_host_v1 host_;
};

/// `table`, which was opened with `host`, as a datastore. Releases it in any case.
///
/// Errors: internal (no store, or one without a function; says which).
[[nodiscard]] Result<std::unique_ptr<Datastore>> ImportStore(std::unique_ptr<StoreHost> host,
                                                             const anystore_store_v1* table);

/// The table behind a datastore that ImportStore made; null behind any other.
[[nodiscard]] const anystore_store_v1* TableOf(Datastore& datastore) noexcept;

}  // namespace anystore::abi
