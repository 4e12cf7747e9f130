// A plugin that misbehaves in the way that the variable ANYSTORE_BAD_PLUGIN names, while it is
// loaded or, with the same name in the field `how`, later.
#include <cstdlib>
#include <cstring>
#include <stdexcept>
#include <string>

#include "anystore/anystore.h"

namespace {

bool Is(const char* how) {
  // Set before the plugin is called, by the one thread that tests it.
  const char* const said = std::getenv("ANYSTORE_BAD_PLUGIN");  // NOLINT(concurrency-mt-unsafe)
  return said != nullptr && std::strcmp(said, how) == 0;
}

anystore_error* CapabilitiesOf(anystore_capabilities* can) {
  const std::uint32_t size = can->size;
  *can = {};
  can->size = size;
  can->access = ANYSTORE_ACCESS_READ_WRITE;
  can->key_bytes_max = 1000;
  can->value_bytes_max = 1000;
  can->batch_bytes_max = 1000;
  can->range_read = ANYSTORE_NATIVE;
  can->put_durability = can->durability_max = can->sync_durability = ANYSTORE_DURABILITY_APPLIED;
  if (Is("capabilities: no such value")) can->ordered_scan = 3;
  if (Is("capabilities: no durability")) can->put_durability = 0;
  if (Is("capabilities: no keys")) can->key_bytes_min = 2000;
  if (Is("capabilities: alphabet")) can->key_alphabet = 1 << 20;
  if (Is("capabilities: check_key")) can->key_alphabet = ANYSTORE_KEY_OTHER;
  if (Is("capabilities: snapshots")) can->snapshots = ANYSTORE_NATIVE;
  return nullptr;
}

const anystore_host_v1* the_host = nullptr;

anystore_error* Get(void*, anystore_bytes, const anystore_read_options*, anystore_value* value,
                    anystore_entry_info* info) {
  static const char kBytes[] = "bytes";
  *value = {.bytes = {.data = kBytes, .size = 5}, .owner = nullptr, .release = nullptr};
  if (info != nullptr) info->value_size = 5;
  if (Is("get: at null")) value->bytes.data = nullptr;
  if (Is("get: too long")) value->bytes.size = std::size_t{1} << 63U;
  if (Is("get: throws")) throw std::runtime_error("x");
  if (Is("get: flags") && info != nullptr) info->flags = 7;
  if (Is("get: code")) return the_host->error_new(the_host->self, 77, 9, 9, 0, {"odd", 3});
  if (Is("get: ok is an error")) return the_host->error_new(the_host->self, 0, 0, 0, 0, {});
  if (Is("get: text at null")) {
    return the_host->error_new(the_host->self, ANYSTORE_IO_ERROR, 0, 0, 0, {nullptr, 9});
  }
  return nullptr;
}

anystore_error* Stat(void*, anystore_bytes, std::uint32_t, const anystore_call_options*,
                     anystore_entry_info* info) {
  if (Is("stat: throws")) throw 7;
  info->value_size = 5;
  return nullptr;
}

anystore_error* GetMany(void*, const anystore_bytes*, std::size_t count,
                        const anystore_read_options*, anystore_value* values,
                        anystore_error** errors) {
  if (Is("get_many: throws")) throw 7;
  for (std::size_t i = 0; i < count; ++i) {
    errors[i] = nullptr;
    values[i] = {.bytes = {.data = nullptr, .size = 8}, .owner = nullptr, .release = nullptr};
  }
  return nullptr;
}

anystore_error* Next(void*, anystore_entry* entries, std::size_t capacity, std::size_t,
                     std::size_t* count) {
  if (Is("next: throws")) throw 7;
  *count = Is("next: too many") ? capacity + 1 : 1;
  if (Is("next: far too many")) *count = ~std::size_t{0};
  entries[0] = {};
  if (Is("next: key at null")) entries[0].key.size = 3;
  if (Is("next: value at null")) entries[0].value.size = 3;
  if (Is("next: flags")) entries[0].info.flags = 1;
  return nullptr;
}

anystore_error* Seek(void*, anystore_bytes) { return nullptr; }
void CloseCursor(void*) {
  if (Is("cursor close: throws")) throw 7;
}

anystore_error* Scan(void*, const anystore_key_range*, const anystore_scan_options*,
                     const anystore_cursor_v1** cursor) {
  static anystore_cursor_v1 table;
  table = {sizeof(table), nullptr, &Next, &Seek, &CloseCursor};
  if (Is("scan: no next")) table.next = nullptr;
  if (Is("scan: no seek")) table.seek = nullptr;
  if (Is("scan: no close")) table.close = nullptr;
  if (Is("scan: size")) table.size = 1 << 30;
  if (!Is("scan: null")) *cursor = &table;
  return nullptr;
}

anystore_error* Apply(void*, const anystore_mutation*, std::size_t, std::size_t,
                      const anystore_write_options*, anystore_receipt* receipt) {
  if (Is("apply: throws")) throw 7;
  receipt->applied = 1000;
  return nullptr;
}

anystore_error* Sync(void*, const anystore_key_range*, const anystore_call_options*) {
  if (Is("sync: throws")) throw 7;
  return nullptr;
}

anystore_error* StoreCapabilities(void*, anystore_capabilities* can) {
  if (Is("capabilities: throws")) throw 7;
  return CapabilitiesOf(can);
}

anystore_error* NewSnapshot(void*, const anystore_call_options*, const anystore_reader_v1**) {
  return nullptr;
}

const void* Feature(void*, anystore_bytes name) {
  static anystore_snapshots_v1 snapshots;
  snapshots = {sizeof(snapshots), nullptr, &NewSnapshot};
  const std::string said(static_cast<const char*>(name.data), name.size);
  if (Is("feature: throws")) throw 7;
  if (said != "anystore.snapshots/1") return nullptr;
  if (Is("feature: not claimed")) return &snapshots;
  if (Is("feature: no function")) {
    snapshots.new_snapshot = nullptr;
    return &snapshots;
  }
  return nullptr;
}

anystore_error* Close(void*) {
  if (Is("close: throws")) throw 7;
  return nullptr;
}
void Release(void*) {
  if (Is("release: throws")) throw 7;
}

anystore_error* BackendCapabilities(void*, const anystore_host_v1*, anystore_capabilities* can) {
  if (Is("load: capabilities throw")) throw 7;
  if (Is("load: capabilities unset")) return nullptr;
  return CapabilitiesOf(can);
}

anystore_error* Nothing(void*, const anystore_host_v1*, anystore_bytes) {
  if (Is("create: throws")) throw 7;
  return nullptr;
}

anystore_error* Exists(void*, const anystore_host_v1*, anystore_bytes, std::int32_t* exists) {
  if (Is("exists: throws")) throw 7;
  *exists = 77;
  return nullptr;
}

anystore_error* Open(void*, const anystore_host_v1* host, anystore_bytes,
                     const anystore_store_v1** store) {
  static anystore_store_v1 table;
  the_host = host;
  table = {sizeof(table),      nullptr,  &Get,   &Stat,   &GetMany, &Scan, &Apply, &Sync, nullptr,
           &StoreCapabilities, &Feature, &Close, &Release};
  if (Is("open: no get")) table.get = nullptr;
  if (Is("open: no stat")) table.stat = nullptr;
  if (Is("open: no scan")) table.scan = nullptr;
  if (Is("open: no apply")) table.apply = nullptr;
  if (Is("open: no sync")) table.sync = nullptr;
  if (Is("open: no capabilities")) table.capabilities = nullptr;
  if (Is("open: no close")) table.close = nullptr;
  if (Is("open: no release")) table.release = nullptr;
  if (Is("open: short")) table.size = offsetof(anystore_store_v1, apply);
  if (Is("open: size 0")) table.size = 0;
  if (Is("open: throws")) throw 7;
  if (!Is("open: null")) *store = &table;
  return nullptr;
}

anystore_error* DefaultConfig(void*, const anystore_host_v1*, anystore_bytes,
                              anystore_value* full) {
  *full = {.bytes = {.data = "[]", .size = 2}, .owner = nullptr, .release = nullptr};
  if (Is("default_config: at null")) full->bytes.data = nullptr;
  if (Is("default_config: another type")) full->bytes = {"{\"type\": \"memory\"}", 18};
  return nullptr;
}

const char* SpecOf() {
  if (Is("spec: malformed")) return "{";
  if (Is("spec: no object")) return "[]";
  if (Is("spec: unknown member")) return R"({"feilds": []})";
  if (Is("spec: no list")) return R"({"fields": {}})";
  if (Is("spec: no name")) return R"({"fields": [{"type": "bool"}]})";
  if (Is("spec: part")) return R"({"fields": [{"name": "path"}]})";
  if (Is("spec: twice")) return R"({"fields": [{"name": "a"}, {"name": "a"}]})";
  if (Is("spec: type")) return R"({"fields": [{"name": "a", "type": "colour"}]})";
  if (Is("spec: choice")) return R"({"fields": [{"name": "a", "type": "choice"}]})";
  if (Is("spec: default")) {
    return R"({"fields": [{"name": "a", "type": "integer", "default": 9, "max": 8}]})";
  }
  if (Is("spec: number")) return R"({"fields": [{"name": "a", "max": 18446744073709551615}]})";
  return nullptr;
}

}  // namespace

const anystore_backend_v1* anystore_plugin_v1(const anystore_host_v1*) {
  static anystore_backend_v1 table;
  static const std::string endless(2000, 'a');
  table = {sizeof(table), nullptr,  "bad", "It misbehaves", SpecOf(), nullptr, &BackendCapabilities,
           nullptr,       &Nothing, &Open, &Exists,         &Nothing, nullptr};
  if (Is("load: throws")) throw std::runtime_error("x");
  if (Is("load: null")) return nullptr;
  if (Is("load: size 0")) table.size = 0;
  if (Is("load: size")) table.size = 1U << 31U;
  if (Is("load: short")) table.size = offsetof(anystore_backend_v1, open);
  if (Is("load: no scheme")) table.scheme = nullptr;
  if (Is("load: no description")) table.description = nullptr;
  if (Is("load: endless scheme")) table.scheme = endless.c_str();
  if (Is("load: odd scheme")) table.scheme = "Not A Scheme";
  if (Is("load: taken")) table.scheme = "memory";
  if (Is("load: no capabilities")) table.capabilities = nullptr;
  if (Is("load: no create")) table.create = nullptr;
  if (Is("load: no open")) table.open = nullptr;
  if (Is("load: no exists")) table.exists = nullptr;
  if (Is("load: no destroy")) table.destroy = nullptr;
  if (Is("default_config: at null") || Is("default_config: another type") ||
      Is("default_config: no object")) {
    table.default_config = &DefaultConfig;
  }
  return &table;
}
