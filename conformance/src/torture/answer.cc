#include "torture/answer.h"

#include <cstdio>
#include <string_view>

#include "anystore/datastore.h"

namespace anystore::conformance::torture {
namespace {

constexpr std::size_t kBytesShown = 32;

// Long ones with a hash, so that two of one beginning and length can be told apart.
std::string TextOf(std::string_view bytes) {
  std::string text = Quoted(bytes, kBytesShown);
  if (bytes.size() <= kBytesShown) return text;
  char hash[24];
  std::snprintf(hash, sizeof hash, " #%016llx",
                static_cast<unsigned long long>(FeatureName(bytes)));
  return text + hash;
}

std::string TextOf(const Item& item) {
  std::string text = item.key.empty() && item.value.has_value() ? "" : TextOf(item.key);
  if (item.code != Code::kOk) return text.append(" ").append(CodeName(item.code));
  if (item.value.has_value()) text += (text.empty() ? "" : " = ") + TextOf(*item.value);
  if (item.size.has_value()) text += ", size " + std::to_string(*item.size);
  if (item.expires.has_value()) {
    const auto seconds = std::chrono::duration<double>(*item.expires).count();
    char moment[40];
    std::snprintf(moment, sizeof moment, ", expires at %g s", seconds);
    text += moment;
  }
  return text;
}

}  // namespace

std::string ToText(const Answer& answer) {
  if (answer.nothing) return "nothing";
  if (answer.code != Code::kOk) return std::string(CodeName(answer.code));
  if (answer.holds.has_value()) return *answer.holds ? "true" : "false";
  if (answer.items.has_value()) {
    if (answer.items->empty()) return "none";
    std::string text;
    for (const Item& item : *answer.items) text += (text.empty() ? "" : "\n") + TextOf(item);
    return text;
  }
  return answer.number.has_value() ? std::to_string(*answer.number) : "ok";
}

}  // namespace anystore::conformance::torture
