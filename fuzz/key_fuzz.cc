// Any bytes as keys and as JSON documents: cleaning is final, the parts fit together, and what is
// written is read back.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "anystore/key.h"
#include "anystore/key_range.h"

namespace {

using anystore::Key;

void Require(bool holds) {
  if (!holds) std::abort();
}

void CheckParts(const Key& key) {
  const std::vector<std::string_view> list = key.List();
  Require(!list.empty());
  Require(Key::FromComponents(list) == key);
  Require(list.front() == key.RootNamespace() && list.back() == key.BaseNamespace());
  Require((list.size() == 1) == key.IsTopLevel());
  Require(key.Reverse().Reverse() == key);
  const std::string_view base = key.BaseNamespace();
  const bool typed = base.contains(':');
  Require(base.size() == key.Type().size() + (typed ? 1 : 0) + key.Name().size());
  if (key != Key()) {
    Require(key.Parent().IsAncestorOf(key));
    Require(key.Parent().ChildString(base) == key);
  }
}

void CheckCleaning(std::string_view bytes) {
  const Key key(bytes);
  Require(Key(key.bytes()) == key);
  const auto raw = Key::Raw(key.bytes());
  Require(raw.has_value() && *raw == key);
  Require(Key::Raw(bytes).has_value() == (bytes.empty() || key.bytes() == bytes));
  CheckParts(key);
}

void CheckPair(const Key& a, const Key& b) {
  Require(a == Key() || b == Key() || a.IsAncestorOf(a.Child(b)));
  Require(a.IsAncestorOf(b) == (anystore::KeyRange::Under(a).Contains(b) && b != Key()));
  if (a.IsAncestorOf(b)) Require(Key::CompareComponents(a, b) < 0 && a < b);
  Require((Key::CompareComponents(a, b) == 0) == (a == b));
  Require(Key::CompareComponents(a, b) == (a.List() <=> b.List()));
}

void CheckJson(std::string_view bytes) {
  if (const auto json = Key(bytes).ToJson(); json.has_value()) {
    const auto again = Key::FromJson(*json);
    Require(again.has_value() && *again == Key(bytes));
  }
  if (const auto key = Key::FromJson(bytes); key.has_value()) {
    Require(key->ToJson().has_value());  // what JSON held is UTF-8
  } else {
    Require(key.error().code() == anystore::Code::kInvalidArgument);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  CheckCleaning(bytes);
  CheckJson(bytes);
  const std::size_t middle = std::min(bytes.find('\n'), size / 2);
  CheckPair(Key(bytes.substr(0, middle)), Key(bytes.substr(middle)));
  return 0;
}
