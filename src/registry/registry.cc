#include <algorithm>
#include <utility>

#include "anystore/backend.h"
#include "anystore/error.h"
#include "registry/builtin.h"
#include "registry/suggest.h"

namespace anystore {
namespace {

// A URL with this scheme would be read back with the same one.
bool IsScheme(std::string_view name) {
  const auto is_letter = [](char c) { return c >= 'a' && c <= 'z'; };
  return !name.empty() && is_letter(name.front()) && std::ranges::all_of(name, [&](char c) {
    return is_letter(c) || (c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.';
  });
}

}  // namespace

Registry::Registry() = default;
Registry::~Registry() = default;

Registry& Registry::Global() {
  // Never destroyed: stores opened by static objects may outlive every other static object.
  static Registry* const kGlobal = [] {
    auto* const registry = new Registry();
    for (auto& backend : registry::BuiltinBackends()) {
      registry->backends_.push_back(std::move(backend));
    }
    std::ranges::sort(registry->backends_, {}, [](const auto& b) { return b->scheme(); });
    return registry;
  }();
  return *kGlobal;
}

Status Registry::Register(std::unique_ptr<Backend> backend) {
  const std::string_view scheme = backend->scheme();
  if (!IsScheme(scheme)) {
    return Error(Code::kInvalidArgument,
                 Quoted(scheme) +
                     " is no scheme: a lower-case letter, then lower-case letters, "
                     "digits, \"+\", \"-\" and \".\"");
  }
  const std::lock_guard lock(mutex_);
  const auto place = std::ranges::lower_bound(backends_, scheme, {},
                                              [](const auto& other) { return other->scheme(); });
  if (place != backends_.end() && (*place)->scheme() == scheme) {
    return Error(Code::kAlreadyExists, "a backend for scheme " + Quoted(scheme) + " is registered");
  }
  backends_.insert(place, std::move(backend));
  return Ok();
}

Result<Backend*> Registry::Find(std::string_view scheme) const {
  std::vector<std::string> known;
  for (Backend* const backend : backends()) {
    if (backend->scheme() == scheme) return backend;
    known.emplace_back(backend->scheme());
  }
  return Error(Code::kInvalidConfig, "unknown scheme " + Quoted(scheme) +
                                         "; known: " + registry::JoinNames(known) +
                                         registry::DidYouMean(registry::Nearest(scheme, known)));
}

std::vector<Backend*> Registry::backends() const {
  const std::lock_guard lock(mutex_);
  std::vector<Backend*> all;
  all.reserve(backends_.size());
  for (const auto& backend : backends_) all.push_back(backend.get());
  return all;
}

}  // namespace anystore
