// A filesystem that cases act on, with faults and a trace in front of it, and the commands that all
// areas share.
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "anystore/environment.h"
#include "anystore/filesystem.h"
#include "anystore/simulated_disk.h"
#include "datadriven/datadriven.h"
#include "filesystem/faults/faults.h"
#include "filesystem/intercepted/intercepted.h"
#include "filesystem/trace/trace.h"
#include "scratch_directory.h"

namespace anystore::datadriven {

// "ok", or the code of the error.
template <class T>
[[nodiscard]] std::string CodeText(const Result<T>& result) {
  return std::string(result.has_value() ? "ok" : CodeName(result.error().code()));
}

// Bytes as in a trace, shortened to their number and CRC-32C where they are many.
[[nodiscard]] std::string ShortBytes(std::string_view bytes);

// What a word says: as it stands, `hex:00ff` or `fill:4096:61`. Throws BadCase.
[[nodiscard]] std::string BytesFrom(const base::Word& word);

// The survivors of that name. Throws BadCase.
[[nodiscard]] Survivors SurvivorsFrom(std::string_view name);

// Counts: temporary names are temp-1, temp-2.
class CountingRandom final : public Random {
 public:
  std::uint64_t Next() override { return ++last_; }

 private:
  std::atomic<std::uint64_t> last_ = 0;
};

class World final : private filesystem::Interceptor {
 public:
  // `memory`, `posix` (a new directory of the host), or `simulated` with seed=, profile= and
  // capacity=.
  World(std::string medium, Arguments& arguments);
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  [[nodiscard]] FileSystem& files() { return *files_; }
  [[nodiscard]] ManualClock& clock() { return clock_; }
  [[nodiscard]] Random& random() { return random_; }
  [[nodiscard]] const std::string& medium() const { return medium_; }

  // Does one of these, or nothing and returns none:
  //
  //     tree [PATH] [modes]       what is there
  //     crash CLASS [seed=N]      goes on with what a power cut may leave
  //     images [max=N] [PATH]     all that it may leave, a line each
  //     cut_power [after=N]       from so many calls on, all fail
  //     unstable                  how many changes are not stable
  //     faults                    the lines of the input are the rules from now on
  //     report                    how often each rule was met
  //     trace                     the calls since it was last asked for; lines of sites left out
  //     changes                   those of them that change or sync something, for people
  //     forget                    forgets the calls until now
  //     clock                     how much time has passed
  std::optional<std::string> Run(Arguments& arguments, const std::string& input);

  // What drops everything that is open, when the power has been cut: it cannot change anything.
  std::function<void()> let_go = {};

 private:
  filesystem::Decision Before(const filesystem::Call& call) override;
  void After(const filesystem::Call& call, const filesystem::Outcome& outcome) override;
  void Closed(std::uint64_t handle) override;

  void Wrap(FileSystem& inner, std::string root);
  [[nodiscard]] SimulatedDisk& Disk();
  std::string Tree(Arguments& arguments);
  std::string Crash(Arguments& arguments);
  std::string Images(Arguments& arguments);
  std::string TakeTrace();
  std::string TakeChanges();

  const std::string medium_;
  ManualClock clock_{Instant{}};
  CountingRandom random_;
  std::unique_ptr<FileSystem> memory_;
  std::unique_ptr<SimulatedDisk> disk_;
  std::optional<testing::ScratchDirectory> scratch_;
  FileSystem* inner_ = nullptr;
  std::string root_;
  std::unique_ptr<filesystem::FaultRules> faults_;
  filesystem::Trace trace_;
  std::unique_ptr<filesystem::InterceptedFileSystem> files_;
};

}  // namespace anystore::datadriven
