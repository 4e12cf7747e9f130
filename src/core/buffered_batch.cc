#include "core/buffered_batch.h"

#include <cstring>
#include <new>
#include <string>

namespace anystore::internal {
namespace {

constexpr std::size_t kBlockBytes = std::size_t{64} << 10U;

std::string_view CopyTo(char*& to, std::string_view bytes) {
  if (!bytes.empty()) std::memcpy(to, bytes.data(), bytes.size());
  const std::string_view copy(to, bytes.size());
  to += bytes.size();
  return copy;
}

}  // namespace

Status BufferedBatch::Put(std::string_view key, std::string_view value) {
  return Add(Mutation::Kind::kPut, key, value);
}

Status BufferedBatch::Delete(std::string_view key) { return Add(Mutation::Kind::kDelete, key, {}); }

Status BufferedBatch::Add(Mutation::Kind kind, std::string_view key, std::string_view value) {
  char* to = Reserve(key.size() + value.size());
  if (to == nullptr) {
    return Error(Code::kResourceExhausted,
                 "no memory for a value of " + std::to_string(value.size()) + " bytes");
  }
  Mutation mutation{.kind = kind};
  mutation.key = CopyTo(to, key);
  mutation.value = CopyTo(to, value);
  mutations_.push_back(mutation);
  return Ok();
}

char* BufferedBatch::Reserve(std::size_t bytes) {
  // Even nothing gets a place: the empty key with an empty value.
  if (bytes > free_bytes_ || free_ == nullptr) {
    // Large records get a block of their own, and what is left of the current one stays in use.
    const bool own_block = bytes > kBlockBytes / 4;
    const std::size_t block_bytes = own_block ? bytes : kBlockBytes;
    std::unique_ptr<char[]> block(new (std::nothrow) char[block_bytes]);
    if (block == nullptr) return nullptr;
    blocks_.push_back(std::move(block));
    if (own_block) return blocks_.back().get();
    free_ = blocks_.back().get();
    free_bytes_ = block_bytes;
  }
  char* const to = free_;
  free_ += bytes;
  free_bytes_ -= bytes;
  return to;
}

Result<Receipt> BufferedBatch::Commit(const WriteOptions& options) {
  if (mutations_.empty()) return Receipt{};
  Result<Receipt> receipt = writer_.Apply(mutations_, options);
  if (receipt.has_value()) Discard();
  return receipt;
}

void BufferedBatch::Discard() {
  mutations_.clear();
  blocks_.clear();
  free_ = nullptr;
  free_bytes_ = 0;
}

}  // namespace anystore::internal
