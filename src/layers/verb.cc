#include "layers/verb.h"

namespace anystore::layers {

Verb VerbOf(std::span<const Mutation> mutations) noexcept {
  if (mutations.size() != 1) return Verb::kBatch;
  switch (mutations.front().kind) {
    case Mutation::Kind::kPut:
      return Verb::kPut;
    case Mutation::Kind::kDelete:
      return Verb::kDelete;
    case Mutation::Kind::kDeleteRange:
      return Verb::kDeleteRange;
    case Mutation::Kind::kSetExpiry:
      return Verb::kSetExpiry;
  }
  return Verb::kBatch;
}

}  // namespace anystore::layers
