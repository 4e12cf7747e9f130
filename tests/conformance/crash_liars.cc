#include <algorithm>
#include <set>
#include <string>

#include "conformance/liars.h"

namespace anystore::conformance::testing {
namespace {

// "swallowed option": the durability.
class IgnoresDurability : public MapStore {
 public:
  using MapStore::MapStore;
  Result<Receipt> Apply(std::span<const Mutation> mutations, const WriteOptions&) override {
    return MapStore::Apply(mutations, {});
  }
};

// Says that it has synced.
class SyncsNothing : public MapStore {
 public:
  using MapStore::MapStore;
  Status Sync(const KeyRange&, const CallOptions&) override { return Ok(); }
};

// A store that was made is gone after a crash, until something is made to survive.
class VanishesWhenNew : public MapStore {
 public:
  VanishesWhenNew(std::shared_ptr<Medium> medium, const Environment& environment)
      : MapStore(std::move(medium), environment) {
    if (handle_ == kFirstHandle) medium_->BeFragile();
  }

 protected:
  static constexpr std::uint64_t kFirstHandle = 1;
};

// "torn value": after a crash an overwritten value begins as the new one and ends as the old.
class TearsOverwrites : public MapStore {
 public:
  using MapStore::MapStore;
  Result<Receipt> Apply(std::span<const Mutation> mutations, const WriteOptions& options) override {
    const std::lock_guard lock(mutex_);
    const Mutation& first = mutations.front();
    const Record* const before = mutations.size() == 1 ? Find(first.key) : nullptr;
    const bool overwrites = before != nullptr && first.kind == Mutation::Kind::kPut;
    const Value old = overwrites ? before->value : Value();
    ANYSTORE_ASSIGN_OR_RETURN(Receipt receipt, MapStore::Apply(mutations, options));
    if (overwrites && options.durability < Durability::kSurvivesPower) {
      Records torn = records_;
      torn.find(first.key)->second.value = Torn(first.value, old.bytes());
      medium_->Keep(handle_, torn, Durability::kSurvivesPower);
    }
    return receipt;
  }

 protected:
  static Value Torn(std::string_view front, std::string_view back) {
    const std::size_t cut = front.size() / 2;
    return Value::Copy(std::string(front.substr(0, cut)) +
                       std::string(back.substr(std::min(cut, back.size()))));
  }
};

// "resurrected delete": one that asked to survive.
class UndoesDeletes : public MapStore {
 public:
  using MapStore::MapStore;
  Result<Receipt> Apply(std::span<const Mutation> mutations, const WriteOptions& options) override {
    const bool deletes = mutations.front().kind == Mutation::Kind::kDelete;
    return MapStore::Apply(mutations, deletes ? WriteOptions{} : options);
  }
};

// A crash leaves half of a batch that did not ask to survive.
class HalvesBatches : public MapStore {
 public:
  using MapStore::MapStore;
  Result<Receipt> Apply(std::span<const Mutation> mutations, const WriteOptions& options) override {
    const std::lock_guard lock(mutex_);
    Records half = records_;
    if (mutations.size() > 1) {
      Receipt unused;
      for (const Mutation& mutation : mutations.first(mutations.size() / 2)) {
        ANYSTORE_TRY(ApplyOne(half, mutation, unused));
      }
    }
    const bool is_cut = medium_->NextStepFails();
    Result<Receipt> receipt = MapStore::Apply(mutations, options);
    const bool happens = receipt.has_value() || is_cut;
    if (happens && mutations.size() > 1 && Halves(options, is_cut)) {
      medium_->Keep(handle_, half, Durability::kSurvivesPower);
    }
    return receipt;
  }

 protected:
  // Whether a crash leaves half; one that cuts the batch off, or a later one.
  [[nodiscard]] virtual bool Halves(const WriteOptions& options, bool /*is_cut*/) const {
    return options.durability < Durability::kSurvivesProcess;
  }
};

Capabilities WholeWhenReopened() {
  Capabilities can = EverythingClaimed();
  can.batch_atomicity = Atomicity::kWhenReopened;
  return can;
}

// Its batches are whole where that is asked for, and else as a crash leaves them.
class FinishesBatches : public HalvesBatches {
 public:
  FinishesBatches(std::shared_ptr<Medium> medium, const Environment& environment)
      : HalvesBatches(std::move(medium), environment, WholeWhenReopened()) {}

 protected:
  [[nodiscard]] bool Halves(const WriteOptions& options, bool is_cut) const override {
    return !options.all_or_nothing && HalvesBatches::Halves(options, is_cut);
  }
};

// "swallowed option": that a batch is all or nothing.
class FinishesNoBatch : public FinishesBatches {
 public:
  using FinishesBatches::FinishesBatches;

 protected:
  [[nodiscard]] bool Halves(const WriteOptions& options, bool is_cut) const override {
    return HalvesBatches::Halves(options, is_cut);
  }
};

// Finishes no batch that the power has cut off.
class ForgetsCutBatches : public FinishesBatches {
 public:
  using FinishesBatches::FinishesBatches;

 protected:
  [[nodiscard]] bool Halves(const WriteOptions& options, bool is_cut) const override {
    return is_cut || FinishesBatches::Halves(options, is_cut);
  }
};

// "resurrected delete": Sync does not know of deletes.
class SyncForgetsDeletes : public MapStore {
 public:
  using MapStore::MapStore;
  Status Sync(const KeyRange& range, const CallOptions& call) override {
    const std::lock_guard lock(mutex_);
    ANYSTORE_TRY(MapStore::Sync(range, call));
    Records kept = records_;
    kept.insert(deleted_.begin(), deleted_.end());
    medium_->Keep(handle_, kept, Durability::kSurvivesPower);
    return Ok();
  }

 protected:
  Status ApplyOne(Records& records, const Mutation& mutation, Receipt& receipt) override {
    const auto found = records.find(mutation.key);
    if (mutation.kind == Mutation::Kind::kDelete && found != records.end()) {
      deleted_.insert(*found);
    }
    return MapStore::ApplyOne(records, mutation, receipt);
  }

 private:
  Records deleted_;
};

// Sync does not know of keys that a batch added.
class SyncForgetsBatches : public MapStore {
 public:
  using MapStore::MapStore;
  Result<Receipt> Apply(std::span<const Mutation> mutations, const WriteOptions& options) override {
    const std::lock_guard lock(mutex_);
    if (mutations.size() > 1) {
      for (const Mutation& mutation : mutations) added_.emplace(mutation.key);
    }
    return MapStore::Apply(mutations, options);
  }
  Status Sync(const KeyRange& range, const CallOptions& call) override {
    const std::lock_guard lock(mutex_);
    ANYSTORE_TRY(MapStore::Sync(range, call));
    Records kept = records_;
    std::erase_if(kept, [&](const auto& record) { return added_.contains(record.first); });
    medium_->Keep(handle_, kept, Durability::kSurvivesPower);
    return Ok();
  }

 private:
  std::set<std::string, std::less<>> added_;
};

// Sync does not know of what the handle before it wrote, whose Close leaves that to it.
class SyncForgetsOthers : public MapStore {
 public:
  SyncForgetsOthers(std::shared_ptr<Medium> medium, const Environment& environment)
      : MapStore(std::move(medium), environment), found_(records_) {}
  Status Sync(const KeyRange& range, const CallOptions& call) override {
    const std::lock_guard lock(mutex_);
    ANYSTORE_TRY(MapStore::Sync(range, call));
    Records kept = records_;
    std::erase_if(kept, [&](const auto& record) { return found_.contains(record.first); });
    medium_->Keep(handle_, kept, Durability::kSurvivesPower);
    medium_->Keep(handle_, records_, Durability::kSurvivesProcess);
    return Ok();
  }
  Status Close() override {
    const std::lock_guard lock(mutex_);
    medium_->Keep(handle_, records_, Durability::kSurvivesProcess);
    medium_->Release(handle_);
    return Ok();
  }

 private:
  const Records found_;
};

// A store that was left half made cannot be opened.
class StaysHalfMade : public MapStore {
 public:
  using MapStore::MapStore;
  Status Start() override {
    constexpr std::string_view kMark = "half made";
    if (records_.contains(kMark)) return Error(Code::kCorruption, "the store is half made");
    if (handle_ > 1 || !medium_->Step()) return MapStore::Start();
    Records half;
    half[std::string(kMark)] = {};
    medium_->Keep(handle_, half, Durability::kSurvivesPower);
    ANYSTORE_TRY(MapStore::Start());
    medium_->Keep(handle_, {}, Durability::kSurvivesPower);
    return Ok();
  }
};

// Takes its records away before it puts them into order.
class EmptiesWhileOpening : public MapStore {
 public:
  using MapStore::MapStore;
  Status Start() override {
    if (handle_ == 1 || !medium_->Step()) return MapStore::Start();
    medium_->Keep(handle_, {}, Durability::kSurvivesPower);
    ANYSTORE_TRY(MapStore::Start());
    medium_->Keep(handle_, records_, Durability::kSurvivesPower);
    return Ok();
  }
};

// "torn value", but only where the power is cut in the middle of the write.
class TearsWhenCut : public TearsOverwrites {
 public:
  using TearsOverwrites::TearsOverwrites;
  Result<Receipt> Apply(std::span<const Mutation> mutations, const WriteOptions& options) override {
    const std::lock_guard lock(mutex_);
    const Mutation& first = mutations.front();
    const Record* const before = Find(first.key);
    if (medium_->NextStepFails() && before != nullptr) {
      Records torn = records_;
      torn.find(first.key)->second.value = Torn(first.value, before->value.bytes());
      medium_->Keep(handle_, torn, Durability::kSurvivesPower);
    }
    return MapStore::Apply(mutations, options);
  }
};

}  // namespace

Maker MakesHalvesUnlessAsked() { return Makes<FinishesBatches>(); }

std::vector<Liar> CrashLiars() {
  return {
      {"new store gone after a crash", "crash_after_create", Makes<VanishesWhenNew>()},
      {"swallowed durability", "crash_after_writes", Makes<IgnoresDurability>()},
      {"overwritten value torn", "crash_after_overwrites", Makes<TearsOverwrites>()},
      {"delete undone", "crash_after_deletes", Makes<UndoesDeletes>()},
      {"batch halved by a crash", "crash_after_batches", Makes<HalvesBatches>()},
      {"batch not finished when reopened", "crash_after_batches", Makes<FinishesNoBatch>()},
      {"sync does nothing", "crash_after_sync", Makes<SyncsNothing>()},
      {"sync forgets deletes", "crash_after_sync_of_changes", Makes<SyncForgetsDeletes>()},
      {"sync forgets batches", "crash_after_sync_of_batches", Makes<SyncForgetsBatches>()},
      {"sync forgets the handle before", "crash_after_sync_of_others", Makes<SyncForgetsOthers>()},
      {"half made store does not open", "crash_while_creating", Makes<StaysHalfMade>()},
      {"emptied while it is opened", "crash_while_opening", Makes<EmptiesWhileOpening>()},
      {"value torn by a cut", "crash_while_writing", Makes<TearsWhenCut>()},
      {"batch halved by a cut", "crash_while_committing", Makes<ForgetsCutBatches>()},
  };
}

}  // namespace anystore::conformance::testing
