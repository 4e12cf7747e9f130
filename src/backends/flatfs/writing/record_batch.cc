#include "backends/flatfs/writing/record_batch.h"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <new>
#include <string>
#include <utility>

namespace anystore::flatfs {
namespace {

/// When there is so much of them, changes are written. Twice that is in memory at most, but for
/// single values that are larger.
constexpr std::size_t kGatheredMax = std::size_t{16} << 20U;
/// Most batches are small.
constexpr std::size_t kFirstBlock = std::size_t{64} << 10U;

}  // namespace

class RecordBatch::Gathered {
 public:
  /// Whether `bytes` more would be too many.
  [[nodiscard]] bool IsFullFor(std::size_t bytes) const noexcept {
    return bytes_ > 0 && bytes_ + bytes > kGatheredMax;
  }
  /// Errors: resource_exhausted.
  Status Add(const Mutation& mutation) {
    const std::size_t bytes = mutation.key.size() + mutation.value.size();
    char* to = Reserve(bytes);
    if (to == nullptr) {
      return Error(Code::kResourceExhausted,
                   "no memory for a value of " + std::to_string(mutation.value.size()) + " bytes");
    }
    Mutation copy{.kind = mutation.kind};
    copy.key = CopyTo(to, mutation.key);
    copy.value = CopyTo(to, mutation.value);
    mutations_.push_back(copy);
    bytes_ += bytes;
    return Ok();
  }
  /// Forgets the changes of a key.
  void Drop(std::string_view key) {
    std::erase_if(mutations_, [key](const Mutation& mutation) { return mutation.key == key; });
  }
  [[nodiscard]] const std::vector<Mutation>& mutations() const noexcept { return mutations_; }
  /// Forgets the changes, and keeps memory for the next ones.
  void Clear() {
    mutations_.clear();
    std::erase_if(blocks_, [](const Block& block) { return block.size > kGatheredMax; });
    for (Block& block : blocks_) block.used = 0;
    bytes_ = 0;
  }

 private:
  struct Block {
    std::unique_ptr<char[]> bytes = {};
    std::size_t size = 0;
    std::size_t used = 0;
  };

  static std::string_view CopyTo(char*& to, std::string_view bytes) {
    if (!bytes.empty()) std::memcpy(to, bytes.data(), bytes.size());
    const std::string_view copy(to, bytes.size());
    to += bytes.size();
    return copy;
  }
  char* Reserve(std::size_t bytes) {
    for (Block& block : blocks_) {
      if (block.size - block.used >= bytes) return block.bytes.get() + Take(block, bytes);
    }
    const std::size_t usual = blocks_.empty() ? kFirstBlock : kGatheredMax;
    Block block{.size = std::max(bytes, usual)};
    block.bytes.reset(new (std::nothrow) char[block.size]);
    if (block.bytes == nullptr) return nullptr;
    blocks_.push_back(std::move(block));
    return blocks_.back().bytes.get() + Take(blocks_.back(), bytes);
  }
  static std::size_t Take(Block& block, std::size_t bytes) {
    return std::exchange(block.used, block.used + bytes);
  }

  std::vector<Mutation> mutations_;
  std::vector<Block> blocks_;  // two, but for values that are larger than one
  std::size_t bytes_ = 0;
};

RecordBatch::RecordBatch(RecordWriter& writer, const Verifier* verifier)
    : writer_(writer), verifier_(verifier) {}

RecordBatch::~RecordBatch() { beside_.Wait(); }

Status RecordBatch::Put(std::string_view key, std::string_view value) {
  ANYSTORE_TRY(VerifyPut(verifier_, key, value));
  return Add({.kind = Mutation::Kind::kPut, .key = key, .value = value});
}

Status RecordBatch::Delete(std::string_view key) {
  return Add({.kind = Mutation::Kind::kDelete, .key = key});
}

Status RecordBatch::Add(const Mutation& mutation) {
  if (gathered_ == nullptr) gathered_ = std::make_unique<Gathered>();
  if (gathered_->IsFullFor(mutation.key.size() + mutation.value.size())) ANYSTORE_TRY(Spill());
  ANYSTORE_TRY(gathered_->Add(mutation));
  ++count_;
  if (!spilled_.empty()) DropSpilled(mutation.key);
  return Ok();
}

/// Hands over what was gathered to be written, when what was handed over before is written.
Status RecordBatch::Spill() {
  ANYSTORE_TRY(FinishWriting());
  for (const Mutation& mutation : gathered_->mutations()) {
    spilled_.insert_or_assign(std::string(mutation.key), prepared_.size());
  }
  writing_ = std::move(gathered_);
  gathered_ = spare_ != nullptr ? std::move(spare_) : std::make_unique<Gathered>();
  beside_.Start([this] { outcome_ = writer_.Prepare(writing_->mutations()); });
  return Ok();
}

/// Waits until all that was handed over is written. What kept it from being is told once; whoever
/// comes again then makes it try again.
Status RecordBatch::FinishWriting() {
  beside_.Wait();
  if (writing_ == nullptr) return Ok();
  if (!outcome_.has_value()) outcome_ = writer_.Prepare(writing_->mutations());
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
  if (found->second < prepared_.size()) {
    prepared_[found->second]->Drop(key);
  } else if (outcome_.has_value() && outcome_->has_value()) {
    (**outcome_)->Drop(key);
  } else {
    writing_->Drop(key);
  }
  spilled_.erase(found);
}

Result<Receipt> RecordBatch::Commit(const WriteOptions& options) {
  if (gathered_ == nullptr) return Receipt{};
  if (prepared_.empty() && writing_ == nullptr) {
    Result<Receipt> receipt = writer_.Apply(gathered_->mutations(), options);
    if (receipt.has_value()) Discard();
    return receipt;
  }
  if (!gathered_->mutations().empty()) ANYSTORE_TRY(Spill());
  ANYSTORE_TRY(FinishWriting());
  Result<Receipt> receipt = writer_.Commit(prepared_, options);
  if (receipt.has_value()) {
    receipt->applied = count_;
    Discard();
  }
  return receipt;
}

void RecordBatch::Discard() {
  beside_.Wait();
  outcome_.reset();
  prepared_.clear();
  spilled_.clear();
  gathered_.reset();
  writing_.reset();
  spare_.reset();
  count_ = 0;
}

}  // namespace anystore::flatfs
