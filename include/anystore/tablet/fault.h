/// `Fault`: what is wrong with a tablet, and where.
///
/// Whoever reads records meets a fault as an error whose message names the file, the block and the
/// offset. Whoever checks a tablet gets the faults themselves:
///
///     anystore::Status Check(anystore::Directory& directory, std::string_view name) {
///       ANYSTORE_ASSIGN_OR_RETURN(const auto report,
///                                 anystore::tablet::CheckTablet(directory, name));
///       if (report.faults.empty()) return anystore::Ok();
///       return anystore::tablet::ToError(report.faults.front(), name);
///     }
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "anystore/error.h"
#include "anystore/export.h"

namespace anystore::tablet {

/// The checks that a tablet can fail, in the order in which they are made (docs/formats/tablet.md,
/// "Faults").
enum class FaultKind : std::uint8_t {
  kTruncated,  ///< It ends, or a part of it does, before what it says is there.
  kMagic,      ///< The bytes that open or close a part are others.
  kVersion,    ///< A block encoding that is not read here.
  kFooter,     ///< The padding of the footer is not zero.
  kBounds,     ///< An index or block lies outside of where it may lie.
  kLength,     ///< The length of a block is one in the index and another in front of it.
  kType,       ///< A block type that is unknown, or not right in its place.
  kMsgpack,    ///< A number or byte string is written in no form that is allowed there.
  kChecksum,   ///< The bytes of a block are not those that were written.
  kSnappy,     ///< What should be compressed is not, or not whole.
  kLimit,      ///< Larger than this reader was told to take.
  kRestart,    ///< The restart points of a block are not points where its entries begin.
  kPrefix,     ///< An entry shares more bytes with the key before it than that has.
  kOrder,      ///< Keys do not ascend.
  kFirstKey,   ///< The first key of a block is one in the index and another in the block.
};

/// How many kinds there are; every value below it is one.
inline constexpr std::uint8_t kFaultKinds = 15;

/// The stable lower-case name of a kind: "checksum".
[[nodiscard]] ANYSTORE_EXPORT std::string_view FaultName(FaultKind kind) noexcept;

/// One thing that is wrong with a tablet.
///
/// Threads: thread-compatible.
struct Fault {
  /// Which check failed.
  FaultKind kind = FaultKind::kTruncated;
  /// The data block, counted from 0 in the order of the index, or of the stream. None: it is about
  /// the file as a whole, an index, or a meta block.
  std::optional<std::uint64_t> block = {};
  /// Where in the file, in bytes. Inside of a compressed block: where that block begins.
  std::uint64_t offset = 0;
  /// It may be no damage but something that is not known here: a type of a later version.
  bool unknown = false;
  /// What is wrong, as in "the second restart point is not where an entry begins".
  std::string what = {};
};

/// A fault on one line: "block 3 at offset 1234: checksum: stored 0x1, computed 0x2".
[[nodiscard]] ANYSTORE_EXPORT std::string Describe(const Fault& fault);

/// The error that a fault is for whoever reads: `unsupported` for kVersion and what is unknown,
/// `too_large` for kLimit, otherwise `corruption`. Its message names the `file`.
[[nodiscard]] ANYSTORE_EXPORT Error ToError(const Fault& fault, std::string_view file);

}  // namespace anystore::tablet
