// What may be in a store after its power was cut, as a matter of record.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace anystore::crash {

// One state of one record: the number of the put that made it, counted over the whole script, or
// that it is absent.
using State = std::uint32_t;
inline constexpr State kAbsent = 0;

// A change that somebody asked for.
struct LedgerEntry {
  std::string key = {};
  State state = kAbsent;
};

// Knows of each key the last state that is promised to survive, and every one that came after it,
// returned or not. After a power cut each key must be in exactly one of these, whatever the others
// are in: batches are sets of changes, not one, but for one under way that is all or nothing.
//
// Threads: thread-compatible.
class Ledger {
 public:
  // Changes were asked for, and may or may not happen from now on.
  void Begin(std::span<const LedgerEntry> entries, bool all_or_nothing = false);
  // The changes that began have returned.
  void Acknowledge(bool durable);
  // A sync has returned: everything that returned before is there to stay.
  void AcknowledgeSync();
  // The process died, and this is what the next one finds. False if that may not be: what began
  // may have happened, what returned has, unless the store `forgets` with its process.
  [[nodiscard]] bool Resolve(std::string_view key, State state, bool forgets);

  // Whether a power cut at this moment may leave the key so.
  [[nodiscard]] bool Allows(std::string_view key, State state) const;
  // All states it may be left in, the promised one first.
  [[nodiscard]] std::vector<State> Allowed(std::string_view key) const;
  // The promised one.
  [[nodiscard]] State Durable(std::string_view key) const;
  // A key that the batch under way, which is all or nothing, has changed, and one that it has not;
  // none: not both. `is_in` tells whether a key was found in a state.
  using IsIn = std::function<bool(std::string_view key, State state)>;
  [[nodiscard]] std::optional<std::pair<std::string, std::string>> FindTorn(
      const IsIn& is_in) const;
  // What a reader sees now.
  [[nodiscard]] State Current(std::string_view key) const;

 private:
  struct Record {
    State durable = kAbsent;
    State current = kAbsent;
    std::vector<State> later = {};  // since `durable`, in order
    std::vector<State> begun = {};  // the last of `later`: not returned
  };

  [[nodiscard]] const Record* Find(std::string_view key) const;

  std::map<std::string, Record, std::less<>> records_;
  bool all_or_nothing_ = false;  // what has begun
};

}  // namespace anystore::crash
