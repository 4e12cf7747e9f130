/* What a program in C of somebody else's may look like: nothing but the installed header. */
#include <anystore/anystore.h>
#include <stdio.h>

int main(void) {
  const anystore_store_v1* store = NULL;
  anystore_value greeting = {{0, 0}, 0, 0};
  const anystore_bytes key = anystore_text("/greeting");
  anystore_error* error = anystore_open("memory:", NULL, &store);
  if (error == NULL) error = anystore_put(store, key, anystore_text("hello"));
  if (error == NULL) error = store->get(store->self, key, NULL, &greeting, NULL);
  if (error == NULL) {
    printf("%.*s\n", (int)greeting.bytes.size, (const char*)greeting.bytes.data);
    anystore_value_free(&greeting);
    error = store->close(store->self);
  }
  if (error != NULL) fprintf(stderr, "%s\n", anystore_error_text(error));
  if (store != NULL) store->release(store->self);
  if (error == NULL) return 0;
  anystore_error_free(error);
  return 1;
}
