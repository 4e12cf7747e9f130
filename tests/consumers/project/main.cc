// What a program of somebody else's may look like: nothing but installed headers.
#include <anystore/open.h>

#include <iostream>

int main() {
  auto store = anystore::Open("memory:");
  if (!store.has_value() || !store->Put("/greeting", "hello").has_value()) return 1;
  const auto greeting = store->Get("/greeting");
  if (!greeting.has_value()) return 1;
  std::cout << greeting->bytes() << "\n";
  return store->Close().has_value() ? 0 : 1;
}
