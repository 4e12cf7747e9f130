#include "registry/json_tree.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <utility>

namespace anystore::registry {
namespace {

using Json = nlohmann::json;

// Nobody writes more, and what is taken apart should not exhaust memory or the stack.
constexpr std::size_t kTextBytesMax = 1 << 20;
constexpr std::size_t kDepthMax = 64;
// How much of a name messages show.
constexpr std::size_t kPrintedNameMax = 64;

/// Builds a tree from what the parser reports. The parser keeps no values itself, so a text is
/// refused where it goes wrong and not after all of it was read.
class Builder final : public nlohmann::json_sax<Json> {
 public:
  explicit Builder(std::size_t text_size) : text_size_(text_size) {}

  Result<JsonTree> Take() && {
    if (error_.has_value()) return *std::move(error_);
    return std::move(root_);
  }

  bool null() override { return Add({}); }
  bool boolean(bool value) override { return AddPlain(value ? "true" : "false"); }
  bool number_integer(number_integer_t value) override { return AddPlain(std::to_string(value)); }
  bool number_unsigned(number_unsigned_t value) override { return AddPlain(std::to_string(value)); }
  bool number_float(number_float_t /*value*/, const string_t& written) override {
    return AddPlain(written);
  }
  bool string(string_t& text) override {
    return Add({.kind = JsonKind::kText, .text = std::move(text)});
  }
  bool binary(binary_t& /*bytes*/) override { return Refuse("bytes, which JSON does not have"); }
  bool start_object(std::size_t /*size*/) override { return Enter(JsonKind::kObject); }
  bool start_array(std::size_t /*size*/) override { return Enter(JsonKind::kList); }
  bool end_object() override { return Leave(); }
  bool end_array() override { return Leave(); }

  bool key(string_t& name) override {
    Open& open = open_.back();
    open.name = name;
    if (!open.names.insert(std::move(name)).second) return Refuse("is given twice");
    return true;
  }

  // The exception quotes what it read last, which may be a secret.
  bool parse_error(std::size_t position, const std::string& /*last_token*/,
                   const Json::exception& /*error*/) override {
    const std::size_t byte = position - std::min<std::size_t>(position, 1);
    return Refuse(byte < text_size_
                      ? "malformed JSON (at byte " + std::to_string(byte) + ")"
                      : "the JSON ends too early (at byte " + std::to_string(text_size_) + ")");
  }

 private:
  // An object or list that is not closed yet.
  struct Open {
    JsonTree* tree;
    // The name whose value is being read; none between two members.
    std::optional<std::string> name = {};
    std::set<std::string> names = {};
  };

  [[nodiscard]] std::string Place() const {
    std::string place;
    for (const Open& open : open_) {
      if (open.tree->kind == JsonKind::kList) {
        // An open member is among the members already.
        place = PlaceOf(place, open.tree->members.size() - (&open == &open_.back() ? 0 : 1));
      } else if (open.name.has_value()) {
        place = PlaceOf(place, *open.name);
      }
    }
    return place;
  }

  bool Refuse(const std::string& what) {
    if (!error_.has_value()) error_ = WrongAt(Place(), what);
    return false;
  }

  // The pointers in open_ stay right: what holds an open value gets no further members.
  JsonTree* Append(JsonTree value) {
    if (open_.empty()) {
      root_ = std::move(value);
      return &root_;
    }
    JsonTree& parent = *open_.back().tree;
    value.name = open_.back().name.value_or("");
    parent.members.push_back(std::move(value));
    return &parent.members.back();
  }

  bool Add(JsonTree value) {
    Append(std::move(value));
    return Close();
  }
  bool AddPlain(std::string text) {
    return Add({.kind = JsonKind::kPlain, .text = std::move(text)});
  }

  bool Enter(JsonKind kind) {
    if (open_.size() == kDepthMax) {
      return Refuse("nested more than " + std::to_string(kDepthMax) + " deep");
    }
    open_.push_back({.tree = Append({.kind = kind})});
    return true;
  }

  bool Leave() {
    open_.pop_back();
    return Close();
  }

  // A value is complete.
  bool Close() {
    if (!open_.empty()) open_.back().name.reset();
    return true;
  }

  const std::size_t text_size_;
  JsonTree root_;
  std::vector<Open> open_ = {};
  std::optional<Error> error_ = {};
};

bool IsPlainName(std::string_view name) {
  return !name.empty() && name.size() <= kPrintedNameMax && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-';
  });
}

}  // namespace

std::string PlaceOf(const std::string& where, std::string_view name) {
  if (!IsPlainName(name)) return where + "[" + Quoted(name, kPrintedNameMax) + "]";
  return where.empty() ? std::string(name) : where + "." + std::string(name);
}

std::string PlaceOf(const std::string& where, std::size_t index) {
  return where + "[" + std::to_string(index) + "]";
}

Error WrongAt(const std::string& where, const std::string& what) {
  return Error(Code::kInvalidConfig, where.empty() ? what : where + ": " + what);
}

Result<JsonTree> ReadJson(std::string_view text) {
  if (text.size() > kTextBytesMax) {
    return WrongAt("", "JSON of " + std::to_string(text.size()) + " bytes; more than " +
                           std::to_string(kTextBytesMax) + " are not read");
  }
  // The parser takes it for the end, and would not look at what follows.
  if (const std::size_t nul = text.find('\0'); nul != std::string_view::npos) {
    return WrongAt("", "malformed JSON: a NUL (at byte " + std::to_string(nul) + ")");
  }
  Builder builder(text.size());
  static_cast<void>(Json::sax_parse(text.begin(), text.end(), &builder));
  return std::move(builder).Take();
}

}  // namespace anystore::registry
