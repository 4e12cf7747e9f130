#include "cli/capabilities.h"

#include <type_traits>

#include "cli/text.h"

namespace anystore::cli {
namespace {

template <class T>
std::string AxisText(T value) {
  if constexpr (std::is_integral_v<T>) {
    return std::to_string(value);
  } else {
    return std::string(Name(value));
  }
}

std::string AlphabetText(KeyAlphabet alphabet) {
  std::string text;
  const auto add = [&](KeyAlphabet part, std::string_view name) {
    if (!Restricts(alphabet, part)) return;
    text.append(text.empty() ? "" : "+").append(name);
  };
  add(KeyAlphabet::kNoNul, "no_nul");
  add(KeyAlphabet::kUtf8, "utf8");
  add(KeyAlphabet::kFlatfs, "flatfs");
  add(KeyAlphabet::kOther, "other");
  return text.empty() ? "any" : text;
}

}  // namespace

std::vector<Axis> AxesOf(const Capabilities& can) {
  std::vector<Axis> axes = {{"key_bytes_min", std::to_string(can.keys.bytes_min), true},
                            {"key_bytes_max", std::to_string(can.keys.bytes_max), true},
                            {"key_alphabet", AlphabetText(can.keys.alphabet), false}};
  Capabilities::VisitAxes([&](std::string_view name, auto axis) {
    using T = std::remove_cvref_t<decltype(can.*axis)>;
    axes.push_back({name, AxisText(can.*axis), std::is_integral_v<T>});
  });
  return axes;
}

std::string CapabilitiesJson(const Capabilities& can) {
  JsonObject json;
  for (const Axis& axis : AxesOf(can)) {
    json.Raw(axis.name, axis.is_number ? axis.text : JsonString(axis.text));
  }
  return json.Finish();
}

std::string CapabilitiesText(const Capabilities& can) {
  std::string text;
  for (const Axis& axis : AxesOf(can)) {
    text.append("  ").append(Padded(axis.name, kAxisWidth)).append(axis.text).append("\n");
  }
  return text;
}

std::string Padded(std::string_view text, std::size_t width) {
  return std::string(text) + std::string(text.size() < width ? width - text.size() : 0, ' ') + "  ";
}

}  // namespace anystore::cli
