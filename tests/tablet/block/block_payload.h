/// Blocks for tests.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <set>
#include <string>

#include "tablet/block/shared_bytes.h"
#include "tablet/writing/block_builder.h"

namespace anystore::tablet {

/// The payload of a block of these keys; each value is its key with "=" before it.
inline std::string BlockPayload(const std::set<std::string>& keys, std::uint32_t interval,
                                std::uint32_t shared_bytes_min = 0) {
  OutBuffer out;
  BlockBuilder builder(interval, shared_bytes_min);
  builder.Begin(out);
  std::string before;
  for (const std::string& key : keys) {
    const std::string value = "=" + key;
    builder.Add(out, {.key = key, .value = value}, SharedBytes(before, key));
    before = key;
  }
  const std::size_t size = builder.size(out);
  std::string payload(builder.Finish(out));
  EXPECT_EQ(payload.size(), size);
  return payload;
}

}  // namespace anystore::tablet
