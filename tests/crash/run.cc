#include "crash/run.h"

#include <algorithm>
#include <array>
#include <memory>
#include <utility>

#include "anystore/datastore.h"
#include "anystore/store.h"
#include "crash/cutter.h"
#include "crash/ledger.h"
#include "crash/workload.h"
#include "filesystem/intercepted/intercepted.h"

namespace anystore::crash {
namespace {

using filesystem::InterceptedFileSystem;

// So many cuts of one recovery are looked at.
constexpr std::size_t kSecondCutsMax = 8;

struct Image {
  Cut cut = {};
  std::unique_ptr<SimulatedDisk> disk = {};
};

// Without a sync.
Status CopyTree(Directory& from, Directory& to) {
  ANYSTORE_ASSIGN_OR_RETURN(const std::unique_ptr<Listing> listing, from.List(""));
  std::array<DirectoryEntry, 1> entry;
  for (;;) {
    ANYSTORE_ASSIGN_OR_RETURN(const std::size_t count, listing->Next(entry));
    if (count == 0) return Ok();
    const std::string name(entry[0].name);
    ANYSTORE_ASSIGN_OR_RETURN(const FileInfo info, from.Stat(name));
    if (info.kind == FileKind::kDirectory) {
      ANYSTORE_TRY(to.MakeDirectory(name, info.mode));
      ANYSTORE_ASSIGN_OR_RETURN(const auto below, from.OpenDirectory(name));
      ANYSTORE_ASSIGN_OR_RETURN(const auto copy, to.OpenDirectory(name));
      ANYSTORE_TRY(CopyTree(*below, *copy));
      continue;
    }
    ANYSTORE_ASSIGN_OR_RETURN(const auto file, from.Open(name, {}));
    ANYSTORE_ASSIGN_OR_RETURN(const Value bytes, file->ReadAll());
    ANYSTORE_ASSIGN_OR_RETURN(const auto copy, to.Open(name, {.access = FileAccess::kReadWrite,
                                                              .creation = FileCreation::kExclusive,
                                                              .mode = info.mode}));
    ANYSTORE_TRY(copy->WriteAt(0, bytes));
  }
}

class Runner {
 public:
  Runner(const CrashSubject& subject, const Script& script, const RunOptions& options)
      : subject_(subject),
        script_(script),
        options_(options),
        disk_({.seed = script.seed, .profile = script.profile, .traits = subject.traits}),
        cutter_([this](std::uint64_t call) { TakeImages(Moment::kBefore, call); }),
        files_(disk_, cutter_) {
    cutter_.Pretend(options.pretended);
    if (options.trace) cutter_.KeepTrace();
    for (const Operation& operation : script.operations) {
      for (const Change& change : operation.changes) values_.AddKey(change.key);
    }
  }

  RunReport Run() {
    report_.counts.scripts = 1;
    Play();
    report_.counts.operations = script_.operations.size();
    report_.counts.calls = files_.calls();
    report_.trace = cutter_.trace();
    return std::move(report_);
  }

 private:
  void Play() {
    if (script_.copied) {
      presence_ = Presence::kUnknown;
      if (Status copied = CopyStore(); !copied.has_value()) {
        static_cast<void>(Broken("copy: " + copied.error().ToString()));
        return;
      }
    }
    if (!Start(script_.copied ? OpenMode::kOpen : OpenMode::kCreate)) return;
    // What was made here is there to stay; what was copied, once something in it is.
    if (!script_.copied) presence_ = Presence::kSure;
    for (const Operation& operation : script_.operations) {
      if (stopped_ || !Do(operation)) return;
    }
    if (stopped_ || !Do({.kind = Operation::Kind::kReopen})) return;
    TakeImages(Moment::kEnd, 0);
    InspectImages();
  }

  // Makes the store elsewhere and puts its files here, as a copying program does. It is empty, but
  // has been used: nothing is known of bytes that were copied and not synced.
  Status CopyStore() {
    SimulatedDisk elsewhere({.seed = script_.seed, .traits = subject_.traits});
    Machine machine(elsewhere, script_.seed);
    {
      ANYSTORE_ASSIGN_OR_RETURN(Store made, machine.Open(subject_, OpenMode::kCreate));
      for (const auto& [key, states] : values_.keys()) {
        if (Mix(script_.seed, FeatureName(key)) % 2 != 0) continue;
        ANYSTORE_TRY(made.Put(key, "a"));
        ANYSTORE_TRY(made.Delete(key));
      }
      ANYSTORE_TRY(made.Close());
    }
    ANYSTORE_ASSIGN_OR_RETURN(const auto from, elsewhere.OpenDirectory("/"));
    ANYSTORE_ASSIGN_OR_RETURN(const auto to, disk_.OpenDirectory("/"));
    return CopyTree(*from, *to);
  }

  // Opens the store in a new process.
  bool Start(OpenMode mode) {
    machines_.push_back(std::make_unique<Machine>(files_, Mix(script_.seed, machines_.size())));
    Result<Store> opened = machines_.back()->Open(subject_, mode);
    if (!opened.has_value()) return Broken("open: " + opened.error().ToString());
    store_.emplace(*std::move(opened));
    return EndOfOperation();
  }

  // Looks at what was cut while the operation ran, and when it had done everything but return.
  bool EndOfOperation() {
    if (cutter_.last_change() > last_change_seen_) {
      last_change_seen_ = cutter_.last_change();
      TakeImages(Moment::kAfter, last_change_seen_);
    }
    InspectImages();
    return !stopped_;
  }

  bool Do(const Operation& operation) {
    using Kind = Operation::Kind;
    switch (operation.kind) {
      case Kind::kGet:
        return DoGet(operation.changes.front().key);
      case Kind::kReopen:
        return DoReopen();
      case Kind::kMove:
        return subject_.other_url.empty() ? DoReopen() : DoMove(operation);
      default:
        return DoWrite(operation);
    }
  }

  bool DoGet(const std::string& key) {
    const Result<Value> value = store_->Get(key);
    const State state = ledger_.Current(key);
    if (!value.has_value()) {
      const bool right = state == kAbsent && value.error().code() == Code::kNotFound;
      return right || Broken("get: " + value.error().ToString());
    }
    const bool right = state != kAbsent && value->bytes() == values_.bytes(state);
    return right || Broken("get " + key + ": not what was put last");
  }

  bool DoReopen() { return Close() && Start(OpenMode::kOpen) && CheckEverything(false); }

  bool Close() {
    const Status closed = store_->Close();
    if (!EndOfOperation()) return false;
    if (!closed.has_value()) return Broken("close: " + closed.error().ToString());
    store_.reset();
    return true;
  }

  bool DoMove(const Operation& operation) {
    if (!Close()) return false;
    is_moved_ = false;
    cutter_.DieAt(operation.dies_at);
    const Status moved = machines_.back()->Move(subject_);
    if (!cutter_.dead()) {
      if (!EndOfOperation()) return false;
      if (!moved.has_value()) return Broken("move: " + moved.error().ToString());
      // Whatever was promised before, everything that moved is there to stay.
      ledger_.AcknowledgeSync();
      presence_ = Presence::kSure;
      is_moved_ = true;
    }
    if (operation.dies_at != 0) return DieAndReturn();
    return Start(OpenMode::kOpen) && CheckEverything(false);
  }

  bool DoWrite(const Operation& operation) {
    std::vector<LedgerEntry> entries;
    for (const Change& change : operation.changes) {
      const State state =
          change.bytes.has_value() ? values_.Add(change.key, *change.bytes) : kAbsent;
      entries.push_back({.key = change.key, .state = state});
    }
    ledger_.Begin(entries, IsWhole(operation));
    cutter_.DieAt(operation.dies_at);
    const Status written = Write(operation, entries);
    if (!cutter_.dead() && !EndOfOperation()) return false;
    if (!cutter_.dead()) {
      if (!written.has_value()) {
        return Broken(ToText(operation) + ": " + written.error().ToString());
      }
      Acknowledge(operation);
    }
    return operation.dies_at == 0 || DieAndReturn();
  }

  Status Write(const Operation& operation, const std::vector<LedgerEntry>& entries) {
    const WriteOptions options{.durability = Asked(operation),
                               .all_or_nothing = IsWhole(operation)};
    const Change* const change = operation.changes.empty() ? nullptr : operation.changes.data();
    switch (operation.kind) {
      case Operation::Kind::kPut: {
        const auto put = store_->Put(change->key, BytesOf(entries[0]), {.write = options});
        return put.has_value() ? Ok() : Status(put.error().Clone());
      }
      case Operation::Kind::kDelete: {
        const auto gone = store_->Delete(change->key, {.write = options});
        return gone.has_value() ? Ok() : Status(gone.error().Clone());
      }
      case Operation::Kind::kBatch:
        return WriteBatch(entries, options);
      default:
        return store_->Sync();
    }
  }

  Status WriteBatch(const std::vector<LedgerEntry>& entries, const WriteOptions& options) {
    ANYSTORE_ASSIGN_OR_RETURN(const std::unique_ptr<Batch> batch, store_->NewBatch());
    for (const LedgerEntry& entry : entries) {
      ANYSTORE_TRY(entry.state == kAbsent ? batch->Delete(entry.key)
                                          : batch->Put(entry.key, BytesOf(entry)));
    }
    const auto committed = batch->Commit(options);
    return committed.has_value() ? Ok() : Status(committed.error().Clone());
  }

  [[nodiscard]] std::string_view BytesOf(const LedgerEntry& entry) const {
    return entry.state == kAbsent ? std::string_view() : values_.bytes(entry.state);
  }

  // What is asked for, as far as the store has it.
  [[nodiscard]] Durability Asked(const Operation& operation) const {
    const bool has = operation.durability <= store_->capabilities().durability_max;
    return has ? operation.durability : Durability::kStoreDefault;
  }

  [[nodiscard]] bool IsWhole(const Operation& operation) const {
    return operation.all && store_->capabilities().batch_atomicity >= Atomicity::kWhenReopened;
  }

  void Acknowledge(const Operation& operation) {
    const Capabilities& can = store_->capabilities();
    if (operation.kind == Operation::Kind::kSync) {
      if (can.sync_durability < Durability::kSurvivesPower) return;
      ledger_.AcknowledgeSync();
      presence_ = Presence::kSure;
      return;
    }
    const Durability asked = Asked(operation);
    const Durability promised = asked == Durability::kStoreDefault ? can.put_durability : asked;
    const bool durable = promised >= Durability::kSurvivesPower;
    ledger_.Acknowledge(durable);
    if (durable) presence_ = Presence::kSure;
  }

  // The process dies and another one takes over. The disk has power all the time.
  bool DieAndReturn() {
    const bool forgets =
        store_.has_value() && store_->capabilities().put_durability < Durability::kSurvivesProcess;
    cutter_.Die();
    store_.reset();
    cutter_.Revive();
    if (!Start(OpenMode::kOpen)) return false;
    return CheckEverything(true, forgets);
  }

  // That the store, whose power was not cut, holds what was put into it.
  bool CheckEverything(bool died, bool forgets = false) {
    Reading reading = ReadAll(*store_, values_);
    if (reading.violation.has_value()) return Broken(reading.violation->what);
    for (const auto& [key, value] : reading.contents) {
      if (!values_.keys().contains(key)) return Broken(key + " was never put");
    }
    const auto torn = FindTorn(reading.contents, ledger_, values_);
    if (torn.has_value()) return Broken(*torn);
    for (const auto& [key, states] : values_.keys()) {
      const auto found = reading.contents.find(key);
      std::optional<State> state = kAbsent;
      if (found != reading.contents.end()) {
        state = values_.Find(key, found->second, {ledger_.Current(key)});
      }
      const bool right = state.has_value() && (died ? ledger_.Resolve(key, *state, forgets)
                                                    : *state == ledger_.Current(key));
      if (!right) return Broken(key + " is wrong after the store was opened again");
    }
    return true;
  }

  // Wrong without a power cut: no image can be worse, so the script ends.
  bool Broken(std::string what) {
    Fail({.script = script_, .violation = {.fault = Fault::kLive, .what = std::move(what)}});
    stopped_ = true;
    return false;
  }

  void Fail(Failure failure) {
    ++report_.counts.failures;
    if (!report_.failure.has_value()) report_.failure = std::move(failure);
    if (!options_.count_failures) stopped_ = true;
  }

  void TakeImages(Moment moment, std::uint64_t call) {
    if (stopped_) return;
    if (script_.cut.has_value()) {
      const Cut& cut = *script_.cut;
      if (cut.moment == moment && cut.call == call) TakeImage(cut);
      return;
    }
    ++report_.counts.cuts;
    for (const Survivors survivors : options_.survivors) {
      const bool seeded = survivors == Survivors::kRandom || survivors == Survivors::kTorn;
      const std::uint32_t count = seeded ? options_.images_per_cut : 1;
      for (std::uint32_t i = 0; i < count; ++i) {
        const auto place = call * 4 + static_cast<std::uint64_t>(moment);
        const auto draw = static_cast<std::uint64_t>(survivors) * 1000 + i;
        // A short number: people copy it.
        const std::uint64_t seed = Mix(script_.seed, place, draw) % 1'000'000;
        TakeImage({.moment = moment, .call = call, .survivors = survivors, .seed = seed});
      }
    }
  }

  void TakeImage(const Cut& cut) {
    const auto survivors = static_cast<std::size_t>(cut.survivors);
    ++report_.counts.images[survivors];
    const std::string& barrier = cutter_.last_barrier();
    if (!barrier.empty()) {
      BarrierCell& cell = report_.barriers[barrier][survivors];
      ++cell.last;
      if (cutter_.right_after_barrier()) ++cell.right_after;
    }
    images_.push_back({.cut = cut, .disk = disk_.Crash(cut.survivors, cut.seed)});
  }

  void InspectImages() {
    std::vector<Image> images = std::exchange(images_, {});
    for (Image& image : images) {
      if (stopped_) return;
      InspectImage(image);
    }
  }

  [[nodiscard]] InspectionOptions HowToInspect(std::uint64_t seed) const {
    const bool replayed = script_.cut.has_value();
    const bool write =
        options_.write_one_in != 0 && (replayed || seed % options_.write_one_in == 0);
    return {.seed = seed, .presence = presence_, .moved = is_moved_, .write = write};
  }

  void InspectImage(Image& image) {
    const Cut& cut = image.cut;
    const std::uint32_t one_in = options_.second_cut_one_in;
    // Another digit of the seed than `write` looks at.
    if (cut.again.has_value() ||
        (!script_.cut.has_value() && one_in != 0 && Mix(cut.seed, one_in) % one_in == 0)) {
      if (!InspectRecovery(image)) return;
      if (cut.again.has_value()) return;
    }
    Note(cut, Inspect(subject_, *image.disk, ledger_, values_, HowToInspect(cut.seed)));
  }

  // Cuts the power at changes that opening makes. False: something was wrong.
  bool InspectRecovery(const Image& image) {
    struct Second {
      SecondCut cut;
      std::unique_ptr<SimulatedDisk> disk;
    };
    std::vector<Second> seconds;
    const Cut& first = image.cut;
    SeededRandom random(first.seed);
    // What it will become of is decided after a second look at the same image.
    const std::unique_ptr<SimulatedDisk> disk = image.disk->Crash(Survivors::kAll, first.seed);
    Cutter cutter([&](std::uint64_t call) {
      SecondCut again{.call = call,
                      .survivors = kAllSurvivors[random.Below(kSurvivorCount)],
                      .seed = random.Below(1000)};
      if (first.again.has_value()) {
        if (first.again->call != call) return;
        again = *first.again;
      }
      seconds.push_back({.cut = again, .disk = disk->Crash(again.survivors, again.seed)});
    });
    InterceptedFileSystem files(*disk, cutter);
    InspectionOptions how = HowToInspect(first.seed);
    how.opened_through = &files;
    how.write = false;
    if (!Note(first, Inspect(subject_, *disk, ledger_, values_, how))) return false;
    if (!first.again.has_value()) {
      while (seconds.size() > kSecondCutsMax) {
        seconds.erase(seconds.begin() + static_cast<std::ptrdiff_t>(random.Below(seconds.size())));
      }
    }
    for (Second& second : seconds) {
      ++report_.counts.second_cuts;
      Cut cut = first;
      cut.again = second.cut;
      if (!Note(cut,
                Inspect(subject_, *second.disk, ledger_, values_, HowToInspect(second.cut.seed)))) {
        return false;
      }
    }
    return true;
  }

  // False: there was a violation.
  bool Note(const Cut& cut, std::optional<Violation> violation) {
    if (!violation.has_value()) return true;
    Script script = script_;
    script.cut = cut;
    if (!options_.pretended.empty()) {
      ++report_.barriers[options_.pretended][static_cast<std::size_t>(cut.survivors)].broken;
    }
    Fail({.script = std::move(script), .violation = *std::move(violation)});
    return false;
  }

  const CrashSubject& subject_;
  const Script& script_;
  const RunOptions& options_;
  RunReport report_;
  SimulatedDisk disk_;
  Cutter cutter_;
  InterceptedFileSystem files_;
  std::vector<std::unique_ptr<Machine>> machines_;  // one a process; the last one lives
  std::optional<Store> store_;
  Ledger ledger_;
  Values values_;
  std::vector<Image> images_;
  std::uint64_t last_change_seen_ = 0;
  Presence presence_ = Presence::kSome;
  bool is_moved_ = true;  // no move is under way, or was killed
  bool stopped_ = false;
};

}  // namespace

void RunCounts::Add(const RunCounts& other) {
  scripts += other.scripts;
  operations += other.operations;
  calls += other.calls;
  cuts += other.cuts;
  for (std::size_t i = 0; i < images.size(); ++i) images[i] += other.images[i];
  second_cuts += other.second_cuts;
  failures += other.failures;
}

RunReport RunScript(const CrashSubject& subject, const Script& script, const RunOptions& options) {
  return Runner(subject, script, options).Run();
}

}  // namespace anystore::crash
