#include "context.h"

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <exception>
#include <memory>
#include <thread>

namespace anystore::conformance {
namespace {

// A chapter gives up after so many failures: what follows only repeats them.
constexpr std::size_t kFailuresMax = 4;
constexpr std::size_t kBytesShown = 48;
constexpr std::size_t kEntriesShown = 6;

std::string DescribeBytes(std::string_view bytes) { return Quoted(bytes, kBytesShown); }

// Where two long byte strings of one beginning part, which their fronts would not show.
std::string DescribeDifference(std::string_view found, std::string_view expected) {
  std::string text = DescribeBytes(found);
  if (std::max(found.size(), expected.size()) <= kBytesShown) return text;
  const auto [at, unused] = std::ranges::mismatch(found, expected);
  return text + ", " + std::to_string(found.size()) + " bytes, different from byte " +
         std::to_string(at - found.begin());
}

bool Same(const Entry& a, const Entry& b, Compare compare) {
  if (a.key != b.key) return false;
  return compare == Compare::kKeys || a.value.bytes() == b.value.bytes();
}

}  // namespace

std::vector<Entry> EntriesOf(const Model& model) {
  std::vector<Entry> entries;
  entries.reserve(model.size());
  for (const auto& [key, value] : model) {
    entries.push_back({.key = key, .value = Value::Copy(value), .info = {.size = value.size()}});
  }
  return entries;
}

std::string PlainKey(char letter, std::uint64_t number) {
  std::string key = {'/', letter};
  if (number == 0) return key;
  std::array<char, 24> digits = {};
  const int length = std::snprintf(digits.data(), digits.size(), "%05llu",
                                   static_cast<unsigned long long>(number));
  return key.append(digits.data(), static_cast<std::size_t>(length));
}

Result<std::vector<Entry>> Drain(TracedCursor& cursor, std::size_t at_once) {
  std::vector<Entry> entries;
  std::vector<EntryView> views(at_once);
  for (;;) {
    ANYSTORE_ASSIGN_OR_RETURN(const std::size_t count, cursor.Next(views));
    if (count == 0) return entries;
    for (const EntryView& view : std::span(views).first(count)) {
      entries.push_back(
          {.key = std::string(view.key), .value = Value::Copy(view.value), .info = view.info});
    }
  }
}

std::string Describe(const Entry& entry) {
  return DescribeBytes(entry.key) + " = " + DescribeBytes(entry.value.bytes());
}

std::string Describe(std::span<const Entry> entries) {
  std::string text = std::to_string(entries.size()) + " entries";
  for (std::size_t i = 0; i < std::min(entries.size(), kEntriesShown); ++i) {
    text += (i == 0 ? ": " : ", ") + DescribeBytes(entries[i].key);
  }
  return entries.size() > kEntriesShown ? text + ", ..." : text;
}

std::string Describe(const Error& error) {
  std::string text(CodeName(error.code()));
  if (!error.message().empty()) text.append(": ").append(error.message());
  return text;
}

Context::Context(const Target& target, const Options& options, const Capabilities& can,
                 Recorder& recorder, ChapterReport& report)
    : target_(target),
      options_(options),
      can_(can),
      recorder_(recorder),
      random_(options.seed ^ FeatureName(report.name)),
      report_(report) {
  recorder_.StartHistory();
}

TracedStore Context::Traced(Result<Store> store, std::string_view check) {
  recorder_.Note(std::string(check) + " -> " + std::string(CodeName(CodeOf(store))));
  return {recorder_, std::make_unique<Store>(Must(std::move(store), check))};
}

TracedStore Context::Open() { return Traced(target_.open(), "open a fresh store"); }

TracedStore Context::Reopen() { return Traced(target_.reopen(), "open the store again"); }

TracedStore Context::Crash(Durability survived, TracedStore store) {
  TracedStore left = Traced(target_.crash(survived), survived == Durability::kSurvivesPower
                                                         ? "cut the power and open again"
                                                         : "kill the process and open again");
  store.Destroy();
  return left;
}

std::optional<TracedStore> Context::TryTraced(Result<Store> store, std::string_view action) {
  recorder_.Note(std::string(action) + " -> " + std::string(CodeName(CodeOf(store))));
  if (!store.has_value()) return std::nullopt;
  return TracedStore(recorder_, std::make_unique<Store>(*std::move(store)));
}

std::optional<TracedStore> Context::OpenAndCut(std::uint64_t steps) {
  target_.cut_while_opening(steps);
  return TryTraced(target_.open(), "open a fresh store, with the power cut after " +
                                       std::to_string(steps) + " steps");
}

std::optional<TracedStore> Context::CrashAndCut(TracedStore store, std::uint64_t steps) {
  target_.cut_while_opening(steps);
  auto left = TryTraced(
      target_.crash(Durability::kSurvivesPower),
      "cut the power and open again, with the power cut after " + std::to_string(steps) + " steps");
  store.Destroy();
  return left;
}

TracedStore Context::Recover() {
  return Traced(target_.crash(Durability::kSurvivesPower),
                "open what a power cut in the middle of opening left");
}

void Context::CutAfter(std::uint64_t steps) {
  target_.cut_after(steps);
  recorder_.Note("the power will be cut after " + std::to_string(steps) + " steps");
}

std::string Context::RandomBytes(std::size_t size) {
  std::string bytes(size, '\0');
  for (std::size_t i = 0; i < size; i += sizeof(std::uint64_t)) {
    const std::uint64_t word = random_.Next();
    for (std::size_t j = i; j < std::min(size, i + sizeof word); ++j) {
      bytes[j] = static_cast<char>(word >> (8 * (j - i)) & 0xff);
    }
  }
  return bytes;
}

Instant Context::Now() const {
  return target_.clock != nullptr ? target_.clock->Now() : Environment::Host().clock->Now();
}

void Context::Pass(Duration duration) {
  if (target_.clock != nullptr) {
    target_.clock->Advance(duration);
  } else {
    Environment::Host().clock->Sleep(duration);
  }
  recorder_.Note(
      std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(duration).count()) +
      " ms pass");
}

bool Context::Holds() {
  const std::lock_guard lock(mutex_);
  ++report_.checks;
  return true;
}

bool Context::Fails(std::string_view check, std::string_view expected, std::string_view found) {
  const std::lock_guard lock(mutex_);
  ++report_.checks;
  report_.outcome = Outcome::kFailed;
  if (report_.failures.size() == kFailuresMax) throw Ended{};
  report_.failures.push_back({.check = std::string(check),
                              .expected = std::string(expected),
                              .found = std::string(found),
                              .history = recorder_.History()});
  return false;
}

bool Context::Expect(bool holds, std::string_view check, std::string_view expected,
                     std::string_view found) {
  return holds ? Holds() : Fails(check, expected, found);
}

bool Context::ExpectValue(const Result<Value>& result, std::string_view expected,
                          std::string_view check) {
  if (result.has_value() && result->bytes() == expected) return Holds();
  return Fails(check, DescribeBytes(expected),
               result.has_value() ? DescribeDifference(result->bytes(), expected)
                                  : Describe(result.error()));
}

bool Context::ExpectEntries(const Result<std::vector<Entry>>& result,
                            std::span<const Entry> expected, std::string_view check,
                            Compare compare) {
  if (!result.has_value()) return Fails(check, Describe(expected), Describe(result.error()));
  const std::vector<Entry>& found = *result;
  const auto [at, wanted] = std::ranges::mismatch(
      found, expected, [&](const Entry& a, const Entry& b) { return Same(a, b, compare); });
  if (at == found.end() && wanted == expected.end()) return Holds();
  const std::string where = "; entry " + std::to_string(at - found.begin()) + " is ";
  return Fails(check,
               Describe(expected) + where + (wanted == expected.end() ? "none" : Describe(*wanted)),
               Describe(found) + where + (at == found.end() ? "none" : Describe(*at)));
}

bool Context::ExpectSameEntries(Result<std::vector<Entry>> result, std::span<const Entry> expected,
                                std::string_view check, Compare compare) {
  if (result.has_value()) std::ranges::sort(*result, {}, &Entry::key);
  std::vector<Entry> sorted(expected.begin(), expected.end());
  std::ranges::sort(sorted, {}, &Entry::key);
  return ExpectEntries(result, sorted, check, compare);
}

bool Context::ExpectHolds(const TracedReader& reader, const Model& model, std::string_view check) {
  Result<TracedResults> results = reader.Query({});
  if (!results.has_value()) return Fails(check, "a listing", Describe(results.error()));
  return ExpectSameEntries(results->Rest(), EntriesOf(model), check);
}

void Context::EndIfFailed() const {
  const std::lock_guard lock(mutex_);
  if (!report_.failures.empty()) throw Ended{};
}

void Context::Skip(std::string reason) {
  report_.outcome = Outcome::kSkipped;
  report_.reason = std::move(reason);
  throw Ended{};
}

void Context::Parallel(std::size_t threads, const std::function<void(std::size_t)>& work) {
  std::mutex mutex;
  std::exception_ptr first;
  std::vector<std::jthread> running;
  running.reserve(threads);
  for (std::size_t i = 0; i < threads; ++i) {
    running.emplace_back([&, i] {
      try {
        work(i);
      } catch (...) {
        const std::lock_guard lock(mutex);
        if (first == nullptr) first = std::current_exception();
      }
    });
  }
  running.clear();
  if (first != nullptr) std::rethrow_exception(first);
}

std::uint64_t Context::BesideReaders(std::uint64_t rounds,
                                     const std::function<void(std::uint64_t)>& write,
                                     const std::function<void(std::size_t)>& read) {
  struct EndsAll {
    std::atomic<bool>& done;
    ~EndsAll() { done.store(true); }
  };
  std::atomic<bool> done = false;
  std::atomic<std::uint64_t> reads = 0;
  std::uint64_t written = 0;
  Parallel(3, [&](std::size_t thread) {
    const EndsAll ends_all{done};
    if (thread == 0) {
      while (!done.load() && (written < rounds || reads.load() < rounds)) write(written++);
      return;
    }
    while (!done.load()) {
      read(thread - 1);
      reads.fetch_add(1);
    }
  });
  return written;
}

}  // namespace anystore::conformance
