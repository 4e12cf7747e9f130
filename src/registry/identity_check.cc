#include "registry/identity_check.h"

#include <string>

#include "anystore/features.h"

namespace anystore::registry {
namespace {

Error Differs(const std::string& field, const std::string& store, std::string_view wanted) {
  return Error(Code::kIdentityMismatch,
               "field " + Quoted(field) + ": the store has " + store + ", not " + Quoted(wanted));
}

}  // namespace

Status CheckIdentity(const Stack& leaf, Datastore& store) {
  const CheckedConfig& config = leaf.config;
  const auto* const identified = store.feature<IdentifiedDatastore>();
  const StoreIdentity nobody;
  const StoreIdentity& identity = identified != nullptr ? identified->identity() : nobody;
  if (!config.id().empty() && config.id() != identity.id) {
    return Differs("id", identity.id.empty() ? "no identity record" : Quoted(identity.id),
                   config.id());
  }
  const ConfigSpec* const spec = leaf.backend->config_spec();
  if (spec == nullptr || identity.id.empty()) return Ok();
  for (const FieldSpec& field : spec->fields) {
    if (!field.fixed_at_create || field.secret) continue;
    const auto stored = identity.options.find(field.name);
    const std::string_view wanted = config.String(field.name);
    // A default that nobody asked for means whatever the store has.
    const bool asked = config.Has(field.name) || wanted != field.default_value;
    if (!asked || stored == identity.options.end() || stored->second == wanted) continue;
    return Differs(field.name, Quoted(stored->second), wanted);
  }
  return Ok();
}

}  // namespace anystore::registry
