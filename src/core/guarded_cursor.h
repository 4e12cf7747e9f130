/// The cursor that a store hands out: safe to use and to destroy after the store was closed.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "anystore/cursor.h"
#include "core/store_core.h"

namespace anystore::internal {

/// Puts gate, deadline and error texts in front of a datastore's cursor.
class GuardedCursor final : public Cursor, private Dependent {
 public:
  /// `snapshot` is what `cursor` reads from, null for the store itself. The caller is inside the
  /// gate.
  GuardedCursor(std::shared_ptr<StoreCore> core, std::shared_ptr<SnapshotCore> snapshot,
                std::unique_ptr<Cursor> cursor, const CallOptions& call)
      : Dependent(std::move(core), Kind::kCursor),
        snapshot_(std::move(snapshot)),
        cursor_(std::move(cursor)),
        call_(call) {}
  ~GuardedCursor() override { LetGo(); }

  Result<std::size_t> Next(std::span<EntryView> out) override;
  Status Seek(std::string_view key) override;

  /// The store it reads from, for whoever looks at its views between two calls.
  [[nodiscard]] std::shared_ptr<StoreCore> shared_core() const noexcept {
    return Dependent::shared_core();
  }

 private:
  void Drop() noexcept override { cursor_.reset(); }
  [[nodiscard]] Error Explain(Error error) const {
    return core().Explain(std::move(error), "scan");
  }

  const std::shared_ptr<SnapshotCore> snapshot_;  // only kept alive
  std::unique_ptr<Cursor> cursor_;
  const CallOptions call_;
};

}  // namespace anystore::internal
