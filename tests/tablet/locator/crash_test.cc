// The power is cut at every call of a reader that builds a locator, and of a writer that puts
// another tablet in the place of one that has a locator: Get is never wrong.
#include <gtest/gtest.h>

#include <string>

#include "tablet/power_cuts.h"

namespace anystore::tablet {
namespace {

constexpr std::string_view kName = "t";

std::string TextOf(const Lookup& lookup) {
  if (lookup.state == Lookup::State::kMissing) return "missing";
  return lookup.state == Lookup::State::kDeleted ? "deleted" : std::string(lookup.value.bytes());
}

// What two ways to open a tablet say differently of the keys of both tablets.
std::string Difference(Directory& root, const ReaderOptions& options, const Said& keys) {
  const auto tablet = TabletReader::Open(root, kName, options);
  const auto without = TabletReader::Open(root, kName, {.locator = LocatorUse::kIgnore});
  if (!tablet.has_value()) return tablet.error().ToString();
  for (const auto& [key, value] : keys) {
    const auto said = (*tablet)->Get(key);
    if (!said.has_value()) return said.error().ToString();
    if (TextOf(*said) != TextOf((*without)->Get(key).value())) return "of key " + key;
  }
  return "";
}

// With what is left of the locator, and with one that is built then.
std::string WrongLeft(SimulatedDisk& left, const Said& keys) {
  const auto root = left.OpenDirectory("/").value();
  for (const Access access : {Access::kAuto, Access::kRead}) {
    for (const LocatorUse use : {LocatorUse::kUse, LocatorUse::kBuild, LocatorUse::kUse}) {
      std::string wrong = Difference(*root, {.access = access, .locator = use}, keys);
      if (!wrong.empty()) return wrong;
    }
  }
  return "";
}

bool Open(Directory& root, LocatorUse use) {
  const auto tablet = TabletReader::Open(root, kName, {.locator = use});
  return tablet.has_value() && (*tablet)->info().locator_bytes.has_value();
}

// Whether one is there then: that it could not be written is no error of who builds it.
bool Build(Directory& root) {
  return Open(root, LocatorUse::kBuild) && Open(root, LocatorUse::kUse);
}

// Two tablets of the same size and index, whose keys differ.
const Said kOld = {{"a", "1"}, {"b", "2"}, {"c", "3"}};
const Said kNew = {{"a", "1"}, {"bx", ""}, {"c", "3"}};
const Said kKeys = {{"a", {}}, {"b", {}}, {"bx", {}}, {"c", {}}, {"d", {}}};

TEST(LocatorCrash, WhatIsLeftOfOneIsNeverWrong) {
  for (const DiskKind& kind : DiskKinds()) {
    const Said said = SaidBy("some", 40);
    const PowerCutTest test{
        .prepare =
            [&](Directory& root) { EXPECT_TRUE(WriteTablet(root, kName, said, Replace::kNo)); },
        .steps = {Build},
        .wrong = [&](SimulatedDisk& left, std::size_t) { return WrongLeft(left, said); }};
    for (std::uint64_t left_out = 0; left_out <= 2; ++left_out) {
      // A torn one is noticed, so that the syncs only spare building it anew.
      const PowerCuts found = CutEverywhere(test, kind, left_out);
      EXPECT_EQ(found.wrong, "");
      EXPECT_EQ(found.syncs, 2U);
    }
  }
}

// All files have the same date, as they may have where time is coarse.
TEST(LocatorCrash, TheOneOfATabletBeforeIsNotTaken) {
  for (const DiskKind& kind : DiskKinds()) {
    const PowerCutTest test{
        .prepare =
            [](Directory& root) { EXPECT_TRUE(WriteTablet(root, kName, kOld, Replace::kNo)); },
        .steps = {Build,
                  [](Directory& root) { return WriteTablet(root, kName, kNew, Replace::kYes); },
                  Build},
        .time_passes = false,
        .wrong = [](SimulatedDisk& left, std::size_t) { return WrongLeft(left, kKeys); }};
    EXPECT_EQ(CutEverywhere(test, kind).wrong, "");
  }
}

}  // namespace
}  // namespace anystore::tablet
