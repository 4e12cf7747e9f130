/// The lines of the file of checksums: those of sha256sum, and comments to it.
///
///     line    = sum / removal
///     sum     = 64hex "  " path LF           ; hex in lower case
///     removal = "# removed " path LF         ; the record may have been removed since
///     path    = directory "/" stem ".data"
///
/// Any other line, such as one that a power cut has torn, says nothing.
#pragma once

#include <array>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "anystore/environment.h"
#include "anystore/error.h"
#include "anystore/file.h"
#include "anystore/filesystem.h"

namespace anystore::flatfs {

/// The SHA-256 of a value.
using Sha256 = std::array<unsigned char, 32>;

/// What a line says. Views into it.
///
/// Threads: thread-compatible.
struct ChecksumLine {
  std::string_view path = {};
  /// None: a removal.
  std::optional<Sha256> sum = {};
};

/// Reads a line, without its end. None when it says nothing.
[[nodiscard]] std::optional<ChecksumLine> ParseChecksumLine(std::string_view line);

/// Appends a line with its end.
void AppendChecksumLine(const ChecksumLine& line, std::string& text);

/// The digits of a sum.
[[nodiscard]] std::string ToHex(const Sha256& sum);

/// Calls `visit` for every line that says something, from the front to the back. A last one without
/// an end says nothing.
///
/// Errors: those of reading, and of `visit`.
Status ForEachChecksumLine(File& file, const std::function<Status(const ChecksumLine&)>& visit);

/// Puts a file with those lines that `keep` says, in their order, in the place of the one in
/// `root`. It is stable, and has its name for good with the next sync of `root`; until then, the
/// old one may come back.
///
/// Errors: those of the filesystem. The file is as it was.
Status KeepChecksumLines(Directory& root, Random& random,
                         const std::function<bool(const ChecksumLine&)>& keep);

}  // namespace anystore::flatfs
