#include "tablet/merge/merge_source.h"

#include <utility>

namespace anystore::tablet {

MergeSource::MergeSource(std::vector<std::unique_ptr<EntrySource>> sources, bool reverse)
    : reverse_(reverse), live_(sources.size()) {
  inputs_.reserve(sources.size());
  for (std::unique_ptr<EntrySource>& source : sources) {
    inputs_.push_back({.source = std::move(source)});
  }
}

bool MergeSource::WinsTie(Leaf a, Leaf b) const noexcept {
  const Input& left = inputs_[a];
  const Input& right = inputs_[b];
  if (left.ended || right.ended) return right.ended && (!left.ended || a < b);
  const int compared = left.at->key.compare(right.at->key);
  if (compared == 0) return a < b;
  return (compared < 0) != reverse_;
}

MergeSource::Player MergeSource::PlayerOf(Leaf leaf) const noexcept {
  const Input& input = inputs_[leaf];
  constexpr std::uint64_t kLast = ~std::uint64_t{0};
  return {.prefix = input.ended ? kLast : PrefixOf(input.at->key), .leaf = leaf};
}

Status MergeSource::Refill(Leaf leaf) {
  Input& input = inputs_[leaf];
  ANYSTORE_ASSIGN_OR_RETURN(const std::span<const TabletEntry> batch, input.source->Next());
  input.at = batch.data();
  input.end = batch.data() + batch.size();
  if (batch.empty()) {
    input.ended = true;
    --live_;
  }
  return Ok();
}

void MergeSource::Build() {
  const auto leaves = static_cast<Leaf>(inputs_.size());
  tree_.assign(leaves, {});
  // Winners of the matches, from the leaves up; leaf i stands at leaves + i.
  std::vector<Player> winners(2 * std::size_t{leaves});
  for (Leaf leaf = 0; leaf < leaves; ++leaf) winners[leaves + leaf] = PlayerOf(leaf);
  for (Leaf match = leaves - 1; match > 0; --match) {
    const Player& a = winners[2 * std::size_t{match}];
    const Player& b = winners[2 * std::size_t{match} + 1];
    const bool first = Before(a, b);
    winners[match] = first ? a : b;
    tree_[match] = first ? b : a;
  }
  tree_[0] = winners[1];
  built_ = true;
}

void MergeSource::Replay(Player player) noexcept {
  Player* const tree = tree_.data();
  for (std::size_t match = (inputs_.size() + player.leaf) / 2; match > 0; match /= 2) {
    if (Before(tree[match], player)) std::swap(tree[match], player);
  }
  tree[0] = player;
}

MergeSource::Player MergeSource::RunnerUp() const noexcept {
  std::size_t match = (inputs_.size() + tree_[0].leaf) / 2;
  Player best = tree_[match];
  while (match /= 2, match > 0) {
    if (Before(tree_[match], best)) best = tree_[match];
  }
  return best;
}

bool MergeSource::Take(Player& player) {
  Input& input = inputs_[player.leaf];
  const TabletEntry& entry = *input.at;
  // Mostly the prefix tells that the key is another one.
  const bool replaced =
      has_last_ && player.prefix == last_prefix_ &&
      entry.key == (count_ > 0 ? batch_[count_ - 1].key : std::string_view(last_));
  if (!replaced) {
    batch_[count_++] = entry;
    has_last_ = true;
    last_prefix_ = player.prefix;
  }
  if (++input.at == input.end) return false;
  player.prefix = PrefixOf(input.at->key);
  return true;
}

void MergeSource::FollowWinner(const Player& runner_up) {
  Player winner = tree_[0];
  while (count_ < kBatch) {
    if (!Take(winner)) {
      empty_ = winner.leaf;
      return;
    }
    if (!Before(winner, runner_up)) break;
  }
  Replay(winner);
}

std::span<const TabletEntry> MergeSource::Finish() {
  last_.assign(batch_[count_ - 1].key);
  return batch_.First(count_);
}

Result<std::span<const TabletEntry>> MergeSource::NextOfOnly(Input& input) {
  if (has_last_ && std::string_view(last_) == input.at->key) {
    has_last_ = false;
    ++input.at;
  }
  has_last_ = false;
  std::span<const TabletEntry> rest(input.at, input.end);
  if (rest.empty()) {
    ANYSTORE_ASSIGN_OR_RETURN(rest, input.source->Next());
  }
  input.at = input.end;
  return rest;
}

Result<std::span<const TabletEntry>> MergeSource::Next() {
  if (live_ == 0) return std::span<const TabletEntry>();
  if (!built_) {
    // Where one failed the last time, those before it have their batches.
    for (Leaf leaf = 0; leaf < inputs_.size(); ++leaf) {
      if (inputs_[leaf].at == inputs_[leaf].end && !inputs_[leaf].ended) ANYSTORE_TRY(Refill(leaf));
    }
    Build();
  }
  do {
    if (empty_.has_value()) {
      ANYSTORE_TRY(Refill(*empty_));
      Replay(PlayerOf(*std::exchange(empty_, std::nullopt)));
    }
    if (live_ == 0) return std::span<const TabletEntry>();
    if (live_ == 1) return NextOfOnly(inputs_[tree_[0].leaf]);
    Fill();
  } while (count_ == 0);
  return Finish();
}

void MergeSource::Fill() {
  count_ = 0;
  const auto nobody = static_cast<Leaf>(inputs_.size());
  Leaf before = nobody;
  while (count_ < kBatch && !empty_.has_value()) {
    Player winner = tree_[0];
    if (winner.leaf == before) {
      FollowWinner(RunnerUp());
      before = nobody;
    } else if (Take(winner)) {
      before = winner.leaf;
      Replay(winner);
    } else {
      empty_ = winner.leaf;
    }
  }
}

Status MergeSource::Seek(std::string_view key) {
  for (Input& input : inputs_) {
    ANYSTORE_TRY(input.source->Seek(key));
    input.at = input.end = nullptr;
    input.ended = false;
  }
  live_ = inputs_.size();
  built_ = false;
  empty_.reset();
  has_last_ = false;
  return Ok();
}

}  // namespace anystore::tablet
