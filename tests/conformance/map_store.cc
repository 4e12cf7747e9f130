#include "conformance/map_store.h"

#include <algorithm>
#include <utility>

#include "anystore/results.h"

namespace anystore::conformance::testing {

bool Medium::TryOpen() {
  const std::lock_guard lock(mutex_);
  if (open_) return false;
  open_ = true;
  ++handle_;
  return true;
}

bool Medium::is_open() const {
  const std::lock_guard lock(mutex_);
  return open_;
}

void Medium::Release(std::uint64_t handle) {
  const std::lock_guard lock(mutex_);
  if (handle == handle_) open_ = false;
}

std::uint64_t Medium::handle() const {
  const std::lock_guard lock(mutex_);
  return handle_;
}

void Medium::Keep(std::uint64_t handle, const Records& records, Durability level) {
  const std::lock_guard lock(mutex_);
  if (handle != handle_) return;
  fragile_ = false;
  if (level >= Durability::kSurvivesProcess) process_ = records;
  if (level >= Durability::kSurvivesPower) power_ = records;
}

void Medium::Crash(Durability level) {
  const std::lock_guard lock(mutex_);
  if (level == Durability::kSurvivesPower) process_ = power_;
  gone_ = gone_ || fragile_;
  steps_left_.reset();
  open_ = false;
  ++handle_;
}

Records Medium::Load() const {
  const std::lock_guard lock(mutex_);
  return process_;
}

void Medium::CutAfter(std::uint64_t steps) {
  const std::lock_guard lock(mutex_);
  steps_left_ = steps;
}

bool Medium::Step() {
  const std::lock_guard lock(mutex_);
  if (!steps_left_.has_value()) return true;
  if (*steps_left_ == 0) return false;
  --*steps_left_;
  return true;
}

bool Medium::NextStepFails() const {
  const std::lock_guard lock(mutex_);
  return steps_left_ == 0U;
}

bool Medium::gone() const {
  const std::lock_guard lock(mutex_);
  return gone_;
}

void Medium::BeFragile() {
  const std::lock_guard lock(mutex_);
  fragile_ = true;
}

Capabilities EverythingClaimed() {
  return {.keys = {.bytes_max = 70'000},
          .value_bytes_max = 2 << 20,
          .batch_bytes_max = 8 << 20,
          .ordered_scan = Support::kNative,
          .reverse_scan = Support::kNative,
          .scan_isolation = ScanIsolation::kSnapshot,
          .range_read = Support::kNative,
          .get_many = Support::kNative,
          .snapshots = Support::kNative,
          .batch_atomicity = Atomicity::kAllOrNothing,
          .conditional_write = ConditionScope::kHandle,
          .versions = VersionSupport::kMonotone,
          .expiry = Support::kNative,
          .delete_range = Support::kNative,
          .durability_max = Durability::kSurvivesPower,
          .sync_durability = Durability::kSurvivesPower,
          .consistency = Consistency::kLinearizable,
          .persistence = Persistence::kReopen};
}

Capabilities LittleClaimed() {
  return {.keys = {.bytes_min = 1, .bytes_max = 200, .alphabet = KeyAlphabet::kFlatfs},
          .value_bytes_max = 2 << 20,
          .persistence = Persistence::kReopen};
}

MapStore::MapStore(std::shared_ptr<Medium> medium, const Environment& environment,
                   const Capabilities& capabilities)
    : clock_(*environment.clock),
      capabilities_(capabilities),
      medium_(std::move(medium)),
      handle_(medium_->handle()),
      records_(medium_->Load()),
      next_version_(handle_ << 32U) {}

MapStore::MapStore(const MapStore& other, Records records)
    : clock_(other.clock_),
      capabilities_(other.capabilities_),
      medium_(std::make_shared<Medium>()),
      handle_(0),
      records_(std::move(records)) {}

Status MapStore::Start() {
  constexpr int kSteps = 3;
  for (int i = 0; i < kSteps; ++i) {
    if (!medium_->Step()) return Error(Code::kIoError, "the power is cut");
  }
  return Ok();
}

const Record* MapStore::Find(std::string_view key) const {
  const auto found = records_.find(key);
  return found != records_.end() && Live(found->second) ? &found->second : nullptr;
}

Result<Value> MapStore::Get(std::string_view key, const ReadOptions& options) {
  const std::lock_guard lock(mutex_);
  const Record* const record = Find(key);
  if (record == nullptr) return Error(Code::kNotFound);
  if (options.info != nullptr) {
    *options.info = {
        .size = record->value.size(), .version = record->version, .expires_at = record->expires_at};
  }
  return record->value.Slice(options.window.offset, options.window.length);
}

std::vector<Entry> MapStore::Entries(const KeyRange& range, const ScanOptions& options) const {
  const std::lock_guard lock(mutex_);
  std::vector<Entry> entries;
  for (auto at = records_.lower_bound(range.from());
       at != records_.end() && range.Contains(at->first); ++at) {
    const Record& record = at->second;
    if (!Live(record)) continue;
    entries.push_back({.key = at->first,
                       .value = options.values ? record.value : Value(),
                       .info = {.size = record.value.size(),
                                .version = record.version,
                                .expires_at = record.expires_at}});
  }
  return entries;
}

Result<std::unique_ptr<Cursor>> MapStore::Scan(const KeyRange& range, const ScanOptions& options) {
  return MakeCursor(Entries(range, options), range, options);
}

Status MapStore::ApplyOne(Records& records, const Mutation& mutation, Receipt& receipt) {
  const auto found = records.find(mutation.key);
  const Record* const record =
      found != records.end() && Live(found->second) ? &found->second : nullptr;
  const bool holds = [&] {
    switch (mutation.condition.kind) {
      case Condition::Kind::kNone:
        return true;
      case Condition::Kind::kAbsent:
        return record == nullptr;
      case Condition::Kind::kPresent:
        return record != nullptr;
      case Condition::Kind::kVersionIs:
        return record != nullptr && record->version == mutation.condition.version;
    }
    return false;
  }();
  if (!holds) return Error(Code::kPreconditionFailed);
  ++receipt.applied;
  switch (mutation.kind) {
    case Mutation::Kind::kPut: {
      Record put{.value = Value::Copy(mutation.value), .expires_at = mutation.expires_at};
      const std::uint64_t version = next_version_++;
      for (std::size_t i = 0; i < sizeof version; ++i) {
        put.version[i] = static_cast<std::byte>(version >> (8 * i) & 0xff);
      }
      receipt.version = put.version;
      records.insert_or_assign(std::string(mutation.key), std::move(put));
      return Ok();
    }
    case Mutation::Kind::kDelete:
      if (found != records.end()) records.erase(found);
      return Ok();
    case Mutation::Kind::kDeleteRange:
      records.erase(records.lower_bound(mutation.key), mutation.range_to.has_value()
                                                           ? records.lower_bound(*mutation.range_to)
                                                           : records.end());
      return Ok();
    case Mutation::Kind::kSetExpiry:
      if (record == nullptr) return Error(Code::kNotFound);
      found->second.expires_at = mutation.expires_at;
      return Ok();
  }
  return Error(Code::kInternal);
}

Result<Receipt> MapStore::Apply(std::span<const Mutation> mutations, const WriteOptions& options) {
  const std::lock_guard lock(mutex_);
  if (!medium_->Step()) return Error(Code::kIoError, "the power is cut");
  Receipt receipt;
  if (mutations.size() == 1) {
    ANYSTORE_TRY(ApplyOne(records_, mutations.front(), receipt));
  } else {
    Records draft = records_;
    for (const Mutation& mutation : mutations) ANYSTORE_TRY(ApplyOne(draft, mutation, receipt));
    records_ = std::move(draft);
  }
  medium_->Keep(handle_, records_, options.durability);
  return receipt;
}

Status MapStore::Sync(const KeyRange&, const CallOptions&) {
  const std::lock_guard lock(mutex_);
  if (!medium_->Step()) return Error(Code::kIoError, "the power is cut");
  medium_->Keep(handle_, records_, Durability::kSurvivesPower);
  return Ok();
}

Status MapStore::Close() {
  const std::lock_guard lock(mutex_);
  medium_->Keep(handle_, records_, Durability::kSurvivesPower);
  medium_->Release(handle_);
  return Ok();
}

Result<std::unique_ptr<Reader>> MapStore::NewSnapshot(const CallOptions&) {
  const std::lock_guard lock(mutex_);
  return std::unique_ptr<Reader>(new MapStore(*this, records_));
}

Result<std::uint64_t> MapStore::DiskUsage(const CallOptions&) {
  const std::lock_guard lock(mutex_);
  std::uint64_t bytes = 0;
  for (const auto& [key, record] : records_) bytes += key.size() + record.value.size();
  return bytes;
}

void* MapStore::FeatureImpl(FeatureId id) {
  if (id == SnapshotSource::kId && capabilities_.snapshots == Support::kAbsent) return nullptr;
  return Provides::FeatureImpl(id);
}

namespace {

/// A place for one store.
class LifePlace {
 public:
  LifePlace(Maker make, const Environment& environment, LifeLie lie)
      : make_(std::move(make)), environment_(environment), lie_(lie) {}

  Status Create() {
    if (medium_ != nullptr && medium_->is_open() && lie_ != LifeLie::kMistakesOpen) {
      return Error(Code::kBusy);
    }
    if (medium_ != nullptr && (lie_ != LifeLie::kMakesOver || medium_->is_open())) {
      return Error(Code::kAlreadyExists);
    }
    const bool keeps = lie_ == LifeLie::kDestroysNothing && left_ != nullptr;
    medium_ = keeps ? left_ : std::make_shared<Medium>();
    medium_->identity = {.id = std::to_string(++made_)};
    return Ok();
  }
  Result<Store> Open() {
    if (medium_ == nullptr && lie_ == LifeLie::kOpensNothing) {
      // And takes it away again, so that nothing else is wrong.
      return Store(make_(std::make_shared<Medium>(), environment_), "map:", environment_);
    }
    if (medium_ == nullptr) return Error(Code::kNotFound);
    if (!medium_->TryOpen()) return Error(Code::kBusy);
    if (lie_ == LifeLie::kForgetsIdentity) medium_->identity.id += "'";
    return Store(make_(medium_, environment_), "map:", environment_);
  }
  [[nodiscard]] bool exists() const { return medium_ != nullptr; }
  Status Destroy() {
    if (medium_ == nullptr) return Error(Code::kNotFound);
    if (medium_->is_open() && lie_ != LifeLie::kDestroysOpen) return Error(Code::kBusy);
    left_ = std::exchange(medium_, nullptr);
    return Ok();
  }

 private:
  const Maker make_;
  const Environment& environment_;
  const LifeLie lie_;
  std::shared_ptr<Medium> medium_ = {};
  std::shared_ptr<Medium> left_ = {};
  int made_ = 0;
};

}  // namespace

Target MakeTarget(std::string name, Maker make, LifeLie lie) {
  struct World {
    Maker make;
    ManualClock clock{Instant(std::chrono::hours(500'000))};
    Environment environment = Environment::Host();
    std::shared_ptr<Medium> medium = {};
    std::optional<std::uint64_t> cut_while_opening = {};

    Result<Store> Open() {
      if (medium->gone()) return Error(Code::kNotFound);
      if (!medium->TryOpen()) return Error(Code::kBusy);
      if (cut_while_opening.has_value()) medium->CutAfter(*cut_while_opening);
      cut_while_opening.reset();
      std::unique_ptr<MapStore> store = make(medium, environment);
      ANYSTORE_TRY(store->Start());
      return Store(std::move(store), "map:", environment);
    }
  };
  const auto world = std::make_shared<World>();
  world->make = std::move(make);
  world->environment.clock = &world->clock;
  const auto place = std::make_shared<LifePlace>(world->make, world->environment, lie);
  return {.name = std::move(name),
          .open =
              [world] {
                world->medium = std::make_shared<Medium>();
                return world->Open();
              },
          .reopen = [world] { return world->Open(); },
          .crash =
              [world](Durability survived) {
                world->medium->Crash(survived);
                return world->Open();
              },
          .cut_while_opening = [world](std::uint64_t steps) { world->cut_while_opening = steps; },
          .cut_after = [world](std::uint64_t steps) { world->medium->CutAfter(steps); },
          .life = LifeCycle{.create = [world, place] { return place->Create(); },
                            .open = [world, place] { return place->Open(); },
                            .exists = [place] { return place->exists(); },
                            .destroy = [place] { return place->Destroy(); }},
          .clock = &world->clock};
}

}  // namespace anystore::conformance::testing
