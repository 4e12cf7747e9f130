#include <algorithm>
#include <utility>

#include "anystore/backend.h"
#include "anystore/error.h"
#include "anystore/layer.h"
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
    for (auto& layer : registry::BuiltinLayers()) registry->layers_.push_back(std::move(layer));
    std::ranges::sort(registry->layers_, {}, [](const auto& l) { return l->name(); });
    return registry;
  }();
  return *kGlobal;
}

Status Registry::Register(std::unique_ptr<Backend> backend) {
  const std::string_view scheme = backend->scheme();
  const std::lock_guard lock(mutex_);
  ANYSTORE_TRY(CheckName(scheme));
  const auto place = std::ranges::upper_bound(backends_, scheme, {},
                                              [](const auto& other) { return other->scheme(); });
  backends_.insert(place, std::move(backend));
  return Ok();
}

Status Registry::Register(std::unique_ptr<LayerType> layer) {
  const std::string_view name = layer->name();
  const std::lock_guard lock(mutex_);
  ANYSTORE_TRY(CheckName(name));
  const auto place =
      std::ranges::upper_bound(layers_, name, {}, [](const auto& other) { return other->name(); });
  layers_.insert(place, std::move(layer));
  return Ok();
}

Status Registry::CheckName(std::string_view name) const {
  if (!IsScheme(name)) {
    return Error(Code::kInvalidArgument,
                 Quoted(name) +
                     " is no scheme: a lower-case letter, then lower-case letters, "
                     "digits, \"+\", \"-\" and \".\"");
  }
  if (std::ranges::any_of(backends_, [&](const auto& other) { return other->scheme() == name; })) {
    return Error(Code::kAlreadyExists, "a backend for scheme " + Quoted(name) + " is registered");
  }
  if (std::ranges::any_of(layers_, [&](const auto& other) { return other->name() == name; })) {
    return Error(Code::kAlreadyExists, "a layer called " + Quoted(name) + " is registered");
  }
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

LayerType* Registry::FindLayer(std::string_view name) const {
  const std::lock_guard lock(mutex_);
  const auto found = std::ranges::find(layers_, name, [](const auto& l) { return l->name(); });
  return found != layers_.end() ? found->get() : nullptr;
}

std::vector<LayerType*> Registry::layers() const {
  const std::lock_guard lock(mutex_);
  std::vector<LayerType*> all;
  all.reserve(layers_.size());
  for (const auto& layer : layers_) all.push_back(layer.get());
  return all;
}

}  // namespace anystore
