#include "layers/merge_cursor.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "anystore/environment.h"

namespace anystore::layers {
namespace {

using Keys = std::vector<std::string>;

/// Yields keys from buffers that it overwrites at every call, so that a view held too long shows;
/// fails at random, and is then where it was.
class Source final : public Cursor {
 public:
  Source(Keys keys, std::string name, bool reverse, bool fails, SeededRandom& random)
      : keys_(std::move(keys)),
        name_(std::move(name)),
        reverse_(reverse),
        fails_(fails),
        random_(random) {
    std::ranges::sort(keys_);
    if (reverse_) std::ranges::reverse(keys_);
  }

  Result<std::size_t> Next(std::span<EntryView> out) override {
    for (std::string& bytes : buffers_) std::ranges::fill(bytes, '#');
    ANYSTORE_TRY(MayFail());
    std::size_t count = std::min(out.size(), keys_.size() - at_);
    if (count > 1) count = random_.Below(count) + 1;
    buffers_.resize(std::max(buffers_.size(), count));
    for (std::size_t i = 0; i < count; ++i) {
      buffers_[i] = keys_[at_++];
      out[i] = {.key = buffers_[i], .value = name_};
    }
    return count;
  }

  Status Seek(std::string_view key) override {
    ANYSTORE_TRY(MayFail());
    const auto first = std::ranges::partition_point(
        keys_, [&](const std::string& k) { return reverse_ ? k > key : k < key; });
    at_ = static_cast<std::size_t>(first - keys_.begin());
    return Ok();
  }

 private:
  Status MayFail() {
    if (!fails_ || random_.Below(3) != 0) return Ok();
    return Error(Code::kUnavailable, Retry::kTemporary);
  }

  Keys keys_;
  const std::string name_;
  const bool reverse_;
  const bool fails_;
  SeededRandom& random_;
  std::size_t at_ = 0;
  std::vector<std::string> buffers_;
};

Keys RandomKeys(SeededRandom& random, std::size_t count_max) {
  Keys keys(random.Below(count_max));
  for (std::string& key : keys) {
    for (std::size_t n = random.Below(4); n > 0; --n) {
      key += static_cast<char>(random.Below(5) == 0 ? 0xff : 'a' + random.Below(3));
    }
  }
  std::ranges::sort(keys);
  keys.erase(std::ranges::unique(keys).begin(), keys.end());
  return keys;
}

/// A merge of random sources, walked and sought at random beside a sorted list.
void Walk(std::uint64_t seed, bool reverse, bool fails) {
  SCOPED_TRACE(std::to_string(seed) + (reverse ? " in reverse" : "") + (fails ? " failing" : ""));
  SeededRandom random(seed);
  std::vector<std::unique_ptr<Cursor>> sources;
  std::vector<std::pair<std::string, std::string>> expected;
  for (std::size_t i = 0, count = random.Below(7); i < count; ++i) {
    const Keys keys = RandomKeys(random, random.Below(3) == 0 ? 3 : 120);
    for (const std::string& key : keys) expected.emplace_back(key, std::to_string(i));
    sources.push_back(std::make_unique<Source>(keys, std::to_string(i), reverse, fails, random));
  }
  std::ranges::stable_sort(expected, [&](const auto& a, const auto& b) {
    return reverse ? a.first > b.first : a.first < b.first;
  });
  MergeCursor merged(std::move(sources), {.reverse = reverse, .limit_hint = random.Below(50)});
  const Keys probes = RandomKeys(random, 60);
  std::size_t at = 0;
  std::array<EntryView, 90> views;
  for (int step = 0; step < 300; ++step) {
    if (!probes.empty() && random.Below(10) == 0) {
      const std::string& probe = probes[random.Below(probes.size())];
      ASSERT_TRUE(merged.Seek(probe));
      at = static_cast<std::size_t>(std::ranges::partition_point(expected,
                                                                 [&](const auto& e) {
                                                                   return reverse ? e.first > probe
                                                                                  : e.first < probe;
                                                                 }) -
                                    expected.begin());
    }
    const Result<std::size_t> count =
        merged.Next(std::span(views).first(random.Below(views.size()) + 1));
    if (!count.has_value()) {
      ASSERT_TRUE(fails);
      ASSERT_EQ(count.error().retry(), Retry::kTemporary);
      continue;
    }
    ASSERT_EQ(*count == 0, at == expected.size()) << "at " << at << " of " << expected.size();
    for (const EntryView& view : std::span(views).first(*count)) {
      ASSERT_LT(at, expected.size());
      ASSERT_EQ(view.key, expected[at].first);
      ASSERT_EQ(view.value, expected[at].second);
      ++at;
    }
  }
}

TEST(MergeCursor, IsTheSortedWholeOfItsSources) {
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    for (const bool reverse : {false, true}) {
      for (const bool fails : {false, true}) Walk(seed, reverse, fails);
      if (::testing::Test::HasFailure()) return;
    }
  }
}

TEST(MergeCursor, OfNothingIsAtItsEnd) {
  MergeCursor merged({}, {});
  std::array<EntryView, 3> views;
  EXPECT_EQ(*merged.Next(views), 0U);
  EXPECT_TRUE(merged.Seek("a"));
  EXPECT_EQ(*merged.Next(views), 0U);
}

// The last source with entries writes to the caller's views itself.
TEST(MergeCursor, GivesTheLastSourceTheWholeSpan) {
  SeededRandom random(1);
  Keys keys(100);
  for (std::size_t i = 0; i < keys.size(); ++i) keys[i] = "k" + std::to_string(1000 + i);
  class Whole final : public Cursor {
   public:
    explicit Whole(const Keys& keys) : keys_(keys) {}
    Result<std::size_t> Next(std::span<EntryView> out) override {
      const std::size_t count = std::min(out.size(), keys_.size() - at_);
      for (std::size_t i = 0; i < count; ++i) out[i] = {.key = keys_[at_++]};
      return count;
    }
    Status Seek(std::string_view) override { return Ok(); }

   private:
    const Keys& keys_;
    std::size_t at_ = 0;
  };
  std::vector<std::unique_ptr<Cursor>> sources;
  sources.push_back(std::make_unique<Whole>(keys));
  MergeCursor merged(std::move(sources), {});
  std::array<EntryView, 90> views;
  EXPECT_EQ(*merged.Next(views), 90U);
}

}  // namespace
}  // namespace anystore::layers
