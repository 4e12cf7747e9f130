/// What a `Store`, its snapshots, results and batches share: the datastore, the gate in front of
/// it, and the list of what must go before it.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

#include "anystore/capabilities.h"
#include "anystore/datastore.h"
#include "anystore/environment.h"
#include "anystore/error.h"
#include "anystore/store.h"
#include "core/gate.h"

namespace anystore::internal {

class StoreCore;

/// Something that holds a part of the datastore (a cursor, a batch, a snapshot) and must let go
/// of it before the datastore closes. Its owner calls it from one thread, inside the gate.
class Dependent {
 public:
  /// What goes first when the store closes: cursors before the snapshots that they read.
  enum class Kind { kCursor, kBatch, kSnapshot };
  static constexpr Kind kInClosingOrder[] = {Kind::kCursor, Kind::kBatch, Kind::kSnapshot};

  Dependent(const Dependent&) = delete;
  Dependent& operator=(const Dependent&) = delete;

 protected:
  /// Joins the store's list. The caller is inside the gate.
  Dependent(std::shared_ptr<StoreCore> core, Kind kind);
  virtual ~Dependent() = default;

  /// Lets go of the part and leaves the list, unless the store's Close did so already. For the
  /// derived class' destructor.
  void LetGo();
  /// Destroys the part, if it is still there. Called by LetGo and by the store's Close.
  virtual void Drop() noexcept = 0;

  [[nodiscard]] StoreCore& core() const noexcept { return *core_; }
  [[nodiscard]] const std::shared_ptr<StoreCore>& shared_core() const noexcept { return core_; }

 private:
  friend class StoreCore;

  const std::shared_ptr<StoreCore> core_;
  const Kind kind_;
  Dependent* previous_ = nullptr;  // guarded by StoreCore::dependents_mutex_, as is next_
  Dependent* next_ = nullptr;
};

/// The shared state of an open store. Threads: thread-safe.
class StoreCore {
 public:
  StoreCore(std::unique_ptr<Datastore> datastore, std::string name, const Environment& environment);

  /// Everybody who calls into `root` is inside.
  Gate gate;

  /// The datastore; only inside the gate.
  [[nodiscard]] Datastore& root() const noexcept { return *root_; }
  [[nodiscard]] const Capabilities& capabilities() const noexcept { return capabilities_; }
  [[nodiscard]] const std::string& name() const noexcept { return name_; }
  [[nodiscard]] const Environment& environment() const noexcept { return environment_; }

  /// Whether the store takes `key` for its length alone, as most stores do. False: ask `Takes`.
  [[nodiscard]] bool TakesPlainly(std::string_view key) const noexcept {
    return key.size() - plain_key_bytes_min_ <= plain_key_bytes_span_;
  }
  /// Whether the store takes `key`; the caller is inside the gate.
  [[nodiscard]] bool Takes(std::string_view key) const {
    return TakesPlainly(key) || CheckKey(key).has_value();
  }
  /// Why the store does not take `key`, or ok.
  [[nodiscard]] Status CheckKey(std::string_view key) const;

  /// Timeout or cancelled when the call must not go on. Almost always nothing to look at.
  [[nodiscard]] Status CheckCall(const CallOptions& call) const {
    return call.unbounded() ? Ok() : CheckBoundedCall(call);
  }
  /// Unsupported when a caller wants to know what the store does not have.
  [[nodiscard]] Status CheckWanted(Wanted wanted) const;

  /// `error` with the store, the verb and, unless it is null, the key. A plain not_found stays
  /// bare: it is an answer.
  [[nodiscard]] Error Explain(Error error, std::string_view action,
                              std::string_view key = {}) const;
  /// As above.
  void ExplainInPlace(Error& error, std::string_view action, std::string_view key) const;
  /// The error of a call on a closed store.
  [[nodiscard]] Error Closed(std::string_view action) const;

  /// Keeps `lease` until the datastore is closed and gone.
  void Hold(std::shared_ptr<const void> lease) { lease_ = std::move(lease); }
  /// Ends everything. A second call does nothing and waits for the first.
  Status Close();

 private:
  friend class Dependent;

  [[nodiscard]] Status CheckBoundedCall(const CallOptions& call) const;
  void Join(Dependent& dependent);
  void Leave(Dependent& dependent);
  void DropAndLeave(Dependent& dependent);
  void Unlink(Dependent& dependent);  // requires dependents_mutex_
  void DropDependents();

  std::unique_ptr<Datastore> root_;
  const Capabilities capabilities_;
  // One comparison for both bounds. The span is that of no key where bytes must be looked at.
  const std::uint64_t plain_key_bytes_min_;
  const std::uint64_t plain_key_bytes_span_;
  const std::string name_;
  const Environment& environment_;

  std::mutex dependents_mutex_;
  Dependent* dependents_ = nullptr;  // guarded by dependents_mutex_

  std::shared_ptr<const void> lease_;
  std::mutex close_mutex_;
  bool close_called_ = false;  // guarded by close_mutex_
};

/// What the library may do with a store and programs may not.
struct StoreAccess {
  /// As `StoreCore::Hold`. Requires: nobody else uses the store yet.
  static void Hold(Store& store, std::shared_ptr<const void> lease) {
    store.core_->Hold(std::move(lease));
  }
};

/// A snapshot's reader, shared by its handle and the cursors on it.
class SnapshotCore final : public Dependent {
 public:
  SnapshotCore(std::shared_ptr<StoreCore> core, std::unique_ptr<Reader> reader);
  ~SnapshotCore() override;

  /// The reader; only inside the gate.
  [[nodiscard]] Reader* reader() const noexcept { return reader_.get(); }

 private:
  void Drop() noexcept override { reader_.reset(); }

  std::unique_ptr<Reader> reader_;
};

}  // namespace anystore::internal
