/* Everything that the C interface offers to a program, used by a program in C. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "anystore/anystore.h"

static int failures = 0;

static void Check(int holds, const char* what, int line) {
  if (holds) return;
  fprintf(stderr, "line %d: %s\n", line, what);
  ++failures;
}
#define CHECK(holds) Check((holds), #holds, __LINE__)

/* Whether a call ended with `code`; frees the error. */
static int Ends(anystore_error* error, uint32_t code) {
  const int same = anystore_error_code(error) == code;
  if (!same) fprintf(stderr, "%s\n", anystore_error_text(error));
  anystore_error_free(error);
  return same;
}
#define WORKS(call) CHECK(Ends((call), ANYSTORE_OK))
#define FAILS(call, code) CHECK(Ends((call), (code)))

static int Holds(const anystore_value* value, const char* text) {
  return value->bytes.size == strlen(text) &&
         memcmp(value->bytes.data, text, value->bytes.size) == 0;
}

static const anystore_store_v1* Open(const char* name, const anystore_open_options* options) {
  const anystore_store_v1* store = NULL;
  WORKS(anystore_open(name, options, &store));
  if (store == NULL) exit(EXIT_FAILURE);
  return store;
}

static int Has(const anystore_store_v1* store, const char* key, const char* text) {
  anystore_value value;
  anystore_error* error = store->get(store->self, anystore_text(key), NULL, &value, NULL);
  int same;
  if (error != NULL) {
    anystore_error_free(error);
    return 0;
  }
  same = Holds(&value, text);
  anystore_value_free(&value);
  return same;
}

static void Records(const anystore_store_v1* store) {
  anystore_value value = {{0, 0}, 0, 0};
  anystore_entry_info info;
  anystore_read_options window = {0};
  WORKS(anystore_put(store, anystore_text("/A"), anystore_text("hello")));
  WORKS(store->get(store->self, anystore_text("/A"), NULL, &value, &info));
  CHECK(Holds(&value, "hello") && info.value_size == 5);
  anystore_value_free(&value);
  CHECK(value.bytes.size == 0 && value.release == NULL);

  window.size = sizeof window;
  window.flags = ANYSTORE_HAS_WINDOW;
  window.offset = 1;
  window.length = 3;
  WORKS(store->get(store->self, anystore_text("/A"), &window, &value, NULL));
  CHECK(Holds(&value, "ell"));
  anystore_value_free(&value);

  WORKS(store->stat(store->self, anystore_text("/A"), ANYSTORE_WANT_SIZE, NULL, &info));
  CHECK(info.value_size == 5);
  WORKS(anystore_delete(store, anystore_text("/A")));
  FAILS(store->get(store->self, anystore_text("/A"), NULL, &value, NULL), ANYSTORE_NOT_FOUND);
  FAILS(store->stat(store->self, anystore_text("/A"), 0, NULL, &info), ANYSTORE_NOT_FOUND);
  WORKS(anystore_delete(store, anystore_text("/A")));
  WORKS(store->check_key(store->self, anystore_text("/A")));
}

static void ManyRecords(const anystore_store_v1* store) {
  anystore_mutation mutations[3];
  anystore_bytes keys[3];
  anystore_value values[3];
  anystore_error* errors[3];
  anystore_receipt receipt = {0};
  memset(mutations, 0, sizeof mutations);
  mutations[0].key = anystore_text("/A");
  mutations[0].value = anystore_text("1");
  mutations[1].key = anystore_text("/B");
  mutations[2].kind = ANYSTORE_DELETE;
  mutations[2].key = anystore_text("/C");
  receipt.size = sizeof receipt;
  WORKS(store->apply(store->self, mutations, 3, sizeof mutations[0], NULL, &receipt));
  CHECK(receipt.applied == 3);

  keys[0] = anystore_text("/C");
  keys[1] = anystore_text("/B");
  keys[2] = anystore_text("/A");
  WORKS(store->get_many(store->self, keys, 3, NULL, values, errors));
  FAILS(errors[0], ANYSTORE_NOT_FOUND);
  CHECK(errors[1] == NULL && Holds(&values[1], ""));
  CHECK(errors[2] == NULL && Holds(&values[2], "1"));
  anystore_value_free(&values[1]);
  anystore_value_free(&values[2]);
}

/* The keys of a scan, one behind the other. */
static void ScanInto(const anystore_store_v1* store, const anystore_key_range* range,
                     const anystore_scan_options* options, char* keys, size_t room) {
  const anystore_cursor_v1* cursor = NULL;
  anystore_entry entries[2];
  size_t count = 1;
  keys[0] = 0;
  WORKS(store->scan(store->self, range, options, &cursor));
  if (cursor == NULL) return;
  while (count > 0) {
    size_t i;
    count = 0;
    WORKS(cursor->next(cursor->self, entries, 2, sizeof entries[0], &count));
    for (i = 0; i < count; ++i) {
      if (strlen(keys) + entries[i].key.size < room) {
        strncat(keys, entries[i].key.data, entries[i].key.size);
      }
    }
  }
  cursor->close(cursor->self);
}

static void Scans(const anystore_store_v1* store) {
  char keys[64];
  anystore_key_range range;
  anystore_scan_options options = {0};
  const anystore_cursor_v1* cursor = NULL;
  anystore_entry entry;
  size_t count = 0;
  options.size = sizeof options;
  options.flags = ANYSTORE_KEYS_ONLY;
  WORKS(anystore_put(store, anystore_text("/C"), anystore_text("3")));
  ScanInto(store, NULL, NULL, keys, sizeof keys);
  CHECK(strcmp(keys, "/A/B/C") == 0);
  range.from = anystore_text("/B");
  range.to = anystore_text(NULL);
  ScanInto(store, &range, &options, keys, sizeof keys);
  CHECK(strcmp(keys, "/B/C") == 0);
  range.to = anystore_text("/C");
  ScanInto(store, &range, NULL, keys, sizeof keys);
  CHECK(strcmp(keys, "/B") == 0);
  options.flags = ANYSTORE_REVERSE;
  ScanInto(store, NULL, &options, keys, sizeof keys);
  CHECK(strcmp(keys, "/C/B/A") == 0);

  WORKS(store->scan(store->self, NULL, NULL, &cursor));
  WORKS(cursor->seek(cursor->self, anystore_text("/B0")));
  WORKS(cursor->next(cursor->self, &entry, 1, sizeof entry, &count));
  CHECK(count == 1 && entry.value.size == 1 && entry.info.value_size == 1);
  FAILS(cursor->next(cursor->self, &entry, 0, sizeof entry, &count), ANYSTORE_INVALID_ARGUMENT);
  FAILS(cursor->next(cursor->self, &entry, 1, 8, &count), ANYSTORE_INVALID_ARGUMENT);
  FAILS(cursor->next(cursor->self, NULL, 1, sizeof entry, &count), ANYSTORE_INVALID_ARGUMENT);
  cursor->close(cursor->self);
}

static void ConditionalWrites(const anystore_store_v1* store) {
  anystore_mutation put;
  anystore_write_options options = {0};
  anystore_receipt receipt = {0};
  memset(&put, 0, sizeof put);
  put.key = anystore_text("/A");
  put.value = anystore_text("2");
  put.condition = ANYSTORE_IF_ABSENT;
  FAILS(store->apply(store->self, &put, 1, sizeof put, NULL, NULL), ANYSTORE_PRECONDITION_FAILED);
  CHECK(Has(store, "/A", "1"));
  put.condition = ANYSTORE_IF_PRESENT;
  options.size = sizeof options;
  options.flags = ANYSTORE_TELL_VERSION;
  receipt.size = sizeof receipt;
  WORKS(store->apply(store->self, &put, 1, sizeof put, &options, &receipt));
  CHECK((receipt.flags & ANYSTORE_HAS_VERSION) != 0);
  put.condition = ANYSTORE_IF_VERSION_IS;
  memcpy(put.version, receipt.version, sizeof put.version);
  put.value = anystore_text("3");
  WORKS(store->apply(store->self, &put, 1, sizeof put, &options, &receipt));
  FAILS(store->apply(store->self, &put, 1, sizeof put, NULL, NULL), ANYSTORE_PRECONDITION_FAILED);
  CHECK(Has(store, "/A", "3"));
}

static int64_t Now(void* self) { return *(const int64_t*)self; }
static void Sleep(void* self, int64_t nanoseconds) { *(int64_t*)self += nanoseconds; }

static void TimePasses(void) {
  int64_t now = 1000;
  anystore_clock_v1 clock;
  anystore_open_options options = {0};
  anystore_read_options late = {0};
  anystore_mutation put;
  anystore_value value;
  const anystore_store_v1* store;
  clock.size = sizeof clock;
  clock.self = &now;
  clock.now = Now;
  clock.sleep = Sleep;
  options.size = sizeof options;
  options.clock = &clock;
  store = Open("memory:", &options);
  memset(&put, 0, sizeof put);
  put.key = anystore_text("/A");
  put.flags = ANYSTORE_HAS_EXPIRY;
  put.expires_at = 2000;
  WORKS(store->apply(store->self, &put, 1, sizeof put, NULL, NULL));
  CHECK(Has(store, "/A", ""));
  now = 2000;
  CHECK(!Has(store, "/A", ""));

  late.size = sizeof late;
  late.flags = ANYSTORE_HAS_DEADLINE;
  late.deadline = 1999;
  FAILS(store->get(store->self, put.key, &late, &value, NULL), ANYSTORE_TIMEOUT);
  store->release(store->self);
}

static void Stops(const anystore_store_v1* store) {
  const anystore_stop_v1* stop = anystore_stop_new();
  anystore_scan_options options = {0};
  const anystore_cursor_v1* cursor = NULL;
  anystore_entry entry;
  size_t count = 0;
  options.size = sizeof options;
  options.stop = stop;
  WORKS(store->scan(store->self, NULL, &options, &cursor));
  WORKS(cursor->next(cursor->self, &entry, 1, sizeof entry, &count));
  anystore_stop_request(stop);
  FAILS(cursor->next(cursor->self, &entry, 1, sizeof entry, &count), ANYSTORE_CANCELLED);
  cursor->close(cursor->self);
  FAILS(store->scan(store->self, NULL, &options, &cursor), ANYSTORE_CANCELLED);
  anystore_stop_free(stop);
  anystore_stop_free(NULL);
}

static void Features(const anystore_store_v1* store) {
  const anystore_snapshots_v1* snapshots = (const anystore_snapshots_v1*)store->feature(
      store->self, anystore_text("anystore.snapshots/1"));
  const anystore_number_v1* usage = (const anystore_number_v1*)store->feature(
      store->self, anystore_text("anystore.disk_usage/1"));
  const anystore_reader_v1* reader = NULL;
  anystore_value value;
  anystore_capabilities can = {0};
  uint64_t bytes = 0;
  CHECK(store->feature(store->self, anystore_text("anystore.unheard_of/1")) == NULL);
  CHECK(snapshots != NULL && usage != NULL);
  can.size = sizeof can;
  WORKS(store->capabilities(store->self, &can));
  CHECK(can.snapshots == ANYSTORE_NATIVE && can.ordered_scan == ANYSTORE_NATIVE);
  CHECK(can.access == ANYSTORE_ACCESS_READ_WRITE && can.put_durability != 0);
  if (snapshots == NULL || usage == NULL) return;
  WORKS(usage->run(usage->self, NULL, &bytes));
  CHECK(bytes > 0);
  WORKS(snapshots->new_snapshot(snapshots->self, NULL, &reader));
  WORKS(anystore_put(store, anystore_text("/A"), anystore_text("later")));
  WORKS(reader->get(reader->self, anystore_text("/A"), NULL, &value, NULL));
  CHECK(Holds(&value, "3"));
  anystore_value_free(&value);
  reader->close(reader->self);
}

/* What a careless or a hostile caller hands in. */
static void BadArguments(const anystore_store_v1* store) {
  anystore_bytes nowhere = {0, 5};
  anystore_read_options options = {0};
  anystore_write_options write = {0};
  anystore_scan_options scan = {0};
  anystore_mutation put;
  anystore_value value;
  anystore_entry_info info;
  anystore_receipt receipt = {0};
  anystore_capabilities can = {0};
  anystore_stop_v1 stop = {0, 0, 0};
  const anystore_cursor_v1* cursor = NULL;
  struct {
    anystore_read_options known;
    uint64_t unknown;
  } later;
  const uint32_t invalid = ANYSTORE_INVALID_ARGUMENT;
  memset(&put, 0, sizeof put);
  FAILS(store->get(NULL, anystore_text("/A"), NULL, &value, NULL), invalid);
  FAILS(store->get(store->self, nowhere, NULL, &value, NULL), invalid);
  FAILS(store->get(store->self, anystore_text("/A"), NULL, NULL, NULL), invalid);
  FAILS(store->get(store->self, anystore_text("/A"), &options, &value, NULL), invalid);
  options.size = 0x7fffffff;
  FAILS(store->get(store->self, anystore_text("/A"), &options, &value, NULL), invalid);
  options.size = sizeof options;
  options.flags = 0x80000000U;
  FAILS(store->get(store->self, anystore_text("/A"), &options, &value, NULL),
        ANYSTORE_UNSUPPORTED);
  options.flags = 0;
  options.stop = &stop;
  FAILS(store->get(store->self, anystore_text("/A"), &options, &value, NULL), invalid);
  memset(&later, 0, sizeof later);
  later.known.size = sizeof later;
  WORKS(store->get(store->self, anystore_text("/A"), &later.known, &value, NULL));
  anystore_value_free(&value);
  later.unknown = 1;
  FAILS(store->get(store->self, anystore_text("/A"), &later.known, &value, NULL),
        ANYSTORE_UNSUPPORTED);
  FAILS(store->stat(store->self, anystore_text("/A"), 8, NULL, &info), ANYSTORE_UNSUPPORTED);
  FAILS(store->stat(store->self, anystore_text("/A"), 0, NULL, NULL), invalid);
  FAILS(store->get_many(store->self, NULL, 1, NULL, &value, NULL), invalid);

  put.key = nowhere;
  FAILS(store->apply(store->self, &put, 1, sizeof put, NULL, NULL), invalid);
  put.key = anystore_text("/A");
  FAILS(store->apply(store->self, &put, 1, 8, NULL, NULL), invalid);
  FAILS(store->apply(store->self, NULL, 1, sizeof put, NULL, NULL), invalid);
  FAILS(store->apply(store->self, &put, (size_t)-1, sizeof put, NULL, NULL), invalid);
  FAILS(store->apply(store->self, &put, 1, sizeof put, NULL, &receipt), invalid);
  put.kind = 4;
  FAILS(store->apply(store->self, &put, 1, sizeof put, NULL, NULL), invalid);
  put.kind = 0;
  put.condition = 4;
  FAILS(store->apply(store->self, &put, 1, sizeof put, NULL, NULL), invalid);
  put.condition = 0;
  write.size = sizeof write;
  write.durability = 4;
  FAILS(store->apply(store->self, &put, 1, sizeof put, &write, NULL), invalid);
  CHECK(Has(store, "/A", "later"));

  FAILS(store->scan(store->self, NULL, NULL, NULL), invalid);
  FAILS(store->scan(store->self, NULL, &scan, &cursor), invalid);
  FAILS(store->capabilities(store->self, &can), invalid);
  FAILS(store->capabilities(store->self, NULL), invalid);
  CHECK(store->feature(store->self, nowhere) == NULL);
  FAILS(anystore_open(NULL, NULL, NULL), invalid);
  FAILS(anystore_open("memory:", NULL, NULL), invalid);
  FAILS(anystore_exists("memory:", NULL, NULL), invalid);
}

static void Closing(void) {
  const anystore_store_v1* store = Open("memory:", NULL);
  const anystore_cursor_v1* cursor = NULL;
  const anystore_reader_v1* reader = NULL;
  const anystore_snapshots_v1* snapshots = (const anystore_snapshots_v1*)store->feature(
      store->self, anystore_text("anystore.snapshots/1"));
  anystore_value kept;
  anystore_value value;
  anystore_entry entry;
  size_t count = 0;
  WORKS(anystore_put(store, anystore_text("/A"), anystore_text("kept")));
  WORKS(store->get(store->self, anystore_text("/A"), NULL, &kept, NULL));
  WORKS(store->scan(store->self, NULL, NULL, &cursor));
  WORKS(snapshots->new_snapshot(snapshots->self, NULL, &reader));
  WORKS(store->close(store->self));
  WORKS(store->close(store->self));
  FAILS(anystore_put(store, anystore_text("/A"), anystore_text("1")), ANYSTORE_CLOSED);
  FAILS(store->get(store->self, anystore_text("/A"), NULL, &value, NULL), ANYSTORE_CLOSED);
  FAILS(cursor->next(cursor->self, &entry, 1, sizeof entry, &count), ANYSTORE_CLOSED);
  FAILS(snapshots->new_snapshot(snapshots->self, NULL, &reader), ANYSTORE_CLOSED);
  store->release(store->self);
  FAILS(reader->get(reader->self, anystore_text("/A"), NULL, &value, NULL), ANYSTORE_CLOSED);
  cursor->close(cursor->self);
  reader->close(reader->self);
  CHECK(Holds(&kept, "kept"));
  anystore_value_free(&kept);
}

static void Errors(void) {
  const anystore_store_v1* store = Open("memory:", NULL);
  anystore_mutation put;
  anystore_write_options write = {0};
  anystore_error* error;
  memset(&put, 0, sizeof put);
  put.key = anystore_text("/A");
  write.size = sizeof write;
  write.durability = ANYSTORE_DURABILITY_POWER;
  error = store->apply(store->self, &put, 1, sizeof put, &write, NULL);
  CHECK(anystore_error_code(error) == ANYSTORE_UNSUPPORTED);
  CHECK(anystore_error_retry(error) == ANYSTORE_RETRY_NEVER);
  CHECK(anystore_error_applied(error) == ANYSTORE_APPLIED_NO);
  CHECK(anystore_error_os_error(error) == 0);
  CHECK(strstr(anystore_error_text(error), "put \"/A\" in memory:: unsupported: ") != NULL);
  CHECK(strstr((const char*)anystore_error_message(error).data, "survive") != NULL);
  anystore_error_free(error);
  store->release(store->self);

  CHECK(strcmp(anystore_error_text(NULL), "ok") == 0);
  CHECK(anystore_error_code(NULL) == ANYSTORE_OK && anystore_error_message(NULL).size == 0);
  CHECK(strcmp(anystore_code_name(ANYSTORE_IDENTITY_MISMATCH), "identity_mismatch") == 0);
  CHECK(strcmp(anystore_code_name(27), "unknown") == 0);
  FAILS(anystore_open("no-such-scheme:x", NULL, &store), ANYSTORE_INVALID_CONFIG);
  anystore_error_free(NULL);
  CHECK(strchr(anystore_version(), '.') != NULL);
}

/* The life of a store on disk; `name` has no store yet. */
static void Lifecycle(const char* name) {
  anystore_open_options options = {0};
  const anystore_store_v1* store = NULL;
  int32_t exists = 1;
  WORKS(anystore_exists(name, NULL, &exists));
  CHECK(exists == 0);
  FAILS(anystore_open(name, NULL, &store), ANYSTORE_NOT_FOUND);
  WORKS(anystore_create(name, NULL));
  FAILS(anystore_create(name, NULL), ANYSTORE_ALREADY_EXISTS);
  options.size = sizeof options;
  options.mode = ANYSTORE_OPEN_OR_CREATE;
  store = Open(name, &options);
  WORKS(anystore_put(store, anystore_text("/A"), anystore_text("here")));
  WORKS(store->sync(store->self, NULL, NULL));
  WORKS(store->close(store->self));
  store->release(store->self);
  store = Open(name, NULL);
  CHECK(Has(store, "/A", "here"));
  store->release(store->self);
  options.mode = 3;
  FAILS(anystore_open(name, &options, &store), ANYSTORE_INVALID_ARGUMENT);
  WORKS(anystore_destroy(name, NULL));
  FAILS(anystore_destroy(name, NULL), ANYSTORE_NOT_FOUND);
}

/* A kind of store that the program has itself: shelf.c, which is compiled into it. */
static void OwnBackend(void) {
  anystore_host_v1 host = {0};
  anystore_backend_v1 incomplete;
  const anystore_backend_v1* shelf;
  const anystore_store_v1* store;
  CHECK(anystore_plugin_v1(&host) == NULL);
  host.size = sizeof host;
  shelf = anystore_plugin_v1(&host);
  incomplete = *shelf;
  incomplete.open = NULL;
  FAILS(anystore_register(NULL), ANYSTORE_INTERNAL);
  FAILS(anystore_register(&incomplete), ANYSTORE_INTERNAL);
  WORKS(anystore_register(shelf));
  FAILS(anystore_register(shelf), ANYSTORE_ALREADY_EXISTS);
  store = Open("shelf:?room=1", NULL);
  WORKS(anystore_put(store, anystore_text("/A"), anystore_text("1")));
  CHECK(Has(store, "/A", "1"));
  store->release(store->self);
  FAILS(anystore_open("shelf:?room=0", NULL, &store), ANYSTORE_INVALID_CONFIG);
  FAILS(anystore_load_plugin("/nowhere/x.so"), ANYSTORE_NOT_FOUND);
  FAILS(anystore_load_plugin(NULL), ANYSTORE_INVALID_ARGUMENT);
  WORKS(anystore_load_plugins_from_environment());
}

/* Arguments: names of stores that are not there yet. */
int main(int argc, char** argv) {
  const anystore_store_v1* store = Open("memory:", NULL);
  int i;
  Records(store);
  ManyRecords(store);
  Scans(store);
  ConditionalWrites(store);
  Features(store);
  Stops(store);
  BadArguments(store);
  WORKS(store->close(store->self));
  store->release(store->self);
  TimePasses();
  Closing();
  Errors();
  OwnBackend();
  for (i = 1; i < argc; ++i) Lifecycle(argv[i]);
  if (failures == 0) puts("ok");
  return failures == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
