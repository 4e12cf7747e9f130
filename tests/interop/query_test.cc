// What go-datastore's reference evaluator answers, for every recorded query: by ours, and by
// results over the same entries.
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "anystore/query.h"
#include "anystore/results.h"
#include "interop/vectors.h"

namespace anystore {
namespace {

using nlohmann::json;
using testing::Text;

class QueryVectors : public testing::VectorTest {
 protected:
  QueryVectors() : VectorTest("query.json") {}

  [[nodiscard]] std::vector<Entry> Data() const {
    std::vector<Entry> entries;
    for (const json& entry : vectors_["data"]) {
      entries.push_back({.key = Text(entry["key"]), .value = Value::Copy(Text(entry["value"]))});
    }
    return entries;
  }
};

Filter FilterOf(const json& recorded) {
  static const std::map<std::string, Op> kOps = {{"==", Op::kEqual},  {"!=", Op::kNotEqual},
                                                 {"<", Op::kLess},    {"<=", Op::kLessOrEqual},
                                                 {">", Op::kGreater}, {">=", Op::kGreaterOrEqual}};
  const std::string kind = Text(recorded[0]);
  const std::string operand = Text(recorded[2]);
  if (kind == "prefix") return Filter::KeyPrefix(operand);
  const Op op = kOps.at(Text(recorded[1]));
  return kind == "key" ? Filter::Key(op, operand) : Filter::Value(op, operand);
}

Query QueryOf(const json& recorded) {
  Query query{.prefix = Text(recorded["prefix"]),
              .offset = recorded.value("offset", 0),
              .limit = recorded.value("limit", 0)};
  for (const json& filter : recorded.value("filters", json::array())) {
    query.filters.push_back(FilterOf(filter));
  }
  for (const json& order : recorded.value("orders", json::array())) {
    query.orders.push_back(Order::Parse(Text(order)).value());
  }
  return query;
}

json KeysOf(const std::vector<Entry>& entries) {
  json keys = json::array();
  for (const Entry& entry : entries) keys.push_back(entry.key);
  return keys;
}

TEST_F(QueryVectors, EveryTextFormIsEqual) {
  ASSERT_EQ(vectors_["queries"].size(), 124U);
  for (const json& recorded : vectors_["queries"]) {
    EXPECT_EQ(QueryOf(recorded).ToString(), Text(recorded["string"]));
  }
}

TEST_F(QueryVectors, EveryAnswerOfTheEvaluatorIsEqual) {
  for (const json& recorded : vectors_["queries"]) {
    SCOPED_TRACE(Text(recorded["string"]));
    EXPECT_EQ(KeysOf(Evaluate(QueryOf(recorded), Data()).value()), recorded["result"]);
  }
}

TEST_F(QueryVectors, EveryAnswerOfResultsIsEqual) {
  for (const json& recorded : vectors_["queries"]) {
    SCOPED_TRACE(Text(recorded["string"]));
    const Query query = QueryOf(recorded);
    Results results(query, MakeCursor(Data(), query.Scope(), {}), query.orders.empty());
    EXPECT_EQ(KeysOf(results.Rest().value()), recorded["result"]);
  }
}

TEST_F(QueryVectors, EveryFilterIsReadBackFromItsText) {
  for (const json& recorded : vectors_["queries"]) {
    for (const Filter& filter : QueryOf(recorded).filters) {
      EXPECT_EQ(Filter::Parse(filter.ToString()).value().ToString(), filter.ToString());
    }
  }
}

}  // namespace
}  // namespace anystore
