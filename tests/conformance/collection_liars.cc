#include <algorithm>
#include <chrono>
#include <set>
#include <string>
#include <thread>
#include <utility>

#include "anystore/results.h"
#include "conformance/liars.h"

namespace anystore::conformance::testing {
namespace {

// A store whose listings are right but for what Spoil does to them.
class SpoilsListings : public MapStore {
 public:
  using MapStore::MapStore;
  Result<std::unique_ptr<Cursor>> Scan(const KeyRange& range, const ScanOptions& options) override {
    std::vector<Entry> entries = Entries(range, options);
    if (options.reverse) std::ranges::reverse(entries);
    Spoil(entries, range, options);
    return std::make_unique<AsTheyAre>(std::move(entries), options.reverse);
  }

 protected:
  virtual void Spoil(std::vector<Entry>& entries, const KeyRange& range,
                     const ScanOptions& options) = 0;
  // Whether a cursor that seeks `key` stops at `found`.
  [[nodiscard]] static bool NotBefore(std::string_view found, std::string_view key, bool reverse) {
    return reverse ? found <= key : found >= key;
  }

 private:
  // Yields entries in the order given.
  class AsTheyAre : public Cursor {
   public:
    AsTheyAre(std::vector<Entry> entries, bool reverse)
        : entries_(std::move(entries)), reverse_(reverse) {}
    Result<std::size_t> Next(std::span<EntryView> out) override {
      std::size_t count = 0;
      for (; count < out.size() && at_ < entries_.size(); ++count, ++at_) {
        const Entry& entry = entries_[at_];
        out[count] = {.key = entry.key, .value = entry.value, .info = entry.info};
      }
      return count;
    }
    Status Seek(std::string_view key) override {
      for (at_ = 0; at_ < entries_.size(); ++at_) {
        if (NotBefore(entries_[at_].key, key, reverse_)) break;
      }
      return Ok();
    }

   private:
    std::vector<Entry> entries_;
    const bool reverse_;
    std::size_t at_ = 0;
  };
};

// "listing shows deleted"
class ListsDeleted : public SpoilsListings {
 public:
  using SpoilsListings::SpoilsListings;

 protected:
  Status ApplyOne(Records& records, const Mutation& mutation, Receipt& receipt) override {
    if (mutation.kind == Mutation::Kind::kDelete && records.contains(mutation.key)) {
      deleted_.emplace(mutation.key);
    }
    return SpoilsListings::ApplyOne(records, mutation, receipt);
  }
  void Spoil(std::vector<Entry>& entries, const KeyRange& range, const ScanOptions&) override {
    const std::lock_guard lock(mutex_);
    for (const std::string& key : deleted_) {
      if (range.Contains(key) && Find(key) == nullptr) entries.push_back({.key = key});
    }
  }

 private:
  std::set<std::string, std::less<>> deleted_;
};

// Returns values that nobody asked for.
class ListsValuesAlways : public SpoilsListings {
 public:
  using SpoilsListings::SpoilsListings;

 protected:
  void Spoil(std::vector<Entry>& entries, const KeyRange&, const ScanOptions& options) override {
    if (options.values) return;
    for (Entry& entry : entries) entry.value = Value::Forever("unwanted");
  }
};

// A range reaches one key too far.
class RangeEndIncluded : public SpoilsListings {
 public:
  using SpoilsListings::SpoilsListings;

 protected:
  void Spoil(std::vector<Entry>& entries, const KeyRange& range, const ScanOptions&) override {
    const std::lock_guard lock(mutex_);
    if (!range.to().has_value() || range.empty()) return;
    const Record* const record = Find(*range.to());
    if (record == nullptr) return;
    entries.push_back(
        {.key = *range.to(), .value = record->value, .info = {.size = record->value.size()}});
  }
};

// "unordered scan claiming order"
class SwapsNeighbours : public SpoilsListings {
 public:
  using SpoilsListings::SpoilsListings;

 protected:
  void Spoil(std::vector<Entry>& entries, const KeyRange&, const ScanOptions&) override {
    for (std::size_t i = 1; i < entries.size(); i += 2) std::swap(entries[i - 1], entries[i]);
  }
};

// "reverse missing last"
class ReverseMissesLast : public SpoilsListings {
 public:
  using SpoilsListings::SpoilsListings;

 protected:
  void Spoil(std::vector<Entry>& entries, const KeyRange&, const ScanOptions& options) override {
    if (options.reverse && !entries.empty()) entries.pop_back();
  }
};

// "wrong limit": takes the hint for a limit, and miscounts.
class StopsAtTheHint : public SpoilsListings {
 public:
  using SpoilsListings::SpoilsListings;

 protected:
  void Spoil(std::vector<Entry>& entries, const KeyRange&, const ScanOptions& options) override {
    if (options.limit_hint - 1 < entries.size()) entries.resize(options.limit_hint - 1);
  }
};

// Lists no records that expire, whether they have expired or not.
class ListsNoneThatExpire : public SpoilsListings {
 public:
  using SpoilsListings::SpoilsListings;

 protected:
  void Spoil(std::vector<Entry>& entries, const KeyRange&, const ScanOptions&) override {
    std::erase_if(entries, [](const Entry& entry) { return entry.info.expires_at.has_value(); });
  }
};

// A cursor that looks at the store anew at every step. `Position` is how it finds its place.
template <class Position>
class Live : public MapStore {
 public:
  Live(std::shared_ptr<Medium> medium, const Environment& environment)
      : MapStore(std::move(medium), environment, Position::Claims()) {}
  Result<std::unique_ptr<Cursor>> Scan(const KeyRange& range, const ScanOptions& options) override {
    return std::make_unique<LiveCursor>(*this, range, options);
  }

 private:
  class LiveCursor : public Cursor {
   public:
    LiveCursor(Live& store, KeyRange range, const ScanOptions& options)
        : store_(store), range_(std::move(range)), options_(options) {}
    Result<std::size_t> Next(std::span<EntryView> out) override {
      std::vector<Entry> entries = store_.Entries(range_, options_);
      if (options_.reverse) std::ranges::reverse(entries);
      if (!position_.Step(entries, options_.reverse, entry_)) return 0;
      out[0] = {.key = entry_.key, .value = entry_.value, .info = entry_.info};
      return 1;
    }
    Status Seek(std::string_view key) override {
      position_.Seek(store_.Entries(range_, options_), options_.reverse, key);
      return Ok();
    }

   private:
    Live& store_;
    const KeyRange range_;
    const ScanOptions options_;
    Position position_;
    Entry entry_;
  };
};

bool Before(std::string_view a, std::string_view b, bool reverse) {
  return reverse ? a > b : a < b;
}

// "non-snapshot cursor": stands at a key, and shows what is there now.
class AtKey {
 public:
  static Capabilities Claims() { return EverythingClaimed(); }
  bool Step(const std::vector<Entry>& entries, bool reverse, Entry& entry) {
    const auto next = std::ranges::find_if(entries, [&](const Entry& candidate) {
      if (!last_.has_value()) return true;
      return inclusive_ ? !Before(candidate.key, *last_, reverse)
                        : Before(*last_, candidate.key, reverse);
    });
    if (next == entries.end()) return false;
    entry = *next;
    last_ = next->key;
    inclusive_ = false;
    return true;
  }
  void Seek(const std::vector<Entry>&, bool, std::string_view key) {
    last_ = key;
    inclusive_ = true;
  }

 private:
  std::optional<std::string> last_;
  bool inclusive_ = false;
};

// Counts instead: what is deleted behind it makes it skip what is left alone.
class AtIndex {
 public:
  static Capabilities Claims() {
    Capabilities claims = EverythingClaimed();
    claims.scan_isolation = ScanIsolation::kEntryExists;
    return claims;
  }
  bool Step(const std::vector<Entry>& entries, bool, Entry& entry) {
    if (index_ >= entries.size()) return false;
    entry = entries[index_++];
    return true;
  }
  void Seek(const std::vector<Entry>& entries, bool reverse, std::string_view key) {
    index_ = static_cast<std::size_t>(std::ranges::count_if(
        entries, [&](const Entry& entry) { return Before(entry.key, key, reverse); }));
  }

 private:
  std::size_t index_ = 0;
};

// "Seek off by one": an exact match is passed over.
class SeeksBehind : public AtKey {
 public:
  static Capabilities Claims() {
    Capabilities claims = EverythingClaimed();
    claims.scan_isolation = ScanIsolation::kEntryExists;
    return claims;
  }
  void Seek(const std::vector<Entry>& entries, bool reverse, std::string_view key) {
    std::string passed(key);
    if (!reverse) passed += '\0';
    AtKey::Seek(entries, reverse, passed);
  }
};

// "torn batch": other threads see it half done, but no crash leaves half of it.
class TearsBatches : public MapStore {
 public:
  using MapStore::MapStore;
  Result<Receipt> Apply(std::span<const Mutation> mutations, const WriteOptions& options) override {
    const bool conditional = std::ranges::any_of(mutations, [](const Mutation& mutation) {
      return mutation.condition.kind != Condition::Kind::kNone;
    });
    if (mutations.size() == 1 || conditional) return MapStore::Apply(mutations, options);
    if (!medium_->Step()) return Error(Code::kIoError, "the power is cut");
    Receipt receipt;
    for (const Mutation& mutation : mutations) {
      {
        const std::lock_guard lock(mutex_);
        ANYSTORE_TRY(ApplyOne(records_, mutation, receipt));
      }
      std::this_thread::sleep_for(std::chrono::microseconds(20));
    }
    const std::lock_guard lock(mutex_);
    medium_->Keep(handle_, records_, options.durability);
    return receipt;
  }
};

// Leaves the front of a failed batch behind.
class KeepsTheFront : public MapStore {
 public:
  using MapStore::MapStore;
  Result<Receipt> Apply(std::span<const Mutation> mutations, const WriteOptions& options) override {
    const std::lock_guard lock(mutex_);
    Receipt receipt;
    for (const Mutation& mutation : mutations) {
      ANYSTORE_TRY(ApplyOne(records_, mutation, receipt));
    }
    medium_->Keep(handle_, records_, options.durability);
    return receipt;
  }
};

// A batch of its own kind, with the operations it has gathered.
class GatheringBatch : public Batch {
 public:
  explicit GatheringBatch(Writer& writer) : writer_(writer) {}
  Status Put(std::string_view key, std::string_view value) override {
    return Add({Mutation::Kind::kPut, std::string(key), std::string(value)});
  }
  Status Delete(std::string_view key) override {
    return Add({Mutation::Kind::kDelete, std::string(key), {}});
  }
  Result<Receipt> Commit(const WriteOptions& options) override {
    std::vector<Mutation> mutations;
    for (const Operation& operation : operations_) {
      mutations.push_back({.kind = operation.kind, .key = operation.key, .value = operation.value});
    }
    if (mutations.empty()) return Receipt{};
    ANYSTORE_ASSIGN_OR_RETURN(const Receipt receipt, writer_.Apply(mutations, options));
    AfterCommit();
    return receipt;
  }
  void Discard() override { operations_.clear(); }

 protected:
  struct Operation {
    Mutation::Kind kind;
    std::string key;
    std::string value;
  };
  virtual Status Add(Operation operation) {
    operations_.push_back(std::move(operation));
    return Ok();
  }
  virtual void AfterCommit() { operations_.clear(); }

  Writer& writer_;
  std::vector<Operation> operations_;
};

// "early-visible batch"
class WritesAtOnce : public GatheringBatch {
 public:
  using GatheringBatch::GatheringBatch;
  Result<Receipt> Commit(const WriteOptions&) override {
    return Receipt{.applied = std::exchange(written_, 0)};
  }

 protected:
  Status Add(Operation operation) override {
    const Mutation mutation{.kind = operation.kind, .key = operation.key, .value = operation.value};
    ANYSTORE_TRY(writer_.Apply({&mutation, 1}, {}));
    ++written_;
    return Ok();
  }

 private:
  std::uint64_t written_ = 0;
};

// The first operation on a key wins.
class FirstOneWins : public GatheringBatch {
 public:
  using GatheringBatch::GatheringBatch;

 protected:
  Status Add(Operation operation) override {
    const bool there = std::ranges::any_of(
        operations_, [&](const Operation& earlier) { return earlier.key == operation.key; });
    return there ? Ok() : GatheringBatch::Add(std::move(operation));
  }
};

// Does everything again at the next commit.
class NotEmptied : public GatheringBatch {
 public:
  using GatheringBatch::GatheringBatch;

 protected:
  void AfterCommit() override {}
};

// "capability overclaim of batch bytes"
class HoldsLess : public GatheringBatch {
 public:
  using GatheringBatch::GatheringBatch;

 protected:
  Status Add(Operation operation) override {
    bytes_ += operation.value.size();
    if (bytes_ > 6 << 20) return Error(Code::kTooLarge);
    return GatheringBatch::Add(std::move(operation));
  }

 private:
  std::uint64_t bytes_ = 0;
};

template <class BatchType>
class WithBatch : public MapStore {
 public:
  using MapStore::MapStore;
  Result<std::unique_ptr<Batch>> NewBatch(const BatchOptions&) override {
    return std::make_unique<BatchType>(*this);
  }
};

// "snapshot sees later writes"
class SnapshotsOfNow : public MapStore {
 public:
  using MapStore::MapStore;
  Result<std::unique_ptr<Reader>> NewSnapshot(const CallOptions&) override {
    return std::make_unique<Through>(*this);
  }

 private:
  class Through : public Reader {
   public:
    explicit Through(MapStore& store) : store_(store) {}
    Result<Value> Get(std::string_view key, const ReadOptions& options) override {
      return store_.Get(key, options);
    }
    Result<std::unique_ptr<Cursor>> Scan(const KeyRange& range,
                                         const ScanOptions& options) override {
      return store_.Scan(range, options);
    }

   private:
    MapStore& store_;
  };
};

// "delete_range inclusive end"
class DeletesTheEnd : public MapStore {
 public:
  using MapStore::MapStore;

 protected:
  Status ApplyOne(Records& records, const Mutation& mutation, Receipt& receipt) override {
    if (mutation.kind == Mutation::Kind::kDeleteRange && mutation.range_to.has_value()) {
      records.erase(std::string(*mutation.range_to));
    }
    return MapStore::ApplyOne(records, mutation, receipt);
  }
};

// A range that is deleted among other mutations goes first.
class DeletesRangesFirst : public MapStore {
 public:
  using MapStore::MapStore;
  Result<Receipt> Apply(std::span<const Mutation> mutations, const WriteOptions& options) override {
    std::vector<Mutation> sorted(mutations.begin(), mutations.end());
    std::ranges::stable_partition(sorted, [](const Mutation& mutation) {
      return mutation.kind == Mutation::Kind::kDeleteRange;
    });
    return MapStore::Apply(sorted, options);
  }
};

// "reopen loses last write"
class LosesTheLastWrite : public MapStore {
 public:
  using MapStore::MapStore;
  Result<Receipt> Apply(std::span<const Mutation> mutations, const WriteOptions& options) override {
    const std::lock_guard lock(mutex_);
    last_ = mutations.back().key;
    return MapStore::Apply(mutations, options);
  }
  Status Close() override {
    records_.erase(last_);
    return MapStore::Close();
  }

 private:
  std::string last_;
};

// Lets a second handle in and says that there is one.
class OpensTwice : public MapStore {
 public:
  OpensTwice(std::shared_ptr<Medium> medium, const Environment& environment)
      : MapStore(std::move(medium), environment) {
    medium_->Release(handle_);
  }
};

// A feature that does harm.
class MeasuresByEmptying : public MapStore {
 public:
  using MapStore::MapStore;
  Result<std::uint64_t> DiskUsage(const CallOptions& call) override {
    const std::lock_guard lock(mutex_);
    const Result<std::uint64_t> usage = MapStore::DiskUsage(call);
    records_.clear();
    return *usage;
  }
};

}  // namespace

std::vector<Liar> CollectionLiars() {
  return {
      {"listing shows deleted", "listing", Makes<ListsDeleted>()},
      {"listing has values always", "listing_parts", Makes<ListsValuesAlways>()},
      {"range end included", "ranges", Makes<RangeEndIncluded>()},
      {"unordered scan", "ordered_scan", Makes<SwapsNeighbours>()},
      {"reverse misses the last", "reverse_scan", Makes<ReverseMissesLast>()},
      {"limit one too low", "offset_limit", Makes<StopsAtTheHint>()},
      {"expiring records not listed", "expiry", Makes<ListsNoneThatExpire>()},
      {"seek off by one", "seek", Makes<Live<SeeksBehind>>()},
      {"cursor shows later writes", "scan_snapshot", Makes<Live<AtKey>>()},
      {"cursor skips untouched", "scan_entry_exists", Makes<Live<AtIndex>>()},
      {"snapshot shows later writes", "snapshots", Makes<SnapshotsOfNow>()},
      {"torn batch", "batch_atomicity", Makes<TearsBatches>()},
      {"front of a failed batch stays", "batch_failures", Makes<KeepsTheFront>()},
      {"batch visible early", "batch_visibility", Makes<WithBatch<WritesAtOnce>>()},
      {"first of a batch wins", "batch_order", Makes<WithBatch<FirstOneWins>>()},
      {"batch not emptied", "batches", Makes<WithBatch<NotEmptied>>()},
      {"batch holds less than claimed", "batch_bytes", Makes<WithBatch<HoldsLess>>()},
      {"delete range takes the end", "delete_range", Makes<DeletesTheEnd>()},
      {"ranges deleted out of turn", "delete_range_mutation", Makes<DeletesRangesFirst>()},
      {"last write lost by reopening", "reopening", Makes<LosesTheLastWrite>()},
      {"second handle let in", "open_twice", Makes<OpensTwice>()},
      {"disk usage empties the store", "key_free_features", Makes<MeasuresByEmptying>()},
  };
}

}  // namespace anystore::conformance::testing
