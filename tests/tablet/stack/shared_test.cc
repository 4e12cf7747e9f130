// Stacks that several change at once, and stacks with tablets that cannot be opened.
#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

#include "anystore/tablet/stack.h"
#include "filesystem/intercepted/intercepted.h"
#include "tablet/tablet_fixture.h"

namespace anystore::tablet {
namespace {

using List = std::vector<std::string>;

// Lets others run between reading the list and replacing it.
class SlowRenames final : public filesystem::Interceptor {
 public:
  filesystem::Decision Before(const filesystem::Call& call) override {
    if (call.operation == filesystem::Operation::kRename)
      std::this_thread::sleep_for(std::chrono::microseconds(200));
    return filesystem::Decision::Proceed();
  }
};

class SharedStackTest : public TabletTest {
 protected:
  std::unique_ptr<TabletStack> OpenStack() {
    auto stack = TabletStack::Open(*slow_, {.wait = std::chrono::minutes(5)});
    EXPECT_TRUE(stack.has_value()) << stack.error().ToString();
    return *std::move(stack);
  }
  void WriteEach(const List& names) {
    for (const std::string& name : names) Write(name, {{"key", name}, {"only " + name, "1"}});
  }
  void Damage(const std::string& name) {
    WriteBytes(name, "no tablet, but as long as one could be");
  }
  static void ExpectPushed(TabletStack& stack, const std::string& name) {
    const Status pushed = stack.PushTablet(name);
    EXPECT_TRUE(pushed.has_value()) << pushed.error().ToString();
  }
  static void ExpectShows(const TabletStack& stack, const List& names) {
    EXPECT_EQ(stack.names(), names);
    if (!names.empty()) {
      EXPECT_EQ(stack.Get("key").value().bytes(), names.back());
    }
    for (const std::string& name : names)
      EXPECT_TRUE(stack.Get("only " + name).has_value()) << name;
  }

  SlowRenames renames_;
  filesystem::InterceptedFileSystem slow_files_{*files_, renames_};
  const std::unique_ptr<Directory> slow_ = slow_files_.OpenDirectory("/").value();
};

TEST_F(SharedStackTest, NoPushIsLost) {
  constexpr int kEach = 20;
  List all;
  for (int i = 0; i < 3 * kEach; ++i) all.push_back("t" + std::to_string(100 + i));
  WriteEach(all);
  const auto push = [&](int begin) {
    const auto stack = OpenStack();
    for (int i = begin; i < begin + kEach; ++i)
      ExpectPushed(*stack, all[static_cast<std::size_t>(i)]);
  };
  std::thread second(push, kEach);
  std::thread third(push, 2 * kEach);
  push(0);
  second.join();
  third.join();
  List listed = ListedTablets(*directory_).value();
  ExpectShows(*OpenStack(), listed);
  std::ranges::sort(listed);
  EXPECT_EQ(listed, all);
}

TEST_F(SharedStackTest, NothingIsPoppedTwice) {
  List all;
  for (int i = 0; i < 40; ++i) all.push_back("t" + std::to_string(100 + i));
  WriteEach(all);
  for (const auto stack = OpenStack(); const std::string& name : all) ExpectPushed(*stack, name);
  List popped_there;
  std::thread there([&] {
    while (true) {
      const auto name = PopListedTablet(*slow_, std::chrono::minutes(5));
      if (!name.has_value()) return;
      popped_there.push_back(*name);
    }
  });
  List popped;
  const auto stack = OpenStack();
  for (auto name = stack->PopTablet(); name.has_value(); name = stack->PopTablet())
    popped.push_back(*name);
  there.join();
  popped.insert(popped.end(), popped_there.begin(), popped_there.end());
  std::ranges::sort(popped);
  EXPECT_EQ(popped, all);
}

TEST_F(SharedStackTest, AChangeIsMadeToWhatOthersLeft) {
  WriteEach({"a", "b", "c", "d"});
  const auto stack = OpenStack();
  const auto other = OpenStack();
  ExpectPushed(*stack, "a");
  ExpectPushed(*other, "b");
  ExpectShows(*stack, {"a"});
  ExpectPushed(*stack, "c");
  ExpectShows(*stack, {"a", "b", "c"});
  EXPECT_EQ(stack->PushTablet("b").error().code(), Code::kAlreadyExists);
  EXPECT_EQ(other->PopTablet().value(), "c");
  EXPECT_EQ(other->PopTablet().value(), "b");
  ExpectShows(*other, {"a"});
  ExpectShows(*stack, {"a", "b", "c"});
  ExpectPushed(*stack, "d");
  ExpectShows(*stack, {"a", "d"});
}

TEST_F(SharedStackTest, APopOfWhatOthersHavePoppedShowsThatNothingIsLeft) {
  WriteEach({"a"});
  const auto stack = OpenStack();
  ExpectPushed(*stack, "a");
  EXPECT_EQ(PopListedTablet(*directory_).value(), "a");
  EXPECT_EQ(stack->PopTablet().error().code(), Code::kNotFound);
  ExpectShows(*stack, {});
}

TEST_F(SharedStackTest, WhoCannotHaveItsTurnSaysSo) {
  WriteEach({"a", "b"});
  ExpectPushed(*OpenStack(), "a");
  const auto lock = directory_->Lock(kStackLockFile, LockMode::kExclusive);
  ASSERT_TRUE(lock.has_value());
  const auto stack = TabletStack::Open(*directory_, {.wait = std::chrono::milliseconds(3)});
  ASSERT_TRUE(stack.has_value()) << "reading waits for nobody";
  EXPECT_EQ((*stack)->PushTablet("b").error().code(), Code::kBusy);
  EXPECT_EQ((*stack)->PopTablet().error().code(), Code::kBusy);
  EXPECT_EQ(PopListedTablet(*directory_, {}).error().code(), Code::kBusy);
  ExpectShows(**stack, {"a"});
  EXPECT_EQ(ListedTablets(*directory_).value(), List{"a"});
}

TEST_F(SharedStackTest, ADamagedOrMissingTabletIsTakenOff) {
  WriteEach({"a", "b", "c"});
  for (const auto stack = OpenStack(); const char* const name : {"a", "b", "c"})
    ExpectPushed(*stack, name);
  Damage("c");
  ASSERT_TRUE(directory_->Remove("b").has_value());
  EXPECT_EQ(TabletStack::Open(*directory_).error().code(), Code::kCorruption);
  EXPECT_EQ(ListedTablets(*directory_).value(), (List{"a", "b", "c"}));
  EXPECT_EQ(PopListedTablet(*directory_).value(), "c");
  EXPECT_EQ(PopListedTablet(*directory_).value(), "b");
  ExpectShows(*OpenStack(), {"a"});
  EXPECT_EQ(PopListedTablet(*directory_).value(), "a");
  EXPECT_EQ(PopListedTablet(*directory_).error().code(), Code::kNotFound);
  EXPECT_EQ(Names(), (List{"a", "c", "stack.lock", "stack.txt"}));
}

TEST_F(SharedStackTest, AnOpenStackPopsWhatOthersPushedAndDamaged) {
  WriteEach({"a", "b", "c", "d"});
  const auto stack = OpenStack();
  ExpectPushed(*stack, "a");
  ExpectPushed(*OpenStack(), "b");
  Damage("b");
  EXPECT_EQ(stack->PushTablet("c").error().code(), Code::kCorruption);
  ExpectShows(*stack, {"a"});
  EXPECT_EQ(ListedTablets(*directory_).value(), (List{"a", "b"}));
  EXPECT_EQ(stack->PopTablet().value(), "b");
  ExpectPushed(*stack, "c");
  ExpectShows(*stack, {"a", "c"});
}

TEST_F(SharedStackTest, APopWhereNoStackIsLeavesNothing) {
  EXPECT_EQ(PopListedTablet(*directory_).error().code(), Code::kNotFound);
  EXPECT_EQ(Names(), List{});
}

}  // namespace
}  // namespace anystore::tablet
