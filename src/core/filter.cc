#include <array>
#include <string>
#include <string_view>
#include <utility>

#include "anystore/query.h"
#include "base/quote.h"

namespace anystore {
namespace {

/// The operators by their number.
constexpr auto kOpTexts = std::to_array<std::string_view>({"==", "!=", "<", "<=", ">", ">="});

bool IsKnown(Op op) { return static_cast<std::size_t>(op) < kOpTexts.size(); }

std::string_view OpText(Op op) {
  return IsKnown(op) ? kOpTexts[static_cast<std::size_t>(op)] : "?";
}

bool Holds(Op op, std::string_view left, std::string_view right) {
  switch (op) {
    case Op::kEqual:
      return left == right;
    case Op::kNotEqual:
      return left != right;
    case Op::kLess:
      return left < right;
    case Op::kLessOrEqual:
      return left <= right;
    case Op::kGreater:
      return left > right;
    case Op::kGreaterOrEqual:
      return left >= right;
  }
  return false;
}

KeyRange BoundsOf(Op op, const std::string& operand) {
  switch (op) {
    case Op::kEqual:
      return KeyRange::Only(operand);
    case Op::kLess:
      return {"", operand};
    case Op::kLessOrEqual:
      return {"", KeyRange::Only(operand).to()};
    case Op::kGreater:
      return {*KeyRange::Only(operand).to(), std::nullopt};
    case Op::kGreaterOrEqual:
      return KeyRange::From(operand);
    case Op::kNotEqual:
      break;
  }
  return KeyRange::All();
}

/// Reads the two text forms of a filter.
class FilterParser {
 public:
  explicit FilterParser(std::string_view text) : text_(text) {}

  Result<Filter> Parse() {
    if (Take("KEY ")) return ParsePrinted(&Filter::Key);
    if (Take("VALUE ")) return ParsePrinted(&Filter::Value);
    if (Take("PREFIX(")) return ParsePrintedPrefix();
    if (Take("key")) return ParseComparison(&Filter::Key);
    if (Take("value")) return ParseComparison(&Filter::Value);
    if (Take("prefix:")) {
      ANYSTORE_ASSIGN_OR_RETURN(std::string prefix, ReadOperand());
      return Filter::KeyPrefix(std::move(prefix));
    }
    return Wrong("key, value or prefix:");
  }

 private:
  using Make = Filter (*)(Op, std::string);

  Error Wrong(std::string_view expected) const {
    return {Code::kInvalidArgument,
            "not a filter: at byte " + std::to_string(at_) + ": expected " + std::string(expected)};
  }

  std::string_view Rest() const { return text_.substr(at_); }

  bool Take(std::string_view word) {
    if (!Rest().starts_with(word)) return false;
    at_ += word.size();
    return true;
  }

  Result<Op> ReadOp() {
    // The longer ones first: "<=" begins with "<".
    for (const Op op : {Op::kEqual, Op::kNotEqual, Op::kLessOrEqual, Op::kGreaterOrEqual, Op::kLess,
                        Op::kGreater}) {
      if (Take(OpText(op))) return op;
    }
    return Wrong("one of == != < <= > >=");
  }

  Result<std::string> ReadQuoted(std::string_view quoted) const {
    Result<std::string> bytes = base::Unquote(quoted, at_);
    if (bytes.has_value()) return bytes;
    return Error(Code::kInvalidArgument, "not a filter: " + std::string(bytes.error().message()));
  }

  Result<std::string> ReadOperand() const {
    if (Rest().starts_with('"')) return ReadQuoted(Rest());
    return std::string(Rest());
  }

  Result<Filter> ParseComparison(Make make) {
    ANYSTORE_ASSIGN_OR_RETURN(const Op op, ReadOp());
    ANYSTORE_ASSIGN_OR_RETURN(std::string operand, ReadOperand());
    return make(op, std::move(operand));
  }

  Result<Filter> ParsePrinted(Make make) {
    ANYSTORE_ASSIGN_OR_RETURN(const Op op, ReadOp());
    if (!Take(" ")) return Wrong("a space");
    ANYSTORE_ASSIGN_OR_RETURN(std::string operand, ReadQuoted(Rest()));
    return make(op, std::move(operand));
  }

  Result<Filter> ParsePrintedPrefix() {
    if (!Rest().ends_with(')')) {
      at_ = text_.size();
      return Wrong("\")\"");
    }
    ANYSTORE_ASSIGN_OR_RETURN(std::string prefix, ReadQuoted(Rest().substr(0, Rest().size() - 1)));
    return Filter::KeyPrefix(std::move(prefix));
  }

  const std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace

Filter::Filter(Kind kind, Op op, std::string operand, bool needs_value)
    : kind_(kind), op_(op), needs_value_(needs_value), operand_(std::move(operand)) {}

Filter Filter::Key(Op op, std::string operand) {
  return {Kind::kKey, op, std::move(operand), false};
}

Filter Filter::Value(Op op, std::string operand) {
  return {Kind::kValue, op, std::move(operand), true};
}

Filter Filter::KeyPrefix(std::string prefix) {
  return {Kind::kKeyPrefix, Op::kEqual, std::move(prefix), false};
}

Filter Filter::Function(std::function<bool(const EntryView&)> passes, bool needs_value) {
  Filter filter(Kind::kFunction, Op::kEqual, "", needs_value);
  filter.function_ = std::move(passes);
  return filter;
}

Result<Filter> Filter::Parse(std::string_view text) { return FilterParser(text).Parse(); }

bool Filter::valid() const noexcept {
  return kind_ == Kind::kFunction ? function_ != nullptr : IsKnown(op_);
}

bool Filter::Passes(const EntryView& entry) const {
  switch (kind_) {
    case Kind::kKey:
      return Holds(op_, entry.key, operand_);
    case Kind::kValue:
      return Holds(op_, entry.value, operand_);
    case Kind::kKeyPrefix:
      return entry.key.starts_with(operand_);
    case Kind::kFunction:
      return function_ != nullptr && function_(entry);
  }
  return false;
}

KeyRange Filter::Bounds() const {
  if (kind_ == Kind::kKey) return BoundsOf(op_, operand_);
  return kind_ == Kind::kKeyPrefix ? KeyRange::StartingWith(operand_) : KeyRange::All();
}

std::string Filter::ToString() const {
  std::string text;
  switch (kind_) {
    case Kind::kKey:
      text = "KEY ";
      break;
    case Kind::kValue:
      text = "VALUE ";
      break;
    case Kind::kKeyPrefix:
      return "PREFIX(" + base::QuoteLikeGo(operand_) + ")";
    case Kind::kFunction:
      return "FN";
  }
  return text.append(OpText(op_)).append(" ").append(base::QuoteLikeGo(operand_));
}

}  // namespace anystore
