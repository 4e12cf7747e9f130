/// Holds the scans of a reader against a map: ranges, directions, batch sizes, every seek.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "anystore/datastore.h"
#include "anystore/environment.h"
#include "anystore/key_range.h"

namespace anystore::testing {

using Model = std::map<std::string, std::string, std::less<>>;
using Records = std::vector<std::pair<std::string, std::string>>;

/// The next entries of `cursor`, `at_most` of them, asked for in batches of random size.
inline Records Read(Cursor& cursor, std::size_t at_most, SeededRandom& random) {
  Records records;
  std::array<EntryView, 7> views;
  while (records.size() < at_most) {
    const std::size_t room = std::min(at_most - records.size(), random.Below(views.size()) + 1);
    const Result<std::size_t> count = cursor.Next(std::span(views).first(room));
    EXPECT_TRUE(count.has_value()) << count.error().ToString();
    if (!count.has_value() || *count == 0) break;
    for (const EntryView& view : std::span(views).first(*count)) {
      records.emplace_back(view.key, view.value);
    }
  }
  return records;
}

/// The records of `model` in `range`, in the direction asked for.
inline Records Expected(const Model& model, const KeyRange& range, bool reverse) {
  Records records;
  for (const auto& record : model) {
    if (range.Contains(record.first)) records.emplace_back(record);
  }
  if (reverse) std::ranges::reverse(records);
  return records;
}

/// Scans one range in one direction, then seeks every probe, in an order of chance.
inline void ExpectScan(Reader& reader, const Model& model, const KeyRange& range, bool reverse,
                       std::vector<std::string> probes, SeededRandom& random) {
  SCOPED_TRACE(Quoted(range.from()) + " to " + (range.to() ? Quoted(*range.to()) : "the end") +
               (reverse ? " in reverse" : ""));
  auto cursor = reader.Scan(range, {.reverse = reverse});
  ASSERT_TRUE(cursor.has_value()) << cursor.error().ToString();
  const Records expected = Expected(model, range, reverse);
  ASSERT_EQ(Read(**cursor, 1'000'000, random), expected);
  for (std::size_t i = probes.size(); i > 1; --i) {
    std::swap(probes[i - 1], probes[random.Below(i)]);
  }
  for (const std::string& probe : probes) {
    ASSERT_TRUE((*cursor)->Seek(probe).has_value());
    const auto first = std::ranges::partition_point(expected, [&](const auto& record) {
      return reverse ? record.first > probe : record.first < probe;
    });
    const auto left = static_cast<std::size_t>(expected.end() - first);
    const std::size_t wanted = random.Below(6) + 1;
    ASSERT_EQ(Read(**cursor, wanted, random),
              Records(first, first + static_cast<std::ptrdiff_t>(std::min(left, wanted))))
        << "after a seek to " << Quoted(probe);
  }
}

/// Scans everything and `count` ranges between probes, both ways, with every seek.
inline void ExpectScans(Reader& reader, const Model& model, const std::vector<std::string>& probes,
                        int count, SeededRandom& random) {
  for (int i = 0; i <= count; ++i) {
    KeyRange range;
    if (i > 0) {
      const std::string& a = probes[random.Below(probes.size())];
      const std::string& b = probes[random.Below(probes.size())];
      range = random.Below(4) == 0 ? KeyRange::From(a)
                                   : KeyRange::Between(std::min(a, b), std::max(a, b));
    }
    if (range.empty()) continue;
    for (const bool reverse : {false, true}) {
      ExpectScan(reader, model, range, reverse, probes, random);
    }
  }
}

}  // namespace anystore::testing
