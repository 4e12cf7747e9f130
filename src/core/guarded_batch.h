/// The batch that a store hands out: checked, and safe to use after the store was closed.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "anystore/datastore.h"
#include "core/store_core.h"

namespace anystore::internal {

/// Puts gate, limits, the rules of reuse and error texts in front of a datastore's batch.
class GuardedBatch final : public Batch, private Dependent {
 public:
  /// The caller is inside the gate.
  GuardedBatch(std::shared_ptr<StoreCore> core, std::unique_ptr<Batch> batch)
      : Dependent(std::move(core), Kind::kBatch), batch_(std::move(batch)) {}
  ~GuardedBatch() override { LetGo(); }

  Status Put(std::string_view key, std::string_view value) override;
  Status Delete(std::string_view key) override;
  Result<Receipt> Commit(const WriteOptions& options) override;
  void Discard() override;

 private:
  void Drop() noexcept override { batch_.reset(); }
  Status Add(const Mutation& mutation);
  [[nodiscard]] Status CheckUsable() const;

  std::unique_ptr<Batch> batch_;
  std::uint64_t bytes_ = 0;
  std::uint64_t count_ = 0;
  bool outcome_unknown_ = false;  // the last commit may have applied something
};

}  // namespace anystore::internal
