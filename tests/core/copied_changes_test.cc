#include "core/copied_changes.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <limits>
#include <string>
#include <vector>

#include "base/sanitizer.h"

namespace anystore::internal {
namespace {

Mutation PutOf(std::string_view key, std::string_view value) {
  return {.kind = Mutation::Kind::kPut, .key = key, .value = value};
}

TEST(CopiedChanges, KeepTheirBytesInTheOrderTheyCame) {
  CopiedChanges changes;
  std::vector<std::string> values;
  // Around the sizes that get memory of their own, and more than a block of all.
  for (const std::size_t size : {0U, 1U, 16'379U, 16'380U, 100'000U, 30'000U, 7U}) {
    values.emplace_back(size, static_cast<char>('a' + values.size()));
  }
  std::size_t bytes = 0;
  for (int round = 0; round < 9; ++round) {
    for (const std::string& value : values) {
      std::string key = "/K" + std::to_string(round);
      std::string gone = value;
      ASSERT_TRUE(changes.Add(PutOf(key, gone)));
      bytes += key.size() + gone.size();
      key.assign(key.size(), 'Z');
      gone.assign(gone.size(), 'Z');
    }
  }
  EXPECT_EQ(changes.bytes(), bytes);
  ASSERT_EQ(changes.all().size(), 9 * values.size());
  for (std::size_t i = 0; i < changes.all().size(); ++i) {
    EXPECT_EQ(changes.all()[i].key, "/K" + std::to_string(i / values.size()));
    EXPECT_EQ(changes.all()[i].value, values[i % values.size()]);
  }
}

TEST(CopiedChanges, TakeTheEmptyKeyFirst) {
  CopiedChanges changes;
  ASSERT_TRUE(changes.Add({.kind = Mutation::Kind::kDelete}));
  EXPECT_NE(changes.all().front().key.data(), nullptr);
  EXPECT_EQ(changes.all().front().kind, Mutation::Kind::kDelete);
  EXPECT_EQ(changes.bytes(), 0U);
}

TEST(CopiedChanges, UseTheirMemoryAgain) {
  CopiedChanges changes;
  const std::string value(1000, 'v');
  for (int i = 0; i < 200; ++i) ASSERT_TRUE(changes.Add(PutOf("/K", value)));
  std::vector<const char*> places;
  for (const Mutation& change : changes.all()) places.push_back(change.key.data());
  ASSERT_TRUE(changes.Add(PutOf("/LARGE", std::string(100'000, 'l'))));
  changes.Clear();
  EXPECT_TRUE(changes.all().empty());
  EXPECT_EQ(changes.bytes(), 0U);
  const std::string other(1000, 'o');
  for (int i = 0; i < 200; ++i) ASSERT_TRUE(changes.Add(PutOf("/L", other)));
  for (std::size_t i = 0; i < places.size(); ++i) {
    if (!base::kFreedMemoryIsWatched) {
      EXPECT_EQ(changes.all()[i].key.data(), places[i]);
    }
    EXPECT_EQ(changes.all()[i].key, "/L");
    EXPECT_EQ(changes.all()[i].value, other);
  }
}

TEST(CopiedChanges, ForgetSome) {
  CopiedChanges changes;
  for (const char* key : {"/A", "/B", "/A"}) ASSERT_TRUE(changes.Add(PutOf(key, "1")));
  changes.DropIf([](const Mutation& change) { return change.key == "/A"; });
  ASSERT_EQ(changes.all().size(), 1U);
  EXPECT_EQ(changes.all().front().key, "/B");
}

TEST(CopiedChanges, TellWhenThereIsNoMemory) {
  if (base::kFreedMemoryIsWatched) GTEST_SKIP() << "the sanitizer ends the program";
  CopiedChanges changes;
  ASSERT_TRUE(changes.Add(PutOf("/A", "1")));
  // Never looked at: no memory is so large.
  const std::string_view endless("x", std::numeric_limits<std::ptrdiff_t>::max() / 2);
  const Status added = changes.Add(PutOf("/B", endless));
  ASSERT_FALSE(added.has_value());
  EXPECT_EQ(added.error().code(), Code::kResourceExhausted);
  EXPECT_EQ(changes.all().size(), 1U);
  EXPECT_EQ(changes.bytes(), 3U);
}

}  // namespace
}  // namespace anystore::internal
