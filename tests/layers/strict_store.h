/// A store over a map that does what it claims and nothing else: whoever asks it for more gets
/// `internal`, which no chapter of the kit takes for an answer.
#pragma once

#include <memory>
#include <string_view>

#include "conformance/map_store.h"

namespace anystore::testing {

/// What an honest store claims that can do everything but `weak` does: where an axis is lowered,
/// so are those that mean nothing without it.
[[nodiscard]] Capabilities Consistent(Capabilities weak);

/// Threads: thread-safe, but for Close.
class StrictStore final : public conformance::testing::MapStore {
 public:
  StrictStore(std::shared_ptr<conformance::testing::Medium> medium, const Environment& environment,
              const Capabilities& capabilities)
      : MapStore(std::move(medium), environment, capabilities) {}

  Result<Value> Get(std::string_view key, const ReadOptions& options) override;
  Result<EntryInfo> Stat(std::string_view key, Wanted wanted, const CallOptions& call) override;
  Result<std::unique_ptr<Cursor>> Scan(const KeyRange& range, const ScanOptions& options) override;
  Result<Receipt> Apply(std::span<const Mutation> mutations, const WriteOptions& options) override;

 private:
  [[nodiscard]] Status CheckWanted(Wanted wanted) const;
  [[nodiscard]] Status CheckMutation(const Mutation& mutation) const;
  [[nodiscard]] Status CheckOptions(const WriteOptions& options) const;
  /// Leaves out what is not claimed.
  void Hide(EntryInfo& info) const;
};

}  // namespace anystore::testing
