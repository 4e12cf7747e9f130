#include "crash/workload.h"

#include <algorithm>
#include <functional>

#include "anystore/datastore.h"
#include "anystore/environment.h"
#include "base/byte_order.h"

namespace anystore::crash {
namespace {

constexpr std::uint32_t kLarge = 64 * 1024;

std::uint64_t Scramble(std::uint64_t x) noexcept {
  x = (x ^ (x >> 31U)) * 0x7fb5d329728ea185ULL;
  x = (x ^ (x >> 27U)) * 0x81dadef4bc2dd44dULL;
  return x ^ (x >> 33U);
}

class Maker {
 public:
  explicit Maker(const WorkloadOptions& options)
      : options_(options),
        random_(options.seed),
        whole_(Mix(options.seed, 4)),
        moves_(Mix(options.seed, 5)),
        large_(Mix(options.seed, 6)) {
    while (keys_.size() < std::max<std::size_t>(options.keys, 1)) {
      std::string key = MakeKey();
      if (std::ranges::find(keys_, key) == keys_.end()) keys_.push_back(std::move(key));
    }
  }

  Operation Next() {
    using Kind = Operation::Kind;
    Operation operation;
    if (options_.moves && moves_.Below(16) == 0) {
      operation.kind = Kind::kMove;
      if (moves_.Below(3) == 0)
        operation.dies_at = static_cast<std::uint32_t>(1 + moves_.Below(80));
      return operation;
    }
    const std::uint64_t dice = Below(100);
    if (dice < 44) {
      operation = {.kind = Kind::kPut, .changes = {Put()}, .durability = MakeDurability()};
    } else if (dice < 60) {
      operation = {.kind = Kind::kDelete, .changes = {{.key = Key()}}};
      operation.durability = MakeDurability();
    } else if (dice < 74) {
      operation = {.kind = Kind::kBatch, .durability = MakeDurability()};
      operation.all = whole_.Below(3) == 0;
      AddChanges(operation);
    } else if (dice < 84) {
      operation.kind = Kind::kSync;
    } else if (dice < 96) {
      return {.kind = Kind::kGet, .changes = {{.key = Key()}}};
    } else {
      return {.kind = Kind::kReopen};
    }
    if (Below(16) == 0) operation.dies_at = static_cast<std::uint32_t>(1 + Below(9));
    return operation;
  }

 private:
  std::uint64_t Below(std::uint64_t bound) { return random_.Below(bound); }
  const std::string& Key() { return keys_[Below(keys_.size())]; }
  Change Put() { return {.key = Key(), .bytes = Size()}; }

  std::string MakeKey() {
    constexpr std::string_view kLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    std::string key = "/";
    for (std::uint64_t left = 1 + Below(8); left > 0; --left) key += kLetters[Below(36)];
    // Every second one ends in one of two ways, but for the last letter.
    if (Below(2) == 0) {
      key += Below(2) == 0 ? "AB" : "CD";
      key += kLetters[Below(36)];
    }
    return key;
  }

  std::uint32_t Size() {
    const std::uint64_t dice = Below(32);
    if (dice == 0) return 0;
    const std::uint32_t most = dice < 12 ? 64 : dice < 26 ? 2048 : options_.value_bytes_max;
    return static_cast<std::uint32_t>(1 + Below(std::min(most, options_.value_bytes_max)));
  }

  // Some batches are so large that a store may prefer other barriers for them, and some values
  // that it may not wait for the rest.
  void AddChanges(Operation& operation) {
    const std::uint64_t count = Below(3) == 0 ? 9 + Below(8) : 1 + Below(5);
    while (operation.changes.size() < count) {
      operation.changes.push_back(Below(4) == 0 ? Change{.key = Key()} : Put());
      std::optional<std::uint32_t>& bytes = operation.changes.back().bytes;
      if (bytes.has_value() && large_.Below(12) == 0) bytes = kLarge + *bytes / 8;
    }
  }

  Durability MakeDurability() {
    switch (Below(8)) {
      case 0:
        return Durability::kApplied;
      case 1:
        return Durability::kSurvivesProcess;
      case 2:
      case 3:
        return Durability::kSurvivesPower;
      default:
        return Durability::kStoreDefault;
    }
  }

  const WorkloadOptions options_;
  SeededRandom random_;
  // Their own, so that workloads are what they were.
  SeededRandom whole_;
  SeededRandom moves_;
  SeededRandom large_;
  std::vector<std::string> keys_;
};

}  // namespace

Script MakeWorkload(const WorkloadOptions& options) {
  Maker maker(options);
  Script script{.seed = options.seed, .profile = options.profile};
  script.copied = Mix(options.seed, 3) % 3 == 0;
  while (script.operations.size() < options.operations) script.operations.push_back(maker.Next());
  return script;
}

std::string ValueBytes(std::string_view key, std::uint64_t position, std::size_t size) {
  const std::uint64_t start = Mix(FeatureName(key), position);
  std::string bytes;
  bytes.reserve(size + 8);
  for (std::uint64_t word = 0; bytes.size() < size; ++word) {
    base::AppendLittle(bytes, Scramble(start + word * 0x9e3779b97f4a7c15ULL));
  }
  bytes.resize(size);
  return bytes;
}

std::uint64_t Mix(std::uint64_t a, std::uint64_t b, std::uint64_t c) noexcept {
  return Scramble(Scramble(Scramble(a + 0x9e3779b97f4a7c15ULL) + b) + c);
}

}  // namespace anystore::crash
