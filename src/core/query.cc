#include "anystore/query.h"

#include <algorithm>
#include <utility>

#include "anystore/key.h"
#include "base/quote.h"
#include "core/query_check.h"

namespace anystore {
namespace {

template <class T>
void AppendList(std::string_view name, const std::vector<T>& parts, std::string& text) {
  if (parts.empty()) return;
  text.append(" ").append(name).append(" [");
  for (const T& part : parts) {
    if (&part != &parts.front()) text += ", ";
    text += part.ToString();
  }
  text += ']';
}

}  // namespace

Order Order::Function(std::function<int(const EntryView&, const EntryView&)> f) {
  Order order(Kind::kFunction);
  order.function_ = std::move(f);
  return order;
}

Result<Order> Order::Parse(std::string_view text) {
  if (text == "key") return Key();
  if (text == "-key") return KeyDescending();
  if (text == "value") return Value();
  if (text == "-value") return ValueDescending();
  return Error(Code::kInvalidArgument,
               "not an order: " + Quoted(text) + "; there are key, -key, value and -value");
}

bool Order::valid() const noexcept { return kind_ != Kind::kFunction || function_ != nullptr; }

int Order::Compare(const EntryView& a, const EntryView& b) const {
  switch (kind_) {
    case Kind::kKey:
      return a.key.compare(b.key);
    case Kind::kKeyDescending:
      return b.key.compare(a.key);
    case Kind::kValue:
      return a.value.compare(b.value);
    case Kind::kValueDescending:
      return b.value.compare(a.value);
    case Kind::kFunction:
      return function_ != nullptr ? function_(a, b) : 0;
  }
  return 0;
}

std::string Order::ToString() const {
  switch (kind_) {
    case Kind::kKey:
      return "KEY";
    case Kind::kKeyDescending:
      return "desc(KEY)";
    case Kind::kValue:
      return "VALUE";
    case Kind::kValueDescending:
      return "desc(VALUE)";
    case Kind::kFunction:
      break;
  }
  return "FN";
}

int Compare(std::span<const Order> orders, const EntryView& a, const EntryView& b) {
  for (const Order& order : orders) {
    if (const int result = order.Compare(a, b); result != 0) return result;
  }
  return a.key.compare(b.key);
}

KeyRange Query::Scope() const {
  KeyRange scope = KeyRange::Under(anystore::Key(prefix)).Intersect(range);
  for (const Filter& filter : filters) scope = scope.Intersect(filter.Bounds());
  return scope;
}

bool Query::NeedsValues() const {
  return std::ranges::any_of(filters, &Filter::needs_value) ||
         std::ranges::any_of(orders, &Order::needs_value);
}

std::string Query::ToString() const {
  std::string text = keys_only ? "SELECT keys" : "SELECT keys,vals";
  if (return_expirations) text += ",exps";
  if (!prefix.empty()) text += " FROM " + base::QuoteLikeGo(prefix);
  if (!range.is_all()) {
    text += " RANGE [" + base::QuoteLikeGo(range.from()) + ", ";
    if (range.to().has_value()) text += base::QuoteLikeGo(*range.to());
    text += ')';
  }
  AppendList("FILTER", filters, text);
  AppendList("ORDER", orders, text);
  if (reverse) text += " REVERSE";
  if (offset > 0) text += " OFFSET " + std::to_string(offset);
  if (limit > 0) text += " LIMIT " + std::to_string(limit);
  return text;
}

Status internal::Validate(const Query& query) {
  if (query.reverse && !query.orders.empty()) {
    return Error(Code::kInvalidArgument,
                 "a query has orders or is reversed, not both; order by descending key instead");
  }
  if (!std::ranges::all_of(query.filters, &Filter::valid)) {
    return Error(Code::kInvalidArgument, "a filter has an unknown operator or no function");
  }
  if (!std::ranges::all_of(query.orders, &Order::valid)) {
    return Error(Code::kInvalidArgument, "an order by function has no function");
  }
  return Ok();
}

}  // namespace anystore
