// Any bytes as the text of a filter: what is read prints as text that reads as the same filter, and
// its bounds hold what it passes.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "anystore/query.h"

namespace {

using anystore::Filter;
using anystore::Op;

void Require(bool holds) {
  if (!holds) std::abort();
}

void CheckPrinted(const Filter& filter) {
  const std::string printed = filter.ToString();
  const auto again = Filter::Parse(printed);
  Require(again.has_value());
  Require(again->kind() == filter.kind() && again->op() == filter.op());
  Require(again->operand() == filter.operand());
  Require(again->ToString() == printed);
}

void CheckBounds(const Filter& filter, std::string_view key) {
  const anystore::EntryView entry{.key = key, .value = key};
  if (filter.Passes(entry)) Require(filter.Bounds().Contains(key));
}

void CheckFilter(const Filter& filter, std::string_view bytes) {
  Require(filter.valid());
  CheckPrinted(filter);
  CheckBounds(filter, bytes);
  CheckBounds(filter, filter.operand());
  CheckBounds(filter, filter.operand() + '\0');
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (const auto filter = Filter::Parse(bytes); filter.has_value()) {
    CheckFilter(*filter, bytes);
  } else {
    Require(filter.error().code() == anystore::Code::kInvalidArgument);
    Require(filter.error().message().contains("at byte "));
  }
  // The same bytes as an operand, which any bytes may be.
  for (const Op op : {Op::kEqual, Op::kNotEqual, Op::kLess, Op::kLessOrEqual, Op::kGreater,
                      Op::kGreaterOrEqual}) {
    CheckFilter(Filter::Key(op, std::string(bytes)), bytes);
  }
  CheckFilter(Filter::Value(Op::kLess, std::string(bytes)), bytes);
  CheckFilter(Filter::KeyPrefix(std::string(bytes)), bytes);
  return 0;
}
