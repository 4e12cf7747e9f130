// stat, create, destroy, exists: what is said of a store.
#include <cstdint>
#include <string>
#include <utility>

#include "anystore/features.h"
#include "anystore/open.h"
#include "cli/capabilities.h"
#include "cli/commands.h"
#include "cli/progress.h"
#include "cli/stores.h"
#include "cli/text.h"

namespace anystore::cli {
namespace {

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

/// Who the store is; empty where nobody wrote it down.
std::string IdOf(Store& store) {
  const auto* const identified = store.feature<IdentifiedDatastore>();
  return identified != nullptr ? identified->identity().id : std::string();
}

std::string StatJson(Store& store, const Amounts& amounts) {
  JsonObject json;
  json.Bytes("store", store.name());
  if (const std::string id = IdOf(store); !id.empty()) json.Bytes("id", id);
  if (amounts.disk_bytes.has_value()) json.Count("disk_bytes", *amounts.disk_bytes);
  if (amounts.keys.has_value()) {
    json.Count("keys", *amounts.keys).Count("value_bytes", amounts.value_bytes);
  }
  return json.Raw("capabilities", CapabilitiesJson(store.capabilities())).Finish() + "\n";
}

std::string StatText(Store& store, const Amounts& amounts) {
  const auto line = [](std::string_view name, const std::string& value) {
    return Padded(name, kAxisWidth + 2) + value + "\n";
  };
  std::string text = line("store", store.name());
  if (const std::string id = IdOf(store); !id.empty()) text += line("id", id);
  if (amounts.disk_bytes.has_value()) text += line("disk_bytes", BytesText(*amounts.disk_bytes));
  if (amounts.keys.has_value()) {
    text += line("keys", WithCommas(*amounts.keys));
    text += line("value_bytes", BytesText(amounts.value_bytes));
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

}  // namespace anystore::cli
