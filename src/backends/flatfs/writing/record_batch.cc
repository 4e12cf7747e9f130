#include "backends/flatfs/writing/record_batch.h"

#include <cstddef>
#include <string>
#include <utility>

namespace anystore::flatfs {
namespace {

using internal::CopiedChanges;

/// When there is so much of them, changes are written. Twice that is in memory at most, but for
/// single values that are larger.
constexpr std::size_t kGatheredMax = std::size_t{16} << 20U;
/// Smaller values are written faster together: several of them go to the disk at once, and several
/// threads make their files.
constexpr std::size_t kStreamedMin = std::size_t{64} << 10U;

/// Whether the change would be too much.
bool IsFullFor(const Mutation& change, const CopiedChanges& gathered) {
  return gathered.bytes() > 0 &&
         gathered.bytes() + change.key.size() + change.value.size() > kGatheredMax;
}

void DropFrom(CopiedChanges& changes, std::string_view key) {
  changes.DropIf([key](const Mutation& change) { return change.key == key; });
}

}  // namespace

RecordBatch::RecordBatch(RecordWriter& writer, const Verifier* verifier)
    : writer_(writer), verifier_(verifier) {}

RecordBatch::~RecordBatch() { beside_.Wait(); }

Status RecordBatch::Put(std::string_view key, std::string_view value) {
  ANYSTORE_TRY(VerifyPut(verifier_, key, value));
  if (value.size() >= kStreamedMin) return Stream(key, value);
  return Add({.kind = Mutation::Kind::kPut, .key = key, .value = value});
}

Status RecordBatch::Delete(std::string_view key) {
  return Add({.kind = Mutation::Kind::kDelete, .key = key});
}

Status RecordBatch::Add(const Mutation& mutation) {
  if (gathered_ == nullptr) gathered_ = std::make_unique<CopiedChanges>();
  if (IsFullFor(mutation, *gathered_)) ANYSTORE_TRY(Spill());
  ANYSTORE_TRY(gathered_->Add(mutation));
  ++count_;
  if (!spilled_.empty()) DropSpilled(mutation.key);
  return Ok();
}

/// While the next value comes, the disk is busy with this one, and it takes no memory.
Status RecordBatch::Stream(std::string_view key, std::string_view value) {
  // Should writing this fail, the earlier change must still be there.
  if (spilled_.contains(std::string(key))) {
    return Add({.kind = Mutation::Kind::kPut, .key = key, .value = value});
  }
  if (streamed_ == nullptr) streamed_ = writer_.Begin();
  ANYSTORE_TRY(writer_.Put(*streamed_, key, value));
  spilled_.emplace(key, kStreamed);
  ++count_;
  return Ok();
}

/// Whatever was gathered of a key since has dropped what was streamed, so this came earlier.
void RecordBatch::DropStreamedFromGathered() {
  if (streamed_ == nullptr || gathered_ == nullptr) return;
  gathered_->DropIf([this](const Mutation& change) {
    const auto found = spilled_.find(std::string(change.key));
    return found != spilled_.end() && found->second == kStreamed;
  });
}

/// Hands over what was gathered to be written, when what was handed over before is written.
Status RecordBatch::Spill() {
  ANYSTORE_TRY(FinishWriting());
  DropStreamedFromGathered();
  for (const Mutation& mutation : gathered_->all()) {
    spilled_.insert_or_assign(std::string(mutation.key), prepared_.size());
  }
  writing_ = std::move(gathered_);
  gathered_ = spare_ != nullptr ? std::move(spare_) : std::make_unique<CopiedChanges>();
  beside_.Start([this] { outcome_ = writer_.Prepare(writing_->all()); });
  return Ok();
}

/// Waits until all that was handed over is written. What kept it from being is told once; whoever
/// comes again then makes it try again.
Status RecordBatch::FinishWriting() {
  beside_.Wait();
  if (writing_ == nullptr) return Ok();
  if (!outcome_.has_value()) outcome_ = writer_.Prepare(writing_->all());
  auto outcome = *std::exchange(outcome_, std::nullopt);
  if (!outcome.has_value()) return std::move(outcome).error();
  prepared_.push_back(*std::move(outcome));
  writing_->Clear();
  spare_ = std::move(writing_);
  return Ok();
}

/// What comes later replaces what was handed over earlier.
void RecordBatch::DropSpilled(std::string_view key) {
  const auto found = spilled_.find(std::string(key));
  if (found == spilled_.end()) return;
  beside_.Wait();
  if (found->second == kStreamed) {
    streamed_->Drop(key);
  } else if (found->second < prepared_.size()) {
    prepared_[found->second]->Drop(key);
  } else if (outcome_.has_value() && outcome_->has_value()) {
    (**outcome_)->Drop(key);
  } else {
    DropFrom(*writing_, key);
  }
  spilled_.erase(found);
}

Result<Receipt> RecordBatch::Commit(const WriteOptions& options) {
  const bool is_all_gathered = prepared_.empty() && writing_ == nullptr && streamed_ == nullptr;
  if (is_all_gathered && gathered_ == nullptr) return Receipt{};
  Result<Receipt> receipt =
      is_all_gathered ? writer_.Apply(gathered_->all(), options) : CommitWritten(options);
  if (!receipt.has_value()) return receipt;
  receipt->applied = count_;
  Discard();
  return receipt;
}

Result<Receipt> RecordBatch::CommitWritten(const WriteOptions& options) {
  if (gathered_ != nullptr && !gathered_->all().empty()) ANYSTORE_TRY(Spill());
  ANYSTORE_TRY(FinishWriting());
  std::vector<PreparedRecords*> parts;
  for (const auto& part : prepared_) parts.push_back(part.get());
  if (streamed_ != nullptr) {
    ANYSTORE_TRY(writer_.MakeStable(*streamed_));
    parts.push_back(streamed_.get());
  }
  return writer_.Commit(parts, options);
}

void RecordBatch::Discard() {
  beside_.Wait();
  outcome_.reset();
  prepared_.clear();
  streamed_.reset();
  spilled_.clear();
  gathered_.reset();
  writing_.reset();
  spare_.reset();
  count_ = 0;
}

}  // namespace anystore::flatfs
