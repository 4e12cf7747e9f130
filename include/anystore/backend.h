/// `Backend`: the description and life cycle that makes a kind of store available by URL; and the
/// `Registry` of backends and layers.
///
/// A program that only uses stores needs `Open` (open.h) alone. To add a kind of store, derive
/// from `Backend`, implement every function (a missing one does not compile), and register it:
///
///     ANYSTORE_TRY(anystore::Registry::Global().Register(std::move(my_backend)));
///     ANYSTORE_ASSIGN_OR_RETURN(anystore::Store store, anystore::Open("mine:x"));
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "anystore/capabilities.h"
#include "anystore/config.h"
#include "anystore/datastore.h"
#include "anystore/environment.h"
#include "anystore/error.h"
#include "anystore/export.h"

namespace anystore {

class LayerType;

/// The kind of index that suits a store best.
enum class IndexKind : std::uint8_t {
  kSortedSet,     ///< A persistent sorted set: a write touches one path of small nodes. For stores
                  ///< of this machine.
  kBufferedTree,  ///< A tree whose inner nodes buffer writes (hitchhiker tree): fewer, larger
                  ///< writes. For stores that are far away or paid by the request.
};

/// One kind of store: its name, its fields, and how stores of the kind come and go. The seven
/// functions of datahike's backends: Create (empty-store), Destroy (delete-store), Open
/// (connect-store), `Datastore::Close` (release-store), DefaultConfig, config_spec and
/// PreferredIndex (scheme->index); besides them Exists and Ready.
///
/// Create and Open are strict: Create fails where a store is, Open where none is.
///
/// A backend lives in a namespace of its scheme, `anystore::<scheme>`; out of tree
/// `anystore_<scheme>`.
///
/// Threads: thread-safe.
class ANYSTORE_EXPORT Backend {
 public:
  virtual ~Backend() = default;
  /// The scheme of its URLs. Lives as long as the backend.
  [[nodiscard]] virtual std::string_view scheme() const = 0;
  /// One sentence on what it is.
  [[nodiscard]] virtual std::string_view description() const = 0;
  /// The fields it understands. Null: it takes any, all as text, and checks them itself. Lives as
  /// long as the backend.
  [[nodiscard]] virtual const ConfigSpec* config_spec() const = 0;
  /// `given` with what it does not say: from the environment, then from the defaults. With a spec,
  /// what `FillDefaults` returns.
  ///
  /// Errors: invalid_config.
  [[nodiscard]] virtual Result<Config> DefaultConfig(const Config& given) const = 0;
  /// What a store of this kind can do, opened with defaults.
  [[nodiscard]] virtual Capabilities capabilities() const = 0;
  /// The index that suits the store that `config` names. Asked when the caller has no wish.
  [[nodiscard]] virtual IndexKind PreferredIndex(const CheckedConfig& config) const = 0;
  /// Makes an empty store and leaves it closed.
  ///
  /// Errors: already_exists (also when something else is in its place; nothing is touched) ·
  /// permission_denied, read_only, no_space, io_error · invalid_config.
  virtual Status Create(const CheckedConfig& config, const Environment& environment) = 0;
  /// Opens a store. `environment` outlives it.
  ///
  /// Errors: not_found · busy (open elsewhere) · identity_mismatch (not a store of this kind) ·
  /// corruption, permission_denied, io_error · invalid_config.
  virtual Result<std::unique_ptr<Datastore>> Open(const CheckedConfig& config,
                                                  const Environment& environment) = 0;
  /// Whether there is a store. Changes nothing.
  ///
  /// Errors: permission_denied, io_error · invalid_config.
  virtual Result<bool> Exists(const CheckedConfig& config, const Environment& environment) = 0;
  /// Removes a store with all it holds, and nothing that is not part of it. Returns when it is
  /// gone.
  ///
  /// Errors: not_found · busy (open) · identity_mismatch (not a store of this kind; nothing is
  /// touched) · permission_denied, read_only, io_error · invalid_config.
  virtual Status Destroy(const CheckedConfig& config, const Environment& environment) = 0;
  /// Whether a store that Open just returned can serve: asked once, before a program gets it. Where
  /// Open does not reach the medium (a service that connects on first use), this must.
  ///
  /// Errors: unavailable, timeout · unauthenticated, permission_denied · io_error.
  virtual Status Ready(Datastore& store, const CallOptions& call) = 0;
};

/// The kinds of store and of layer that configurations can name.
///
/// Threads: thread-safe.
class ANYSTORE_EXPORT Registry {
 public:
  /// A registry with nothing in it.
  Registry();
  Registry(const Registry&) = delete;
  Registry& operator=(const Registry&) = delete;
  ~Registry();
  /// The registry that `Open` uses by default, with the built-in backends.
  [[nodiscard]] static Registry& Global();

  /// Adds a kind of store, for good.
  ///
  /// Errors: already_exists (the name is taken by a backend or a layer) · invalid_argument (not a
  /// scheme: lower-case letters, digits, "+", "-", ".", beginning with a letter).
  Status Register(std::unique_ptr<Backend> backend);
  /// Adds a kind of layer, for good.
  ///
  /// Errors: as above.
  Status Register(std::unique_ptr<LayerType> layer);
  /// The backend of a scheme. Lives as long as the registry.
  ///
  /// Errors: invalid_config (unknown; lists the known ones and names the nearest).
  [[nodiscard]] Result<Backend*> Find(std::string_view scheme) const;
  /// The layer of a name, null when there is none. Lives as long as the registry.
  [[nodiscard]] LayerType* FindLayer(std::string_view name) const;
  /// All backends, by scheme. They live as long as the registry.
  [[nodiscard]] std::vector<Backend*> backends() const;
  /// All layers, by name. They live as long as the registry.
  [[nodiscard]] std::vector<LayerType*> layers() const;

 private:
  // Whether a backend or layer may be called so; requires mutex_.
  [[nodiscard]] Status CheckName(std::string_view name) const;

  mutable std::mutex mutex_;
  std::vector<std::unique_ptr<Backend>> backends_;  // guarded by mutex_
  std::vector<std::unique_ptr<LayerType>> layers_;  // guarded by mutex_
};

}  // namespace anystore
