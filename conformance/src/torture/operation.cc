#include "torture/operation.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <tuple>
#include <utility>

#include "anystore/environment.h"
#include "anystore/query.h"

namespace anystore::conformance::torture {
namespace {

constexpr std::array<std::string_view, 20> kVerbs = {
    "put",    "delete",   "expire",  "apply",  "batch", "delete_range", "sync",
    "reopen", "pass",     "get",     "has",    "size",  "stat",         "get_many",
    "query",  "snapshot", "release", "cursor", "next",  "seek"};
constexpr std::array<std::string_view, 5> kDemands = {"", "if_absent", "if_present", "if_current",
                                                      "if_stale"};
constexpr std::array<std::string_view, 4> kDurabilities = {"", "applied", "process", "durable"};
constexpr std::array<std::string_view, 3> kEnds = {"", "discarded", "dropped"};
constexpr std::array<std::string_view, 4> kChanges = {"put", "delete", "delete_range", "expire"};

constexpr std::uint64_t kDrawnMax = 64U << 20U;

// All of it, however long.
std::string InQuotes(std::string_view bytes) { return Quoted(bytes, bytes.size()); }

// The names of values that follow each other from 0, as above.
template <class Enum, std::size_t kCount>
std::string_view NameIn(const std::array<std::string_view, kCount>& names, Enum value) {
  return names[static_cast<std::size_t>(value)];
}

// A step, word after word.
class Writer {
 public:
  explicit Writer(std::string_view verb) : text_(verb) {}

  void Word(std::string_view word) {
    if (!word.empty()) text_.append(" ").append(word);
  }
  void If(bool said, std::string_view word) {
    if (said) Word(word);
  }
  void Key(std::string_view key) { Word(InQuotes(key)); }
  void Named(std::string_view name, std::string_view bytes) {
    Word(std::string(name) + "=" + InQuotes(bytes));
  }
  void Named(std::string_view name, std::int64_t number) {
    Word(std::string(name) + "=" + std::to_string(number));
  }
  [[nodiscard]] std::string Take() { return std::move(text_); }

 private:
  std::string text_;
};

void WriteBounds(Writer& out, std::string_view from, const std::optional<std::string>& to) {
  if (!from.empty()) out.Named("from", from);
  if (to.has_value()) out.Named("to", *to);
}

void WriteChange(Writer& out, const Change& change) {
  if (change.kind == Change::Kind::kDeleteRange) return WriteBounds(out, change.key, change.to);
  out.Key(change.key);
  if (change.kind == Change::Kind::kPut) {
    const auto& [literal, size, seed] = change.value;
    out.Word(size == 0 ? InQuotes(literal)
                       : "bytes:" + std::to_string(size) + ":" + std::to_string(seed));
  }
  out.Word(NameIn(kDemands, change.demand));
  if (change.in_seconds.has_value()) out.Named("in", *change.in_seconds);
}

void WriteListing(Writer& out, const Listing& listing) {
  if (!listing.prefix.empty()) out.Named("prefix", listing.prefix);
  WriteBounds(out, listing.from, listing.to);
  for (const std::string& filter : listing.filters) out.Named("filter", filter);
  for (const std::string& order : listing.orders) out.Named("order", order);
  if (listing.offset != 0) out.Named("offset", listing.offset);
  if (listing.limit != 0) out.Named("limit", listing.limit);
  out.If(listing.reverse, "reverse");
  out.If(listing.keys_only, "keys");
  out.If(listing.sizes, "sizes");
  out.If(listing.expirations, "expirations");
}

// Takes a step apart: words, strings in quotes, and `name=` before either.
class Reader {
 public:
  explicit Reader(std::string_view step) : step_(step), rest_(step) { Skip(); }

  [[nodiscard]] bool empty() const { return rest_.empty(); }
  // The next word without quotes; empty where there is a string.
  [[nodiscard]] std::string_view Peek() const {
    return rest_.starts_with('"') ? "" : rest_.substr(0, rest_.find_first_of(" =;"));
  }
  std::string_view Word() {
    const std::string_view word = Peek();
    Drop(word.size());
    return word;
  }
  bool Take(std::string_view word) {
    if (Peek() != word || NameFollows(word)) return false;
    Drop(word.size());
    return true;
  }
  // `name=`, of which the value comes next.
  bool TakeName(std::string_view name) {
    if (Peek() != name || !NameFollows(name)) return false;
    Drop(name.size() + 1);
    return true;
  }
  // One of a few words, by its place among them; `otherwise` when it is none.
  template <class Enum, std::size_t kCount>
  Enum OneOf(const std::array<std::string_view, kCount>& words, Enum otherwise) {
    for (std::size_t i = 0; i < kCount; ++i) {
      if (!words[i].empty() && Take(words[i])) return static_cast<Enum>(i);
    }
    return otherwise;
  }
  [[nodiscard]] bool AtString() const { return rest_.starts_with('"'); }
  Result<std::string> String() {
    if (!AtString()) return Wrong("a string in quotes");
    std::size_t end = 1;
    while (end < rest_.size() && rest_[end] != '"') end += rest_[end] == '\\' ? 2 : 1;
    end = std::min(end + 1, rest_.size());
    // Whoever reads filters knows how to read bytes in quotes.
    const Result<Filter> bytes = Filter::Parse("key==" + std::string(rest_.substr(0, end)));
    if (!bytes.has_value()) return Wrong("a string that ends");
    Drop(end);
    return bytes->operand();
  }
  template <class T>
  Result<T> Number() {
    const std::string_view word = Word();
    return Parse<T>(word);
  }
  Result<Bytes> Value() {
    if (AtString()) {
      ANYSTORE_ASSIGN_OR_RETURN(std::string literal, String());
      return Bytes{.literal = std::move(literal)};
    }
    const std::string_view word = Word();
    constexpr std::string_view kDrawn = "bytes:";
    const std::size_t colon = word.rfind(':');
    if (!word.starts_with(kDrawn) || colon < kDrawn.size()) return Wrong("a value");
    Bytes bytes;
    ANYSTORE_ASSIGN_OR_RETURN(
        bytes.size, Parse<std::uint64_t>(word.substr(kDrawn.size(), colon - kDrawn.size())));
    ANYSTORE_ASSIGN_OR_RETURN(bytes.seed, Parse<std::uint64_t>(word.substr(colon + 1)));
    if (bytes.size == 0 || bytes.size > kDrawnMax) return Wrong("a size of 1 byte to 64 MiB");
    return bytes;
  }
  [[nodiscard]] Error Wrong(std::string_view wanted) const {
    return {Code::kInvalidArgument, "script: expected " + std::string(wanted) + " in " +
                                        Quoted(step_) + " before " + Quoted(rest_, 24)};
  }

 private:
  [[nodiscard]] bool NameFollows(std::string_view name) const {
    return rest_.size() > name.size() && rest_[name.size()] == '=';
  }
  void Drop(std::size_t bytes) {
    rest_.remove_prefix(bytes);
    Skip();
  }
  void Skip() { rest_.remove_prefix(std::min(rest_.find_first_not_of(' '), rest_.size())); }
  template <class T>
  Result<T> Parse(std::string_view word) const {
    T number = 0;
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), number);
    if (error != std::errc() || end != word.data() + word.size()) return Wrong("a number");
    return number;
  }

  std::string_view step_;
  std::string_view rest_;
};

Status ReadBounds(Reader& in, std::string& from, std::optional<std::string>& to) {
  if (in.TakeName("from")) {
    ANYSTORE_ASSIGN_OR_RETURN(from, in.String());
  }
  if (in.TakeName("to")) {
    ANYSTORE_ASSIGN_OR_RETURN(to, in.String());
  }
  return Ok();
}

Result<Change> ReadChange(Reader& in, Change::Kind kind) {
  Change change{.kind = kind};
  if (kind == Change::Kind::kDeleteRange) {
    ANYSTORE_TRY(ReadBounds(in, change.key, change.to));
    return change;
  }
  ANYSTORE_ASSIGN_OR_RETURN(change.key, in.String());
  if (kind == Change::Kind::kPut) {
    ANYSTORE_ASSIGN_OR_RETURN(change.value, in.Value());
  }
  change.demand = in.OneOf(kDemands, Demand::kNothing);
  if (in.TakeName("in")) {
    ANYSTORE_ASSIGN_OR_RETURN(change.in_seconds, in.Number<std::int32_t>());
  }
  return change;
}

bool TakeFlag(Reader& in, Listing& listing) {
  constexpr std::array<std::pair<std::string_view, bool Listing::*>, 4> kFlags = {
      {{"reverse", &Listing::reverse},
       {"keys", &Listing::keys_only},
       {"sizes", &Listing::sizes},
       {"expirations", &Listing::expirations}}};
  return std::ranges::any_of(kFlags, [&](const auto& flag) {
    if (!in.Take(flag.first)) return false;
    listing.*flag.second = true;
    return true;
  });
}

Status ReadListing(Reader& in, Listing& listing) {
  bool more = true;
  while (more) {
    if (in.TakeName("prefix")) {
      ANYSTORE_ASSIGN_OR_RETURN(listing.prefix, in.String());
    } else if (in.TakeName("from")) {
      ANYSTORE_ASSIGN_OR_RETURN(listing.from, in.String());
    } else if (in.TakeName("to")) {
      ANYSTORE_ASSIGN_OR_RETURN(listing.to, in.String());
    } else if (in.TakeName("filter")) {
      ANYSTORE_ASSIGN_OR_RETURN(listing.filters.emplace_back(), in.String());
      if (!Filter::Parse(listing.filters.back()).has_value()) return in.Wrong("a filter");
    } else if (in.TakeName("order")) {
      ANYSTORE_ASSIGN_OR_RETURN(listing.orders.emplace_back(), in.String());
      if (!Order::Parse(listing.orders.back()).has_value()) return in.Wrong("an order");
    } else if (in.TakeName("offset")) {
      ANYSTORE_ASSIGN_OR_RETURN(listing.offset, in.Number<std::int64_t>());
    } else if (in.TakeName("limit")) {
      ANYSTORE_ASSIGN_OR_RETURN(listing.limit, in.Number<std::int64_t>());
    } else {
      more = TakeFlag(in, listing);
    }
  }
  return Ok();
}

Status ReadChanges(Reader& in, Operation& operation) {
  const auto single = [&](Change::Kind kind) -> Status {
    ANYSTORE_ASSIGN_OR_RETURN(Change change, ReadChange(in, kind));
    operation.changes.push_back(std::move(change));
    return Ok();
  };
  switch (operation.verb) {
    case Verb::kPut:
      return single(Change::Kind::kPut);
    case Verb::kDelete:
      return single(Change::Kind::kDelete);
    case Verb::kExpire:
      return single(Change::Kind::kExpire);
    case Verb::kDeleteRange:
      return single(Change::Kind::kDeleteRange);
    default:
      break;
  }
  operation.all_or_nothing = in.Take("all");
  operation.end = in.OneOf(kEnds, BatchEnd::kCommitted);
  for (;;) {
    constexpr auto kNone = static_cast<Change::Kind>(kChanges.size());
    const auto kind = in.OneOf(kChanges, kNone);
    if (kind == kNone) return Ok();
    if (kind == Change::Kind::kExpire ||
        (kind == Change::Kind::kDeleteRange && operation.verb == Verb::kBatch)) {
      return in.Wrong("put or delete");
    }
    ANYSTORE_TRY(single(kind));
  }
}

Status ReadKeys(Reader& in, Operation& operation) {
  do {
    ANYSTORE_ASSIGN_OR_RETURN(std::string key, in.String());
    operation.keys.push_back(std::move(key));
  } while (operation.verb == Verb::kGetMany && in.AtString());
  if (in.TakeName("offset")) {
    ANYSTORE_ASSIGN_OR_RETURN(operation.window.offset, in.Number<std::uint64_t>());
  }
  if (in.TakeName("length")) {
    ANYSTORE_ASSIGN_OR_RETURN(operation.window.length, in.Number<std::uint64_t>());
  }
  return Ok();
}

// Where a step ends: at a line's end, or a ";" that is in no quotes.
std::size_t EndOfStep(std::string_view text) {
  bool quoted = false;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (c == '\n' || (c == ';' && !quoted)) return at;
    if (c == '\\' && quoted) ++at;
    if (c == '"') quoted = !quoted;
  }
  return text.size();
}

}  // namespace

std::string Bytes::Make() const {
  if (size == 0) return literal;
  // Letters, so that people can read them; no piece of it comes twice.
  SeededRandom random(seed);
  std::string bytes(size, '\0');
  for (std::size_t i = 0; i < size; i += 8) {
    std::uint64_t word = random.Next();
    for (std::size_t j = i; j < std::min<std::size_t>(size, i + 8); ++j, word >>= 8U) {
      bytes[j] = static_cast<char>('a' + (word & 0xffU) % 26);
    }
  }
  return bytes;
}

std::string_view Name(Verb verb) noexcept { return NameIn(kVerbs, verb); }

bool Writes(Verb verb) noexcept { return verb <= Verb::kDeleteRange; }

std::string ToText(const Operation& operation) {
  Writer out(Name(operation.verb));
  out.If(operation.all_or_nothing, "all");
  out.Word(NameIn(kEnds, operation.end));
  const bool many = operation.verb == Verb::kApply || operation.verb == Verb::kBatch;
  for (const Change& change : operation.changes) {
    if (many) out.Word(NameIn(kChanges, change.kind));
    WriteChange(out, change);
  }
  for (const std::string& key : operation.keys) out.Key(key);
  if (operation.window.offset != 0) {
    out.Named("offset", static_cast<std::int64_t>(operation.window.offset));
  }
  if (operation.window.length != Window().length) {
    out.Named("length", static_cast<std::int64_t>(operation.window.length));
  }
  WriteListing(out, operation.listing);
  if (operation.verb == Verb::kPass || operation.verb == Verb::kNext) {
    out.Word(std::to_string(operation.number));
  }
  out.Word(NameIn(kDurabilities, operation.durability));
  out.If(operation.old, "old");
  return out.Take();
}

Result<Operation> ParseOperation(std::string_view step) {
  Reader in(step);
  const std::string_view verb = in.Word();
  const auto* const found = std::ranges::find(kVerbs, verb);
  if (found == kVerbs.end()) return in.Wrong("an operation");
  Operation operation{.verb = static_cast<Verb>(found - kVerbs.begin())};
  switch (operation.verb) {
    case Verb::kSync:
    case Verb::kQuery:
    case Verb::kCursor:
      ANYSTORE_TRY(ReadListing(in, operation.listing));
      break;
    case Verb::kPass:
    case Verb::kNext: {
      ANYSTORE_ASSIGN_OR_RETURN(operation.number, in.Number<std::uint32_t>());
      break;
    }
    case Verb::kReopen:
    case Verb::kSnapshot:
    case Verb::kRelease:
      break;
    default:
      ANYSTORE_TRY(Writes(operation.verb) ? ReadChanges(in, operation) : ReadKeys(in, operation));
  }
  operation.durability = in.OneOf(kDurabilities, Durability::kStoreDefault);
  operation.old = in.Take("old");
  if (!in.empty()) return in.Wrong("nothing more");
  return operation;
}

Result<std::vector<Operation>> ParseScript(std::string_view text) {
  std::vector<Operation> operations;
  bool printed = false;  // between "----" and an empty line
  while (!text.empty()) {
    text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
    const bool line = printed || text.starts_with('#');
    const std::size_t end = line ? std::min(text.find('\n'), text.size()) : EndOfStep(text);
    std::string_view step = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    step = step.substr(0, step.find_last_not_of(' ') + 1);
    if (step == "----") {
      printed = true;
    } else if (step.empty()) {
      printed = false;
    } else if (!printed && !step.starts_with('#')) {
      ANYSTORE_ASSIGN_OR_RETURN(Operation operation, ParseOperation(step));
      operations.push_back(std::move(operation));
    }
  }
  return operations;
}

}  // namespace anystore::conformance::torture
