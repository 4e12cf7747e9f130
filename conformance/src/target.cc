#include <memory>
#include <utility>

#include "anystore/backend.h"
#include "anystore/config.h"
#include "anystore/conformance.h"
#include "anystore/open.h"

namespace anystore::conformance {
namespace {

// A URL with the world its stores live in; kept alive by the target's functions.
//
// Threads: thread-compatible.
class UrlStores {
 public:
  UrlStores(std::string url, const Registry* registry)
      : url_(std::move(url)), clock_(Environment::Host().clock->Now()) {
    environment_.clock = &clock_;
    options_.environment = &environment_;
    options_.registry = registry;
  }

  [[nodiscard]] Result<bool> Exists() const { return anystore::Exists(url_, options_); }
  [[nodiscard]] Result<Store> Open(OpenMode mode) const {
    OpenOptions options = options_;
    options.mode = mode;
    return anystore::Open(url_, options);
  }
  Status Remove() const {
    ANYSTORE_ASSIGN_OR_RETURN(const bool exists, Exists());
    return exists ? Destroy(url_, options_) : Ok();
  }
  [[nodiscard]] Result<Store> OpenFresh() const {
    ANYSTORE_TRY(Remove());
    return Open(OpenMode::kCreate);
  }
  ManualClock& clock() { return clock_; }

 private:
  const std::string url_;
  ManualClock clock_;
  Environment environment_ = Environment::Host();
  OpenOptions options_ = {};
};

// Whether stores of the URL's kind leave something behind.
Result<bool> IsPersistent(std::string_view url, const Registry* registry) {
  ANYSTORE_ASSIGN_OR_RETURN(const Config config, Config::Parse(url));
  const Registry& known = registry != nullptr ? *registry : Registry::Global();
  ANYSTORE_ASSIGN_OR_RETURN(const Backend* const backend, known.Find(config.scheme));
  return backend->capabilities().persistence == Persistence::kReopen;
}

}  // namespace

Result<Target> TargetFromUrl(const std::string& url, const Registry* registry) {
  const std::string name = RedactUrl(url);
  const auto stores = std::make_shared<UrlStores>(url, registry);
  // Also tells of what is wrong with the URL or the place, before any chapter does.
  ANYSTORE_ASSIGN_OR_RETURN(const bool exists, stores->Exists());
  ANYSTORE_ASSIGN_OR_RETURN(const bool persistent, IsPersistent(url, registry));
  if (!persistent) {
    return Target{.name = name,
                  .open = [stores] { return stores->Open(OpenMode::kOpenOrCreate); },
                  .clock = &stores->clock()};
  }
  if (exists) {
    return Error(Code::kAlreadyExists,
                 "the conformance kit destroys what it tests, so it wants a URL without a store")
        .In(name);
  }
  return Target{.name = name,
                .open = [stores] { return stores->OpenFresh(); },
                .reopen = [stores] { return stores->Open(OpenMode::kOpen); },
                .remove = [stores] { return stores->Remove(); },
                .clock = &stores->clock()};
}

}  // namespace anystore::conformance
