/// A datastore that does nothing, so that only what stands over it is left to measure.
#pragma once

#include <memory>
#include <span>
#include <string_view>

#include "anystore/datastore.h"

namespace anystore::bench {

/// Has one value, whatever the key.
///
/// Threads: thread-safe.
class ConstantStore final : public Datastore {
 public:
  ConstantStore() { capabilities_.consistency = Consistency::kLinearizable; }
  const Capabilities& capabilities() const override { return capabilities_; }
  Result<Value> Get(std::string_view, const ReadOptions&) override { return value_; }
  Result<std::unique_ptr<Cursor>> Scan(const KeyRange&, const ScanOptions&) override {
    return Error(Code::kUnsupported);
  }
  Result<Receipt> Apply(std::span<const Mutation> mutations, const WriteOptions&) override {
    return Receipt{.applied = mutations.size()};
  }
  Status Sync(const KeyRange&, const CallOptions&) override { return Ok(); }
  Status Close() override { return Ok(); }

 private:
  Capabilities capabilities_;
  const Value value_ = Value::Copy("one value, pinned");
};

}  // namespace anystore::bench
