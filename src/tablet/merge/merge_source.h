/// `MergeSource`: several sources as one; of equal keys, the newest source has the word.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tablet/block/entry_room.h"
#include "tablet/reading/entry_source.h"

namespace anystore::tablet {

/// A loser tree (Knuth 5.4.1) over batches of its sources. A source that keeps winning is followed
/// with one comparison an entry, and the last one that has entries left with none.
///
/// Deletions are entries like others here: they hide what older sources have.
class MergeSource final : public EntrySource {
 public:
  /// `sources`: the newest first. All must go the same way.
  MergeSource(std::vector<std::unique_ptr<EntrySource>> sources, bool reverse);

  [[nodiscard]] Result<std::span<const TabletEntry>> Next() override;
  Status Seek(std::string_view key) override;

 private:
  static constexpr std::size_t kBatch = 64;

  using Leaf = std::uint32_t;

  /// A source and what is left of its batch.
  struct Input {
    std::unique_ptr<EntrySource> source;
    const TabletEntry* at = nullptr;
    const TabletEntry* end = nullptr;
    bool ended = false;
  };
  /// An input in the tree, with what mostly decides its matches beside it.
  struct Player {
    std::uint64_t prefix = 0;  // of the key of its entry, turned round when reversed
    Leaf leaf = 0;
  };

  /// Whether the entry of `a` comes before that of `b`, or replaces it.
  [[nodiscard]] bool Before(const Player& a, const Player& b) const noexcept {
    return a.prefix != b.prefix ? a.prefix < b.prefix : WinsTie(a.leaf, b.leaf);
  }
  /// The same for entries of one prefix, and for inputs that have ended, which come last.
  [[nodiscard]] bool WinsTie(Leaf a, Leaf b) const noexcept;
  [[nodiscard]] std::uint64_t PrefixOf(std::string_view key) const noexcept {
    return reverse_ ? ~KeyPrefix(key) : KeyPrefix(key);
  }
  [[nodiscard]] Player PlayerOf(Leaf leaf) const noexcept;
  /// Gets the input its next batch.
  Status Refill(Leaf leaf);
  /// Makes the tree anew.
  void Build();
  /// Lets the winner's next entry play against the losers on its way up.
  void Replay(Player player) noexcept;
  /// The best of those that lost against the winner.
  ///
  /// Requires: there are two inputs or more.
  [[nodiscard]] Player RunnerUp() const noexcept;
  /// Fills the batch, until it is full or a source must be asked for more.
  void Fill();
  /// Takes entries of the winner while it stays the winner.
  void FollowWinner(const Player& runner_up);
  /// Adds the entry of a player to the batch, unless a newer one of its key was there before, and
  /// moves it on. False: its input's batch is used up.
  bool Take(Player& player);
  /// The batch that was filled.
  [[nodiscard]] std::span<const TabletEntry> Finish();
  [[nodiscard]] Result<std::span<const TabletEntry>> NextOfOnly(Input& input);

  const bool reverse_;
  std::vector<Input> inputs_;
  std::vector<Player> tree_ = {};   // [0]: the winner; [n]: the loser of the match at n
  std::optional<Leaf> empty_ = {};  // the input whose batch is used up
  bool built_ = false;
  std::size_t live_;       // inputs that have not ended
  std::string last_ = {};  // the last key of the batch before
  bool has_last_ = false;
  std::uint64_t last_prefix_ = 0;  // of the last key
  std::size_t count_ = 0;
  EntryRoom<kBatch> batch_ = {};
};

}  // namespace anystore::tablet
