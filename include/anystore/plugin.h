/// Kinds of store in shared libraries of their own: loading them, and making one.
///
///     anystore::Registry registry;
///     const anystore::Status loaded = anystore::LoadPlugin("/usr/lib/anystore/x.so", registry);
///     assert(!loaded && loaded.error().code() == anystore::Code::kNotFound);
///
/// A plugin may be written in C or in anything that can call C (anystore.h), or in C++: a class
/// that derives from `Backend`, and one line with ANYSTORE_PLUGIN, in a shared library that is
/// linked with anystore. Only the C interface passes between the two, so that they may be of
/// different compilers and versions. docs/guide/plugins.md tells how to build one.
#pragma once

#include <memory>
#include <string_view>

#include "anystore/anystore.h"
#include "anystore/backend.h"
#include "anystore/error.h"
#include "anystore/export.h"

namespace anystore {

/// Loads the shared library `path` and registers the backend in it. A library runs code of its own
/// as it is loaded, and stays loaded; so one that others may write to is refused, as is one in a
/// folder that they may. A library that cannot be used registers nothing.
///
/// Errors: not_found · permission_denied (everybody may write to it) · unsupported (no library, or
/// no plugin of a version that is known) · internal (what it provides is not complete; names what
/// is missing) · invalid_config (its spec is malformed) · already_exists, invalid_argument (its
/// scheme is taken, or is none). All name the file.
ANYSTORE_EXPORT Status LoadPlugin(std::string_view path, Registry& registry);

/// Loads the plugins that the environment variable `ANYSTORE_PLUGIN_PATH` names: files, and folders
/// of which every "*.so" is loaded by name, with ":" between them. The program `anystore` does so;
/// other programs call this if they want to let their user choose. `Open` never does. In a program
/// that runs with more rights than its user has, the variable is ignored.
///
/// Errors: invalid_config (a relative name) · not_found, and as LoadPlugin. What was loaded before
/// stays.
ANYSTORE_EXPORT Status LoadPluginsFromEnvironment(Registry& registry);

namespace internal {
/// What ANYSTORE_PLUGIN is made of.
[[nodiscard]] ANYSTORE_EXPORT const anystore_backend_v1* ExportPlugin(
    const anystore_host_v1* host, std::unique_ptr<Backend> (*make)()) noexcept;
}  // namespace internal

}  // namespace anystore

/// Makes the shared library that this stands in a plugin:
///
///     std::unique_ptr<anystore::Backend> MakeShelf() { return std::make_unique<Shelf>(); }
///     ANYSTORE_PLUGIN(MakeShelf)
///
/// `make_backend` is a function without parameters that returns a
/// `std::unique_ptr<anystore::Backend>`. Once in a library, outside of every namespace.
#define ANYSTORE_PLUGIN(make_backend)                                                       \
  extern "C" const anystore_backend_v1* anystore_plugin_v1(const anystore_host_v1* host) {  \
    return ::anystore::internal::ExportPlugin(                                              \
        host, []() -> ::std::unique_ptr<::anystore::Backend> { return (make_backend)(); }); \
  }
