// Opens what a power cut left, and holds it against the ledger.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "anystore/filesystem.h"
#include "anystore/simulated_disk.h"
#include "anystore/store.h"
#include "anystore/value.h"
#include "crash/ledger.h"
#include "crash/subject.h"

namespace anystore::crash {

// How a store broke its word.
enum class Fault : std::uint8_t {
  kNoOpen,        // it does not open
  kLost,          // something durable is gone
  kOutdated,      // something durable has given way to what it had replaced
  kResurrected,   // something durably deleted is back
  kTorn,          // a value that is none of those that were put there
  kPartOfBatch,   // a batch that is all or nothing, in part
  kNeverWritten,  // a key that nobody has put
  kListing,       // a listing and a read disagree
  kNotUsable,     // a write after recovery fails
  kRecovery,      // what was there or written after recovery does not survive the next cut
  kElse,          // what the subject itself looks for
  kLive,          // wrong although no power was cut
};
inline constexpr std::size_t kFaultCount = 12;

// "lost", "torn", "no open".
[[nodiscard]] std::string_view Name(Fault fault) noexcept;

struct Violation {
  Fault fault = Fault::kLive;
  std::string what = {};  // a sentence
};

// Every value that a script puts.
class Values {
 public:
  // The next put of the script.
  State Add(std::string_view key, std::uint32_t size);
  [[nodiscard]] std::string_view bytes(State state) const { return puts_[state - 1].bytes; }
  // The state that these bytes are of, if `key` was ever in such a one. Of equal ones, the one in
  // `first`.
  [[nodiscard]] std::optional<State> Find(std::string_view key, std::string_view bytes,
                                          const std::vector<State>& first) const;
  // All keys of the script, in order.
  [[nodiscard]] const std::map<std::string, std::vector<State>, std::less<>>& keys() const {
    return keys_;
  }
  // A key that is deleted may never have been put.
  void AddKey(std::string_view key) { keys_.try_emplace(std::string(key)); }

 private:
  struct Put {
    std::string bytes = {};
  };
  std::vector<Put> puts_;
  std::map<std::string, std::vector<State>, std::less<>> keys_;
};

// What is in a store.
using Contents = std::map<std::string, Value, std::less<>>;

// Reads all of `keys` one by one, then lists; they must agree.
struct Reading {
  Contents contents = {};
  std::optional<Violation> violation = {};
};
[[nodiscard]] Reading ReadAll(Store& store, const Values& values);

// How a batch under way, which is all or nothing, is found in part; none: it is not.
[[nodiscard]] std::optional<std::string> FindTorn(const Contents& contents, const Ledger& ledger,
                                                  const Values& values);

// Whether a power cut at the moment of `ledger` may leave these.
[[nodiscard]] std::optional<Violation> HoldAgainst(const Contents& contents, const Ledger& ledger,
                                                   const Values& values);

// Whether there is a store.
enum class Presence : std::uint8_t {
  kUnknown,  // perhaps one that nobody can open
  kSome,     // it opens, or it can be made anew
  kSure,     // it opens
};

// How closely to look.
struct InspectionOptions {
  std::uint64_t seed = 1;
  Presence presence = Presence::kSure;
  // No move of the store was cut off: it is at one place.
  bool moved = false;
  // Write to it after recovery, and cut the power once more.
  bool write = true;
  // Sees the disk through which the store is opened, in place of `disk`; null: nobody looks.
  FileSystem* opened_through = nullptr;
};

// Whether `disk`, which the power cut left, holds a store that opens, that holds what the ledger
// allows, and that can be used. Changes the disk.
[[nodiscard]] std::optional<Violation> Inspect(const CrashSubject& subject, SimulatedDisk& disk,
                                               const Ledger& ledger, const Values& values,
                                               const InspectionOptions& options);

}  // namespace anystore::crash
