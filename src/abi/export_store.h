/// A store of C++ as `anystore_store_v1`.
#pragma once

#include <memory>

#include "anystore/anystore.h"
#include "anystore/datastore.h"
#include "anystore/store.h"

namespace anystore::abi {

/// `datastore` for C, which calls it as `Datastore` demands: nothing is checked but what cannot be.
/// `host` makes its errors and must outlive it, as `keep` then does too.
[[nodiscard]] const anystore_store_v1* ExportDatastore(std::unique_ptr<Datastore> datastore,
                                                       const anystore_host_v1& host,
                                                       std::shared_ptr<const void> keep = nullptr);

/// A store with all of its checks as the datastore that `ExportDatastore` wants. May be called in
/// any order, also after Close.
[[nodiscard]] std::unique_ptr<Datastore> AsDatastore(Store store);

}  // namespace anystore::abi
