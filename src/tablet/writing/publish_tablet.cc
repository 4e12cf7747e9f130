#include "tablet/writing/publish_tablet.h"

#include <string>
#include <utility>

#include "filesystem/names.h"
#include "tablet/locator/locator.h"

namespace anystore::tablet {
namespace {

Status RemoveLocator(Directory& directory, std::string_view name) {
  const std::string locator = std::string(name) + std::string(kLocatorSuffix);
  Status removed = directory.Remove(locator);
  if (removed.has_value()) return directory.Sync(filesystem::ParentOf(name));
  // A directory of the name is no locator, and readers pass over it.
  const Code code = removed.error().code();
  return code == Code::kNotFound || code == Code::kInvalidArgument ? Ok() : std::move(removed);
}

}  // namespace

Status PublishTablet(NewFile& file) {
  ANYSTORE_TRY(RemoveLocator(file.directory(), file.name()));
  return file.Publish();
}

}  // namespace anystore::tablet
