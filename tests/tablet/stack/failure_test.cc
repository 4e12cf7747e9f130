// Every call of a push or pop fails once: that is told, nothing is half done, and a stack that does
// not know what its file holds says so.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "anystore/tablet/stack.h"
#include "tablet/failing_calls.h"

namespace anystore::tablet {
namespace {

using Names = std::vector<std::string>;

template <class T>
Code CodeOf(const Result<T>& result) {
  return result.has_value() ? Code::kOk : result.error().code();
}

class TabletStackFailure : public ::testing::TestWithParam<bool> {
 protected:
  const DiskKind kind_{.unnamed_files = GetParam()};

  static void Prepare(Directory& root) {
    for (const char* const name : {"a", "b", "c"})
      ASSERT_TRUE(WriteTablet(root, name, SaidBy(name, 2), Replace::kNo));
    ASSERT_TRUE(TabletStack::Open(root).value()->PushTablet("a").has_value());
  }
  static Names NamesIn(Directory& root) {
    const auto stack = TabletStack::Open(root);
    EXPECT_TRUE(stack.has_value()) << stack.error().ToString();
    return stack.has_value() ? (*stack)->names() : Names{"does not open"};
  }
  // In this process and after any power cut it is the stack before or, if it may be, the one after.
  static void ExpectOneOf(FailingDisk& failing, const Names& before, const Names& after) {
    const auto look = [&](Directory& root) {
      const Names names = NamesIn(root);
      EXPECT_TRUE(names == before || names == after) << ::testing::PrintToString(names);
    };
    look(*failing.Undisturbed());
    for (const Survivors survivors : kAllSurvivors)
      look(*failing.disk().Crash(survivors, 1)->OpenDirectory("/").value());
  }

  // The first change of a stack that was made before there were locks.
  static void RemoveLock(Directory& root) {
    ASSERT_TRUE(root.Remove(kStackLockFile).has_value());
    ASSERT_TRUE(root.Sync("").has_value());
  }

  // Lets each call of `change` fail once.
  template <class Change>
  void FailEach(const Names& after, const Change& change) {
    const Names before = {"a"};
    std::uint64_t failures = 0;
    for (std::uint64_t number = 1;; ++number) {
      SCOPED_TRACE(number);
      FailingDisk failing(kind_);
      Prepare(*failing.Undisturbed());
      RemoveLock(*failing.Undisturbed());
      const auto stack = TabletStack::Open(failing.root()).value();
      failing.FailAt(number);
      const Status changed = change(*stack);
      const bool failed = failing.failed();
      failing.FailNone();
      if (changed.has_value()) {
        // A tablet that cannot be mapped is read.
        EXPECT_EQ(stack->names(), after);
        ExpectOneOf(failing, after, after);
        if (!failed) break;
        continue;
      }
      ASSERT_TRUE(failed);
      ++failures;
      EXPECT_EQ(changed.error().code(), Code::kIoError);
      EXPECT_EQ(stack->names(), before) << "what was not done is not shown";
      EXPECT_TRUE(stack->Get("key100").value().bytes().starts_with("a"));
      ExpectOneOf(failing, before, after);
      ExpectGoesOn(failing, *stack);
    }
    EXPECT_GE(failures, 8U) << "lock, make, lock, make, write, sync, name and sync";
  }

 private:
  // The same stack goes on where its file is known to be as it was, and otherwise one that is
  // opened anew does.
  static void ExpectGoesOn(FailingDisk& failing, TabletStack& stack) {
    const Names before = NamesIn(*failing.Undisturbed());
    const Status again = stack.PushTablet("c");
    Names wanted = {"a", "c"};
    if (!again.has_value()) {
      EXPECT_EQ(again.error().code(), Code::kDataLoss);
      EXPECT_EQ(CodeOf(stack.PopTablet()), Code::kDataLoss);
      EXPECT_EQ(NamesIn(*failing.Undisturbed()), before);
      EXPECT_TRUE(TabletStack::Open(failing.root()).value()->PushTablet("c").has_value());
      wanted = before;
      wanted.emplace_back("c");
    }
    ExpectOneOf(failing, wanted, wanted);
  }
};

TEST_P(TabletStackFailure, OfAPushIsTold) {
  FailEach({"a", "b"}, [](TabletStack& stack) { return stack.PushTablet("b"); });
}

TEST_P(TabletStackFailure, OfAPopIsTold) {
  FailEach({}, [](TabletStack& stack) -> Status {
    const auto popped = stack.PopTablet();
    if (!popped.has_value()) return popped.error().Clone();
    return Ok();
  });
}

TEST_P(TabletStackFailure, OfOpeningIsTold) {
  for (std::uint64_t number = 1;; ++number) {
    FailingDisk failing(kind_);
    Prepare(*failing.Undisturbed());
    failing.FailAt(number);
    const auto stack = TabletStack::Open(failing.root());
    if (!failing.failed()) break;
    failing.FailNone();
    if (stack.has_value()) {
      EXPECT_EQ((*stack)->names(), Names{"a"}) << "read where it cannot be mapped";
      continue;
    }
    EXPECT_EQ(stack.error().code(), Code::kIoError);
    EXPECT_EQ(failing.open_handles(), 1U) << "the root";
  }
}

// Where the bytes of the list could not even be made stable, no name has changed.
TEST_P(TabletStackFailure, BeforeTheListHasItsNameChangesNothing) {
  FailingDisk failing(kind_);
  Prepare(*failing.Undisturbed());
  const auto stack = TabletStack::Open(failing.root()).value();
  failing.FailIn(filesystem::Operation::kFileSync);
  EXPECT_EQ(CodeOf(stack->PushTablet("b")), Code::kIoError);
  failing.FailNone();
  EXPECT_EQ(CodeOf(stack->PushTablet("b")), Code::kOk);
  EXPECT_EQ(stack->names(), (Names{"a", "b"}));
}

// Without any object that could remember it.
TEST_P(TabletStackFailure, OfAPopFromTheListIsTold) {
  for (std::uint64_t number = 1;; ++number) {
    SCOPED_TRACE(number);
    FailingDisk failing(kind_);
    Prepare(*failing.Undisturbed());
    RemoveLock(*failing.Undisturbed());
    failing.FailAt(number);
    const auto popped = PopListedTablet(failing.root());
    failing.FailNone();
    EXPECT_EQ(failing.open_handles(), 1U) << "the root";
    if (popped.has_value()) {
      EXPECT_FALSE(failing.failed());
      EXPECT_EQ(*popped, "a");
      ExpectOneOf(failing, {}, {});
      break;
    }
    EXPECT_EQ(popped.error().code(), Code::kIoError);
    ExpectOneOf(failing, {"a"}, {});
  }
}

// Whoever writes the list would remove such a tablet, or lock it.
TEST_P(TabletStackFailure, AreNamesThatTheListNeeds) {
  FailingDisk failing(kind_);
  Prepare(*failing.Undisturbed());
  const auto stack = TabletStack::Open(failing.root()).value();
  for (const std::string_view name : {"stack.txt", "stack.txt.tmp", "stack.lock"}) {
    if (name != kStackFile) {
      ASSERT_TRUE(WriteTablet(failing.root(), name, SaidBy("x"), Replace::kYes));
    }
    EXPECT_EQ(CodeOf(stack->PushTablet(name)), Code::kInvalidArgument);
  }
  EXPECT_EQ(NamesIn(*failing.Undisturbed()), Names{"a"});
}

INSTANTIATE_TEST_SUITE_P(UnnamedFiles, TabletStackFailure, ::testing::Bool());

}  // namespace
}  // namespace anystore::tablet
