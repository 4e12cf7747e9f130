/// The file `datastore_spec`, in which Kubo keeps what its configuration says about the disk, so
/// that nobody opens a repository with one that does not fit.
#pragma once

#include <string>

#include "anystore/environment.h"
#include "anystore/error.h"

namespace anystore::registry {

/// What decides what is on the disk, and where that is written down.
struct DiskSpec {
  /// The directory of the file, which is that of the configuration.
  std::string directory = {};
  /// Minimal JSON with sorted names. "null": nothing is on the disk.
  std::string text = {};
};

/// Holds `spec` against the file, where there is one.
///
/// Errors: identity_mismatch (tells both) · permission_denied, io_error.
[[nodiscard]] Status CheckDiskSpec(const DiskSpec& spec, const Environment& environment);

/// Checks, and writes the file where there is none, so that it survives a power cut. Returns
/// whether it did; where nothing is on the disk, it does not.
///
/// Errors: as CheckDiskSpec · no_space, read_only.
Result<bool> PlaceDiskSpec(const DiskSpec& spec, const Environment& environment);

/// Removes the file, if it is there.
///
/// Errors: permission_denied, read_only, io_error.
Status RemoveDiskSpec(const DiskSpec& spec, const Environment& environment);

}  // namespace anystore::registry
