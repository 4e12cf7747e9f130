#include "anystore/value.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <string>
#include <utility>

namespace anystore {
namespace {

class CountedOwner final : public ValueOwner {
 public:
  explicit CountedOwner(int* destroyed) : ValueOwner(&Destroyed), destroyed_(destroyed) {}

 private:
  static void Destroyed(ValueOwner* owner) noexcept {
    auto* const self = static_cast<CountedOwner*>(owner);
    ++*self->destroyed_;
    delete self;
  }
  int* destroyed_;
};

TEST(Value, IsThreeWordsWide) { EXPECT_EQ(sizeof(Value), 3 * sizeof(void*)); }

TEST(Value, CopyOwnsItsBytes) {
  std::string bytes = "hello";
  const Value value = Value::Copy(bytes);
  bytes.assign("XXXXX");
  EXPECT_EQ(value.bytes(), "hello");
}

TEST(Value, TakeMovesTheString) {
  std::string bytes(100, 'x');
  const char* const data = bytes.data();
  const Value value = Value::Take(std::move(bytes));
  EXPECT_EQ(value.bytes().data(), data);
  EXPECT_EQ(value.size(), 100U);
}

TEST(Value, SharesBytesWhenCopied) {
  const Value a = Value::Copy("hello");
  const Value b = a;  // NOLINT(performance-unnecessary-copy-initialization)
  EXPECT_EQ(a.bytes().data(), b.bytes().data());
}

TEST(Value, LetsGoExactlyOnceAfterTheLastCopy) {
  int destroyed = 0;
  {
    Value a("abc", new CountedOwner(&destroyed));
    Value b = a;
    Value c = std::move(a);
    EXPECT_TRUE(a.empty());  // NOLINT(bugprone-use-after-move): promised
    b = Value();
    EXPECT_EQ(destroyed, 0);
    c = c.Slice(1, 1);
    EXPECT_EQ(c.bytes(), "b");
    EXPECT_EQ(destroyed, 0);
  }
  EXPECT_EQ(destroyed, 1);
}

TEST(Value, DetachedDoesNotPin) {
  int destroyed = 0;
  Value value("abc", new CountedOwner(&destroyed));
  value = value.Detach();
  EXPECT_EQ(destroyed, 1);
  EXPECT_EQ(value.bytes(), "abc");
}

TEST(Value, SliceIsCutToWhatIsThere) {
  const Value value = Value::Copy("hello");
  constexpr std::size_t kAll = std::numeric_limits<std::size_t>::max();
  EXPECT_EQ(value.Slice(1, 3).bytes(), "ell");
  EXPECT_EQ(value.Slice(3, kAll).bytes(), "lo");
  EXPECT_EQ(value.Slice(5, 1).bytes(), "");
  EXPECT_EQ(value.Slice(kAll, kAll).bytes(), "");
}

TEST(Value, AllocateRefusesWhatCannotBe) {
  char* data = nullptr;
  const Result<Value> value = Value::Allocate(std::numeric_limits<std::size_t>::max(), &data);
  ASSERT_FALSE(value.has_value());
  EXPECT_EQ(value.error().code(), Code::kResourceExhausted);
}

TEST(Value, AllocateIsFilledInPlace) {
  char* data = nullptr;
  const Result<Value> value = Value::Allocate(3, &data);
  ASSERT_TRUE(value.has_value());
  std::ranges::copy(std::string_view("xyz"), data);
  EXPECT_EQ(value->bytes(), "xyz");
}

}  // namespace
}  // namespace anystore
