/// What functions return that look at bytes of a tablet.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <utility>

#include "anystore/tablet/fault.h"
#include "base/hex.h"
#include "tablet/format/msgpack.h"

namespace anystore::tablet {

/// A `T`, or what is wrong. Whoever knows the file and the block adds them.
template <class T>
using OrFault = std::expected<T, Fault>;

/// A fault at an offset.
[[nodiscard]] inline std::unexpected<Fault> Wrong(FaultKind kind, std::uint64_t offset,
                                                  std::string what) {
  return std::unexpected(Fault{.kind = kind, .offset = offset, .what = std::move(what)});
}

/// What is wrong with a checksum.
[[nodiscard]] inline std::string UnlikeChecksums(std::uint32_t stored, std::uint32_t computed) {
  return "stored " + base::Hex32(stored) + ", computed " + base::Hex32(computed);
}

/// The fault of a value that could not be taken: `what` names the value.
[[nodiscard]] inline std::unexpected<Fault> NotTaken(Unpacked why, std::uint64_t offset,
                                                     const std::string& what) {
  if (why == Unpacked::kCut) return Wrong(FaultKind::kTruncated, offset, what + " is cut off");
  return Wrong(FaultKind::kMsgpack, offset, what + " begins with a byte that is not allowed there");
}

}  // namespace anystore::tablet
