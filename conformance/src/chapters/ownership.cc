// Whose bytes are whose: the caller's are consumed at return, those handed out live on.
#include <algorithm>

#include "chapters/chapters.h"

namespace anystore::conformance {
namespace {

// Short values and one long enough to make a copy worth avoiding.
constexpr std::array<std::size_t, 3> kValueSizes = {7, 200, 100'000};

// Bytes that the caller uses again at once.
class Reused {
 public:
  std::string_view Set(std::string_view bytes) {
    buffer_.assign(bytes);
    return buffer_;
  }
  void Overwrite() { std::ranges::fill(buffer_, '!'); }

 private:
  std::string buffer_;
};

}  // namespace

void CallersBytes(Context& kit) {
  TracedStore store = kit.Open();
  Reused key;
  Reused value;
  for (const std::size_t size : kValueSizes) {
    const std::string first(size, 'a');
    kit.MustOk(store.Put(key.Set("/A"), value.Set(first)), "Put");
    key.Overwrite();
    value.Overwrite();
    kit.ExpectValue(store.Get("/A"), first, "Get after the caller reused the buffers of Put");

    const std::string second(size, 'b');
    const Mutation mutation{.key = key.Set("/B"), .value = value.Set(second)};
    kit.MustOk(store.Apply({&mutation, 1}), "Apply");
    key.Overwrite();
    value.Overwrite();
    kit.ExpectValue(store.Get("/B"), second, "Get after the caller reused the buffers of Apply");

    const std::string third(size, 'c');
    TracedBatch batch = kit.Must(store.NewBatch(), "NewBatch");
    kit.MustOk(batch.Put(key.Set("/C"), value.Set(third)), "batch Put");
    key.Overwrite();
    value.Overwrite();
    kit.MustOk(batch.Delete(key.Set("/B")), "batch Delete");
    key.Overwrite();
    kit.MustOk(batch.Commit(), "Commit");
    kit.ExpectValue(store.Get("/C"), third, "Get after the caller reused the buffers of batch Put");
    kit.ExpectCode(store.Get("/B"), Code::kNotFound,
                   "Get after the caller reused the buffer of batch Delete");
  }
}

void HandedOutValues(Context& kit) {
  for (const std::size_t size : kValueSizes) {
    const std::string bytes(size, 'a');
    TracedStore store = kit.Open();
    for (const std::string_view key : {"/A", "/B", "/C", "/D"}) {
      kit.MustOk(store.Put(key, bytes), "Put");
    }
    const Value overwritten = kit.Must(store.Get("/A"), "Get");
    const Value deleted = kit.Must(store.Get("/B"), "Get");
    const Value kept = kit.Must(store.Get("/C"), "Get");
    const Value slice = kit.Must(store.Get("/D", {.window = {.offset = 2, .length = 3}}), "Get");
    const auto check = [&](std::string_view when) {
      const std::string what = "a value that was handed out, " + std::string(when);
      for (const Value& value : {overwritten, deleted, kept}) {
        kit.ExpectValue(value, bytes, what);
      }
      kit.ExpectValue(slice, "aaa", what);
      kit.EndIfFailed();
    };
    kit.MustOk(store.Put("/A", std::string(size, 'b')), "Put over a record");
    check("after Put over its record");
    kit.MustOk(store.Delete("/B"), "Delete");
    check("after Delete of its record");
    for (std::uint64_t i = 1; i <= 50; ++i) {
      kit.MustOk(store.Put(PlainKey('M', i), std::string(size, 'c')), "Put of many");
    }
    check("after many other writes");
    kit.MustOk(store.Close(), "Close");
    check("after Close");
    store.Destroy();
    check("after the store was destroyed");
  }
}

}  // namespace anystore::conformance
