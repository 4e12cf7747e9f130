#include "core/buffered_batch.h"

namespace anystore::internal {

Status BufferedBatch::Put(std::string_view key, std::string_view value) {
  return changes_.Add({.kind = Mutation::Kind::kPut, .key = key, .value = value});
}

Status BufferedBatch::Delete(std::string_view key) {
  return changes_.Add({.kind = Mutation::Kind::kDelete, .key = key});
}

Result<Receipt> BufferedBatch::Commit(const WriteOptions& options) {
  if (changes_.all().empty()) return Receipt{};
  Result<Receipt> receipt = writer_.Apply(changes_.all(), options);
  if (receipt.has_value()) Discard();
  return receipt;
}

void BufferedBatch::Discard() { changes_ = {}; }

}  // namespace anystore::internal
