#include <memory>
#include <utility>

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
  Status Remove() const {
    ANYSTORE_ASSIGN_OR_RETURN(const bool exists, Exists());
    return exists ? Destroy(url_, options_) : Ok();
  }
  Result<Store> OpenFresh() {
    ANYSTORE_TRY(Remove());
    return Open(OpenMode::kCreate);
  }
  Result<Store> Open(OpenMode mode) {
    options_.mode = mode;
    return anystore::Open(url_, options_);
  }
  ManualClock& clock() { return clock_; }

 private:
  const std::string url_;
  ManualClock clock_;
  Environment environment_ = Environment::Host();
  OpenOptions options_ = {};
};

}  // namespace

Result<Target> TargetFromUrl(std::string url, const Registry* registry) {
  const std::string name = RedactUrl(url);
  const auto stores = std::make_shared<UrlStores>(std::move(url), registry);
  ANYSTORE_ASSIGN_OR_RETURN(const bool exists, stores->Exists());
  if (exists) {
    return Error(Code::kAlreadyExists,
                 "the conformance kit destroys what it tests, so it wants a URL without a store")
        .In(name);
  }
  // Also tells of what is wrong with the URL or the place, before any chapter does.
  ANYSTORE_ASSIGN_OR_RETURN(Store store, stores->OpenFresh());
  const bool persistent = store.capabilities().persistence == Persistence::kReopen;
  ANYSTORE_TRY(store.Close());
  ANYSTORE_TRY(stores->Remove());

  Target target{.name = name,
                .open = [stores] { return stores->OpenFresh(); },
                .remove = [stores] { return stores->Remove(); },
                .clock = &stores->clock()};
  if (persistent) target.reopen = [stores] { return stores->Open(OpenMode::kOpen); };
  return target;
}

}  // namespace anystore::conformance
