#include <algorithm>
#include <chrono>
#include <deque>
#include <set>
#include <string>
#include <thread>

#include "conformance/liars.h"

namespace anystore::conformance::testing {
namespace {

// "lost delete"
class LosesDeletes : public MapStore {
 public:
  using MapStore::MapStore;

 protected:
  Status ApplyOne(Records& records, const Mutation& mutation, Receipt& receipt) override {
    if (mutation.kind != Mutation::Kind::kDelete) {
      return MapStore::ApplyOne(records, mutation, receipt);
    }
    ++receipt.applied;
    return Ok();
  }
};

// Has goes on to be true after a delete.
class RemembersDeleted : public MapStore {
 public:
  using MapStore::MapStore;
  Result<EntryInfo> Stat(std::string_view key, Wanted wanted, const CallOptions& call) override {
    const std::lock_guard lock(mutex_);
    if (wanted == Wanted::kExistence && deleted_.contains(key)) return EntryInfo{};
    return MapStore::Stat(key, wanted, call);
  }

 protected:
  Status ApplyOne(Records& records, const Mutation& mutation, Receipt& receipt) override {
    if (mutation.kind == Mutation::Kind::kDelete && records.contains(mutation.key)) {
      deleted_.emplace(mutation.key);
    }
    return MapStore::ApplyOne(records, mutation, receipt);
  }

 private:
  std::set<std::string, std::less<>> deleted_;
};

// "not_found reported as other error"
class ReportsMissingAsIoError : public MapStore {
 public:
  using MapStore::MapStore;
  Result<Value> Get(std::string_view key, const ReadOptions& options) override {
    Result<Value> value = MapStore::Get(key, options);
    if (value.has_value()) return value;
    return Error(Code::kIoError, "no such record");
  }
};

// "wrong GetSize"
class CountsOneTooMany : public MapStore {
 public:
  using MapStore::MapStore;
  Result<EntryInfo> Stat(std::string_view key, Wanted wanted, const CallOptions& call) override {
    Result<EntryInfo> info = MapStore::Stat(key, wanted, call);
    if (info.has_value()) ++info->size;
    return info;
  }
};

// "empty value treated as missing"
class LosesEmptyValues : public MapStore {
 public:
  using MapStore::MapStore;
  Result<Value> Get(std::string_view key, const ReadOptions& options) override {
    ReadOptions whole = options;
    whole.window = {};
    ANYSTORE_ASSIGN_OR_RETURN(const Value value, MapStore::Get(key, whole));
    if (value.empty()) return Error(Code::kNotFound);
    return value.Slice(options.window.offset, options.window.length);
  }
};

// A store that takes another key for the one it was given.
class ChangesKeys : public MapStore {
 public:
  using MapStore::MapStore;
  Result<Value> Get(std::string_view key, const ReadOptions& options) override {
    return MapStore::Get(Changed(key), options);
  }

 protected:
  Status ApplyOne(Records& records, const Mutation& mutation, Receipt& receipt) override {
    const std::string key = Changed(mutation.key);
    Mutation changed = mutation;
    changed.key = key;
    return MapStore::ApplyOne(records, changed, receipt);
  }
  [[nodiscard]] virtual std::string Changed(std::string_view key) const = 0;
};

// "key truncated at NUL"
class CutsKeysAtNul : public ChangesKeys {
 public:
  using ChangesKeys::ChangesKeys;

 protected:
  [[nodiscard]] std::string Changed(std::string_view key) const override {
    return std::string(key.substr(0, key.find('\0')));
  }
};

// "case-folded keys"
class FoldsCase : public ChangesKeys {
 public:
  using ChangesKeys::ChangesKeys;

 protected:
  [[nodiscard]] std::string Changed(std::string_view key) const override {
    std::string folded(key);
    for (char& c : folded) {
      if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    }
    return folded;
  }
};

// Takes long values only up to what fits its page.
class CutsLongValues : public MapStore {
 public:
  using MapStore::MapStore;

 protected:
  Status ApplyOne(Records& records, const Mutation& mutation, Receipt& receipt) override {
    Mutation cut = mutation;
    cut.value = cut.value.substr(0, 256 << 10);
    return MapStore::ApplyOne(records, cut, receipt);
  }
};

// "keeps the caller's buffer": of a long value put by itself, to save the copy.
class KeepsCallersBuffer : public MapStore {
 public:
  using MapStore::MapStore;
  Result<Receipt> Apply(std::span<const Mutation> mutations, const WriteOptions& options) override {
    const std::lock_guard lock(mutex_);
    Result<Receipt> receipt = MapStore::Apply(mutations, options);
    const Mutation& first = mutations.front();
    if (receipt.has_value() && mutations.size() == 1 && first.value.size() >= 64 << 10) {
      records_.find(first.key)->second.value = Value::Forever(first.value);
    }
    return receipt;
  }
};

// "value invalid after close": hands out views of buffers that it uses again.
class TakesValuesBack : public MapStore {
 public:
  using MapStore::MapStore;
  Result<Value> Get(std::string_view key, const ReadOptions& options) override {
    const std::lock_guard lock(mutex_);
    ANYSTORE_ASSIGN_OR_RETURN(const Value value, MapStore::Get(key, options));
    // Never freed, so that the test itself stays sound.
    static std::deque<std::string>& all = *new std::deque<std::string>;
    static std::mutex& all_mutex = *new std::mutex;
    const std::lock_guard all_lock(all_mutex);
    handed_out_.push_back(&all.emplace_back(value.bytes()));
    return Value::Forever(*handed_out_.back());
  }
  Status Close() override {
    for (std::string* const bytes : handed_out_) std::ranges::fill(*bytes, '\0');
    return MapStore::Close();
  }

 private:
  std::vector<std::string*> handed_out_;
};

// "window off by one"
class WindowOffByOne : public MapStore {
 public:
  using MapStore::MapStore;
  Result<Value> Get(std::string_view key, const ReadOptions& options) override {
    ReadOptions shifted = options;
    if (shifted.window.offset > 0) ++shifted.window.offset;
    return MapStore::Get(key, shifted);
  }
};

// "GetMany misordered": answers in key order.
class AnswersInKeyOrder : public MapStore {
 public:
  using MapStore::MapStore;
  void GetMany(std::span<const std::string_view> keys, std::span<Result<Value>> out,
               const ReadOptions& options) override {
    std::vector<std::string_view> sorted(keys.begin(), keys.end());
    std::ranges::sort(sorted);
    MapStore::GetMany(sorted, out, options);
  }
};

// "swallowed option": the condition.
class IgnoresConditions : public MapStore {
 public:
  using MapStore::MapStore;

 protected:
  Status ApplyOne(Records& records, const Mutation& mutation, Receipt& receipt) override {
    Mutation unconditional = mutation;
    unconditional.condition = {};
    return MapStore::ApplyOne(records, unconditional, receipt);
  }
};

// "put-if-absent race": looks, and then writes.
class LooksThenWrites : public MapStore {
 public:
  using MapStore::MapStore;
  Result<Receipt> Apply(std::span<const Mutation> mutations, const WriteOptions& options) override {
    if (mutations.size() != 1 || mutations[0].condition.kind != Condition::Kind::kAbsent) {
      return MapStore::Apply(mutations, options);
    }
    if (MapStore::Get(mutations[0].key, {}).has_value()) return Error(Code::kPreconditionFailed);
    std::this_thread::sleep_for(std::chrono::microseconds(50));
    Mutation unconditional = mutations[0];
    unconditional.condition = {};
    return MapStore::Apply({&unconditional, 1}, options);
  }
};

// Conditions of a group are looked at before any of its mutations is done.
class ChecksConditionsFirst : public MapStore {
 public:
  using MapStore::MapStore;
  Result<Receipt> Apply(std::span<const Mutation> mutations, const WriteOptions& options) override {
    const std::lock_guard lock(mutex_);
    if (mutations.size() == 1) return MapStore::Apply(mutations, options);
    std::vector<Mutation> unconditional(mutations.begin(), mutations.end());
    for (Mutation& mutation : unconditional) {
      const bool present = Find(mutation.key) != nullptr;
      if ((mutation.condition.kind == Condition::Kind::kAbsent && present) ||
          (mutation.condition.kind == Condition::Kind::kPresent && !present)) {
        return Error(Code::kPreconditionFailed);
      }
      mutation.condition = {};
    }
    return MapStore::Apply(unconditional, options);
  }
};

// Says that it takes no writes, and keeps what it refused.
class KeepsWhatItRefuses : public MapStore {
 public:
  KeepsWhatItRefuses(std::shared_ptr<Medium> medium, const Environment& environment)
      : MapStore(std::move(medium), environment, Claimed()) {}
  Result<Receipt> Apply(std::span<const Mutation> mutations, const WriteOptions& options) override {
    static_cast<void>(MapStore::Apply(mutations, options));
    return Error(Code::kReadOnly);
  }

 private:
  static Capabilities Claimed() {
    Capabilities can = EverythingClaimed();
    can.access = Access::kReadOnly;
    return can;
  }
};

// "version repeats": the version is made from the value alone.
class VersionsOfContent : public MapStore {
 public:
  using MapStore::MapStore;

 protected:
  Status ApplyOne(Records& records, const Mutation& mutation, Receipt& receipt) override {
    ANYSTORE_TRY(MapStore::ApplyOne(records, mutation, receipt));
    if (mutation.kind != Mutation::Kind::kPut) return Ok();
    const std::uint64_t hash = FeatureName(mutation.value);
    Version& version = records.find(mutation.key)->second.version;
    version = {};
    for (std::size_t i = 0; i < sizeof hash; ++i) {
      version[i] = static_cast<std::byte>(hash >> (8 * i) & 0xff);
    }
    receipt.version = version;
    return Ok();
  }
};

// The receipt tells the version of the record before.
class ReceiptOfAnother : public MapStore {
 public:
  using MapStore::MapStore;

 protected:
  Status ApplyOne(Records& records, const Mutation& mutation, Receipt& receipt) override {
    ANYSTORE_TRY(MapStore::ApplyOne(records, mutation, receipt));
    if (receipt.version.has_value()) (*receipt.version)[15] ^= std::byte{1};
    return Ok();
  }
};

// "swallowed option": the expiry.
class IgnoresExpiry : public MapStore {
 public:
  using MapStore::MapStore;

 protected:
  Status ApplyOne(Records& records, const Mutation& mutation, Receipt& receipt) override {
    Mutation forever = mutation;
    if (forever.kind == Mutation::Kind::kPut) forever.expires_at.reset();
    return MapStore::ApplyOne(records, forever, receipt);
  }
};

// SetExpiry cannot clear an expiry.
class CannotClearExpiry : public MapStore {
 public:
  using MapStore::MapStore;

 protected:
  Status ApplyOne(Records& records, const Mutation& mutation, Receipt& receipt) override {
    if (mutation.kind == Mutation::Kind::kSetExpiry && !mutation.expires_at.has_value() &&
        records.contains(mutation.key)) {
      ++receipt.applied;
      return Ok();
    }
    return MapStore::ApplyOne(records, mutation, receipt);
  }
};

// An expired record still counts as present for conditions.
class ExpiredIsPresent : public MapStore {
 public:
  using MapStore::MapStore;

 protected:
  Status ApplyOne(Records& records, const Mutation& mutation, Receipt& receipt) override {
    const auto found = records.find(mutation.key);
    if (found != records.end() && !Live(found->second) &&
        mutation.condition.kind != Condition::Kind::kNone) {
      if (mutation.condition.kind == Condition::Kind::kAbsent) {
        return Error(Code::kPreconditionFailed);
      }
      Mutation unconditional = mutation;
      unconditional.condition = {};
      return MapStore::ApplyOne(records, unconditional, receipt);
    }
    return MapStore::ApplyOne(records, mutation, receipt);
  }
};

// Overwrites reach other threads late.
class ShowsOthersLate : public MapStore {
 public:
  using MapStore::MapStore;
  Result<Value> Get(std::string_view key, const ReadOptions& options) override {
    const std::lock_guard lock(mutex_);
    const auto change = changes_.find(key);
    if (change != changes_.end() && change->second.writer != std::this_thread::get_id() &&
        change->second.reads_to_come > 0) {
      --change->second.reads_to_come;
      return change->second.before.Slice(options.window.offset, options.window.length);
    }
    return MapStore::Get(key, options);
  }
  Result<Receipt> Apply(std::span<const Mutation> mutations, const WriteOptions& options) override {
    const std::lock_guard lock(mutex_);
    const Mutation& first = mutations.front();
    const Record* const before = mutations.size() == 1 ? Find(first.key) : nullptr;
    if (before != nullptr) {
      changes_.insert_or_assign(std::string(first.key),
                                Change{std::this_thread::get_id(), 20, before->value});
    } else {
      changes_.erase(std::string(first.key));
    }
    return MapStore::Apply(mutations, options);
  }

 private:
  struct Change {
    std::thread::id writer;
    int reads_to_come;
    Value before;
  };
  std::map<std::string, Change, std::less<>> changes_;
};

// Claims a feature that nobody can ask it for.
class ClaimsTransactions : public MapStore {
 public:
  ClaimsTransactions(std::shared_ptr<Medium> medium, const Environment& environment)
      : MapStore(std::move(medium), environment, Claims()) {}

 private:
  static Capabilities Claims() {
    Capabilities claims = EverythingClaimed();
    claims.transactions = Support::kNative;
    return claims;
  }
};

}  // namespace

std::vector<Liar> RecordLiars() {
  return {
      {"lost delete", "deletes", Makes<LosesDeletes>()},
      {"has is true after delete", "has", Makes<RemembersDeleted>()},
      {"missing key is an io_error", "missing_keys", Makes<ReportsMissingAsIoError>()},
      {"wrong size", "sizes", Makes<CountsOneTooMany>()},
      {"empty value is missing", "empty_values", Makes<LosesEmptyValues>()},
      {"key cut at NUL", "key_bytes", Makes<CutsKeysAtNul>()},
      {"key with folded case", "key_bytes", Makes<FoldsCase>()},
      {"long value cut", "value_sizes", Makes<CutsLongValues>()},
      {"caller's buffer kept", "callers_bytes", Makes<KeepsCallersBuffer>()},
      {"value dies at close", "handed_out_values", Makes<TakesValuesBack>()},
      {"window off by one", "windows", Makes<WindowOffByOne>()},
      {"GetMany in another order", "get_many", Makes<AnswersInKeyOrder>()},
      {"swallowed condition", "conditional_writes", Makes<IgnoresConditions>()},
      {"put if absent races", "conditional_race", Makes<LooksThenWrites>()},
      {"conditions checked too early", "conditional_apply", Makes<ChecksConditionsFirst>()},
      {"keeps what it refuses", "read_only", Makes<KeepsWhatItRefuses>()},
      {"version comes back", "monotone_versions", Makes<VersionsOfContent>()},
      {"receipt of another version", "versions", Makes<ReceiptOfAnother>()},
      {"swallowed expiry", "expiry", Makes<IgnoresExpiry>()},
      {"expiry cannot be cleared", "set_expiry", Makes<CannotClearExpiry>()},
      {"expired record is present", "expiry_condition", Makes<ExpiredIsPresent>()},
      {"late for other threads", "reads_see_writes", Makes<ShowsOthersLate>()},
      {"claimed feature is not there", "claims", Makes<ClaimsTransactions>()},
  };
}

}  // namespace anystore::conformance::testing
