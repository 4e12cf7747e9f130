/// A small, honest store over `std::map`, with every capability that the kit knows: the one that
/// must pass, and that the liars are made from.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "anystore/conformance.h"
#include "anystore/datastore.h"
#include "anystore/environment.h"
#include "anystore/features.h"

namespace anystore::conformance::testing {

struct Record {
  Value value = {};
  Version version = {};
  std::optional<Instant> expires_at = {};
};
using Records = std::map<std::string, Record, std::less<>>;

/// What a store leaves behind. Outlives the handles on it.
///
/// Threads: thread-safe.
class Medium {
 public:
  /// Who the store is. Set before it is opened.
  StoreIdentity identity = {};

  /// Takes the medium; false when a handle has it.
  bool TryOpen();
  /// Whether a handle has it.
  [[nodiscard]] bool is_open() const;
  /// Ends the handle of this number, unless a crash did.
  void Release(std::uint64_t handle);
  [[nodiscard]] std::uint64_t handle() const;
  /// Makes `records` survive what `level` says, if `handle` still has the medium.
  void Keep(std::uint64_t handle, const Records& records, Durability level);
  /// What was kept at `level` or stronger is all that is left; the open handle has lost it.
  void Crash(Durability level);
  /// What the next handle finds.
  [[nodiscard]] Records Load() const;
  /// Cuts the power after so many steps from now.
  void CutAfter(std::uint64_t steps);
  /// Takes a step. False once the power is cut.
  bool Step();
  /// Whether the next step is the first that fails.
  [[nodiscard]] bool NextStepFails() const;
  /// Whether a crash has left nothing at all.
  [[nodiscard]] bool gone() const;
  /// Until something is kept, a crash leaves nothing at all.
  void BeFragile();

 private:
  mutable std::mutex mutex_;
  Records process_ = {};
  Records power_ = {};
  bool open_ = false;
  std::uint64_t handle_ = 0;
  std::optional<std::uint64_t> steps_left_ = {};
  bool fragile_ = false;
  bool gone_ = false;
};

/// What the honest store claims: everything.
[[nodiscard]] Capabilities EverythingClaimed();
/// What the modest one claims: nothing that is not asked of everybody, and few keys.
[[nodiscard]] Capabilities LittleClaimed();

/// Threads: thread-safe, but for Close.
class MapStore
    : public Provides<Datastore, SnapshotSource, PersistentDatastore, IdentifiedDatastore> {
 public:
  MapStore(std::shared_ptr<Medium> medium, const Environment& environment,
           const Capabilities& capabilities = EverythingClaimed());
  ~MapStore() override { medium_->Release(handle_); }
  /// The steps of making the store or opening it again.
  virtual Status Start();

  Result<Value> Get(std::string_view key, const ReadOptions& options) override;
  Result<std::unique_ptr<Cursor>> Scan(const KeyRange& range, const ScanOptions& options) override;
  Result<Receipt> Apply(std::span<const Mutation> mutations, const WriteOptions& options) override;
  [[nodiscard]] const Capabilities& capabilities() const override { return capabilities_; }
  Status Sync(const KeyRange& range, const CallOptions& call) override;
  Status Close() override;
  Result<std::unique_ptr<Reader>> NewSnapshot(const CallOptions& call) override;
  Result<std::uint64_t> DiskUsage(const CallOptions& call) override;
  [[nodiscard]] const StoreIdentity& identity() const override { return medium_->identity; }

 protected:
  [[nodiscard]] void* FeatureImpl(FeatureId id) override;
  /// The live record of `key`, null when there is none. Requires: mutex_.
  [[nodiscard]] const Record* Find(std::string_view key) const;
  /// Does one mutation to `records`.
  virtual Status ApplyOne(Records& records, const Mutation& mutation, Receipt& receipt);
  [[nodiscard]] bool Live(const Record& record) const {
    return !record.expires_at.has_value() || *record.expires_at > clock_.Now();
  }
  [[nodiscard]] std::vector<Entry> Entries(const KeyRange& range, const ScanOptions& options) const;

  Clock& clock_;
  const Capabilities capabilities_;
  const std::shared_ptr<Medium> medium_;
  const std::uint64_t handle_;
  mutable std::recursive_mutex mutex_;  // guards records_ and next_version_
  Records records_;

 private:
  /// Only reads: `records` is what one moment left.
  MapStore(const MapStore& other, Records records);

  std::uint64_t next_version_ = 0;
};

/// Makes a store of the kind under test over a medium.
using Maker = std::function<std::unique_ptr<MapStore>(std::shared_ptr<Medium> medium,
                                                      const Environment& environment)>;

/// What a place of stores may do wrong.
enum class LifeLie : std::uint8_t {
  kNone,
  kOpensNothing,     // Open makes what is not there
  kDestroysNothing,  // Destroy keeps the records
  kMakesOver,        // Create empties what is there
  kDestroysOpen,     // Destroy takes an open store away
  kMistakesOpen,     // Create over an open store says that it exists
  kForgetsIdentity,  // every Open finds another identity
};

/// A target whose stores `make` makes, with a clock that the kit moves, reopening, crashes, cuts
/// and a life cycle.
[[nodiscard]] Target MakeTarget(std::string name, Maker make, LifeLie lie = LifeLie::kNone);

}  // namespace anystore::conformance::testing
