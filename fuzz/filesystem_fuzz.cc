// Any bytes as a script of calls: memory and the simulated disk answer alike, and whatever a power
// cut leaves of the disk is a filesystem.
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "anystore/simulated_disk.h"
#include "filesystem/script.h"

namespace {

using anystore::script::Draw;
using anystore::script::Player;
using anystore::script::Step;

void Require(bool holds) {
  if (!holds) std::abort();
}

/// Choices from the input, one or two bytes each; zeros after its end.
class Choices {
 public:
  Choices(const std::uint8_t* data, std::size_t size) : at_(data), end_(data + size) {}
  [[nodiscard]] bool ended() const { return at_ == end_; }
  std::uint64_t Next(std::uint64_t bound) {
    std::uint64_t choice = Byte();
    if (bound > 256) choice = choice << 8U | Byte();
    return choice % bound;
  }

 private:
  std::uint64_t Byte() { return ended() ? 0 : *at_++; }

  const std::uint8_t* at_;
  const std::uint8_t* const end_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  anystore::ManualClock clock(anystore::Instant(std::chrono::hours(24)));
  const auto memory = anystore::NewMemoryFileSystem(clock);
  anystore::SimulatedDisk disk({.clock = &clock});
  Player on_memory(*memory, "/");
  Player on_disk(disk, "/");
  Choices choices(data, size);
  while (!choices.ended()) {
    const Step step = Draw([&](std::uint64_t bound) { return choices.Next(bound); });
    Require(on_memory.Play(step) == on_disk.Play(step));
  }
  Require(on_memory.Describe() == on_disk.Describe());
  for (const anystore::Survivors survivors : anystore::kAllSurvivors) {
    const auto left = disk.Crash(survivors, /*seed=*/size);
    Require(left->unstable_changes() == 0);
    Player after(*left, "/");
    Require(!after.Describe().contains("error"));
    // Everything on it is stable, so another cut takes nothing.
    Require(left->Crash(anystore::Survivors::kNone, 1)->Describe() == left->Describe());
  }
  return 0;
}
