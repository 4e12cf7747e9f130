#include "torture/rules.h"

#include <algorithm>
#include <array>
#include <set>

#include "anystore/environment.h"

namespace anystore::conformance::torture {
namespace {

constexpr std::size_t kKeys = 240;
// Longer keys are rare anywhere, and there are limits to what a table of names takes.
constexpr std::uint64_t kKeyBytesMax = 200;

std::string DrawFlatName(SeededRandom& random) {
  constexpr std::string_view kLetters = "AB0+_=-";
  std::string key = "/";
  for (std::uint64_t i = random.Below(3) + 1; i > 0; --i) {
    key += kLetters[random.Below(kLetters.size())];
  }
  return key;
}

std::string DrawPath(SeededRandom& random) {
  constexpr std::array<std::string_view, 10> kParts = {"A", "B",  "AB", "a",   "b c",
                                                       "",  "..", ".",  "A:b", "\xc3\xa9"};
  std::string key = random.Below(8) == 0 ? "A" : "";
  for (std::uint64_t i = random.Below(3) + 1; i > 0; --i) {
    key.append("/").append(kParts[random.Below(kParts.size())]);
  }
  return key;
}

std::string DrawBytes(SeededRandom& random) {
  constexpr std::string_view kBytes("\0\x01/A\x7f\xff", 6);
  std::string key = random.Below(2) == 0 ? "/" : "";
  for (std::uint64_t i = random.Below(4); i > 0; --i) key += kBytes[random.Below(kBytes.size())];
  return key;
}

std::string DrawLong(SeededRandom& random, const KeyLimits& limits) {
  const std::uint64_t bytes = std::min(limits.bytes_max, kKeyBytesMax) - random.Below(2);
  std::string key = "/LONG";
  key.resize(std::max<std::size_t>(bytes, key.size()), 'X');
  key.back() = static_cast<char>('A' + random.Below(3));
  return key;
}

}  // namespace

bool InOrder(const Listing& listing, const Rules& rules) {
  return rules.ordered() || listing.reverse || !listing.orders.empty();
}

Query MakeQuery(const Listing& listing, const Rules& rules) {
  Query query{.prefix = listing.prefix,
              .range = listing.Range(),
              .reverse = listing.reverse,
              .keys_only = listing.keys_only,
              .return_expirations = listing.expirations && rules.expiry(),
              .return_sizes = listing.sizes};
  // Whatever drew or read them has seen that they are well-formed.
  for (const std::string& filter : listing.filters) query.filters.push_back(*Filter::Parse(filter));
  for (const std::string& order : listing.orders) query.orders.push_back(*Order::Parse(order));
  if (InOrder(listing, rules)) {
    query.offset = listing.offset;
    query.limit = listing.limit;
  }
  return query;
}

std::vector<std::string> DrawKeys(const Capabilities& can, std::string_view prefix,
                                  std::uint64_t seed) {
  SeededRandom random(seed);
  std::set<std::string> keys;
  if (prefix.empty()) keys.emplace();
  const bool flat = Restricts(can.keys.alphabet, KeyAlphabet::kFlatfs);
  for (std::size_t tries = 0; tries < 4 * kKeys && keys.size() < kKeys; ++tries) {
    const std::uint64_t kind = flat ? random.Below(2) * 9 : random.Below(10);
    std::string key = kind == 0   ? DrawLong(random, can.keys)
                      : kind < 4  ? DrawPath(random)
                      : kind < 7  ? DrawFlatName(random)
                      : kind == 7 ? DrawBytes(random)
                                  : DrawFlatName(random);
    keys.insert(std::string(prefix) + key);
  }
  std::erase_if(keys, [&](const std::string& key) { return key.size() > can.keys.bytes_max; });
  return {keys.begin(), keys.end()};
}

}  // namespace anystore::conformance::torture
