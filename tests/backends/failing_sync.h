// What a failed sync does to a store over an engine, whose own files the tests make fail.
#pragma once

#include <gmock/gmock.h>

#include <atomic>
#include <cerrno>

#include "backends/engine_fixture.h"

namespace anystore {

/// Fails one sync of an empty store, while `failing` is set: reads go on, writes do not.
inline void ExpectAFailedSyncEndsWrites(Store& store, std::atomic<bool>& failing) {
  ASSERT_TRUE(store.Put("a", "1").has_value());
  failing = true;
  const Status failed = store.Sync();
  ASSERT_EQ(CodeOf(failed), Code::kIoError);
  EXPECT_EQ(failed.error().os_error(), EIO);
  failing = false;
  const Result<Receipt> refused = store.Put("b", "2");
  ASSERT_EQ(CodeOf(refused), Code::kDataLoss);
  EXPECT_EQ(refused.error().applied(), Applied::kNo);
  EXPECT_THAT(refused.error().ToString(), ::testing::HasSubstr(store.name()));
  EXPECT_EQ(CodeOf(store.Delete("a")), Code::kDataLoss);
  EXPECT_EQ(CodeOf(store.Sync()), Code::kDataLoss);
  const std::unique_ptr<Batch> batch = store.NewBatch().value();
  ASSERT_TRUE(batch->Put("c", "3").has_value());
  EXPECT_EQ(CodeOf(batch->Commit()), Code::kDataLoss);
  EXPECT_EQ(store.Get("a").value().bytes(), "1");
  EXPECT_FALSE(store.Has("b").value());
}

}  // namespace anystore
