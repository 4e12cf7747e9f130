/* A kind of store in C: `shelf:`, records in memory in the order of their keys, gone when the store
 * is closed. Small on purpose: an array under a lock. docs/guide/plugins.md walks through it.
 *
 *     cc -std=c99 -shared -fPIC shelf.c -o shelf.so -pthread
 */
#define _POSIX_C_SOURCE 200809L
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "anystore/anystore.h"

/* ---- Records ---- */

typedef struct record {
  char* bytes; /* the key, and behind it the value */
  size_t key_size;
  size_t value_size;
} record;

typedef struct records {
  record* all; /* by key */
  size_t count;
  size_t room;
} records;

static void FreeRecords(records* list) {
  size_t i;
  for (i = 0; i < list->count; ++i) free(list->all[i].bytes);
  free(list->all);
}

static int Compare(const record* one, anystore_bytes key) {
  const size_t common = one->key_size < key.size ? one->key_size : key.size;
  const int order = common == 0 ? 0 : memcmp(one->bytes, key.data, common);
  if (order != 0) return order;
  return one->key_size < key.size ? -1 : one->key_size > key.size;
}

/* The place of the first record that is not before `key`. */
static size_t Find(const records* list, anystore_bytes key) {
  size_t from = 0;
  size_t to = list->count;
  while (from < to) {
    const size_t middle = from + (to - from) / 2;
    if (Compare(&list->all[middle], key) < 0) {
      from = middle + 1;
    } else {
      to = middle;
    }
  }
  return from;
}

static int IsAt(const records* list, size_t place, anystore_bytes key) {
  return place < list->count && Compare(&list->all[place], key) == 0;
}

/* 0 when there is no memory. */
static int MakeRecord(anystore_bytes key, anystore_bytes value, record* made) {
  made->bytes = malloc(key.size + value.size + 1);
  if (made->bytes == NULL) return 0;
  if (key.size > 0) memcpy(made->bytes, key.data, key.size);
  if (value.size > 0) memcpy(made->bytes + key.size, value.data, value.size);
  made->key_size = key.size;
  made->value_size = value.size;
  return 1;
}

static int MakeRoom(records* list) {
  const size_t room = list->room == 0 ? 16 : 2 * list->room;
  record* all;
  if (list->count < list->room) return 1;
  all = realloc(list->all, room * sizeof(record));
  if (all == NULL) return 0;
  list->all = all;
  list->room = room;
  return 1;
}

static int Put(records* list, anystore_bytes key, anystore_bytes value) {
  const size_t place = Find(list, key);
  record made;
  if (!MakeRecord(key, value, &made)) return 0;
  if (IsAt(list, place, key)) {
    free(list->all[place].bytes);
  } else {
    if (!MakeRoom(list)) {
      free(made.bytes);
      return 0;
    }
    memmove(list->all + place + 1, list->all + place, (list->count - place) * sizeof(record));
    ++list->count;
  }
  list->all[place] = made;
  return 1;
}

static void Delete(records* list, anystore_bytes key) {
  const size_t place = Find(list, key);
  if (!IsAt(list, place, key)) return;
  free(list->all[place].bytes);
  --list->count;
  memmove(list->all + place, list->all + place + 1, (list->count - place) * sizeof(record));
}

/* ---- The store ---- */

typedef struct shelf {
  anystore_store_v1 table;
  const anystore_host_v1* host; /* lives until the store is released */
  pthread_mutex_t lock;         /* guards the records */
  records list;
} shelf;

static anystore_error* Fail(const anystore_host_v1* host, uint32_t code, const char* text) {
  return host->error_new(host->self, code, ANYSTORE_RETRY_NEVER, ANYSTORE_APPLIED_NO, 0,
                         anystore_text(text));
}

/* The record of `key`, as long as the lock is held. */
static anystore_error* Look(const shelf* self, anystore_bytes key, const record** found) {
  const size_t place = Find(&self->list, key);
  if (!IsAt(&self->list, place, key)) return Fail(self->host, ANYSTORE_NOT_FOUND, NULL);
  *found = &self->list.all[place];
  return NULL;
}

static void Describe(const record* found, anystore_entry_info* info) {
  memset(info, 0, sizeof *info);
  info->value_size = found->value_size;
}

/* Copies a part of a value into memory of the host, which then takes it without another copy. */
static anystore_error* CopyOut(const shelf* self, const record* found,
                               const anystore_read_options* options, anystore_value* value) {
  size_t offset = 0;
  size_t length = found->value_size;
  void* data;
  anystore_error* error;
  if (options != NULL && (options->flags & ANYSTORE_HAS_WINDOW) != 0) {
    offset = options->offset < length ? (size_t)options->offset : length;
    length -= offset;
    if (options->length < length) length = (size_t)options->length;
  }
  error = self->host->allocate(self->host->self, length, value, &data);
  if (error == NULL && length > 0) memcpy(data, found->bytes + found->key_size + offset, length);
  return error;
}

static anystore_error* ShelfGet(void* store, anystore_bytes key,
                                const anystore_read_options* options, anystore_value* value,
                                anystore_entry_info* info) {
  shelf* self = store;
  const record* found = NULL;
  anystore_error* error;
  pthread_mutex_lock(&self->lock);
  error = Look(self, key, &found);
  if (error == NULL) {
    error = CopyOut(self, found, options, value);
    if (info != NULL) Describe(found, info);
  }
  pthread_mutex_unlock(&self->lock);
  return error;
}

static anystore_error* ShelfStat(void* store, anystore_bytes key, uint32_t wanted,
                                 const anystore_call_options* options, anystore_entry_info* info) {
  shelf* self = store;
  const record* found = NULL;
  anystore_error* error;
  (void)wanted;
  (void)options;
  pthread_mutex_lock(&self->lock);
  error = Look(self, key, &found);
  if (error == NULL) Describe(found, info);
  pthread_mutex_unlock(&self->lock);
  return error;
}

/* Only puts and deletes come here, without conditions and expiry: nothing else is claimed. */
static anystore_error* ShelfApply(void* store, const anystore_mutation* mutations, size_t count,
                                  size_t mutation_size, const anystore_write_options* options,
                                  anystore_receipt* receipt) {
  shelf* self = store;
  int works = 1;
  size_t i;
  (void)options;
  (void)receipt;
  pthread_mutex_lock(&self->lock);
  for (i = 0; works && i < count; ++i) {
    const anystore_mutation* one =
        (const anystore_mutation*)((const char*)mutations + i * mutation_size);
    if (one->kind == ANYSTORE_PUT) {
      works = Put(&self->list, one->key, one->value);
    } else {
      Delete(&self->list, one->key);
    }
  }
  pthread_mutex_unlock(&self->lock);
  if (works) return NULL;
  return self->host->error_new(self->host->self, ANYSTORE_RESOURCE_EXHAUSTED,
                               ANYSTORE_RETRY_TEMPORARY, ANYSTORE_APPLIED_UNKNOWN, 0,
                               anystore_text("no memory for the record"));
}

static anystore_error* ShelfSync(void* store, const anystore_key_range* range,
                                 const anystore_call_options* options) {
  (void)store;
  (void)range;
  (void)options;
  return NULL;
}

/* ---- Scans: a copy of the range, made at the start ---- */

typedef struct shelf_cursor {
  anystore_cursor_v1 table;
  const anystore_host_v1* host;
  records list;
  int reverse;
  int values;
  size_t done; /* how many records lie behind, from the front or, reversed, from the end */
} shelf_cursor;

static anystore_error* CursorNext(void* cursor, anystore_entry* entries, size_t capacity,
                                  size_t entry_size, size_t* count) {
  shelf_cursor* self = cursor;
  size_t given = 0;
  for (; given < capacity && self->done < self->list.count; ++given, ++self->done) {
    const size_t place = self->reverse ? self->list.count - 1 - self->done : self->done;
    const record* found = &self->list.all[place];
    anystore_entry* entry = (anystore_entry*)((char*)entries + given * entry_size);
    memset(entry, 0, sizeof *entry);
    entry->key.data = found->bytes;
    entry->key.size = found->key_size;
    entry->info.value_size = found->value_size;
    if (self->values) {
      entry->value.data = found->bytes + found->key_size;
      entry->value.size = found->value_size;
    }
  }
  *count = given;
  return NULL;
}

static anystore_error* CursorSeek(void* cursor, anystore_bytes key) {
  shelf_cursor* self = cursor;
  size_t place = Find(&self->list, key);
  if (self->reverse) {
    if (IsAt(&self->list, place, key)) ++place;
    self->done = self->list.count - place;
  } else {
    self->done = place;
  }
  return NULL;
}

static void CursorClose(void* cursor) {
  shelf_cursor* self = cursor;
  FreeRecords(&self->list);
  free(self);
}

static int CopyRange(shelf* from, const anystore_key_range* range, records* to) {
  int works = 1;
  size_t place;
  pthread_mutex_lock(&from->lock);
  place = range == NULL ? 0 : Find(&from->list, range->from);
  for (; works && place < from->list.count; ++place) {
    const record* found = &from->list.all[place];
    anystore_bytes key;
    anystore_bytes value;
    if (range != NULL && range->to.data != NULL && Compare(found, range->to) >= 0) break;
    key.data = found->bytes;
    key.size = found->key_size;
    value.data = found->bytes + found->key_size;
    value.size = found->value_size;
    works = MakeRoom(to) && MakeRecord(key, value, &to->all[to->count]);
    if (works) ++to->count;
  }
  pthread_mutex_unlock(&from->lock);
  return works;
}

static anystore_error* ShelfScan(void* store, const anystore_key_range* range,
                                 const anystore_scan_options* options,
                                 const anystore_cursor_v1** cursor) {
  shelf* self = store;
  shelf_cursor* made = calloc(1, sizeof *made);
  if (made != NULL && !CopyRange(self, range, &made->list)) {
    CursorClose(made);
    made = NULL;
  }
  if (made == NULL) return Fail(self->host, ANYSTORE_RESOURCE_EXHAUSTED, "no memory for a scan");
  made->table.size = sizeof made->table;
  made->table.self = made;
  made->table.next = CursorNext;
  made->table.seek = CursorSeek;
  made->table.close = CursorClose;
  made->host = self->host;
  made->reverse = options != NULL && (options->flags & ANYSTORE_REVERSE) != 0;
  made->values = options == NULL || (options->flags & ANYSTORE_KEYS_ONLY) == 0;
  *cursor = &made->table;
  return NULL;
}

/* ---- What it promises ---- */

static void Promise(anystore_capabilities* can) {
  const uint32_t size = can->size;
  memset(can, 0, sizeof *can);
  can->size = size;
  can->access = ANYSTORE_ACCESS_READ_WRITE;
  can->key_bytes_max = 1 << 20;
  can->value_bytes_max = 1 << 30;
  can->batch_bytes_max = UINT64_MAX;
  can->ordered_scan = ANYSTORE_NATIVE;
  can->reverse_scan = ANYSTORE_NATIVE;
  can->scan_isolation = ANYSTORE_ISOLATION_SNAPSHOT;
  can->range_read = ANYSTORE_NATIVE;
  can->batch_atomicity = ANYSTORE_ATOMICITY_PER_RECORD;
  can->put_durability = ANYSTORE_DURABILITY_APPLIED;
  can->durability_max = ANYSTORE_DURABILITY_APPLIED;
  can->sync_durability = ANYSTORE_DURABILITY_APPLIED;
  can->consistency = ANYSTORE_LINEARIZABLE;
  can->sharing = ANYSTORE_ONE_HANDLE;
  can->persistence = ANYSTORE_PERSISTENCE_HANDLE;
}

static anystore_error* ShelfCapabilities(void* store, anystore_capabilities* can) {
  (void)store;
  Promise(can);
  return NULL;
}

static anystore_error* ShelfClose(void* store) {
  shelf* self = store;
  FreeRecords(&self->list);
  memset(&self->list, 0, sizeof self->list);
  return NULL;
}

static void ShelfRelease(void* store) {
  shelf* self = store;
  ShelfClose(self);
  pthread_mutex_destroy(&self->lock);
  free(self);
}

/* ---- The backend: every open makes a store of its own, so there always is one ---- */

static anystore_error* BackendCapabilities(void* backend, const anystore_host_v1* host,
                                           anystore_capabilities* can) {
  (void)backend;
  (void)host;
  Promise(can);
  return NULL;
}

static anystore_error* BackendOpen(void* backend, const anystore_host_v1* host,
                                   anystore_bytes config, const anystore_store_v1** store) {
  anystore_value room;
  anystore_error* error = host->config_text(host->self, config, "room", &room);
  shelf* made;
  (void)backend;
  if (error != NULL) return error;
  made = calloc(1, sizeof *made);
  if (made != NULL) {
    made->list.room = strtoul(room.bytes.data, NULL, 10);
    made->list.all = malloc(made->list.room * sizeof(record));
  }
  anystore_value_free(&room);
  if (made == NULL || made->list.all == NULL) {
    free(made);
    return Fail(host, ANYSTORE_RESOURCE_EXHAUSTED, "no memory for a shelf");
  }
  made->host = host;
  pthread_mutex_init(&made->lock, NULL);
  made->table.size = sizeof made->table;
  made->table.self = made;
  made->table.get = ShelfGet;
  made->table.stat = ShelfStat;
  made->table.scan = ShelfScan;
  made->table.apply = ShelfApply;
  made->table.sync = ShelfSync;
  made->table.capabilities = ShelfCapabilities;
  made->table.close = ShelfClose;
  made->table.release = ShelfRelease;
  *store = &made->table;
  return NULL;
}

static anystore_error* BackendExists(void* backend, const anystore_host_v1* host,
                                     anystore_bytes config, int32_t* exists) {
  (void)backend;
  (void)host;
  (void)config;
  *exists = 1;
  return NULL;
}

static anystore_error* Nothing(void* backend, const anystore_host_v1* host, anystore_bytes config) {
  (void)backend;
  (void)host;
  (void)config;
  return NULL;
}

const anystore_backend_v1* anystore_plugin_v1(const anystore_host_v1* host) {
  static const anystore_backend_v1 backend = {
      sizeof(anystore_backend_v1),
      NULL,
      "shelf",
      "Records in memory in the order of their keys, kept by a plugin in C",
      "{\"fields\": [{\"name\": \"room\", \"type\": \"integer\", \"default\": 16, \"min\": 1,"
      " \"max\": 1000000, \"unit\": \"records\","
      " \"help\": \"How many records there is room for at first\"}]}",
      NULL, /* default_config: from the spec */
      BackendCapabilities,
      NULL, /* preferred_index: a sorted set */
      Nothing,
      BackendOpen,
      BackendExists,
      Nothing,
      NULL /* ready: always */
  };
  return host->size >= sizeof *host ? &backend : NULL;
}
