/// The kind of store `sqlite`.
#pragma once

#include <anystore/backend.h>

#include <memory>

namespace anystore_sqlite {

/// To be registered once in a program, before it opens the first store:
///
///     anystore::Registry::Global().Register(anystore_sqlite::NewBackend());
[[nodiscard]] std::unique_ptr<anystore::Backend> NewBackend();

}  // namespace anystore_sqlite
