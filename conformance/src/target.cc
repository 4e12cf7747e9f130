#include <memory>
#include <utility>

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
    // What the kit provokes is nobody else's affair.
    environment_.logger = &logger_;
    options_.environment = &environment_;
    options_.registry = registry;
  }

  [[nodiscard]] Result<bool> Exists() const { return anystore::Exists(url_, options_); }
  [[nodiscard]] Result<Store> Open(OpenMode mode) const {
    OpenOptions options = options_;
    options.mode = mode;
    return anystore::Open(url_, options);
  }
  Status Create() const { return anystore::Create(url_, options_); }
  Status Destroy() const { return anystore::Destroy(url_, options_); }
  Status Remove() const {
    ANYSTORE_ASSIGN_OR_RETURN(const bool exists, Exists());
    return exists ? Destroy() : Ok();
  }
  [[nodiscard]] Result<Store> OpenFresh() const {
    ANYSTORE_TRY(Remove());
    return Open(OpenMode::kCreate);
  }
  ManualClock& clock() { return clock_; }

 private:
  const std::string url_;
  ManualClock clock_;
  SilentLogger logger_ = {};
  Environment environment_ = Environment::Host();
  OpenOptions options_ = {};
};

// What reports call the target: secrets redacted; a file by its own name.
std::string NameOf(const std::string& url) {
  const Result<Config> config = Config::Parse(url);
  return config.has_value() ? config->Redacted() : RedactUrl(url);
}

// Whether stores of the name leave something behind. Makes one, which also tells of what is wrong
// with the name or the place before any chapter does, and of a store that is there already.
Result<bool> IsPersistent(const UrlStores& stores, const std::string& name) {
  Result<Store> store = stores.Open(OpenMode::kCreate);
  if (!store.has_value()) {
    if (store.error().code() != Code::kAlreadyExists) return std::move(store).error();
    return Error(Code::kAlreadyExists,
                 "the conformance kit destroys what it tests, so it wants a name without a store")
        .In(name)
        .CausedBy(std::move(store).error());
  }
  const bool persistent = store->capabilities().persistence == Persistence::kReopen;
  ANYSTORE_TRY(store->Close());
  ANYSTORE_TRY(stores.Remove());
  return persistent;
}

}  // namespace

Result<Target> TargetFromUrl(const std::string& url, const Registry* registry) {
  const std::string name = NameOf(url);
  const auto stores = std::make_shared<UrlStores>(url, registry);
  ANYSTORE_ASSIGN_OR_RETURN(const bool persistent, IsPersistent(*stores, name));
  Target target{.name = name,
                .open = [stores] { return stores->OpenFresh(); },
                .remove = [stores] { return stores->Remove(); },
                .clock = &stores->clock()};
  if (!persistent) return target;
  target.reopen = [stores] { return stores->Open(OpenMode::kOpen); };
  target.life = LifeCycle{.create = [stores] { return stores->Create(); },
                          .open = [stores] { return stores->Open(OpenMode::kOpen); },
                          .exists = [stores] { return stores->Exists(); },
                          .destroy = [stores] { return stores->Destroy(); }};
  return target;
}

}  // namespace anystore::conformance
