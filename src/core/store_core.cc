#include "core/store_core.h"

#include <limits>
#include <utility>

#include "core/call_check.h"

namespace anystore::internal {
namespace {

/// A length that no key has.
constexpr std::uint64_t kNoKey = std::numeric_limits<std::uint64_t>::max();

bool AnyBytes(const Capabilities& capabilities) {
  return capabilities.keys.alphabet == KeyAlphabet::kAny;
}

}  // namespace

Dependent::Dependent(std::shared_ptr<StoreCore> core, Kind kind)
    : core_(std::move(core)), kind_(kind) {
  core_->Join(*this);
}

void Dependent::LetGo() {
  // Inside the gate, Close waits for us before it drops anything; the part goes without the lock.
  if (const Gate::Pass pass(core_->gate); pass) {
    core_->Leave(*this);
    Drop();
    return;
  }
  // Outside, Close drops what is in the list, or has done so: whoever holds the lock first.
  core_->DropAndLeave(*this);
}

StoreCore::StoreCore(std::unique_ptr<Datastore> datastore, std::string name,
                     const Environment& environment)
    : root_(std::move(datastore)),
      capabilities_(root_->capabilities()),
      plain_key_bytes_min_(AnyBytes(capabilities_) ? capabilities_.keys.bytes_min : kNoKey),
      plain_key_bytes_span_(AnyBytes(capabilities_)
                                ? capabilities_.keys.bytes_max - capabilities_.keys.bytes_min
                                : 0),
      name_(std::move(name)),
      environment_(environment) {}

Status StoreCore::CheckKey(std::string_view key) const {
  ANYSTORE_TRY(anystore::CheckKey(capabilities_.keys, key));
  return AnyBytes(capabilities_) ? Ok() : root_->CheckKey(key);
}

Status StoreCore::CheckBoundedCall(const CallOptions& call) const {
  return internal::CheckCall(call, *environment_.clock);
}

Status StoreCore::CheckWanted(Wanted wanted) const {
  if (Wants(wanted, Wanted::kVersion) && capabilities_.versions == VersionSupport::kAbsent) {
    return Error(Code::kUnsupported, "the store has no versions");
  }
  if (Wants(wanted, Wanted::kExpiry) && capabilities_.expiry == Support::kAbsent) {
    return Error(Code::kUnsupported, "the store has no expiry");
  }
  return Ok();
}

Error StoreCore::Explain(Error error, std::string_view action, std::string_view key) const {
  ExplainInPlace(error, action, key);
  return error;
}

void StoreCore::ExplainInPlace(Error& error, std::string_view action, std::string_view key) const {
  if (error.code() == Code::kNotFound && error.message().empty()) return;
  Error&& explained = std::move(error).During(action).In(name_);
  if (key.data() != nullptr) std::move(explained).ForKey(key);
}

Error StoreCore::Closed(std::string_view action) const {
  return Error(Code::kClosed).During(action).In(name_);
}

Status StoreCore::Close() {
  const std::lock_guard lock(close_mutex_);
  if (std::exchange(close_called_, true)) return Ok();
  gate.Close();
  DropDependents();
  Status status = root_->Close();
  root_.reset();
  lease_.reset();
  if (!status.has_value()) return Explain(std::move(status).error(), "close");
  return status;
}

void StoreCore::Join(Dependent& dependent) {
  const std::lock_guard lock(dependents_mutex_);
  dependent.next_ = dependents_;
  if (dependents_ != nullptr) dependents_->previous_ = &dependent;
  dependents_ = &dependent;
}

void StoreCore::Leave(Dependent& dependent) {
  const std::lock_guard lock(dependents_mutex_);
  Unlink(dependent);
}

void StoreCore::DropAndLeave(Dependent& dependent) {
  const std::lock_guard lock(dependents_mutex_);
  dependent.Drop();
  Unlink(dependent);
}

void StoreCore::Unlink(Dependent& dependent) {
  if (dependent.next_ != nullptr) dependent.next_->previous_ = dependent.previous_;
  (dependent.previous_ != nullptr ? dependent.previous_->next_ : dependents_) = dependent.next_;
}

void StoreCore::DropDependents() {
  const std::lock_guard lock(dependents_mutex_);
  for (const Dependent::Kind kind : Dependent::kInClosingOrder) {
    for (Dependent* at = dependents_; at != nullptr; at = at->next_) {
      if (at->kind_ == kind) at->Drop();
    }
  }
}

SnapshotCore::SnapshotCore(std::shared_ptr<StoreCore> core, std::unique_ptr<Reader> reader)
    : Dependent(std::move(core), Kind::kSnapshot), reader_(std::move(reader)) {}

SnapshotCore::~SnapshotCore() { LetGo(); }

}  // namespace anystore::internal
