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

int MergeSource::CompareKeys(std::string_view a, std::string_view b) const noexcept {
  return reverse_ ? b.compare(a) : a.compare(b);
}

std::uint64_t MergeSource::PrefixOf(std::string_view key) const noexcept {
  return reverse_ ? ~KeyPrefix(key) : KeyPrefix(key);
}

bool MergeSource::Before(Leaf a, Leaf b) const noexcept {
  const Input& left = inputs_[a];
  const Input& right = inputs_[b];
  if (left.ended || right.ended) return right.ended && (!left.ended || a < b);
  if (left.prefix != right.prefix) return left.prefix < right.prefix;
  const int compared = CompareKeys(left.at->key, right.at->key);
  return compared != 0 ? compared < 0 : a < b;
}

Status MergeSource::Refill(Leaf leaf) {
  Input& input = inputs_[leaf];
  ANYSTORE_ASSIGN_OR_RETURN(const std::span<const TabletEntry> batch, input.source->Next());
  input.at = batch.data();
  input.end = batch.data() + batch.size();
  if (batch.empty()) {
    input.ended = true;
    --live_;
  } else {
    input.prefix = PrefixOf(input.at->key);
  }
  return Ok();
}

void MergeSource::Build() {
  const auto leaves = static_cast<Leaf>(inputs_.size());
  tree_.assign(leaves, 0);
  // Winners of the matches, from the leaves up; leaf i stands at leaves + i.
  std::vector<Leaf> winners(2 * std::size_t{leaves});
  for (Leaf leaf = 0; leaf < leaves; ++leaf) winners[leaves + leaf] = leaf;
  for (Leaf match = leaves - 1; match > 0; --match) {
    const Leaf a = winners[2 * std::size_t{match}];
    const Leaf b = winners[2 * std::size_t{match} + 1];
    const bool first = Before(a, b);
    winners[match] = first ? a : b;
    tree_[match] = first ? b : a;
  }
  tree_[0] = winners[1];
  built_ = true;
}

void MergeSource::Replay(Leaf leaf) noexcept {
  Leaf winner = leaf;
  for (std::size_t match = (inputs_.size() + leaf) / 2; match > 0; match /= 2) {
    if (Before(tree_[match], winner)) std::swap(tree_[match], winner);
  }
  tree_[0] = winner;
}

MergeSource::Leaf MergeSource::RunnerUp() const noexcept {
  std::size_t match = (inputs_.size() + tree_[0]) / 2;
  Leaf best = tree_[match];
  while (match /= 2, match > 0) {
    if (Before(tree_[match], best)) best = tree_[match];
  }
  return best;
}

bool MergeSource::Take(Input& input) {
  const TabletEntry& entry = *input.at;
  const bool replaced = count_ > 0 ? batch_[count_ - 1].key == entry.key
                                   : has_last_ && std::string_view(last_) == entry.key;
  if (!replaced) batch_[count_++] = entry;
  if (++input.at == input.end) return false;
  input.prefix = PrefixOf(input.at->key);
  return true;
}

void MergeSource::FollowWinner(Leaf runner_up) {
  const Leaf winner = tree_[0];
  Input& input = inputs_[winner];
  while (count_ < kBatch) {
    if (!Take(input)) {
      empty_ = winner;
      return;
    }
    if (!Before(winner, runner_up)) break;
  }
  Replay(winner);
}

std::span<const TabletEntry> MergeSource::Finish() {
  last_.assign(batch_[count_ - 1].key);
  has_last_ = true;
  return std::span<const TabletEntry>(batch_).first(count_);
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
      Replay(*std::exchange(empty_, std::nullopt));
    }
    if (live_ == 0) return std::span<const TabletEntry>();
    if (live_ == 1) return NextOfOnly(inputs_[tree_[0]]);
    Fill();
  } while (count_ == 0);
  return Finish();
}

void MergeSource::Fill() {
  count_ = 0;
  auto before = static_cast<Leaf>(inputs_.size());  // nobody
  while (count_ < kBatch && !empty_.has_value()) {
    const Leaf winner = tree_[0];
    if (winner == before) {
      FollowWinner(RunnerUp());
      before = static_cast<Leaf>(inputs_.size());
    } else if (Take(inputs_[winner])) {
      Replay(winner);
      before = winner;
    } else {
      empty_ = winner;
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
