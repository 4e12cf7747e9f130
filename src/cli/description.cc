// stat, create, destroy, exists, backends: stores and their kinds.
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "anystore/backend.h"
#include "anystore/features.h"
#include "anystore/open.h"
#include "cli/capabilities.h"
#include "cli/commands.h"
#include "cli/progress.h"
#include "cli/stores.h"
#include "cli/text.h"

namespace anystore::cli {
namespace {

std::string_view TypeName(FieldType type) {
  switch (type) {
    case FieldType::kString:
      return "string";
    case FieldType::kBool:
      return "bool";
    case FieldType::kInteger:
      return "integer";
    case FieldType::kBytes:
      return "bytes";
    case FieldType::kDuration:
      return "duration";
    case FieldType::kChoice:
      return "choice";
  }
  return "unknown";
}

std::string FieldJson(const FieldSpec& field, std::string_view scheme) {
  JsonObject json;
  json.Bytes("name", field.name).Bytes("type", TypeName(field.type));
  if (field.default_value.has_value()) {
    json.Bytes("default", *field.default_value);
  } else {
    json.Null("default");
  }
  if (field.min.has_value()) json.Number("min", *field.min);
  if (field.max.has_value()) json.Number("max", *field.max);
  if (!field.choices.empty()) {
    std::vector<std::string> choices;
    for (const std::string& choice : field.choices) choices.push_back(JsonString(choice));
    json.Raw("choices", JsonArray(choices));
  }
  return json.Bool("secret", field.secret)
      .Bytes("environment", EnvironmentVariable(scheme, field.name))
      .Bytes("help", field.help)
      .Finish();
}

// A backend without a spec takes any field, so there is none to list.
const ConfigSpec& SpecOf(const Backend& backend) {
  static const ConfigSpec any{.path_help = "anything"};
  return backend.config_spec() != nullptr ? *backend.config_spec() : any;
}

std::string BackendJson(const Backend& backend) {
  const ConfigSpec& spec = SpecOf(backend);
  std::vector<std::string> fields;
  for (const FieldSpec& field : spec.fields) fields.push_back(FieldJson(field, backend.scheme()));
  return JsonObject()
      .Bytes("scheme", backend.scheme())
      .Bytes("description", backend.description())
      .Bytes("path", spec.path_help)
      .Bool("path_required", spec.path_required)
      .Bool("takes_host", spec.takes_host)
      .Raw("fields", JsonArray(fields))
      .Raw("capabilities", CapabilitiesJson(backend.capabilities()))
      .Finish();
}

std::string UrlForm(const Backend& backend) {
  const ConfigSpec& spec = SpecOf(backend);
  std::string url = std::string(backend.scheme()) + ":";
  if (spec.takes_host) url += "//[user[:password]@]host[:port]/";
  if (!spec.path_help.empty()) url += spec.path_required ? "PATH" : "[PATH]";
  if (!spec.fields.empty()) url += "[?field=value&...]";
  return url;
}

std::string BackendText(const Backend& backend) {
  const ConfigSpec& spec = SpecOf(backend);
  std::string text = std::string(backend.scheme()) + ": " + std::string(backend.description()) +
                     "\n\n  " + UrlForm(backend) + "\n";
  if (!spec.path_help.empty()) text += "  PATH: " + spec.path_help + "\n";
  if (!spec.fields.empty()) text += "\nFields (in the URL, or in the environment):\n";
  for (const FieldSpec& field : spec.fields) {
    text += "  " + field.name + " (" + std::string(TypeName(field.type));
    for (const std::string& choice : field.choices) text += " " + choice;
    text += field.default_value.has_value() ? ", default \"" + *field.default_value + "\""
                                            : std::string(", must be given");
    if (field.secret) text += ", secret";
    text += ")\n      " + field.help + "\n      " +
            EnvironmentVariable(backend.scheme(), field.name) + "\n";
  }
  return text + "\nCapabilities:\n" + CapabilitiesText(backend.capabilities());
}

// How much is in a store, as far as it was asked for.
struct Amounts {
  std::optional<std::uint64_t> disk_bytes = {};
  std::optional<std::uint64_t> keys = {};
  std::uint64_t value_bytes = 0;
};

Result<Amounts> Measure(Store& store, bool count) {
  Amounts amounts;
  if (auto* const disk = store.feature<PersistentDatastore>(); disk != nullptr) {
    ANYSTORE_ASSIGN_OR_RETURN(amounts.disk_bytes, disk->DiskUsage({}));
  }
  if (!count) return amounts;
  Progress progress("count", "keys");
  ANYSTORE_ASSIGN_OR_RETURN(Results results,
                            store.Query({.keys_only = true, .return_sizes = true}));
  for (const EntryView& entry : results) {
    progress.Add(1, entry.info.size);
    ANYSTORE_TRY(CheckInterrupted());
  }
  ANYSTORE_TRY(results.status());
  amounts.keys = progress.items();
  amounts.value_bytes = progress.bytes();
  return amounts;
}

std::string StatJson(const Store& store, const Amounts& amounts) {
  JsonObject json;
  json.Bytes("store", store.name());
  if (amounts.disk_bytes.has_value()) json.Count("disk_bytes", *amounts.disk_bytes);
  if (amounts.keys.has_value()) {
    json.Count("keys", *amounts.keys).Count("value_bytes", amounts.value_bytes);
  }
  return json.Raw("capabilities", CapabilitiesJson(store.capabilities())).Finish() + "\n";
}

std::string StatText(const Store& store, const Amounts& amounts) {
  const auto line = [](std::string_view name, const std::string& value) {
    return Padded(name, kAxisWidth + 2) + value + "\n";
  };
  const auto bytes = [](std::uint64_t n) {
    return WithCommas(n) + " (" + HumanBytes(static_cast<double>(n)) + ")";
  };
  std::string text = line("store", store.name());
  if (amounts.disk_bytes.has_value()) text += line("disk_bytes", bytes(*amounts.disk_bytes));
  if (amounts.keys.has_value()) {
    text += line("keys", WithCommas(*amounts.keys));
    text += line("value_bytes", bytes(amounts.value_bytes));
  }
  return text + "capabilities\n" + CapabilitiesText(store.capabilities());
}

}  // namespace

Exit Stat(const StatArguments& arguments) {
  return WithStore(arguments.url, IfMissing::kFail, [&](Store& store) {
    const Result<Amounts> amounts = Measure(store, arguments.count);
    if (!amounts.has_value()) return Fail(amounts.error());
    return PrintText(arguments.json ? StatJson(store, *amounts) : StatText(store, *amounts));
  });
}

Exit CreateStore(const StoreArguments& arguments) {
  const Status created = Create(arguments.url, {.environment = &ProgramEnvironment()});
  return created.has_value() ? Exit::kOk : Fail(created.error());
}

Exit DestroyStore(const StoreArguments& arguments) {
  const Status destroyed = Destroy(arguments.url, {.environment = &ProgramEnvironment()});
  return destroyed.has_value() ? Exit::kOk : Fail(destroyed.error());
}

Exit StoreExists(const StoreArguments& arguments) {
  const Result<bool> exists = Exists(arguments.url, {.environment = &ProgramEnvironment()});
  if (!exists.has_value()) return Fail(exists.error());
  return PrintText(*exists ? "true\n" : "false\n", *exists ? Exit::kOk : Exit::kDifferent);
}

Exit Backends(const BackendsArguments& arguments) {
  const Registry& registry = Registry::Global();
  if (!arguments.name.empty()) {
    const Result<Backend*> backend = registry.Find(arguments.name);
    if (!backend.has_value()) return Fail(backend.error());
    return PrintText(arguments.json ? BackendJson(**backend) + "\n" : BackendText(**backend));
  }
  std::string text;
  for (const Backend* const backend : registry.backends()) {
    constexpr std::size_t kSchemeWidth = 10;
    text += arguments.json
                ? BackendJson(*backend)
                : Padded(backend->scheme(), kSchemeWidth) + std::string(backend->description());
    text += "\n";
  }
  return PrintText(text);
}

}  // namespace anystore::cli
