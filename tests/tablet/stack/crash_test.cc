// The power is cut at every call of a push or pop: the stack opens, and is the one before or the
// one after.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "anystore/tablet/stack.h"
#include "tablet/power_cuts.h"

namespace anystore::tablet {
namespace {

using Names = std::vector<std::string>;

// Behind a push nothing happens before a pop, which would look like the loss of what was pushed.
const std::vector<Names> kHistory = {{},    {"a"},      {"a", "b"}, {"a", "b"},
                                     {"a"}, {"a", "c"}, {"a", "c"}, {"a"}};

bool Push(Directory& root, std::string_view name) {
  const auto stack = TabletStack::Open(root);
  return stack.has_value() && (*stack)->PushTablet(name).has_value();
}

// Of a tablet that somebody has copied here without a sync.
bool CopyAndPush(Directory& root, const std::string& name) {
  const auto from = root.Open("original-" + name, {});
  if (!from.has_value()) return false;
  const auto bytes = (*from)->ReadAll();
  const auto to =
      root.Open(name, {.access = FileAccess::kReadWrite, .creation = FileCreation::kExclusive});
  return bytes.has_value() && to.has_value() && (*to)->WriteAt(0, *bytes).has_value() &&
         Push(root, name);
}

bool Pop(Directory& root) {
  const auto stack = TabletStack::Open(root);
  return stack.has_value() && (*stack)->PopTablet().has_value();
}

// By a program that opens no tablet.
bool PopListed(Directory& root) { return PopListedTablet(root).has_value(); }

bool Opens(Directory& root) { return TabletStack::Open(root).has_value(); }

std::string TextOf(const Names& names) {
  std::string text;
  for (const std::string& name : names) text += name + " ";
  return text.empty() ? "nothing" : text;
}

// The stack that is left, and that one can go on with it.
std::string WrongLeft(SimulatedDisk& left, std::size_t acknowledged,
                      const std::vector<Names>& history = kHistory) {
  const auto root = left.OpenDirectory("/").value();
  const auto stack = TabletStack::Open(*root);
  if (!stack.has_value()) return stack.error().ToString();
  const Names names = (*stack)->names();
  const bool next = acknowledged + 1 < history.size() && names == history[acknowledged + 1];
  if (names != history[acknowledged] && !next) return TextOf(names) + "is left";
  const std::string newest = names.empty() ? "" : names.back();
  const auto found = (*stack)->Get("key100");
  if (found.has_value() == names.empty()) return "the stack does not read as it should";
  if (found.has_value() && !found->bytes().starts_with(newest)) return "another tablet is newest";
  if (!(*stack)->PushTablet("d").has_value()) return "nothing can be pushed";
  const auto disk = left.Crash(Survivors::kNone, 1);
  const auto later = disk->OpenDirectory("/").value();
  const auto reopened = TabletStack::Open(*later);
  if (!reopened.has_value()) return reopened.error().ToString();
  return (*reopened)->names().size() == names.size() + 1 ? "" : "what was pushed then is lost";
}

void WriteTablets(Directory& root) {
  for (const std::string name : {"a", "b", "c"})
    EXPECT_TRUE(WriteTablet(root, "original-" + name, SaidBy(name, 2), Replace::kNo));
  EXPECT_TRUE(WriteTablet(root, "d", SaidBy("d", 2), Replace::kNo));
}

PowerCutTest Changing() {
  return {.prepare = WriteTablets,
          .steps = {[](Directory& root) { return CopyAndPush(root, "a"); },
                    [](Directory& root) { return CopyAndPush(root, "b"); }, Opens, Pop,
                    [](Directory& root) { return CopyAndPush(root, "c"); }, Opens, Pop},
          .wrong = [](SimulatedDisk& left, std::size_t acknowledged) {
            return WrongLeft(left, acknowledged);
          }};
}

TEST(TabletStackCrash, LeavesTheStackBeforeOrAfter) { ExpectSurvives(Changing()); }

TEST(TabletStackCrash, LeavesTheListBeforeOrAfterItsTabletsAreTakenOff) {
  const std::vector<Names> history = {{"a", "b", "c"}, {"a", "b"}, {"a", "b"}, {"a"}, {"a"}};
  const PowerCutTest test{
      .prepare =
          [](Directory& root) {
            WriteTablets(root);
            for (const char* const name : {"a", "b", "c"}) EXPECT_TRUE(CopyAndPush(root, name));
          },
      .steps = {PopListed, Opens, PopListed, Opens},
      .wrong = [&](SimulatedDisk& left,
                   std::size_t acknowledged) { return WrongLeft(left, acknowledged, history); }};
  ExpectSurvives(test);
}

// The bytes of an empty list need no sync.
TEST(TabletStackCrash, LeavesTheLastTabletOrNone) {
  const std::vector<Names> history = {{"a"}, {}, {}};
  const PowerCutTest test{
      .prepare =
          [](Directory& root) {
            WriteTablets(root);
            EXPECT_TRUE(CopyAndPush(root, "a"));
          },
      .steps = {Pop, Opens},
      .wrong = [&](SimulatedDisk& left,
                   std::size_t acknowledged) { return WrongLeft(left, acknowledged, history); }};
  for (const DiskKind& kind : DiskKinds()) EXPECT_EQ(CutEverywhere(test, kind).wrong, "");
}

}  // namespace
}  // namespace anystore::tablet
