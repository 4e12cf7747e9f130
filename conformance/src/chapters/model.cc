// Random operations over all verbs, each answer held against a map.
#include <algorithm>
#include <optional>

#include "chapters/chapters.h"

namespace anystore::conformance {
namespace {

// One run: a store, what it should hold, and the dice.
class ModelRun {
 public:
  explicit ModelRun(Context& kit) : kit_(kit), random_(kit.random()), store_(kit.Open()) {}

  void Step() {
    using Action = void (ModelRun::*)();
    // An action that stands here twice is done twice as often.
    static constexpr std::array kActions = {
        &ModelRun::Put,          &ModelRun::Put,  &ModelRun::Put,      &ModelRun::Delete,
        &ModelRun::Read,         &ModelRun::Read, &ModelRun::ReadMany, &ModelRun::Batch,
        &ModelRun::Apply,        &ModelRun::List, &ModelRun::PutIf,    &ModelRun::TakeSnapshot,
        &ModelRun::CheckSnapshot};
    const std::uint64_t draw = random_.Below(kActions.size() * 20);
    if (draw == 0) return DeleteRange();
    if (draw == 1) return Reopen();
    const Action action = kActions[draw % kActions.size()];
    (this->*action)();
  }

  void CheckAll() { kit_.ExpectHolds(store_, model_, "a listing after random operations"); }

 private:
  // Few keys, many of them prefixes of others, so that operations meet.
  std::string Key() {
    std::string key = PlainKey(static_cast<char>('A' + random_.Below(3)), random_.Below(20));
    if (random_.Below(4) == 0) key += static_cast<char>('A' + random_.Below(3));
    return key;
  }
  std::string NewValue() {
    return kit_.RandomBytes(random_.Below(4) == 0 ? 0 : random_.Below(300));
  }
  KeyRange Range() {
    if (random_.Below(3) == 0) return {};
    const std::string a = Key();
    const std::string b = Key();
    return KeyRange::Between(std::min(a, b), std::max(a, b));
  }
  [[nodiscard]] const std::string* Find(const Model& model, std::string_view key) const {
    const auto record = model.find(key);
    return record == model.end() ? nullptr : &record->second;
  }
  void ExpectRecord(const Result<Value>& found, const std::string* expected,
                    std::string_view check) {
    if (expected != nullptr) {
      kit_.ExpectValue(found, *expected, check);
    } else {
      kit_.ExpectCode(found, Code::kNotFound, check);
    }
  }

  void Put() {
    const std::string key = Key();
    const std::string value = NewValue();
    kit_.MustOk(store_.Put(key, value), "Put");
    model_[key] = value;
  }
  void Delete() {
    const std::string key = Key();
    kit_.MustOk(store_.Delete(key), "Delete");
    model_.erase(key);
  }
  void Read() {
    const std::string key = Key();
    const std::string* const expected = Find(model_, key);
    ExpectRecord(store_.Get(key), expected, "Get");
    kit_.ExpectEqual(store_.Has(key), expected != nullptr, "Has");
    if (expected != nullptr) {
      kit_.ExpectEqual(store_.GetSize(key), expected->size(), "GetSize");
    } else {
      kit_.ExpectCode(store_.GetSize(key), Code::kNotFound, "GetSize");
    }
  }
  void ReadMany() {
    std::vector<std::string> names(random_.Below(12));
    std::ranges::generate(names, [&] { return Key(); });
    const std::vector<std::string_view> keys(names.begin(), names.end());
    std::vector<Result<Value>> out(keys.size());
    kit_.MustOk(store_.GetMany(keys, out), "GetMany");
    for (std::size_t i = 0; i < keys.size(); ++i) {
      ExpectRecord(out[i], Find(model_, keys[i]), "GetMany");
    }
  }
  void Batch() {
    TracedBatch batch = kit_.Must(store_.NewBatch(), "NewBatch");
    Model after = model_;
    for (std::uint64_t i = random_.Below(15); i > 0; --i) {
      const std::string key = Key();
      if (random_.Below(3) == 0) {
        kit_.MustOk(batch.Delete(key), "batch Delete");
        after.erase(key);
      } else {
        after[key] = NewValue();
        kit_.MustOk(batch.Put(key, after[key]), "batch Put");
      }
    }
    if (random_.Below(5) == 0) return;  // destroyed without Commit: nothing happened
    kit_.MustOk(batch.Commit(), "Commit");
    model_ = std::move(after);
  }
  void Apply() {
    const std::size_t count = random_.Below(6) + 1;
    std::vector<std::string> bytes;  // keys and values in turn
    for (std::size_t i = 0; i < count; ++i) {
      bytes.push_back(Key());
      bytes.push_back(NewValue());
    }
    std::vector<Mutation> mutations;
    for (std::size_t i = 0; i < count; ++i) {
      const bool put = random_.Below(3) != 0;
      mutations.push_back({.kind = put ? Mutation::Kind::kPut : Mutation::Kind::kDelete,
                           .key = bytes[2 * i],
                           .value = put ? std::string_view(bytes[2 * i + 1]) : ""});
      if (put) {
        model_[bytes[2 * i]] = bytes[2 * i + 1];
      } else {
        model_.erase(bytes[2 * i]);
      }
    }
    kit_.MustOk(store_.Apply(mutations), "Apply");
  }
  void List() {
    const KeyRange range = Range();
    Model part;
    for (const auto& [key, value] : model_) {
      if (range.Contains(key)) part[key] = value;
    }
    std::vector<Entry> expected = EntriesOf(part);
    const bool reverse = random_.Below(2) == 0;
    if (reverse) std::ranges::reverse(expected);
    TracedResults results = kit_.Must(store_.Query({.range = range, .reverse = reverse}), "Query");
    if (reverse || kit_.can().ordered_scan != Support::kAbsent) {
      kit_.ExpectEntries(results.Rest(), expected, "Query of a range");
    } else {
      kit_.ExpectSameEntries(results.Rest(), expected, "Query of a range");
    }
  }
  void PutIf() {
    if (kit_.can().conditional_write == ConditionScope::kAbsent) return;
    const std::string key = Key();
    const std::string value = NewValue();
    const bool absent = random_.Below(2) == 0;
    const bool holds = (Find(model_, key) == nullptr) == absent;
    kit_.ExpectCode(
        store_.Put(key, value,
                   {.condition = absent ? Condition::IfAbsent() : Condition::IfPresent()}),
        holds ? Code::kOk : Code::kPreconditionFailed, "Put with a condition");
    if (holds) model_[key] = value;
  }
  void TakeSnapshot() {
    if (kit_.can().snapshots == Support::kAbsent || random_.Below(4) != 0) return;
    snapshot_.emplace(kit_.Must(store_.NewSnapshot(), "NewSnapshot"));
    snapshot_model_ = model_;
  }
  void CheckSnapshot() {
    if (!snapshot_.has_value()) return;
    const std::string key = Key();
    ExpectRecord(snapshot_->Get(key), Find(snapshot_model_, key), "Get from a snapshot");
    if (random_.Below(8) == 0) {
      kit_.ExpectHolds(*snapshot_, snapshot_model_, "a listing of a snapshot");
    }
  }
  void DeleteRange() {
    const KeyRange range = Range();
    kit_.MustOk(store_.DeleteRange(range), "DeleteRange");
    std::erase_if(model_, [&](const auto& record) { return range.Contains(record.first); });
  }
  void Reopen() {
    if (!kit_.target().reopen) return;
    snapshot_.reset();
    kit_.MustOk(store_.Close(), "Close");
    store_ = kit_.Reopen();
    CheckAll();
  }

  Context& kit_;
  SeededRandom& random_;
  TracedStore store_;
  Model model_ = {};
  std::optional<TracedSnapshot> snapshot_ = {};
  Model snapshot_model_ = {};
};

}  // namespace

void RandomModel(Context& kit) {
  const std::uint64_t steps = kit.Scaled(40'000, 5000);
  ModelRun run(kit);
  for (std::uint64_t i = 0; i < steps; ++i) {
    run.Step();
    kit.EndIfFailed();
  }
  run.CheckAll();
}

}  // namespace anystore::conformance
