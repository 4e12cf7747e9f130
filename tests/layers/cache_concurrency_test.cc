// A cache under threads: what it answers is held against when writes began and ended. Worth most
// under the thread sanitizer.
#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "anystore/store.h"
#include "backends/memory/memory.h"
#include "layers/layer_target.h"

namespace anystore {
namespace {

using testing::LayerWorld;

constexpr unsigned kKeys = 48;

/// Numbers by chance; the same seed gives the same ones.
class Chance {
 public:
  explicit Chance(std::uint32_t seed) : random_(seed) {}
  unsigned Below(unsigned bound) { return static_cast<unsigned>(random_() % bound); }

 private:
  std::mt19937 random_;
};

std::string KeyOf(unsigned number) { return "/key" + std::to_string(number); }

/// Fails some writes after they were carried out, as a connection does that breaks before the
/// answer.
class Breaking final : public Layer {
 public:
  explicit Breaking(std::unique_ptr<Datastore>&& child)
      : Layer(std::move(child), child->capabilities()) {}

 protected:
  Result<Receipt> ApplyTo(Writer& to, std::span<const Mutation> mutations,
                          const WriteOptions& options) override {
    Result<Receipt> receipt = to.Apply(mutations, options);
    if (writes_.fetch_add(1) % 7 != 0) return receipt;
    return Error(Code::kUnavailable, Retry::kTemporary, Applied::kUnknown);
  }

 private:
  std::atomic<unsigned> writes_{0};
};

class CacheConcurrencyTest : public ::testing::Test {
 protected:
  CacheConcurrencyTest() {
    std::unique_ptr<Datastore> below =
        std::make_unique<Breaking>(memory::NewMemoryStore(world_.environment));
    below_ = below.get();
    // Far too small for all values, so that entries come and go.
    auto cache = testing::WrapIn("cache", {{"capacity", "64KiB"}, {"negative", "true"}},
                                 std::move(below), world_.environment);
    store_.emplace(*std::move(cache), "cache", world_.environment);
  }

  /// A value that begins with its number, of very different lengths.
  static std::string ValueOf(std::uint64_t number) {
    return std::to_string(number) + ":" + std::string(number % 9 == 0 ? 6000 : number % 300, 'x');
  }
  /// No value is empty.
  static std::string_view BytesOf(const Result<Value>& value) {
    return value.has_value() ? value->bytes() : std::string_view();
  }
  static std::uint64_t NumberOf(const Result<Value>& value) {
    return value.has_value() ? std::stoull(std::string(value->bytes())) : 0;
  }

  LayerWorld world_;
  Datastore* below_ = nullptr;
  std::optional<Store> store_;
};

// Each key has one writer, who counts up; 0 is no record, and only the first. What is read lies
// between the last number whose write had ended when the read began, or that somebody had read by
// then, and the last whose write had begun when the read ended.
TEST_F(CacheConcurrencyTest, ReadsAreLinearizable) {
  struct Register {
    std::atomic<std::uint64_t> begun{0};
    std::atomic<std::uint64_t> ended{0};
  };
  std::array<Register, kKeys> registers;
  std::atomic<bool> done = false;
  const auto raise = [](std::atomic<std::uint64_t>& to, std::uint64_t number) {
    for (std::uint64_t seen = to; seen < number && !to.compare_exchange_weak(seen, number);) {
    }
  };
  const auto write = [&](unsigned first, std::uint32_t seed) {
    Chance chance(seed);
    for (int i = 0; i < 10000; ++i) {
      const unsigned which = first + 2 * chance.Below(kKeys / 2);
      const unsigned other = first + 2 * chance.Below(kKeys / 2);
      const std::uint64_t number = ++registers[which].begun;
      const std::string value = ValueOf(number);
      const std::string key = KeyOf(which);
      if (i % 5 != 0 || other == which) {
        static_cast<void>(store_->Put(key, value));
        raise(registers[which].ended, number);
        continue;
      }
      const std::uint64_t other_number = ++registers[other].begun;
      const std::string other_value = ValueOf(other_number);
      const std::string other_key = KeyOf(other);
      const std::array<Mutation, 2> batch = {Mutation{.key = key, .value = value},
                                             Mutation{.key = other_key, .value = other_value}};
      static_cast<void>(store_->Apply(batch));
      raise(registers[which].ended, number);
      raise(registers[other].ended, other_number);
    }
  };
  const auto read = [&](std::uint32_t seed) {
    Chance chance(seed);
    while (!done) {
      const unsigned which = chance.Below(kKeys);
      const std::uint64_t least = registers[which].ended;
      const Result<Value> value = store_->Get(KeyOf(which));
      const std::uint64_t most = registers[which].begun;
      const std::uint64_t number = NumberOf(value);
      ASSERT_LE(least, number) << which;
      ASSERT_LE(number, most) << which;
      ASSERT_EQ(number == 0 ? "" : ValueOf(number), BytesOf(value));
      raise(registers[which].ended, number);  // nobody may read an older one from now on
    }
  };
  std::array<std::jthread, 2> readers = {std::jthread(read, 3), std::jthread(read, 4)};
  {
    const std::jthread one(write, 0, 1);
    const std::jthread other(write, 1, 2);
  }
  done = true;
}

// All write the same keys, in every way; when all is quiet, the cache and the store below agree.
TEST_F(CacheConcurrencyTest, AgreesWithTheStoreBelowWheneverAllIsQuiet) {
  constexpr unsigned kThreads = 4;
  const auto work = [&](std::uint32_t seed) {
    Chance chance(seed);
    for (int i = 0; i < 120; ++i) {
      const std::string key = KeyOf(chance.Below(kKeys));
      const std::string value = ValueOf(chance.Below(1000));
      const std::string other = KeyOf(chance.Below(kKeys));
      const std::array<Mutation, 2> batch = {
          Mutation{.key = key, .value = value},
          Mutation{.kind = Mutation::Kind::kDelete, .key = other}};
      const unsigned choice = chance.Below(16);
      if (choice < 5) static_cast<void>(store_->Put(key, value));
      if (choice == 5) static_cast<void>(store_->Delete(key));
      if (choice == 6) static_cast<void>(store_->Apply(batch));
      if (choice == 7 && i % 4 == 0) {
        static_cast<void>(store_->DeleteRange(KeyRange::Between(key, key + "5")));
      }
      if (choice == 8) {
        static_cast<void>(store_->Put(key, value, {.condition = Condition::IfAbsent()}));
      }
      if (choice > 8) static_cast<void>(store_->Get(key));
    }
  };
  for (std::uint32_t round = 0; round < 100; ++round) {
    {
      std::vector<std::jthread> threads;
      for (std::uint32_t t = 0; t < kThreads; ++t) threads.emplace_back(work, kThreads * round + t);
    }
    for (unsigned which = 0; which < kKeys; ++which) {
      const Result<Value> kept = store_->Get(KeyOf(which));
      const Result<Value> truth = below_->Get(KeyOf(which), {});
      ASSERT_EQ(BytesOf(kept), BytesOf(truth)) << which;
    }
  }
}

}  // namespace
}  // namespace anystore
