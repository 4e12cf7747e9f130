/// `Open`, `Create`, `Exists`, `Destroy`: the life cycle of a store, or a composition of stores.
///
/// A store is named by a text: a URL; a tree in JSON, which begins with "{"; or the path of a file
/// with such a tree, which ends in ".json" or is called "config". config.h tells the grammar.
///
/// A tree may also be a datastore specification of Kubo's, or its whole configuration file. Paths
/// in it start from the directory of the file (of a text: the working directory), in which a file
/// `datastore_spec` must agree with it: Create writes that file, Destroy removes it.
///
///     ANYSTORE_TRY(anystore::Create("rocksdb:demo"));
///     ANYSTORE_ASSIGN_OR_RETURN(anystore::Store store, anystore::Open("rocksdb:demo"));
///     ANYSTORE_TRY(store.Put("/a", "1"));
///     ANYSTORE_TRY(store.Close());
///     ANYSTORE_TRY(anystore::Destroy("rocksdb:demo"));
#pragma once

#include <cstdint>
#include <string_view>

#include "anystore/environment.h"
#include "anystore/error.h"
#include "anystore/export.h"
#include "anystore/store.h"

namespace anystore {

class Registry;
enum class IndexKind : std::uint8_t;

/// What Open does when there is no store, or there is one.
enum class OpenMode : std::uint8_t {
  kOpen,          ///< There must be one; else `not_found`.
  kCreate,        ///< There must be none; else `already_exists`.
  kOpenOrCreate,  ///< Open it, and make it first where there is none.
};

/// Options of the four functions below.
///
/// Threads: thread-compatible.
struct OpenOptions {
  /// What to do when there is no store, or there is one. For Open.
  OpenMode mode = OpenMode::kOpen;
  /// The world the store lives in, which must outlive it. Null: `Environment::Host()`.
  const Environment* environment = nullptr;
  /// The kinds of store to choose from. Null: `Registry::Global()`.
  const Registry* registry = nullptr;
};

/// Opens the store that `name` names. A composition opens all of its stores, or none.
///
/// Errors: invalid_config (malformed URL, unknown scheme or field, wrong value; the message says
/// what is allowed) · not_found, already_exists (see `OpenMode`) · busy (open elsewhere) ·
/// identity_mismatch (what is there is not such a store) · unsupported (a store of Kubo's that
/// anystore has no backend for; a field that asks for what this build cannot do) · corruption,
/// permission_denied, read_only, no_space, io_error · whatever `Backend::Ready` ends with.
[[nodiscard]] ANYSTORE_EXPORT Result<Store> Open(std::string_view name,
                                                 const OpenOptions& options = {});
/// Makes an empty store where there is none, and leaves it closed. A composition: all of its
/// stores, of which none may be there; what was made goes again where one cannot be.
///
/// Errors: invalid_config · already_exists · unsupported (as Open) · permission_denied, read_only,
/// no_space, io_error.
[[nodiscard]] ANYSTORE_EXPORT Status Create(std::string_view name, const OpenOptions& options = {});
/// Whether there is a store; all stores of a composition. Changes nothing.
///
/// Errors: invalid_config · permission_denied, io_error.
[[nodiscard]] ANYSTORE_EXPORT Result<bool> Exists(std::string_view name,
                                                  const OpenOptions& options = {});
/// Removes a store with all it holds; every store of a composition that is there.
///
/// Errors: invalid_config · not_found (none is there) · busy (open, in this process or another) ·
/// identity_mismatch · permission_denied, read_only, io_error.
[[nodiscard]] ANYSTORE_EXPORT Status Destroy(std::string_view name,
                                             const OpenOptions& options = {});
/// The index that suits the store best: what its backend prefers; of several stores under one
/// name, a buffered tree if one prefers that.
///
/// Errors: invalid_config.
[[nodiscard]] ANYSTORE_EXPORT Result<IndexKind> PreferredIndex(std::string_view name,
                                                               const OpenOptions& options = {});

}  // namespace anystore
