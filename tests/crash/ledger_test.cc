#include "crash/ledger.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace anystore::crash {
namespace {

using testing::ElementsAre;

void Begin(Ledger& ledger, std::vector<LedgerEntry> entries) { ledger.Begin(entries); }

TEST(Ledger, KnowsNothingOfAKeyThatNobodyPut) {
  const Ledger ledger;
  EXPECT_TRUE(ledger.Allows("/A", kAbsent));
  EXPECT_FALSE(ledger.Allows("/A", 1));
}

TEST(Ledger, AllowsBothStatesWhileAPutRuns) {
  Ledger ledger;
  Begin(ledger, {{"/A", 1}});
  EXPECT_THAT(ledger.Allowed("/A"), ElementsAre(kAbsent, 1));
  EXPECT_EQ(ledger.Current("/A"), kAbsent);
}

TEST(Ledger, HoldsADurablePut) {
  Ledger ledger;
  Begin(ledger, {{"/A", 1}});
  ledger.Acknowledge(true);
  EXPECT_THAT(ledger.Allowed("/A"), ElementsAre(1));
  Begin(ledger, {{"/A", kAbsent}});
  ledger.Acknowledge(true);
  EXPECT_THAT(ledger.Allowed("/A"), ElementsAre(kAbsent));
}

TEST(Ledger, KeepsEveryStateSinceTheDurableOne) {
  Ledger ledger;
  Begin(ledger, {{"/A", 1}});
  ledger.Acknowledge(true);
  for (const State state : {2U, 3U, 0U}) {
    Begin(ledger, {{"/A", state}});
    ledger.Acknowledge(false);
  }
  EXPECT_THAT(ledger.Allowed("/A"), ElementsAre(1, 2, 3, kAbsent));
  EXPECT_EQ(ledger.Current("/A"), kAbsent);
  ledger.AcknowledgeSync();
  EXPECT_THAT(ledger.Allowed("/A"), ElementsAre(kAbsent));
}

TEST(Ledger, TakesABatchRecordByRecord) {
  Ledger ledger;
  Begin(ledger, {{"/A", 1}, {"/B", 2}, {"/A", 3}});
  EXPECT_THAT(ledger.Allowed("/A"), ElementsAre(kAbsent, 1, 3));
  EXPECT_THAT(ledger.Allowed("/B"), ElementsAre(kAbsent, 2));
  ledger.Acknowledge(true);
  EXPECT_THAT(ledger.Allowed("/A"), ElementsAre(3));
}

TEST(Ledger, AnotherKeysDurabilityIsNotThisOnes) {
  Ledger ledger;
  Begin(ledger, {{"/A", 1}});
  ledger.Acknowledge(false);
  Begin(ledger, {{"/B", 2}});
  ledger.Acknowledge(true);
  EXPECT_THAT(ledger.Allowed("/A"), ElementsAre(kAbsent, 1));
  EXPECT_THAT(ledger.Allowed("/B"), ElementsAre(2));
}

TEST(Ledger, LearnsWhatADyingProcessHadDone) {
  for (const State found : {1U, 2U, 3U}) {
    Ledger ledger;
    Begin(ledger, {{"/A", 1}});
    ledger.Acknowledge(true);
    Begin(ledger, {{"/A", 2}});
    Begin(ledger, {{"/A", 3}});
    EXPECT_TRUE(ledger.Resolve("/A", found, false));
    EXPECT_EQ(ledger.Current("/A"), found);
    EXPECT_EQ(ledger.Durable("/A"), 1U);
    EXPECT_EQ(ledger.Allowed("/A").size(), found);
    EXPECT_TRUE(ledger.Allows("/A", found));
    ledger.AcknowledgeSync();
    EXPECT_THAT(ledger.Allowed("/A"), ElementsAre(found));
  }
}

TEST(Ledger, WhatReturnedSurvivesTheProcess) {
  Ledger ledger;
  Begin(ledger, {{"/A", 1}});
  ledger.Acknowledge(false);
  EXPECT_FALSE(Ledger(ledger).Resolve("/A", kAbsent, false));
  EXPECT_TRUE(Ledger(ledger).Resolve("/A", kAbsent, true));
  EXPECT_TRUE(Ledger(ledger).Resolve("/A", 1, false));
  EXPECT_FALSE(Ledger(ledger).Resolve("/B", 1, true));
}

}  // namespace
}  // namespace anystore::crash
