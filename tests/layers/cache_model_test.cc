// Random operations on a cache that is far too small, against the same on the store alone.
#include <gtest/gtest.h>

#include <array>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "anystore/store.h"
#include "backends/memory/memory.h"
#include "layers/layer_target.h"

namespace anystore {
namespace {

using testing::LayerWorld;

/// A store and a cache over another one, which are given the same operations.
class Pair {
 public:
  Pair(unsigned seed, const testing::LayerFields& fields)
      : random_(seed), plain_(memory::NewMemoryStore(world_.environment), "plain") {
    auto cache = testing::WrapIn("cache", fields, memory::NewMemoryStore(world_.environment),
                                 world_.environment);
    cached_.emplace(*std::move(cache), "cached", world_.environment);
  }

  void Step() {
    switch (Below(12)) {
      case 0:
      case 1:
      case 2:
        return Put();
      case 3:
        return Both([key = Key()](Store& store) { return store.Delete(key).has_value(); });
      case 4:
        return Batch();
      case 5:
        return Rare();
      case 6:
        return GetMany();
      default:
        return Get();
    }
  }

 private:
  std::size_t Below(std::size_t bound) { return random_() % bound; }
  // Some keys are asked for often.
  std::string Key() { return "/" + std::to_string(Below(Below(4) == 0 ? 3000 : 30)); }
  std::string Bytes() { return std::string(Below(8) == 0 ? Below(5000) : Below(200), 'x') + Key(); }
  std::optional<Instant> Expiry() {
    if (Below(4) != 0) return std::nullopt;
    return world_.clock.Now() + std::chrono::seconds(Below(20));
  }

  template <class Operation>
  void Both(const Operation& operation) {
    ASSERT_EQ(operation(plain_), operation(*cached_));
  }

  void Put() {
    PutOptions options{.expires_at = Expiry()};
    if (Below(4) == 0) options.condition = Condition::IfAbsent();
    Both([&, key = Key(), value = Bytes()](Store& store) {
      return store.Put(key, value, options).has_value();
    });
  }

  void Batch() {
    std::vector<std::string> keys;
    for (std::size_t i = 0; i < 2 + Below(6); ++i) keys.push_back(Key());
    const std::string value = Bytes();
    std::vector<Mutation> batch;
    for (const std::string& key : keys) {
      batch.push_back({.kind = Below(4) == 0 ? Mutation::Kind::kDelete : Mutation::Kind::kPut,
                       .key = key,
                       .value = value});
      if (batch.back().kind == Mutation::Kind::kDelete) batch.back().value = {};
    }
    Both([&](Store& store) { return store.Apply(batch).has_value(); });
  }

  void Rare() {
    switch (Below(3)) {
      case 0: {
        const std::string from = Key();
        return Both([&](Store& store) {
          return store.DeleteRange(KeyRange::Between(from, from + "3")).has_value();
        });
      }
      case 1:
        return Both([key = Key(), expiry = Expiry()](Store& store) {
          return store.SetExpiry(key, expiry).has_value();
        });
      default:
        world_.clock.Advance(std::chrono::seconds(Below(5)));
    }
  }

  void Get() {
    Window window;
    if (Below(4) == 0) window = {.offset = Below(20), .length = Below(20)};
    const bool describe = Below(3) == 0;
    Both([&, key = Key()](Store& store) {
      EntryInfo info;
      const Result<Value> value =
          store.Get(key, {.window = window, .info = describe ? &info : nullptr});
      if (!value.has_value()) return std::string(CodeName(value.error().code()));
      std::string text = std::string(value->bytes()) + " " + std::to_string(info.size);
      if (info.expires_at.has_value()) {
        text += std::to_string(info.expires_at->time_since_epoch().count());
      }
      return text + (info.version.has_value() ? " versioned" : "");
    });
  }

  void GetMany() {
    const std::array<std::string, 3> keys = {Key(), Key(), Key()};
    Both([&](Store& store) {
      const std::array<std::string_view, 3> views = {keys[0], keys[1], keys[2]};
      std::array<Result<Value>, 3> out = {Value(), Value(), Value()};
      EXPECT_TRUE(store.GetMany(views, out));
      std::string text;
      for (const Result<Value>& value : out) {
        text += value.has_value() ? std::string(value->bytes()) : "none";
      }
      return text;
    });
  }

  std::mt19937 random_;
  LayerWorld world_;
  Store plain_;
  std::optional<Store> cached_;
};

TEST(CacheModel, AnswersAsTheStoreAloneWould) {
  for (const char* const negative : {"false", "true"}) {
    for (unsigned seed = 1; seed <= 4; ++seed) {
      Pair pair(seed, {{"capacity", "64KiB"}, {"negative", negative}});
      for (int step = 0; step < 5000; ++step) {
        pair.Step();
        ASSERT_FALSE(::testing::Test::HasFatalFailure()) << "seed " << seed << " step " << step;
      }
    }
  }
}

}  // namespace
}  // namespace anystore
