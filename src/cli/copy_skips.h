/// What a copy need not write because the destination has it.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <string_view>

#include "anystore/cursor.h"
#include "anystore/error.h"
#include "anystore/store.h"

namespace anystore::cli {

/// The contents that are in the destination under their hash, or on their way there.
///
/// Threads: thread-compatible.
class KnownContents {
 public:
  explicit KnownContents(Store& destination) : destination_(destination) {}

  /// Whether this content is known. If not it is from now on: the caller writes it.
  Result<bool> Contains(std::string_view key, std::uint64_t value_bytes);
  /// How many contents are known that the destination need not have yet.
  [[nodiscard]] std::size_t on_their_way() const { return on_their_way_.size(); }
  /// Everything on its way has arrived.
  void Arrived() { on_their_way_.clear(); }

 private:
  Store& destination_;
  std::set<std::string, std::less<>> on_their_way_;
};

/// How sure a copy that goes on wants to be that a record is there.
enum class Sameness {
  kSize,   ///< The destination had nothing before this copy: what is there was written by it.
  kBytes,  ///< It may be anything: sizes are compared, then values.
};

/// Whether the destination has the record `entry` of the source, which was listed with its size.
Result<bool> IsThere(Store& source, Store& destination, const EntryView& entry, Sameness sameness);

}  // namespace anystore::cli
