/// Which file a command is about.
#pragma once

#include <memory>
#include <string>

#include "anystore/error.h"
#include "anystore/filesystem.h"
#include "tablet/reading/entry_source.h"
#include "tablet/reading/tablet.h"

namespace anystore::cli {

/// A file, whether it is there or not.
struct FilePlace {
  std::shared_ptr<Directory> directory;
  std::string name;
  std::string path;

  /// What failed, with where.
  [[nodiscard]] Error Failed(Error error) const;
};

/// The place that a path means; its directory must be there. Errors say where, as those of
/// OpenTablet do, but not what was being done.
///
/// Errors: invalid_argument (it names no file) · not_found · permission_denied, io_error.
[[nodiscard]] Result<FilePlace> FindFile(const std::string& path);

/// Opens a tablet to read it from end to end; its locator is of no use then.
///
/// Errors: as FindFile and `TabletReader::Open`.
[[nodiscard]] Result<std::shared_ptr<tablet::Tablet>> OpenTablet(const std::string& path,
                                                                 tablet::ReaderOptions options);

/// The entries of a tablet. Errors of reading say where, too: for whoever reads several at once.
///
/// Errors: as OpenTablet.
[[nodiscard]] Result<std::unique_ptr<tablet::EntrySource>> OpenEntries(
    const std::string& path, const tablet::ReaderOptions& options);

}  // namespace anystore::cli
