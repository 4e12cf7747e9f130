/// One operation of a torture script, and its text.
///
///     put "/A" bytes:300:17 if_absent in=60 durable
///     delete "/A" if_current
///     expire "/A" in=5
///     apply all put "/A" "x" if_present delete "/B" delete_range from="/C" to="/D"
///     batch discarded put "/A" "x" delete "/B"
///     delete_range from="/A" to="/B"
///     get "/A" offset=2 length=3 old
///     query prefix="/A" filter="KEY >= \"/B\"" order="-key" offset=1 limit=2 keys
///     cursor from="/A" reverse
///     next 3
///
/// Keys stand in quotes, with `\xNN` for other bytes; words without quotes say what to do. Steps
/// stand on lines of their own or behind ";".
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "anystore/error.h"
#include "anystore/key_range.h"
#include "anystore/options.h"

namespace anystore::conformance::torture {

/// What is done.
enum class Verb : std::uint8_t {
  kPut,          ///< Store::Put.
  kDelete,       ///< Store::Delete.
  kExpire,       ///< Store::SetExpiry.
  kApply,        ///< Store::Apply of several mutations.
  kBatch,        ///< Store::NewBatch, Put and Delete, Commit or not.
  kDeleteRange,  ///< Store::DeleteRange.
  kSync,         ///< Store::Sync.
  kReopen,       ///< Store::Close, and open again.
  kPass,         ///< Time passes. Snapshot and cursor are let go.
  kGet,          ///< Get, whole or a window.
  kHas,          ///< Has.
  kSize,         ///< GetSize.
  kStat,         ///< Stat of all that is known.
  kGetMany,      ///< GetMany, whole or windows.
  kQuery,        ///< Query, and all of its results.
  kSnapshot,     ///< Takes the snapshot that reads with `old` see, in place of the one before.
  kRelease,      ///< Lets go of it.
  kCursor,       ///< Opens the cursor, in place of the one before.
  kNext,         ///< The next entries of the cursor.
  kSeek,         ///< Moves the cursor.
};

/// The value of a put.
struct Bytes {
  std::string literal = {};
  /// How many bytes to draw, from which seed; when not 0, instead of `literal`.
  std::uint64_t size = 0;
  std::uint64_t seed = 0;

  [[nodiscard]] std::string Make() const;
  friend bool operator==(const Bytes&, const Bytes&) = default;
};

/// What a write asks of the record that is there.
enum class Demand : std::uint8_t {
  kNothing,
  kAbsent,   ///< Condition::IfAbsent.
  kPresent,  ///< Condition::IfPresent.
  kCurrent,  ///< Condition::IfVersion of the version that Stat tells.
  kStale,    ///< Condition::IfVersion of a version that no record has.
};

/// One write to one key or range.
struct Change {
  enum class Kind : std::uint8_t { kPut, kDelete, kDeleteRange, kExpire };

  Kind kind = Kind::kPut;
  std::string key = {};
  std::optional<std::string> to = {};  ///< kDeleteRange: the end, if it has one.
  Bytes value = {};
  Demand demand = Demand::kNothing;
  std::optional<std::int32_t> in_seconds = {};  ///< When the record goes away, counted from now.

  friend bool operator==(const Change&, const Change&) = default;
};

/// How a batch ends.
enum class BatchEnd : std::uint8_t { kCommitted, kDiscarded, kDropped };

/// What a query or a cursor lists.
struct Listing {
  std::string prefix = {};
  std::string from = {};
  std::optional<std::string> to = {};
  std::vector<std::string> filters = {};
  std::vector<std::string> orders = {};
  std::int64_t offset = 0;
  std::int64_t limit = 0;
  bool reverse = false;
  bool keys_only = false;
  bool sizes = false;
  bool expirations = false;

  [[nodiscard]] KeyRange Range() const { return {from, to}; }
  friend bool operator==(const Listing&, const Listing&) = default;
};

struct Operation {
  Verb verb = Verb::kSync;
  std::vector<Change> changes = {};    ///< Of writes; one, but for kApply and kBatch.
  std::vector<std::string> keys = {};  ///< Of reads and kSeek; one, but for kGetMany.
  Listing listing = {};                ///< kQuery, kCursor; kSync: its range.
  Window window = {};                  ///< kGet, kGetMany.
  std::uint64_t number = 0;            ///< kPass: seconds; kNext: entries.
  Durability durability = Durability::kStoreDefault;
  bool all_or_nothing = false;
  bool old = false;  ///< A read of the snapshot instead of the store.
  BatchEnd end = BatchEnd::kCommitted;

  friend bool operator==(const Operation& a, const Operation& b) {
    const auto tied = [](const Operation& o) {
      return std::tie(o.verb, o.changes, o.keys, o.listing, o.window.offset, o.window.length,
                      o.number, o.durability, o.all_or_nothing, o.old, o.end);
    };
    return tied(a) == tied(b);
  }
};

/// The first word of its text: "put".
[[nodiscard]] std::string_view Name(Verb verb) noexcept;
/// Whether it may change records.
[[nodiscard]] bool Writes(Verb verb) noexcept;

/// The operation as text, without an end of line.
[[nodiscard]] std::string ToText(const Operation& operation);
/// The reverse. Errors: invalid_argument (names the step).
[[nodiscard]] Result<Operation> ParseOperation(std::string_view step);
/// A whole script: steps, or the cases of a file of tests, of which what is printed is left out.
[[nodiscard]] Result<std::vector<Operation>> ParseScript(std::string_view text);

}  // namespace anystore::conformance::torture
