/// What can be asked of a store, for layers that count, name or fail calls.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "anystore/datastore.h"

namespace anystore::layers {

/// What a call does. Those that read come first.
enum class Verb : std::uint8_t {
  kGet,
  kStat,
  kGetMany,
  kScan,
  kNext,
  kSeek,
  kPut,
  kDelete,
  kDeleteRange,
  kSetExpiry,
  kBatch,
  kSync,
  kSnapshot,
  kBegin,
  kCommit,
};

/// The names of all verbs, in their order.
inline constexpr std::array<std::string_view, 15> kVerbNames = {
    "get",          "stat",       "get_many", "scan", "next",     "seek",  "put",   "delete",
    "delete_range", "set_expiry", "batch",    "sync", "snapshot", "begin", "commit"};

/// The name of a verb.
[[nodiscard]] constexpr std::string_view Name(Verb verb) noexcept {
  return kVerbNames[static_cast<std::size_t>(verb)];
}

/// What writing `mutations` is called: by its only mutation, or a batch.
[[nodiscard]] Verb VerbOf(std::span<const Mutation> mutations) noexcept;

}  // namespace anystore::layers
