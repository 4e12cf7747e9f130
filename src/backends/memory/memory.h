/// The `memory:` store: what programs get when they open one, and what the registry lists.
#pragma once

#include <memory>

#include "anystore/backend.h"
#include "anystore/datastore.h"
#include "anystore/environment.h"
#include "anystore/features.h"

namespace anystore::memory {

/// An empty store in memory, which forgets everything when it is closed, its identity too.
[[nodiscard]] std::unique_ptr<Datastore> NewMemoryStore(const Environment& environment,
                                                        StoreIdentity identity = {});

/// What every memory store can do.
[[nodiscard]] const Capabilities& MemoryCapabilities() noexcept;

/// The kind of store that `memory:` names.
[[nodiscard]] std::unique_ptr<Backend> NewMemoryBackend();

}  // namespace anystore::memory
