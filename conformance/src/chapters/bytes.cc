// Which bytes keys and values may hold, and how many.
#include <algorithm>

#include "chapters/chapters.h"

namespace anystore::conformance {
namespace {

constexpr std::uint64_t kMiB = 1 << 20;
// A limit on keys above this is not tried out.
constexpr std::uint64_t kKeyBytesTried = 16 * kMiB;
// The longest value of a full run.
constexpr std::uint64_t kLongestValue = 64 * kMiB;

// A byte string for whoever forgot that a key is one.
std::vector<std::string> HostileKeys(const KeyLimits& limits) {
  using namespace std::string_literals;
  std::vector<std::string> keys = {
      "",
      "/",
      "//",
      ".",
      "..",
      "/..",
      "/../x",
      "/./x",
      "x",
      "/x",
      "/X",
      "/x/",
      "/x//y",
      "/x/y",
      "\0"s,
      "\0\0"s,
      "/a\0"s,
      "/a\0b"s,
      "/a",
      "/a\0c"s,
      "\n",
      "/a\r\n",
      " ",
      "/ ",
      "\t",
      "\xff",
      "\xff\xff",
      "/\xff\xff\xff",
      "/\x7f",
      "/\x80",
      "\xc3\x28",
      "/\xed\xa0\x80",
      "/\xc3\xa9",
      "/e\xcc\x81",
      "/%41",
      "/A",
      "/%00",
      "C:\\x",
      "\\\\x",
      "*",
      "?",
      "/'\";--",
      "-rf",
      "/CON",
      "/nul.txt",
      "~",
      "$HOME",
      "/a:b",
      "/\xef\xbb\xbf",
      "/\xf0\x9f\x98\x80",
      "/prefix",
      "/prefix0",
      "/prefix/",
      "/prefix/a",
  };
  std::string growing = "/P";
  for (int i = 0; i < 40; ++i) keys.push_back(growing += "P");
  for (const std::uint64_t size : {100U, 255U, 256U, 257U, 1000U, 4096U, 65536U}) {
    if (size > limits.bytes_max) break;
    keys.push_back("/" + std::string(size - 1, 'L'));
    keys.push_back("/" + std::string(size - 2, 'L') + 'M');
  }
  return keys;
}

// What the verbs owe to a key that the store does not take.
void RefusedKey(Context& kit, TracedStore& store, std::string_view key, Code code) {
  kit.ExpectCode(store.Put(key, "v"), code, "Put of a key that the store does not take");
  kit.ExpectCode(store.Get(key), Code::kNotFound, "Get of a key that the store does not take");
  kit.ExpectCode(store.GetSize(key), Code::kNotFound,
                 "GetSize of a key that the store does not take");
  kit.ExpectEqual(store.Has(key), false, "Has of a key that the store does not take");
  kit.ExpectOk(store.Delete(key), "Delete of a key that the store does not take");
  TracedBatch batch = kit.Must(store.NewBatch(), "NewBatch");
  kit.ExpectCode(batch.Put(key, "v"), code, "batch Put of a key that the store does not take");
  kit.ExpectOk(batch.Delete(key), "batch Delete of a key that the store does not take");
  kit.ExpectOk(batch.Commit(), "Commit without the refused key");
}

}  // namespace

void KeyBytes(Context& kit) {
  TracedStore store = kit.Open();
  Model model;
  for (const std::string& key : HostileKeys(kit.can().keys)) {
    const Status takes = store.CheckKey(key);
    if (takes.has_value()) {
      model[key] = "value of " + Quoted(key);
      kit.ExpectOk(store.Put(key, model[key]), "Put of a key that the store takes");
    } else {
      RefusedKey(kit, store, key, takes.error().code());
    }
  }
  // Read when all are there: two keys that share a record show now.
  for (const auto& [key, value] : model) {
    kit.ExpectValue(store.Get(key), value, "Get: different bytes are different keys");
  }
  for (const auto& [key, value] : model) {
    kit.ExpectOk(store.Delete(key), "Delete of a hostile key");
    kit.ExpectCode(store.Get(key), Code::kNotFound, "Get after Delete of a hostile key");
  }
}

bool RefusesKeys(const Capabilities& can, const Target&) {
  return can.keys.bytes_max < kKeyBytesTried || can.keys.bytes_min > 0 ||
         can.keys.alphabet != KeyAlphabet::kAny;
}

void RefusedKeys(Context& kit) {
  const KeyLimits& limits = kit.can().keys;
  TracedStore store = kit.Open();
  if (limits.bytes_max < kKeyBytesTried) {
    const std::string longest = "/" + std::string(limits.bytes_max - 1, 'L');
    // Under limits that only CheckKey knows, not every key of that length need be taken.
    const bool other = Restricts(limits.alphabet, KeyAlphabet::kOther);
    if (!other || store.CheckKey(longest).has_value()) {
      kit.ExpectOk(store.Put(longest, "v"), "Put of the longest key");
      kit.ExpectValue(store.Get(longest), "v", "Get of the longest key");
    }
    kit.ExpectCode(store.CheckKey(longest + 'L'), Code::kTooLarge, "CheckKey of a longer key");
    RefusedKey(kit, store, longest + 'L', Code::kTooLarge);
  }
  if (limits.bytes_min > 0) {
    RefusedKey(kit, store, std::string(limits.bytes_min - 1, 'S'), Code::kInvalidArgument);
  }
  const auto refuse = [&](KeyAlphabet restriction, std::string_view key) {
    if (Restricts(limits.alphabet, restriction)) {
      RefusedKey(kit, store, key, Code::kInvalidArgument);
    }
  };
  refuse(KeyAlphabet::kNoNul, std::string_view("/A\0", 3));
  refuse(KeyAlphabet::kUtf8, "/\xff");
  refuse(KeyAlphabet::kFlatfs, "/a");
  refuse(KeyAlphabet::kFlatfs, "A");
  refuse(KeyAlphabet::kFlatfs, "/A/B");
  refuse(KeyAlphabet::kFlatfs, "/");
}

void EmptyValues(Context& kit) {
  TracedStore store = kit.Open();
  kit.MustOk(store.Put("/A", ""), "Put of an empty value");
  kit.ExpectValue(store.Get("/A"), "", "Get of an empty value");
  kit.ExpectEqual(store.Has("/A"), true, "Has of an empty value");
  kit.ExpectEqual(store.GetSize("/A"), 0, "GetSize of an empty value");
  kit.ExpectHolds(store, {{"/A", ""}}, "a listing of one empty value");
  kit.MustOk(store.Put("/A", "full"), "Put over an empty value");
  kit.ExpectValue(store.Get("/A"), "full", "Get after Put over an empty value");
  kit.MustOk(store.Put("/A", {}), "Put of a null view over a record");
  kit.ExpectValue(store.Get("/A"), "", "Get after Put of a null view");
  TracedBatch batch = kit.Must(store.NewBatch(), "NewBatch");
  kit.ExpectOk(batch.Put("/B", ""), "batch Put of an empty value");
  kit.ExpectOk(batch.Commit(), "Commit of an empty value");
  kit.ExpectValue(store.Get("/B"), "", "Get of an empty value from a batch");
  kit.MustOk(store.Delete("/A"), "Delete of an empty value");
  kit.ExpectCode(store.Get("/A"), Code::kNotFound, "Get after Delete of an empty value");
}

void ValueSizes(Context& kit) {
  TracedStore store = kit.Open();
  const std::uint64_t value_max = kit.can().value_bytes_max;
  const std::uint64_t most = std::min(kit.Scaled(kLongestValue, kMiB), value_max);
  const bool limited = value_max < kLongestValue;
  const std::string bytes = kit.RandomBytes(limited ? value_max + 1 : most);
  const auto round_trip = [&](std::uint64_t size) {
    const std::string_view value = std::string_view(bytes).substr(0, size);
    kit.MustOk(store.Put("/V", value), "Put of a long value");
    kit.ExpectValue(store.Get("/V"), value, "Get of a long value");
    kit.ExpectEqual(store.GetSize("/V"), size, "GetSize of a long value");
  };
  for (std::uint64_t size = 1; size <= most; size *= 4) {
    round_trip(size);
    if (size > 1 && size <= kMiB) {
      round_trip(size - 1);
      if (size < most) round_trip(size + 1);
    }
  }
  round_trip(most);
  round_trip(1);  // nothing of the longer value remains
  if (limited) {
    kit.ExpectCode(store.Put("/V", bytes), Code::kTooLarge, "Put of a value over the limit");
    TracedBatch batch = kit.Must(store.NewBatch(), "NewBatch");
    kit.ExpectCode(batch.Put("/V", bytes), Code::kTooLarge, "batch Put of a value over the limit");
    kit.ExpectValue(store.Get("/V"), bytes.substr(0, 1), "Get after a refused Put");
  }
}

}  // namespace anystore::conformance
