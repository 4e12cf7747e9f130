#include "cli/copy_skips.h"

#include <gtest/gtest.h>

#include "anystore/open.h"

namespace anystore::cli {
namespace {

class CopySkips : public ::testing::Test {
 protected:
  static Store OpenMemory() {
    Result<Store> store = Open("memory:", {.mode = OpenMode::kOpenOrCreate});
    EXPECT_TRUE(store.has_value());
    return *std::move(store);
  }
  [[nodiscard]] bool IsThereBy(Sameness sameness, std::optional<Instant> expires_at = {}) {
    const EntryView entry{
        .key = "/a", .info = {.size = source_.GetSize("/a").value(), .expires_at = expires_at}};
    const Result<bool> there = IsThere(source_, destination_, entry, sameness);
    EXPECT_TRUE(there.has_value());
    return there.value_or(false);
  }

  Store source_ = OpenMemory();
  Store destination_ = OpenMemory();
};

TEST_F(CopySkips, ARecordIsThereWhenItsValueIs) {
  ASSERT_TRUE(source_.Put("/a", "one"));
  EXPECT_FALSE(IsThereBy(Sameness::kBytes));
  EXPECT_FALSE(IsThereBy(Sameness::kSize));
  ASSERT_TRUE(destination_.Put("/a", "four"));
  EXPECT_FALSE(IsThereBy(Sameness::kBytes));
  EXPECT_FALSE(IsThereBy(Sameness::kSize));
  ASSERT_TRUE(destination_.Put("/a", "two"));
  EXPECT_FALSE(IsThereBy(Sameness::kBytes));
  EXPECT_TRUE(IsThereBy(Sameness::kSize));
  ASSERT_TRUE(destination_.Put("/a", "one"));
  EXPECT_TRUE(IsThereBy(Sameness::kBytes));
}

TEST_F(CopySkips, ARecordThatExpiresIsCopiedAgain) {
  ASSERT_TRUE(source_.Put("/a", "one"));
  ASSERT_TRUE(destination_.Put("/a", "one"));
  EXPECT_FALSE(IsThereBy(Sameness::kBytes, Instant(std::chrono::hours(1'000'000))));
}

TEST_F(CopySkips, ARecordThatVanishedFromTheSourceIsNotThere) {
  ASSERT_TRUE(destination_.Put("/a", "one"));
  const Result<bool> there =
      IsThere(source_, destination_, {.key = "/a", .info = {.size = 3}}, Sameness::kBytes);
  ASSERT_TRUE(there.has_value());
  EXPECT_FALSE(*there);
}

TEST_F(CopySkips, ContentsAreKnownOnTheirWayAndWhenTheyAreThere) {
  KnownContents known(destination_);
  ASSERT_TRUE(destination_.Put("/there", "one"));
  EXPECT_TRUE(known.Contains("/there", 3).value());
  EXPECT_EQ(known.on_their_way(), 0U);
  EXPECT_FALSE(known.Contains("/new", 3).value());
  EXPECT_TRUE(known.Contains("/new", 3).value());
  EXPECT_EQ(known.on_their_way(), 1U);
  // It never did arrive.
  known.Arrived();
  EXPECT_FALSE(known.Contains("/new", 3).value());
  // What has another size is not that content.
  EXPECT_FALSE(known.Contains("/there", 4).value());
}

TEST_F(CopySkips, ErrorsOfTheDestinationAreToldOn) {
  ASSERT_TRUE(destination_.Close());
  KnownContents known(destination_);
  EXPECT_EQ(known.Contains("/a", 1).error().code(), Code::kClosed);
  EXPECT_EQ(IsThere(source_, destination_, {.key = "/a"}, Sameness::kSize).error().code(),
            Code::kClosed);
}

}  // namespace
}  // namespace anystore::cli
