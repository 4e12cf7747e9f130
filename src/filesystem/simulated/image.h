/// What a power cut leaves of a model: questions, those who answer them, and the image that the
/// answers make. The rules are in docs/design/simulated-disk.md.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "anystore/environment.h"
#include "anystore/simulated_disk.h"
#include "filesystem/memory/tree.h"
#include "filesystem/simulated/model.h"

namespace anystore::filesystem {

/// The smallest part of a write that survives by itself.
inline constexpr std::uint64_t kSectorBytes = 512;
/// The largest, and the smallest without a journal.
inline constexpr std::uint64_t kPageBytes = 4096;

/// What is asked about a change that is not stable.
enum class Question : std::uint8_t {
  kCalls,   ///< How many calls' changes of names, on a journaled disk.
  kName,    ///< Which state of a name.
  kMode,    ///< Whether the mode.
  kDate,    ///< Whether the date.
  kSize,    ///< Whether the size.
  kChange,  ///< Whether a change to bytes as a whole.
  kSector,  ///< Whether a sector; with three answers, the second one is garbage.
};

/// Answers questions. The first answer is the oldest state, or lost; the last one the newest, or
/// kept.
class Chooser {
 public:
  explicit Chooser(bool whole_writes, std::uint64_t sector_bytes = kSectorBytes)
      : whole_writes_(whole_writes), sector_bytes_(sector_bytes) {}
  virtual ~Chooser() = default;
  /// A number below `answers`.
  [[nodiscard]] virtual std::size_t Choose(Question question, std::size_t answers) = 0;
  /// Whether a write is one change. Else its size and its sectors are changes by themselves.
  [[nodiscard]] bool whole_writes() const noexcept { return whole_writes_; }
  [[nodiscard]] std::uint64_t sector_bytes() const noexcept { return sector_bytes_; }

 private:
  const bool whole_writes_;
  const std::uint64_t sector_bytes_;
};

/// Whoever answers for `survivors`.
[[nodiscard]] std::unique_ptr<Chooser> NewChooser(Survivors survivors, std::uint64_t seed);

/// Gives all combinations of answers, one after the other. Dates do not count.
class Walker final : public Chooser {
 public:
  Walker() : Chooser(/*whole_writes=*/false) {}
  [[nodiscard]] std::size_t Choose(Question question, std::size_t answers) override;
  /// Goes on to the next combination. False: there is none.
  [[nodiscard]] bool Advance();
  /// How many questions were answered since the first one.
  [[nodiscard]] std::size_t answered() const noexcept { return answered_; }

 private:
  struct Digit {
    std::size_t answer;
    std::size_t answers;
  };
  std::vector<Digit> digits_;
  std::size_t asked_ = 0;
  std::size_t answered_ = 0;
};

/// Fills an empty tree, which `Model` `image` observes, with what is left of `model`. All of it is
/// stable.
void BuildImage(const Model& model, std::uint64_t garbage_seed, Chooser& chooser, Tree& tree);

}  // namespace anystore::filesystem
