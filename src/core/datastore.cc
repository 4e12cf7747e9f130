#include "anystore/datastore.h"

#include "core/buffered_batch.h"

namespace anystore {

Result<EntryInfo> Reader::Stat(std::string_view key, Wanted /*wanted*/, const CallOptions& call) {
  EntryInfo info;
  ANYSTORE_ASSIGN_OR_RETURN(const Value value, Get(key, {.call = call, .info = &info}));
  info.size = value.size();
  return info;
}

void Reader::GetMany(std::span<const std::string_view> keys, std::span<Result<Value>> out,
                     const ReadOptions& options) {
  for (std::size_t i = 0; i < keys.size(); ++i) out[i] = Get(keys[i], options);
}

Status Datastore::CheckKey(std::string_view key) const {
  return anystore::CheckKey(capabilities().keys, key);
}

Result<std::unique_ptr<Batch>> Datastore::NewBatch(const BatchOptions& /*options*/) {
  return std::make_unique<internal::BufferedBatch>(*this);
}

void* Datastore::FeatureImpl(FeatureId /*id*/) { return nullptr; }

}  // namespace anystore
