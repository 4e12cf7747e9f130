#include "crash/kills.h"

#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <new>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "anystore/datastore.h"
#include "anystore/open.h"
#include "anystore/store.h"
#include "crash/script.h"
#include "crash/workload.h"

namespace anystore::crash {
namespace {

constexpr std::size_t kOperations = 400;
constexpr std::string_view kPath = ":/store";

// What the process that will be killed tells, in memory that outlives it.
struct Progress {
  std::atomic<std::uint64_t> begun = 0;
  std::atomic<std::uint64_t> done = 0;
  char failure[512] = {};
};

class SharedProgress {
 public:
  SharedProgress()
      : memory_(mmap(nullptr, sizeof(Progress), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
                     -1, 0)) {
    if (memory_ == MAP_FAILED) std::abort();
    new (memory_) Progress;
  }
  SharedProgress(const SharedProgress&) = delete;
  SharedProgress& operator=(const SharedProgress&) = delete;
  ~SharedProgress() { munmap(memory_, sizeof(Progress)); }

  Progress& operator*() const { return *static_cast<Progress*>(memory_); }
  Progress* operator->() const { return static_cast<Progress*>(memory_); }

 private:
  void* memory_;
};

// A change with the bytes that it puts; none: it removes.
using Records = std::map<std::string, std::optional<std::string>, std::less<>>;

// Of several changes of a record the last.
Records ChangesOf(const Operation& operation, std::uint64_t position) {
  Records changes;
  if (operation.kind == Operation::Kind::kGet) return changes;
  for (const Change& change : operation.changes) {
    std::optional<std::string> bytes;
    if (change.bytes.has_value()) bytes = ValueBytes(change.key, ++position, *change.bytes);
    changes.insert_or_assign(change.key, std::move(bytes));
  }
  return changes;
}

// A store on the host, and how it is opened.
struct Place {
  std::string url = {};
  OpenOptions options = {};
};

Status Do(Store& store, const Operation& operation, std::uint64_t position, const Place& place) {
  using Kind = Operation::Kind;
  if (operation.kind == Kind::kSync) return store.Sync();
  if (operation.kind == Kind::kReopen) {
    ANYSTORE_TRY(store.Close());
    ANYSTORE_ASSIGN_OR_RETURN(store, Open(place.url, place.options));
    return Ok();
  }
  if (operation.kind == Kind::kGet) {
    const Result<Value> value = store.Get(operation.changes.front().key);
    return value.has_value() || value.error().code() == Code::kNotFound
               ? Ok()
               : Status(value.error().Clone());
  }
  const Records changes = ChangesOf(operation, position);
  std::vector<Mutation> mutations;
  for (const auto& [key, bytes] : changes) {
    mutations.push_back(bytes.has_value()
                            ? Mutation{.kind = Mutation::Kind::kPut, .key = key, .value = *bytes}
                            : Mutation{.kind = Mutation::Kind::kDelete, .key = key});
  }
  ANYSTORE_TRY(store.Apply(mutations, {.durability = operation.durability}));
  return Ok();
}

// The life of a process: it works until it is killed.
[[noreturn]] void Live(const Place& place, const std::vector<Operation>& operations,
                       std::uint64_t first_position, Progress& progress) {
  const auto fail = [&progress](const Error& error) {
    std::snprintf(progress.failure, sizeof progress.failure, "%s", error.ToString().c_str());
    _exit(1);
  };
  Result<Store> store = Open(place.url, place.options);
  if (!store.has_value()) fail(store.error());
  for (std::size_t i = 0; i < operations.size(); ++i) {
    progress.begun = i + 1;
    const Status done = Do(*store, operations[i], first_position + i * 100, place);
    if (!done.has_value()) fail(done.error());
    progress.done = i + 1;
  }
  for (;;) pause();
}

std::string Differ(std::string_view key, std::string_view what) {
  return "\"" + std::string(key) + "\" " + std::string(what);
}

class Campaign {
 public:
  Campaign(Place place, const KillOptions& options)
      : place_(std::move(place)), options_(options), random_(options.seed) {}

  KillReport Run() {
    for (; report_.rounds < options_.rounds && !report_.failure.has_value(); ++report_.rounds) {
      report_.failure = RunRound();
    }
    return std::move(report_);
  }

 private:
  std::optional<std::string> RunRound() {
    const Script script = MakeWorkload({.seed = random_.Next(), .operations = kOperations});
    const std::uint64_t first_position = report_.rounds * kOperations * 100;
    const SharedProgress progress;
    const pid_t child = fork();
    if (child < 0) return "no process to be had";
    if (child == 0) Live(place_, script.operations, first_position, *progress);
    std::this_thread::sleep_for(std::chrono::microseconds(random_.Below(options_.life_us_max)));
    kill(child, SIGKILL);
    int status = 0;
    waitpid(child, &status, 0);
    if (!WIFSIGNALED(status)) return "the process ended: " + std::string(progress->failure);
    const std::uint64_t done = progress->done;
    for (std::size_t i = 0; i < done; ++i) {
      for (auto& [key, bytes] : ChangesOf(script.operations[i], first_position + i * 100)) {
        records_.insert_or_assign(key, std::move(bytes));
      }
    }
    report_.finished += done;
    if (progress->begun == done) return Inspect({});
    ++report_.interrupted;
    return Inspect(ChangesOf(script.operations[done], first_position + done * 100));
  }

  // Looks at all records, and takes note of which of the changes under way were made.
  std::optional<std::string> Inspect(const Records& under_way) {
    Result<Store> store = Open(place_.url, place_.options);
    if (!store.has_value()) return store.error().ToString();
    Result<Results> listing = store->Query({});
    if (!listing.has_value()) return listing.error().ToString();
    std::map<std::string, std::string, std::less<>> listed;
    for (const auto& entry : *listing) {
      if (!listed.emplace(entry.key, entry.value).second) return Differ(entry.key, "is twice");
    }
    if (!listing->status().has_value()) return listing->status().error().ToString();
    for (const auto& [key, bytes] : under_way) records_.try_emplace(key);
    for (auto& [key, bytes] : records_) {
      const auto found = listed.find(key);
      const bool is_there = found != listed.end();
      const auto is = [&](const std::optional<std::string>& expected) {
        return expected.has_value() == is_there && (!is_there || *expected == found->second);
      };
      const auto change = under_way.find(key);
      if (change != under_way.end() && is(change->second)) {
        bytes = change->second;
      } else if (!is(bytes)) {
        return Differ(key, is_there ? "is neither as before nor as after" : "is gone");
      }
      const Result<Value> value = store->Get(key);
      if (value.has_value() != is_there || (is_there && value->bytes() != found->second)) {
        return Differ(key, "is listed and read differently");
      }
      if (is_there) listed.erase(found);
    }
    if (!listed.empty()) return Differ(listed.begin()->first, "was never put");
    const Status closed = store->Close();
    if (!closed.has_value()) return closed.error().ToString();
    return std::nullopt;
  }

  const Place place_;
  const KillOptions options_;
  SeededRandom random_;
  // As the last look found them; what was removed, too.
  Records records_;
  KillReport report_;
};

}  // namespace

bool RunsOnHost(const CrashSubject& subject) {
  return subject.traits == FileSystemTraits() && subject.url.contains(kPath);
}

KillReport RunKills(const CrashSubject& subject, const std::filesystem::path& where,
                    const KillOptions& options) {
  std::string url = subject.url;
  url.replace(url.find(kPath), kPath.size(), ":" + (where / "store").string());
  return Campaign({.url = std::move(url),
                   .options = {.mode = OpenMode::kOpenOrCreate, .registry = subject.registry}},
                  options)
      .Run();
}

}  // namespace anystore::crash
