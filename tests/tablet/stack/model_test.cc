// Random stacks against a map: every place to seek to, both directions, while another thread pushes
// and pops.
#include <gtest/gtest.h>

#include <atomic>
#include <iterator>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "anystore/tablet/stack.h"
#include "base/sanitizer.h"
#include "tablet/tablet_fixture.h"

namespace anystore::tablet {
namespace {

using Records = std::map<std::string, std::string, std::less<>>;

// Keys with long and short prefixes in common, and keys that are prefixes of others.
std::string DrawKey(std::mt19937_64& random) {
  static const std::vector<std::string> kFronts = {
      "", "a", "aa", "users/2026/", "users/2026/11/", std::string("\0", 1), "\xff\xff", "z"};
  std::string key = kFronts[random() % kFronts.size()];
  for (auto left = random() % 4; left > 0; --left)
    key.push_back(static_cast<char>("\0ab\xff"[random() % 4]));
  return key;
}

Said DrawTablet(std::mt19937_64& random) {
  Said said;
  const std::size_t entries = random() % 60;
  while (said.size() < entries && said.size() < 200) {
    const bool deleted = random() % 4 == 0;
    std::string value(random() % 50, 'v');
    value += std::to_string(random() % 1000);
    said[DrawKey(random)] = deleted ? std::nullopt : std::optional(value);
    if (random() % 64 == 0) break;
  }
  return said;
}

WriterOptions DrawOptions(std::mt19937_64& random) {
  return {.block_bytes = static_cast<std::uint32_t>(1 + random() % 400),
          .restart_interval = static_cast<std::uint32_t>(1 + random() % 20),
          .shared_bytes_min = static_cast<std::uint32_t>(random() % 9),
          .compression = static_cast<Compression>(random() % 3)};
}

Records Merge(const std::vector<Said>& tablets) {
  Records records;
  for (const Said& tablet : tablets) {
    for (const auto& [key, value] : tablet) {
      if (value.has_value()) {
        records[key] = *value;
      } else {
        records.erase(key);
      }
    }
  }
  return records;
}

using Listed = std::vector<std::pair<std::string, std::string>>;

Listed Drain(Cursor& cursor, std::size_t batch) {
  Listed listed;
  std::vector<EntryView> out(batch);
  for (;;) {
    const auto count = cursor.Next(out);
    EXPECT_TRUE(count.has_value()) << count.error().ToString();
    if (!count.has_value() || *count == 0) return listed;
    for (std::size_t i = 0; i < *count; ++i) listed.emplace_back(out[i].key, out[i].value);
  }
}

class TabletStackModel : public TabletTest {
 protected:
  // Pushes drawn tablets, and returns what the stack should show.
  Records PushAll(TabletStack& stack, std::mt19937_64& random, std::size_t count) {
    std::vector<Said> tablets;
    for (std::size_t i = 0; i < count; ++i) {
      tablets.push_back(DrawTablet(random));
      const std::string name = "t" + std::to_string(next_++);
      Write(name, tablets.back(), DrawOptions(random));
      const Status pushed = stack.PushTablet(name);
      EXPECT_TRUE(pushed.has_value()) << pushed.error().ToString();
    }
    return Merge(tablets);
  }

  // Every key there is, and what is right before and behind it.
  static std::vector<std::string> Places(const Records& records) {
    std::vector<std::string> places = {"", "\xff\xff\xff\xff\xff\xff"};
    for (const auto& [key, value] : records) {
      places.push_back(key);
      places.push_back(key + std::string(1, '\0'));
      if (!key.empty()) places.push_back(key.substr(0, key.size() - 1));
    }
    return places;
  }

  static void CheckReads(const TabletStack& stack, const Records& records) {
    const auto forward = stack.Scan(KeyRange::All(), {});
    const auto backward = stack.Scan(KeyRange::All(), {.reverse = true});
    EXPECT_EQ(Drain(**forward, 7), Listed(records.begin(), records.end()));
    EXPECT_EQ(Drain(**backward, 7), Listed(records.rbegin(), records.rend()));
    for (const std::string& place : Places(records)) {
      SCOPED_TRACE(Quoted(place));
      ASSERT_TRUE((*forward)->Seek(place).has_value());
      EXPECT_EQ(Drain(**forward, 64), Listed(records.lower_bound(place), records.end()));
      ASSERT_TRUE((*backward)->Seek(place).has_value());
      EXPECT_EQ(Drain(**backward, 64),
                Listed(std::make_reverse_iterator(records.upper_bound(place)), records.rend()));
      const auto found = stack.Get(place);
      const auto wanted = records.find(place);
      ASSERT_EQ(found.has_value(), wanted != records.end());
      if (found.has_value()) {
        EXPECT_EQ(found->bytes(), wanted->second);
      }
      std::size_t listed = 0;
      for (auto at = stack.Find(place); at.Next();) {
        EXPECT_FALSE(at.Deleted());
        ++listed;
      }
      EXPECT_EQ(listed,
                static_cast<std::size_t>(std::distance(records.lower_bound(place), records.end())));
    }
  }

  static void CheckRanges(const TabletStack& stack, const Records& records,
                          std::mt19937_64& random) {
    const std::vector<std::string> places = Places(records);
    for (int round = 0; round < 20; ++round) {
      const std::string& from = places[random() % places.size()];
      const std::string& to = places[random() % places.size()];
      const KeyRange range = KeyRange::Between(from, to);
      if (range.empty()) continue;  // never asked of a datastore
      const Listed wanted(records.lower_bound(from), records.lower_bound(to));
      const auto forward = stack.Scan(range, {});
      EXPECT_EQ(Drain(**forward, 5), wanted);
      const auto backward = stack.Scan(range, {.reverse = true});
      EXPECT_EQ(Drain(**backward, 5), Listed(wanted.rbegin(), wanted.rend()));
      // A cursor stays in its range wherever it seeks.
      const std::string& place = places[random() % places.size()];
      ASSERT_TRUE((*forward)->Seek(place).has_value());
      for (const auto& [key, value] : Drain(**forward, 5)) {
        EXPECT_TRUE(range.Contains(key) && key >= place);
      }
      ASSERT_TRUE((*backward)->Seek(place).has_value());
      for (const auto& [key, value] : Drain(**backward, 5)) {
        EXPECT_TRUE(range.Contains(key) && key <= place);
      }
    }
  }

  int next_ = 0;
};

TEST_F(TabletStackModel, ShowsWhatAMapWouldHold) {
  const std::uint64_t seeds = base::kFreedMemoryIsWatched ? 12 : 40;
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937_64 random(seed);
    const Access access = seed % 2 == 0 ? Access::kRead : Access::kAuto;
    const auto stack = TabletStack::Open(
        *directory_,
        {.memory = StackMemory::kNowhere,
         .reader = {.access = access,
                    .locator = seed % 3 == 0 ? LocatorUse::kIgnore : LocatorUse::kInMemory,
                    .cache_bytes = 1 + random() % 4000}});
    ASSERT_TRUE(stack.has_value()) << stack.error().ToString();
    const Records records = PushAll(**stack, random, random() % 41);
    CheckReads(**stack, records);
    CheckRanges(**stack, records, random);
    if (HasFailure()) return;
  }
}

TEST_F(TabletStackModel, PopsShowWhatWasThereBefore) {
  std::mt19937_64 random(7);
  const auto stack = TabletStack::Open(*directory_, {.memory = StackMemory::kNowhere});
  std::vector<Records> history = {{}};
  std::vector<Said> tablets;
  for (int i = 0; i < 12; ++i) {
    tablets.push_back(DrawTablet(random));
    Write("p" + std::to_string(i), tablets.back());
    ASSERT_TRUE((*stack)->PushTablet("p" + std::to_string(i)).has_value());
    history.push_back(Merge(tablets));
  }
  for (int i = 11; i >= 0; --i) {
    const auto cursor = (*stack)->Scan(KeyRange::All(), {});
    EXPECT_EQ((*stack)->PopTablet().value(), "p" + std::to_string(i));
    // One that was made before sees it as it was.
    const Records& before = history[static_cast<std::size_t>(i) + 1];
    EXPECT_EQ(Drain(**cursor, 64), Listed(before.begin(), before.end()));
    CheckReads(**stack, history[static_cast<std::size_t>(i)]);
  }
  EXPECT_EQ((*stack)->PopTablet().error().code(), Code::kNotFound);
}

TEST_F(TabletStackModel, ReadersSeeOneMomentWhileOthersPushAndPop) {
  std::mt19937_64 random(11);
  const auto stack = TabletStack::Open(
      *directory_, {.memory = StackMemory::kNowhere, .reader = {.cache_bytes = 2000}});
  const Records below = PushAll(**stack, random, 10);
  // What comes and goes says "b" of all keys that the one below says "a" of, so a moment shows one
  // letter.
  Said first;
  Said second;
  for (int i = 0; i < 500; ++i) {
    first["pair" + std::to_string(i)] = "a";
    second["pair" + std::to_string(i)] = "b";
  }
  Write("first", first, {.block_bytes = 200, .compression = Compression::kSnappy});
  Write("second", second, {.block_bytes = 300});
  ASSERT_TRUE((*stack)->PushTablet("first").has_value());
  std::atomic<bool> done = false;
  std::atomic<int> changes = 0;
  std::thread changer([&] {
    while (!done) {
      EXPECT_TRUE((*stack)->PushTablet("second").has_value());
      EXPECT_EQ((*stack)->PopTablet().value(), "second");
      ++changes;
    }
  });
  const auto read = [&] {
    for (int round = 0; round < 60 || changes < 3; ++round) {
      const bool reverse = round % 2 == 0;
      const auto cursor = (*stack)->Scan(KeyRange::StartingWith("pair"), {.reverse = reverse});
      const Listed listed = Drain(**cursor, 16);
      ASSERT_EQ(listed.size(), 500U);
      for (const auto& [key, value] : listed) ASSERT_EQ(value, listed.front().second);
      const auto found = (*stack)->Get("pair77");
      ASSERT_TRUE(found.has_value());
      ASSERT_TRUE(found->bytes() == "a" || found->bytes() == "b");
    }
  };
  std::thread reader(read);
  read();
  reader.join();
  done = true;
  changer.join();
  CheckReads(**stack, [&] {
    Records all = below;
    for (const auto& [key, value] : first) all[key] = *value;
    return all;
  }());
}

}  // namespace
}  // namespace anystore::tablet
