/// The file in which a stack remembers its tablets (docs/formats/tablet.md, "The stack").
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "anystore/error.h"
#include "anystore/filesystem.h"

namespace anystore::tablet {

/// Whether a name can stand in the file.
///
/// Errors: invalid_argument.
[[nodiscard]] Status CheckTabletName(std::string_view name);

/// The error of a tablet that the file names and that could not be opened: one that is missing is
/// damage of the stack, not a stack that is not there.
[[nodiscard]] Error AsListed(Error error, std::string_view name);

/// The error of a pop.
[[nodiscard]] Error StackIsEmpty();

/// What writing the file did.
enum class StackWritten : std::uint8_t {
  kNo,       ///< Nothing: the old file is there.
  kUnknown,  ///< After a power cut the old or the new file may be there.
};

/// Replaces the file, so that after a power cut the old or the new one is there; at return the new
/// one. `*written` tells about a failure.
///
/// Errors: no_space, io_error.
Status WriteStackFile(Directory& directory, std::span<const std::string> names,
                      StackWritten& written);

}  // namespace anystore::tablet
