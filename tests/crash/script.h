// A workload and a power cut as text: what a failure is printed as, and repeated from.
//
//     disk strict 7
//     put /AB 100 durable
//     batch put /AB 10 delete /C process
//     batch put /AB 10 delete /C all
//     delete /AB dies 2
//     sync
//     get /AB
//     reopen
//     move
//     cut before 17 torn 42 again 3 none 0
//
// Steps stand on lines of their own or behind ";". Sizes are in bytes; what the bytes are follows
// from the key and the position. `durable`, `process` and `applied` ask for more or less than the
// store's default. `all` asks for all or nothing, where the store has that. `dies N` kills the
// process before its N-th change, and opens the store again. `move` takes the store to its other
// place, where it has two; else it is `reopen`. Calls are counted as in the trace.
// `disk strict 7 copied`: the store was not made here, but copied, and nobody synced the copy.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "anystore/error.h"
#include "anystore/options.h"
#include "anystore/simulated_disk.h"

namespace anystore::crash {

// What becomes of one record.
struct Change {
  std::string key = {};
  std::optional<std::uint32_t> bytes = {};  // of the value put; none: removed

  friend bool operator==(const Change&, const Change&) = default;
};

// One call of the store.
struct Operation {
  enum class Kind : std::uint8_t { kPut, kDelete, kBatch, kSync, kGet, kReopen, kMove };

  Kind kind = Kind::kSync;
  std::vector<Change> changes = {};  // one, but for kBatch; kGet: its key
  Durability durability = Durability::kStoreDefault;
  bool all = false;           // all or nothing; kBatch
  std::uint32_t dies_at = 0;  // the process dies before so many changes of files; 0: it lives

  friend bool operator==(const Operation&, const Operation&) = default;
};
inline constexpr std::size_t kKindCount = 7;

// When the power fails.
enum class Moment : std::uint8_t {
  kBefore,  // before a call takes effect
  kAfter,   // a call is done, but the operation it belongs to has not returned
  kEnd,     // everything has returned
};

// A power cut while the store was opened on what the first one left.
struct SecondCut {
  std::uint64_t call = 0;
  Survivors survivors = Survivors::kNone;
  std::uint64_t seed = 0;

  friend bool operator==(const SecondCut&, const SecondCut&) = default;
};

// A power cut.
struct Cut {
  Moment moment = Moment::kEnd;
  std::uint64_t call = 0;  // 0 at kEnd
  Survivors survivors = Survivors::kNone;
  std::uint64_t seed = 0;
  std::optional<SecondCut> again = {};

  friend bool operator==(const Cut&, const Cut&) = default;
};

// What is done on an empty disk, from making the store to closing it.
struct Script {
  std::uint64_t seed = 1;
  DiskProfile profile = DiskProfile::kStrict;
  // The store was made elsewhere, and its files copied without a sync.
  bool copied = false;
  std::vector<Operation> operations = {};
  std::optional<Cut> cut = {};  // none: one at every change

  friend bool operator==(const Script&, const Script&) = default;
};

// "strict", "journaled", "no_journal".
[[nodiscard]] std::string_view Name(DiskProfile profile) noexcept;
[[nodiscard]] std::optional<DiskProfile> ParseProfile(std::string_view name) noexcept;

// One step, as above.
[[nodiscard]] std::string ToText(const Operation& operation);
[[nodiscard]] std::string ToText(const Cut& cut);
// The whole, with `separator` between the steps.
[[nodiscard]] std::string ToText(const Script& script, std::string_view separator = "\n");

// The reverse. Errors: invalid_argument (names the step).
[[nodiscard]] Result<Script> ParseScript(std::string_view text);

}  // namespace anystore::crash
