// The functions of anystore.h that open stores.
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "abi/errors.h"
#include "abi/export_store.h"
#include "abi/host.h"
#include "abi/import_backend.h"
#include "abi/tables.h"
#include "anystore/anystore.h"
#include "anystore/environment.h"
#include "anystore/open.h"
#include "anystore/plugin.h"

namespace anystore::abi {
namespace {

/// A clock of C's.
class ForeignClock final : public Clock {
 public:
  explicit ForeignClock(const anystore_clock_v1& clock) : clock_(clock) {}
  Instant Now() override { return Instant(Duration(clock_.now(clock_.self))); }
  void Sleep(Duration duration) override { clock_.sleep(clock_.self, duration.count()); }

 private:
  const anystore_clock_v1 clock_;
};

/// The world of the stores that were opened with one clock.
struct World {
  explicit World(const anystore_clock_v1& foreign) : clock(foreign) { environment.clock = &clock; }

  ForeignClock clock;
  Environment environment = Environment::Host();
};

/// What the options of a caller mean, with what must live as long as the store.
struct OpenRequest {
  OpenOptions options = {};
  std::shared_ptr<const World> world = {};
};

Result<OpenRequest> ReadOpen(const anystore_open_options* given) {
  constexpr std::uint32_t kSmallest = offsetof(anystore_open_options, clock);
  ANYSTORE_ASSIGN_OR_RETURN(const anystore_open_options all, ReadOptionsStruct(given, kSmallest));
  OpenRequest request;
  if (all.mode > ANYSTORE_OPEN_OR_CREATE) {
    return Error(Code::kInvalidArgument, "mode: no such " + std::to_string(all.mode));
  }
  request.options.mode = static_cast<OpenMode>(all.mode);
  if (all.clock == nullptr) return request;
  if (all.clock->size < sizeof(anystore_clock_v1) || all.clock->now == nullptr ||
      all.clock->sleep == nullptr) {
    return Error(Code::kInvalidArgument, "a clock without its functions; was its size set?");
  }
  request.world = std::make_shared<const World>(*all.clock);
  request.options.environment = &request.world->environment;
  return request;
}

/// Calls `body(name, request)` with what a caller gave.
template <class Body>
anystore_error* WithName(const char* name, const anystore_open_options* options,
                         Body&& body) noexcept {
  return Guarded(OwnHost(), [&]() -> Status {
    if (name == nullptr) return Error(Code::kInvalidArgument, "the name of the store is null");
    ANYSTORE_ASSIGN_OR_RETURN(const OpenRequest request, ReadOpen(options));
    return std::forward<Body>(body)(std::string_view(name), request);
  });
}

static_assert(static_cast<int>(OpenMode::kOpenOrCreate) == ANYSTORE_OPEN_OR_CREATE);

}  // namespace
}  // namespace anystore::abi

using anystore::abi::OpenRequest;
using anystore::abi::WithName;

const char* anystore_version(void) noexcept { return ANYSTORE_VERSION; }

anystore_error* anystore_open(const char* name, const anystore_open_options* options,
                              const anystore_store_v1** store) noexcept {
  return WithName(
      name, options, [&](std::string_view url, const OpenRequest& request) -> anystore::Status {
        if (store == nullptr) {
          return anystore::Error(anystore::Code::kInvalidArgument, "null to fill");
        }
        ANYSTORE_ASSIGN_OR_RETURN(anystore::Store opened, anystore::Open(url, request.options));
        *store = anystore::abi::ExportDatastore(anystore::abi::AsDatastore(std::move(opened)),
                                                anystore::abi::OwnHost(), request.world);
        return anystore::Ok();
      });
}

anystore_error* anystore_create(const char* name, const anystore_open_options* options) noexcept {
  return WithName(name, options, [](std::string_view url, const OpenRequest& request) {
    return anystore::Create(url, request.options);
  });
}

anystore_error* anystore_exists(const char* name, const anystore_open_options* options,
                                int32_t* exists) noexcept {
  return WithName(
      name, options, [&](std::string_view url, const OpenRequest& request) -> anystore::Status {
        if (exists == nullptr) {
          return anystore::Error(anystore::Code::kInvalidArgument, "null to fill");
        }
        ANYSTORE_ASSIGN_OR_RETURN(const bool there, anystore::Exists(url, request.options));
        *exists = there ? 1 : 0;
        return anystore::Ok();
      });
}

anystore_error* anystore_destroy(const char* name, const anystore_open_options* options) noexcept {
  return WithName(name, options, [](std::string_view url, const OpenRequest& request) {
    return anystore::Destroy(url, request.options);
  });
}

anystore_error* anystore_load_plugin(const char* path) noexcept {
  return anystore::abi::Guarded(anystore::abi::OwnHost(), [&]() -> anystore::Status {
    if (path == nullptr) {
      return anystore::Error(anystore::Code::kInvalidArgument, "the name of the plugin is null");
    }
    return anystore::LoadPlugin(path, anystore::Registry::Global());
  });
}

anystore_error* anystore_load_plugins_from_environment(void) noexcept {
  return anystore::abi::Guarded(anystore::abi::OwnHost(), [] {
    return anystore::LoadPluginsFromEnvironment(anystore::Registry::Global());
  });
}

anystore_error* anystore_register(const anystore_backend_v1* backend) noexcept {
  return anystore::abi::Guarded(anystore::abi::OwnHost(), [&]() -> anystore::Status {
    ANYSTORE_ASSIGN_OR_RETURN(std::unique_ptr<anystore::Backend> imported,
                              anystore::abi::ImportBackend("the program", backend));
    return anystore::Registry::Global().Register(std::move(imported));
  });
}
