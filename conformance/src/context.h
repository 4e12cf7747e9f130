/// `Context`: what a chapter gets. Stores to work on, expectations to state, time and randomness.
///
///     void Has(Context& kit) {
///       TracedStore store = kit.Open();
///       kit.ExpectEqual(store.Has("/A"), false, "Has before Put");
///       kit.MustOk(store.Put("/A", "1"), "Put");
///       kit.ExpectEqual(store.Has("/A"), true, "Has after Put");
///     }
#pragma once

#include <array>
#include <concepts>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "anystore/conformance.h"
#include "traced.h"

namespace anystore::conformance {

/// What a store should hold, in key order.
using Model = std::map<std::string, std::string, std::less<>>;

/// The model as entries, in key order.
[[nodiscard]] std::vector<Entry> EntriesOf(const Model& model);

/// A key that every store takes: "/A", "/B00017". One upper-case letter and, if not 0, a number.
[[nodiscard]] std::string PlainKey(char letter, std::uint64_t number = 0);

/// All that a cursor yields, asked for `at_once` entries at a time.
[[nodiscard]] Result<std::vector<Entry>> Drain(TracedCursor& cursor, std::size_t at_once = 7);

/// An entry in words: its key and value.
[[nodiscard]] std::string Describe(const Entry& entry);
/// A listing in words: how many entries, and the first few.
[[nodiscard]] std::string Describe(std::span<const Entry> entries);
/// An error in words: its code and message.
[[nodiscard]] std::string Describe(const Error& error);
/// A number, yes or no, in words.
template <class T>
  requires std::integral<T>
[[nodiscard]] std::string Describe(T number) {
  if constexpr (std::same_as<T, bool>) {
    return number ? "true" : "false";
  } else {
    return std::to_string(number);
  }
}

/// What of an entry a comparison looks at beside the key.
enum class Compare : std::uint8_t {
  kKeys,    ///< Nothing.
  kValues,  ///< The value.
};

/// Threads: expectations are thread-safe; everything else belongs to the chapter's own thread.
class Context {
 public:
  /// Thrown to leave a chapter whose failure or reason to be skipped has been noted.
  struct Ended {};

  Context(const Target& target, const Options& options, const Capabilities& can, Recorder& recorder,
          ChapterReport& report);

  /// A fresh, empty store. The one before must be closed. Ends the chapter when there is none.
  [[nodiscard]] TracedStore Open();
  /// The last store again. Requires: `target().reopen`.
  [[nodiscard]] TracedStore Reopen();
  /// What is left of `store` after a crash. Requires: `target().crash`.
  [[nodiscard]] TracedStore Crash(Durability survived, TracedStore store);
  /// A fresh store, with the power cut so many steps after it began to be made; none when it could
  /// not be opened for that. Requires: `target().cut_while_opening`.
  [[nodiscard]] std::optional<TracedStore> OpenAndCut(std::uint64_t steps);
  /// What a power cut leaves of `store`, with the power cut again so many steps after that began to
  /// be opened; none when it could not be opened. Requires: as OpenAndCut.
  [[nodiscard]] std::optional<TracedStore> CrashAndCut(TracedStore store, std::uint64_t steps);
  /// What a power cut leaves of a store that could not be opened. Requires: `target().crash`.
  [[nodiscard]] TracedStore Recover();
  /// Cuts the power so many steps from now. Requires: `target().cut_after`.
  void CutAfter(std::uint64_t steps);

  [[nodiscard]] const Target& target() const noexcept { return target_; }
  [[nodiscard]] const Capabilities& can() const noexcept { return can_; }
  [[nodiscard]] bool quick() const noexcept { return options_.quick; }
  /// `full`, or in quick mode `quick`.
  [[nodiscard]] std::uint64_t Scaled(std::uint64_t full, std::uint64_t quick) const noexcept {
    return options_.quick ? quick : full;
  }
  /// The chapter's own source, the same whichever other chapters run.
  [[nodiscard]] SeededRandom& random() noexcept { return random_; }
  /// `size` bytes drawn from `random`.
  [[nodiscard]] std::string RandomBytes(std::size_t size);
  /// The present moment of the store's world.
  [[nodiscard]] Instant Now() const;
  /// Lets time pass in the store's world.
  void Pass(Duration duration);

  /// States that something holds.
  bool Expect(bool holds, std::string_view check, std::string_view expected,
              std::string_view found);
  /// States that a call worked.
  template <class T>
  bool ExpectOk(const Result<T>& result, std::string_view check) {
    return ExpectCode(result, Code::kOk, check);
  }
  /// States how a call ended.
  template <class T>
  bool ExpectCode(const Result<T>& result, Code code, std::string_view check) {
    if (CodeOf(result) == code) return Holds();
    return Fails(check, CodeName(code), result.has_value() ? "ok" : Describe(result.error()));
  }
  /// States what a call returned.
  template <class T>
  bool ExpectEqual(const Result<T>& result, const std::type_identity_t<T>& expected,
                   std::string_view check) {
    if (result.has_value() && *result == expected) return Holds();
    return Fails(check, Describe(expected),
                 result.has_value() ? Describe(*result) : Describe(result.error()));
  }
  /// States a value.
  bool ExpectValue(const Result<Value>& result, std::string_view expected, std::string_view check);
  /// States a listing, in this order.
  bool ExpectEntries(const Result<std::vector<Entry>>& result, std::span<const Entry> expected,
                     std::string_view check, Compare compare = Compare::kValues);
  /// States a listing, in any order.
  bool ExpectSameEntries(Result<std::vector<Entry>> result, std::span<const Entry> expected,
                         std::string_view check, Compare compare = Compare::kValues);
  /// States that a query for everything shows exactly the model.
  bool ExpectHolds(const TracedReader& reader, const Model& model, std::string_view check);

  /// The result of a call without which the chapter makes no sense; ends it when it failed.
  template <class T>
  T Must(Result<T> result, std::string_view check) {
    if (!ExpectOk(result, check)) throw Ended{};
    return *std::move(result);
  }
  /// As Must, for calls whose result does not matter.
  template <class T>
  void MustOk(const Result<T>& result, std::string_view check) {
    if (!ExpectOk(result, check)) throw Ended{};
  }
  /// Ends the chapter if something failed: what follows would only repeat it.
  void EndIfFailed() const;
  /// Ends the chapter as skipped.
  [[noreturn]] void Skip(std::string reason);
  /// Counts one case of a chapter that counts them.
  void CountCase() { ++report_.cases; }
  /// Adds a line to the history that failures show.
  void Note(std::string_view text) { recorder_.Note(text); }

  /// Runs `work(0)` to `work(threads - 1)` in as many threads and waits for all. A thread whose
  /// chapter ends stops; the others are told by nothing, so they must end by themselves.
  void Parallel(std::size_t threads, const std::function<void(std::size_t)>& work);
  /// One thread calls `write(0)`, `write(1)`, ... at least `rounds` times; two others call
  /// `read(0)` and `read(1)` again and again, at least as often together. Whoever ends the chapter
  /// ends all. Returns how many rounds were written.
  std::uint64_t BesideReaders(std::uint64_t rounds, const std::function<void(std::uint64_t)>& write,
                              const std::function<void(std::size_t)>& read);

 private:
  bool Holds();
  bool Fails(std::string_view check, std::string_view expected, std::string_view found);
  [[nodiscard]] TracedStore Traced(Result<Store> store, std::string_view check);
  [[nodiscard]] std::optional<TracedStore> TryTraced(Result<Store> store, std::string_view action);

  const Target& target_;
  const Options& options_;
  const Capabilities& can_;
  Recorder& recorder_;
  SeededRandom random_;

  mutable std::mutex mutex_;  // guards report_
  ChapterReport& report_;
};

}  // namespace anystore::conformance
