#include "anystore/query.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "core/query_check.h"

namespace anystore {
namespace {

constexpr Op kUnknownOp = static_cast<Op>(200);

EntryView View(std::string_view key, std::string_view value = {}) {
  return {.key = key, .value = value};
}

TEST(Order, ComparesKeysAndValuesBothWays) {
  const EntryView a = View("a", "\xff");
  const EntryView b = View("b", "\x01");
  EXPECT_LT(Order::Key().Compare(a, b), 0);
  EXPECT_GT(Order::KeyDescending().Compare(a, b), 0);
  EXPECT_GT(Order::Value().Compare(a, b), 0);
  EXPECT_LT(Order::ValueDescending().Compare(a, b), 0);
  EXPECT_EQ(Order::Value().Compare(a, a), 0);
}

TEST(Order, AsksTheFunction) {
  const Order order = Order::Function([](const EntryView& a, const EntryView& b) {
    return static_cast<int>(a.key.size()) - static_cast<int>(b.key.size());
  });
  EXPECT_LT(order.Compare(View("z"), View("aa")), 0);
  EXPECT_TRUE(order.valid());
  EXPECT_FALSE(Order::Function(nullptr).valid());
  EXPECT_EQ(Order::Function(nullptr).Compare(View("a"), View("b")), 0);
}

TEST(Order, ReadsWhatPeopleWrite) {
  EXPECT_EQ(Order::Parse("key").value().kind(), Order::Kind::kKey);
  EXPECT_EQ(Order::Parse("-key").value().kind(), Order::Kind::kKeyDescending);
  EXPECT_EQ(Order::Parse("value").value().kind(), Order::Kind::kValue);
  EXPECT_EQ(Order::Parse("-value").value().kind(), Order::Kind::kValueDescending);
  for (const std::string_view text : {"", "-", "KEY", "key ", "--key", "size"}) {
    const Result<Order> order = Order::Parse(text);
    ASSERT_FALSE(order.has_value()) << text;
    EXPECT_EQ(order.error().code(), Code::kInvalidArgument);
    EXPECT_THAT(order.error().message(), ::testing::HasSubstr(Quoted(text)));
  }
}

TEST(Compare, GoesOnToTheNextOrderAndLastToTheKey) {
  const std::vector<Order> orders = {Order::ValueDescending(), Order::KeyDescending()};
  EXPECT_LT(Compare(orders, View("a", "2"), View("b", "1")), 0);
  EXPECT_GT(Compare(orders, View("a", "1"), View("b", "1")), 0);
  const std::vector<Order> by_value = {Order::ValueDescending()};
  EXPECT_LT(Compare(by_value, View("a", "1"), View("b", "1")), 0);  // ties ascend
  EXPECT_EQ(Compare({}, View("a", "1"), View("a", "2")), 0);
}

TEST(Query, ScopeOfAPrefixIsItsStrictDescendants) {
  EXPECT_EQ((Query{.prefix = "//a/./b/.."}.Scope()), KeyRange::Between("/a/", "/a0"));
  for (const std::string_view root : {"", "/", ".", "..", "//"}) {
    EXPECT_TRUE((Query{.prefix = std::string(root)}.Scope().is_all())) << root;
  }
}

TEST(Query, ScopeIsWhatPrefixRangeAndFiltersShare) {
  Query query{.prefix = "/a", .range = KeyRange::From("/a/c")};
  EXPECT_EQ(query.Scope(), KeyRange::Between("/a/c", "/a0"));
  query.filters.push_back(Filter::Key(Op::kLess, "/a/m"));
  query.filters.push_back(Filter::Value(Op::kLess, "/a/d"));
  EXPECT_EQ(query.Scope(), KeyRange::Between("/a/c", "/a/m"));
  query.filters.push_back(Filter::KeyPrefix("/b"));
  EXPECT_TRUE(query.Scope().empty());
}

TEST(Query, NeedsValuesForFiltersAndOrdersThatLookAtThem) {
  Query query{.keys_only = true};
  EXPECT_FALSE(query.NeedsValues());
  query.filters.push_back(Filter::KeyPrefix("/"));
  query.orders.push_back(Order::KeyDescending());
  EXPECT_FALSE(query.NeedsValues());
  query.orders.push_back(Order::Value());
  EXPECT_TRUE(query.NeedsValues());
  EXPECT_TRUE((Query{.filters = {Filter::Value(Op::kEqual, "a")}}.NeedsValues()));
}

TEST(Query, PrintsAsGoDatastoreDoes) {
  EXPECT_EQ(Query{}.ToString(), "SELECT keys,vals");
  const Query query{.prefix = "/a",
                    .filters = {Filter::Key(Op::kGreater, "/a/b"), Filter::KeyPrefix("/a")},
                    .orders = {Order::Value(), Order::KeyDescending()},
                    .offset = 2,
                    .limit = 3,
                    .keys_only = true,
                    .return_expirations = true};
  EXPECT_EQ(query.ToString(),
            "SELECT keys,exps FROM \"/a\" FILTER [KEY > \"/a/b\", PREFIX(\"/a\")] "
            "ORDER [VALUE, desc(KEY)] OFFSET 2 LIMIT 3");
  EXPECT_EQ((Query{.offset = -2, .limit = -3}.ToString()), "SELECT keys,vals");
}

TEST(Query, PrintsWhatGoDatastoreDoesNotHave) {
  EXPECT_EQ((Query{.range = KeyRange::Between("a\n", "b"), .reverse = true, .limit = 1}.ToString()),
            "SELECT keys,vals RANGE [\"a\\n\", \"b\") REVERSE LIMIT 1");
  EXPECT_EQ((Query{.range = KeyRange::From("a")}.ToString()), "SELECT keys,vals RANGE [\"a\", )");
  EXPECT_EQ((Query{.orders = {Order::ValueDescending(), Order::Key(),
                              Order::Function([](auto&, auto&) { return 0; })}}
                 .ToString()),
            "SELECT keys,vals ORDER [desc(VALUE), KEY, FN]");
}

TEST(QueryCheck, RefusesWhatCannotBeAnswered) {
  const auto code = [](const Query& query) {
    const Status status = internal::Validate(query);
    return status.has_value() ? Code::kOk : status.error().code();
  };
  EXPECT_EQ(code({}), Code::kOk);
  EXPECT_EQ(code({.reverse = true, .offset = -1, .limit = -1}), Code::kOk);
  EXPECT_EQ(code({.orders = {Order::Key()}}), Code::kOk);
  EXPECT_EQ(code({.orders = {Order::Key()}, .reverse = true}), Code::kInvalidArgument);
  EXPECT_EQ(code({.filters = {Filter::Key(kUnknownOp, "a")}}), Code::kInvalidArgument);
  EXPECT_EQ(code({.filters = {Filter::Function(nullptr)}}), Code::kInvalidArgument);
  EXPECT_EQ(code({.orders = {Order::Function(nullptr)}}), Code::kInvalidArgument);
}

}  // namespace
}  // namespace anystore
