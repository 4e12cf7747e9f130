#include "cli/tablet/place.h"

#include <utility>

#include "cli/stores.h"
#include "cli/text.h"
#include "filesystem/names.h"

namespace anystore::cli {

Error FilePlace::Failed(Error error) const { return std::move(error).In(Printable(path)); }

Result<FilePlace> FindFile(const std::string& path) {
  filesystem::PathPlace place = filesystem::PlaceOfPath(path);
  FilePlace found{.directory = nullptr, .name = std::move(place.name), .path = path};
  if (found.name.empty()) return found.Failed(Error(Code::kInvalidArgument, "it names no file"));
  Result<std::unique_ptr<Directory>> directory =
      ProgramEnvironment().files->OpenDirectory(place.directory);
  if (!directory.has_value()) return found.Failed(std::move(directory).error());
  found.directory = *std::move(directory);
  return found;
}

Result<std::shared_ptr<tablet::Tablet>> OpenTablet(const std::string& path) {
  ANYSTORE_ASSIGN_OR_RETURN(const FilePlace place, FindFile(path));
  Result<std::shared_ptr<tablet::Tablet>> opened =
      tablet::Tablet::Open(*place.directory, place.name, {.locator = tablet::LocatorUse::kIgnore},
                           std::make_shared<tablet::BlockCache>(0));
  if (!opened.has_value()) return place.Failed(std::move(opened).error());
  return opened;
}

}  // namespace anystore::cli
