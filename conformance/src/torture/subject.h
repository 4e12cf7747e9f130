/// `Subject`: a store of a target that operations are done to.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "anystore/conformance.h"
#include "anystore/store.h"
#include "torture/answer.h"
#include "torture/operation.h"
#include "torture/rules.h"

namespace anystore::conformance::torture {

/// Threads: thread-compatible.
class Subject {
 public:
  /// Opens a fresh store. `target` and `rules` outlive the subject. Errors: as `Target::open`.
  [[nodiscard]] static Result<Subject> Open(const Target& target, const Rules& rules);

  /// What the store says, as far as the rules let it be asked.
  [[nodiscard]] Answer Do(const Operation& operation);
  /// Closes the store. Errors: as `Store::Close`.
  Status Close();

 private:
  Subject(const Target& target, const Rules& rules, Store store);

  [[nodiscard]] Answer DoUnguarded(const Operation& operation);
  [[nodiscard]] Answer Write(const Operation& operation);
  [[nodiscard]] Answer WriteOne(const Operation& operation, const WriteOptions& options);
  [[nodiscard]] Answer Apply(const Operation& operation, const WriteOptions& options);
  [[nodiscard]] Answer Batch(const Operation& operation, const WriteOptions& options);
  [[nodiscard]] Answer Read(const Operation& operation, const ReadHandle& from) const;
  [[nodiscard]] Answer Stat(const std::string& key, const ReadHandle& from) const;
  [[nodiscard]] Answer GetMany(const Operation& operation, const ReadHandle& from) const;
  [[nodiscard]] Answer List(const Listing& listing, const ReadHandle& from) const;
  [[nodiscard]] Answer TakeSnapshot();
  [[nodiscard]] Answer OpenCursor(const Operation& operation, const ReadHandle& from);
  [[nodiscard]] Answer Next(std::uint64_t count);
  [[nodiscard]] Answer Seek(const std::string& key);
  [[nodiscard]] Answer Reopen();
  [[nodiscard]] Answer Pass(std::uint64_t seconds);
  void LetGo();
  [[nodiscard]] Condition ConditionOf(const Change& change) const;
  [[nodiscard]] std::optional<Instant> MomentOf(const Change& change) const;
  [[nodiscard]] std::optional<Duration> SinceStart(const std::optional<Instant>& moment) const;
  [[nodiscard]] Instant Now() const;

  struct OpenCursorState {
    std::unique_ptr<Cursor> cursor;
    Listing listing;
    bool of_snapshot = false;
  };

  const Target* target_;
  const Rules* rules_;
  Instant start_;
  std::optional<Store> store_;
  std::optional<Snapshot> snapshot_ = {};
  std::optional<OpenCursorState> cursor_ = {};
  std::unique_ptr<anystore::Batch> batch_ = {};
};

}  // namespace anystore::conformance::torture
