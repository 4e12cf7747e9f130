// Parts of values, and many values at once.
#include <algorithm>

#include "chapters/chapters.h"

namespace anystore::conformance {

void Windows(Context& kit) {
  TracedStore store = kit.Open();
  constexpr std::uint64_t kNoEnd = Window{}.length;
  for (const std::size_t size : {1U, 10U, 5000U}) {
    const std::string bytes = kit.RandomBytes(size);
    kit.MustOk(store.Put("/A", bytes), "Put");
    for (const std::uint64_t offset :
         {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{4}, std::uint64_t{size - 1},
          std::uint64_t{size}, std::uint64_t{size + 1}, kNoEnd}) {
      for (const std::uint64_t length : {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{5},
                                         std::uint64_t{size - 1}, std::uint64_t{size}, kNoEnd}) {
        const std::string part = offset < size ? bytes.substr(offset, length) : "";
        EntryInfo info;
        const std::string window = std::to_string(length) + " bytes from byte " +
                                   std::to_string(offset) + " of " + std::to_string(size);
        kit.ExpectValue(
            store.Get("/A", {.window = {.offset = offset, .length = length}, .info = &info}), part,
            "Get of " + window);
        kit.Expect(info.size == size, "the size in the info of a window is the whole value's",
                   Describe(size), Describe(info.size));
      }
    }
  }
  kit.MustOk(store.Put("/B", "0123456789"), "Put");
  const std::array<std::string_view, 2> keys = {"/B", "/B"};
  std::vector<Result<Value>> out(2);
  kit.MustOk(store.GetMany(keys, out, {.window = {.offset = 3, .length = 4}}),
             "GetMany of a window");
  for (const Result<Value>& value : out) kit.ExpectValue(value, "3456", "GetMany of a window");
  kit.ExpectCode(store.Get("/MISSING", {.window = {.offset = 1, .length = 1}}), Code::kNotFound,
                 "Get of a window of a missing key");
}

void GetMany(Context& kit) {
  TracedStore store = kit.Open();
  constexpr std::uint64_t kRecords = 40;
  std::vector<std::string> names;
  for (std::uint64_t i = 1; i <= kRecords; ++i) {
    names.push_back(PlainKey('G', i));
    if (i % 4 != 0) kit.MustOk(store.Put(names.back(), std::to_string(i)), "Put");
  }
  const auto check = [&](std::span<const std::size_t> order, std::string_view what) {
    std::vector<std::string_view> keys;
    for (const std::size_t i : order) keys.push_back(names[i]);
    std::vector<Result<Value>> out(keys.size());
    kit.MustOk(store.GetMany(keys, out), "GetMany");
    for (std::size_t n = 0; n < order.size(); ++n) {
      const std::uint64_t i = order[n] + 1;
      if (i % 4 == 0) {
        kit.ExpectCode(out[n], Code::kNotFound, what);
      } else {
        kit.ExpectValue(out[n], std::to_string(i), what);
      }
    }
  };
  std::vector<std::size_t> order(kRecords);
  for (std::size_t i = 0; i < kRecords; ++i) order[i] = i;
  check(order, "GetMany in key order, with misses");
  std::ranges::reverse(order);
  check(order, "GetMany in reverse order: out[i] answers keys[i]");
  for (std::size_t i = kRecords - 1; i > 0; --i) {
    std::swap(order[i], order[kit.random().Below(i + 1)]);
  }
  check(order, "GetMany in any order: out[i] answers keys[i]");
  check(std::array<std::size_t, 6>{5, 5, 3, 5, 3, 3}, "GetMany with repeated keys");
  check({}, "GetMany of nothing");

  const std::array<std::string_view, 2> keys = {"/A", "/B"};
  std::vector<Result<Value>> one(1);
  kit.ExpectCode(store.GetMany(keys, one), Code::kInvalidArgument,
                 "GetMany with spans of different sizes");
  std::vector<Result<Value>> two(2);
  EntryInfo info;
  kit.ExpectCode(store.GetMany(keys, two, {.info = &info}), Code::kInvalidArgument,
                 "GetMany with info");
}

}  // namespace anystore::conformance
