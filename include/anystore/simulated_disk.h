/// `SimulatedDisk`: a filesystem in memory that loses power on purpose.
///
/// For tests of whoever writes files through a `FileSystem`: run the code on it, cut the power,
/// and open what may be left. Everything follows from seeds, so a failure repeats.
///
///     anystore::SimulatedDisk disk({.seed = 7});
///     // ... write through disk.OpenDirectory("/") ...
///     const auto left = disk.Crash(anystore::Survivors::kTorn, /*seed=*/1);
///     ANYSTORE_ASSIGN_OR_RETURN(const auto root, left->OpenDirectory("/"));
///
/// What a power cut may leave is written down in docs/design/simulated-disk.md.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "anystore/environment.h"
#include "anystore/error.h"
#include "anystore/export.h"
#include "anystore/filesystem.h"

namespace anystore {

/// How much a disk and its filesystem may forget and mix up. Code that must run anywhere is
/// tested on kStrict.
enum class DiskProfile : std::uint8_t {
  kStrict,     ///< All that the contract of `Directory` and `File` allows.
  kJournaled,  ///< Names survive in the order in which they changed, as on ext4 and XFS; a sync of
               ///< anything brings all earlier changes of names with it. Bytes still do not.
  kNoJournal,  ///< Each name by itself, bytes by pages of 4096, never anything but old bytes or
               ///< zeros where new ones are lost.
};

/// Which of the changes that were not made stable a power cut leaves.
enum class Survivors : std::uint8_t {
  kNone,    ///< None: what is stable, and nothing else.
  kAll,     ///< All: as if the process had been killed and nothing else had happened.
  kRandom,  ///< Each by itself, by the seed; writes whole or not at all.
  kTorn,  ///< Each by itself, and sizes and names rather than the bytes they belong to; writes cut
          ///< at sectors.
};

/// All of them.
inline constexpr Survivors kAllSurvivors[] = {Survivors::kNone, Survivors::kAll, Survivors::kRandom,
                                              Survivors::kTorn};
/// The lower-case name: "torn".
[[nodiscard]] ANYSTORE_EXPORT std::string_view Name(Survivors survivors) noexcept;

/// Options of `SimulatedDisk`.
///
/// Threads: thread-compatible.
struct SimulatedDiskOptions {
  /// Where all choices come from.
  std::uint64_t seed = 1;
  /// What may be forgotten.
  DiskProfile profile = DiskProfile::kStrict;
  /// How many bytes of contents fit; then `no_space`.
  std::uint64_t capacity_bytes = std::uint64_t{1} << 30U;
  /// Its claims. A false one makes the call fail as its contract says.
  FileSystemTraits traits = {};
  /// What dates files, and must outlive the disk and its images. Null: a clock that stands still.
  Clock* clock = nullptr;
};

/// A filesystem that knows which of its contents would survive a power cut.
///
/// Threads: thread-safe, but for Crash, Images and Describe, which want nobody else to write.
class ANYSTORE_EXPORT SimulatedDisk final : public FileSystem {
 public:
  /// An empty disk.
  explicit SimulatedDisk(const SimulatedDiskOptions& options = {});
  SimulatedDisk(const SimulatedDisk&) = delete;
  SimulatedDisk& operator=(const SimulatedDisk&) = delete;
  ~SimulatedDisk() override;

  [[nodiscard]] Result<std::unique_ptr<Directory>> OpenDirectory(std::string_view path) override;

  /// A disk with what a power cut would leave of this one now. Everything on it is stable. This one
  /// goes on as it is.
  [[nodiscard]] std::unique_ptr<SimulatedDisk> Crash(Survivors survivors, std::uint64_t seed) const;
  /// All different disks that a power cut may leave now, at most `count_max`; empty when there are
  /// more, or too many ways to come by them. Fit for a few changes: their number doubles with each.
  [[nodiscard]] std::vector<std::unique_ptr<SimulatedDisk>> Images(std::size_t count_max) const;
  /// After `calls` more of them, every call through this disk and what was opened on it fails with
  /// io_error and does nothing: a store is stopped in the middle, or, with 0, now, so that one that
  /// goes away cannot change anything. Crash then tells what may be left. The last request counts.
  void CutPower(std::uint64_t calls = 0);
  /// How many changes are not stable.
  [[nodiscard]] std::size_t unstable_changes() const;
  /// Everything on the disk as text, a line a name, in order: equal texts mean equal contents.
  [[nodiscard]] std::string Describe() const;

  /// What is inside.
  class State;

 private:
  explicit SimulatedDisk(std::shared_ptr<State> state);

  std::shared_ptr<State> state_;
};

}  // namespace anystore
