/// Entries, cursors and random queries for the tests of queries.
#pragma once

#include <algorithm>
#include <cstddef>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "anystore/cursor.h"
#include "anystore/environment.h"
#include "anystore/query.h"

namespace anystore::testing {

inline Entry MakeEntry(std::string_view key, std::string_view value) {
  return {.key = std::string(key), .value = Value::Copy(value), .info = {.size = value.size()}};
}

inline std::vector<Entry> MakeEntries(
    std::initializer_list<std::pair<std::string_view, std::string_view>> pairs) {
  std::vector<Entry> entries;
  for (const auto& [key, value] : pairs) entries.push_back(MakeEntry(key, value));
  return entries;
}

/// "key=value" of every entry.
inline std::vector<std::string> Texts(const std::vector<Entry>& entries) {
  std::vector<std::string> texts;
  for (const Entry& entry : entries) {
    texts.push_back(entry.key + "=" + std::string(entry.value.bytes()));
  }
  return texts;
}

/// What a cursor was asked, and what it is to do; outlives the cursor.
struct SourceLog {
  std::size_t yielded = 0;                 ///< entries handed out
  std::size_t calls = 0;                   ///< calls of Next
  std::size_t per_call_max = 1000;         ///< never more entries at a time
  std::optional<std::size_t> fails_after;  ///< this many entries are followed by an error
  std::function<void()> before_next;
  bool destroyed = false;
};

/// Yields entries in the order given, values included, from a buffer that it overwrites at every
/// call, so that a view held too long shows.
class LoggedSource final : public Cursor {
 public:
  LoggedSource(SourceLog& log, std::vector<Entry> entries)
      : log_(log), entries_(std::move(entries)) {}
  ~LoggedSource() override { log_.destroyed = true; }

  Result<std::size_t> Next(std::span<EntryView> out) override {
    ++log_.calls;
    if (log_.before_next) log_.before_next();
    for (std::string& bytes : buffers_) std::ranges::fill(bytes, '#');
    std::size_t count = std::min({out.size(), log_.per_call_max, entries_.size() - log_.yielded});
    if (log_.fails_after.has_value()) {
      count = std::min(count, *log_.fails_after - log_.yielded);
      if (count == 0) return Error(Code::kIoError, "the source broke");
    }
    buffers_.resize(std::max(buffers_.size(), 2 * count));
    for (std::size_t i = 0; i < count; ++i) {
      const Entry& entry = entries_[log_.yielded++];
      buffers_[2 * i] = entry.key;
      buffers_[2 * i + 1] = std::string(entry.value.bytes());
      out[i] = {.key = buffers_[2 * i], .value = buffers_[2 * i + 1], .info = entry.info};
    }
    return count;
  }
  Status Seek(std::string_view /*key*/) override { return Error(Code::kUnsupported); }

 private:
  SourceLog& log_;
  const std::vector<Entry> entries_;
  std::vector<std::string> buffers_;
};

/// Random entries with different keys, in random order; few enough different values that they
/// often tie.
inline std::vector<Entry> RandomEntries(SeededRandom& random, std::size_t count_max) {
  std::set<std::string> keys;
  for (std::size_t count = random.Below(count_max + 1); keys.size() < count;) {
    std::string key;
    for (std::size_t parts = 1 + random.Below(3); parts > 0; --parts) {
      key += "/" + std::string(1, static_cast<char>('a' + random.Below(4)));
      if (random.Below(3) == 0) key += std::to_string(random.Below(40));
    }
    if (random.Below(10) == 0) key.erase(0, 1);  // not every key is hierarchical
    keys.insert(std::move(key));
  }
  std::vector<Entry> entries;
  for (const std::string& key : keys) {
    entries.push_back(
        MakeEntry(key, std::string(random.Below(3), 'v') + std::to_string(random.Below(5))));
    if (random.Below(8) == 0) entries.back() = MakeEntry(key, "");
  }
  for (std::size_t i = entries.size(); i > 1; --i) {
    std::swap(entries[i - 1], entries[random.Below(i)]);
  }
  return entries;
}

inline Filter RandomFilter(SeededRandom& random) {
  const Op op = static_cast<Op>(random.Below(6));
  const std::string key = "/" + std::string(1, static_cast<char>('a' + random.Below(4)));
  switch (random.Below(4)) {
    case 0:
      return Filter::Key(op, key);
    case 1:
      return Filter::Value(op, "v" + std::to_string(random.Below(5)));
    case 2:
      return Filter::KeyPrefix(key);
    default:
      return Filter::Function([](const EntryView& entry) { return entry.key.size() % 2 == 0; },
                              false);
  }
}

inline Order RandomOrder(SeededRandom& random) {
  switch (random.Below(5)) {
    case 0:
      return Order::Key();
    case 1:
      return Order::KeyDescending();
    case 2:
      return Order::Value();
    case 3:
      return Order::ValueDescending();
    default:
      return Order::Function([](const EntryView& a, const EntryView& b) {
        return static_cast<int>(a.key.size()) - static_cast<int>(b.key.size());
      });
  }
}

/// A query of random parts, most of them there in half of the queries.
inline Query RandomQuery(SeededRandom& random) {
  Query query;
  if (random.Below(2) == 0) query.prefix = random.Below(2) == 0 ? "/a" : "b/c/";
  if (random.Below(3) == 0) query.range = KeyRange::Between("/a1", "/c");
  for (std::size_t count = random.Below(3); count > 0; --count) {
    query.filters.push_back(RandomFilter(random));
  }
  for (std::size_t count = random.Below(3); count > 0; --count) {
    query.orders.push_back(RandomOrder(random));
  }
  query.reverse = query.orders.empty() && random.Below(2) == 0;
  if (random.Below(2) == 0) query.offset = static_cast<std::int64_t>(random.Below(12)) - 1;
  if (random.Below(2) == 0) query.limit = static_cast<std::int64_t>(random.Below(80)) - 1;
  query.keys_only = random.Below(3) == 0;
  return query;
}

}  // namespace anystore::testing
