/// `Query`: which entries to list, in which order, and what of them. With `Filter` and `Order`.
///
///     anystore::Query query{.prefix = "/users", .limit = 10, .keys_only = true};
///     query.filters.push_back(anystore::Filter::Key(anystore::Op::kGreaterOrEqual, "/users/m"));
///     query.orders.push_back(anystore::Order::KeyDescending());
///
/// Evaluation is always prefix and range, filters, orders, offset, limit. A store takes over what
/// it can do better (ranges, order, limits, keys only); the rest runs over the stream, in bounded
/// memory unless an order that the store cannot give comes without a limit.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "anystore/cursor.h"
#include "anystore/error.h"
#include "anystore/export.h"
#include "anystore/key_range.h"
#include "anystore/options.h"

namespace anystore {

/// How a filter compares, bytewise.
enum class Op : std::uint8_t {
  kEqual,           ///< ==
  kNotEqual,        ///< !=
  kLess,            ///< <
  kLessOrEqual,     ///< <=
  kGreater,         ///< >
  kGreaterOrEqual,  ///< >=
};

/// A condition on entries. Keys are compared as bytes and not cleaned.
///
/// Threads: immutable. A function filter must itself be safe where queries run in parallel.
class ANYSTORE_EXPORT Filter {
 public:
  /// What a filter looks at.
  enum class Kind : std::uint8_t {
    kKey,        ///< Compares the key.
    kValue,      ///< Compares the value, also when the query returns keys only.
    kKeyPrefix,  ///< Whether the key begins with some bytes.
    kFunction,   ///< Asks a function.
  };

  /// Passes entries whose key compares so with `operand`.
  [[nodiscard]] static Filter Key(Op op, std::string operand);
  /// Passes entries whose value compares so with `operand`.
  [[nodiscard]] static Filter Value(Op op, std::string operand);
  /// Passes entries whose key begins with these bytes, component or not.
  [[nodiscard]] static Filter KeyPrefix(std::string prefix);
  /// Passes entries for which `passes` is true. The value is there only if `needs_value`. The
  /// function must not throw; it may be asked about a few entries ahead of the one returned.
  /// The function must not close the store that is queried, since Close waits for it.
  [[nodiscard]] static Filter Function(std::function<bool(const EntryView&)> passes,
                                       bool needs_value = true);
  /// Reads a filter as people write it: `key>=/x`, `value==abc`, `prefix:/ab`; operators
  /// == != < <= > >=, the operand is the rest of the text as it stands, or a quoted string with
  /// \xNN escapes. Reads the form of `ToString` as well.
  ///
  /// Errors: invalid_argument (says at which byte and what was expected).
  [[nodiscard]] static Result<Filter> Parse(std::string_view text);

  /// What it looks at.
  [[nodiscard]] Kind kind() const noexcept { return kind_; }
  /// How it compares; for kKey and kValue.
  [[nodiscard]] Op op() const noexcept { return op_; }
  /// What it compares with.
  [[nodiscard]] const std::string& operand() const noexcept { return operand_; }
  /// Whether it needs the value.
  [[nodiscard]] bool needs_value() const noexcept { return needs_value_; }
  /// Whether it can be asked: the operator is one of `Op`, the function is set. A query with a
  /// filter that cannot be is refused.
  [[nodiscard]] bool valid() const noexcept;
  /// Whether the entry passes; false when the filter is not valid.
  [[nodiscard]] bool Passes(const EntryView& entry) const;
  /// Whether every entry that passes lies in the returned range. All keys when nothing is known.
  [[nodiscard]] KeyRange Bounds() const;
  /// The text form of go-datastore: `KEY >= "/x"`, `VALUE == "a"`, `PREFIX("/ab")`, `FN`.
  [[nodiscard]] std::string ToString() const;

 private:
  Filter(Kind kind, Op op, std::string operand, bool needs_value);

  Kind kind_;
  Op op_;
  bool needs_value_;
  std::string operand_;
  std::function<bool(const EntryView&)> function_ = {};
};

/// One criterion of order. Ties after all criteria are broken by ascending key.
///
/// Threads: immutable.
class ANYSTORE_EXPORT Order {
 public:
  /// What an order looks at.
  enum class Kind : std::uint8_t {
    kKey,              ///< The key, ascending.
    kKeyDescending,    ///< The key, descending.
    kValue,            ///< The value, ascending; also when the query returns keys only.
    kValueDescending,  ///< The value, descending.
    kFunction,         ///< A function.
  };

  /// By key.
  [[nodiscard]] static Order Key() { return Order(Kind::kKey); }
  /// By key, last first.
  [[nodiscard]] static Order KeyDescending() { return Order(Kind::kKeyDescending); }
  /// By value.
  [[nodiscard]] static Order Value() { return Order(Kind::kValue); }
  /// By value, last first.
  [[nodiscard]] static Order ValueDescending() { return Order(Kind::kValueDescending); }
  /// By a function: negative, zero or positive as the first entry stands before, beside or after
  /// the second. Must be a strict weak order and not throw.
  [[nodiscard]] static Order Function(std::function<int(const EntryView&, const EntryView&)> f);
  /// Reads `key`, `-key`, `value`, `-value`.
  ///
  /// Errors: invalid_argument.
  [[nodiscard]] static Result<Order> Parse(std::string_view text);

  /// What it looks at.
  [[nodiscard]] Kind kind() const noexcept { return kind_; }
  /// Whether it needs the value.
  [[nodiscard]] bool needs_value() const noexcept {
    return kind_ != Kind::kKey && kind_ != Kind::kKeyDescending;
  }
  /// Whether it can be asked: a function is set where one is needed. A query with an order that
  /// cannot be is refused.
  [[nodiscard]] bool valid() const noexcept;
  /// Negative, zero or positive as `a` stands before, beside or after `b`; zero when the order is
  /// not valid.
  [[nodiscard]] int Compare(const EntryView& a, const EntryView& b) const;
  /// The text form of go-datastore: `KEY`, `desc(KEY)`, `VALUE`, `desc(VALUE)`, `FN`.
  [[nodiscard]] std::string ToString() const;

 private:
  explicit Order(Kind kind) : kind_(kind) {}

  Kind kind_;
  std::function<int(const EntryView&, const EntryView&)> function_ = {};
};

/// Compares by all `orders`, then by ascending key: a total order of entries with different keys.
[[nodiscard]] ANYSTORE_EXPORT int Compare(std::span<const Order> orders, const EntryView& a,
                                          const EntryView& b);

/// What to list. A default one lists everything, with values, in the store's order.
///
/// Threads: thread-compatible.
struct ANYSTORE_EXPORT Query {
  /// Only strict descendants of this hierarchical key, which is cleaned first: "/a" selects "/a/b",
  /// not "/a" and not "/ab". Empty or the root: every key.
  std::string prefix = {};
  /// Only keys in this range, together with the prefix when both are set.
  KeyRange range = {};
  /// Only entries that pass all of them.
  std::vector<Filter> filters = {};
  /// The order, the first criterion first. None: the store's own, which on a store with
  /// `ordered_scan` is by key.
  std::vector<Order> orders = {};
  /// Without orders: by descending key. With orders it must be false.
  bool reverse = false;
  /// How many entries to skip; none when 0 or less.
  std::int64_t offset = 0;
  /// How many entries to return at most; all when 0 or less.
  std::int64_t limit = 0;
  /// Leave out the values. Filters and orders still see them.
  bool keys_only = false;
  /// Fill in `EntryInfo::expires_at`. Needs capability `expiry`.
  bool return_expirations = false;
  /// Fill in `EntryInfo::size` also with `keys_only`.
  bool return_sizes = false;
  /// When to give up. Holds for the whole life of the results.
  CallOptions call = {};

  /// The keys that can be in the answer: prefix, range and what the filters imply, together.
  [[nodiscard]] KeyRange Scope() const;
  /// Whether filters or orders look at values.
  [[nodiscard]] bool NeedsValues() const;
  /// The text form of go-datastore:
  /// `SELECT keys[,vals][,exps] [FROM "p"] [FILTER [f, f]] [ORDER [o, o]] [OFFSET n] [LIMIT n]`,
  /// with ` RANGE ["a", "b")` after FROM and ` REVERSE` after ORDER where they are set. A range
  /// without an end prints as `["a", )`.
  [[nodiscard]] std::string ToString() const;
};

/// The reference: what `query` answers over `entries`, by the plainest means. For tests, and for
/// backends whose entries are all in memory anyway. Sorts when the query has an order, else keeps
/// the order of `entries`. `EntryInfo::size` is filled in from values that are not empty.
///
/// Errors: invalid_argument (a malformed query: orders together with reverse, a filter or order
/// that is not valid).
[[nodiscard]] ANYSTORE_EXPORT Result<std::vector<Entry>> Evaluate(const Query& query,
                                                                  std::vector<Entry> entries);

}  // namespace anystore
