#include "tablet/locator/side_car.h"

#include <array>
#include <string>
#include <utility>

#include "tablet/locator/locator_builder.h"
#include "tablet/locator/locator_header.h"
#include "tablet/writing/new_file.h"

namespace anystore::tablet {
namespace {

/// The locator in a file, if it is the tablet's and not damaged. Of a file that says to be another
/// one's, or is not as long as it says, only the header is read.
Result<std::optional<Locator>> ReadSideCar(Directory& directory, const std::string& name,
                                           const Tablet& tablet) {
  ANYSTORE_ASSIGN_OR_RETURN(const std::unique_ptr<File> file, directory.Open(name, {}));
  ANYSTORE_ASSIGN_OR_RETURN(const FileInfo info, file->Stat());
  std::array<char, kLocatorHeaderBytes> front{};
  ANYSTORE_ASSIGN_OR_RETURN(const std::size_t read, file->ReadAt(0, front));
  const auto header = LoadLocatorHeader({front.data(), read});
  const TabletIdentity identity = tablet.Identity();
  const bool fits = header.has_value() && header->tablet == identity &&
                    info.size == kLocatorHeaderBytes + kLineBytes * std::size_t{header->line_count};
  if (!fits) return std::nullopt;
  ANYSTORE_ASSIGN_OR_RETURN(Value bytes,
                            tablet.mapped() ? file->Map(0, info.size) : file->ReadAll());
  return Locator::Take(std::move(bytes), identity);
}

Status WriteSideCar(Directory& directory, const std::string& name, std::string_view bytes) {
  ANYSTORE_ASSIGN_OR_RETURN(NewFile file, NewFile::Create(directory, name, Replace::kYes));
  ANYSTORE_TRY(file.Append(bytes));
  return file.Publish();
}

}  // namespace

std::optional<Locator> FindLocator(Directory& directory, const Tablet& tablet) {
  const LocatorUse use = tablet.options().locator;
  if (use == LocatorUse::kIgnore) return std::nullopt;
  const std::string name = tablet.name() + std::string(kLocatorSuffix);
  auto read = ReadSideCar(directory, name, tablet);
  if (read.has_value() && read->has_value()) return std::move(*read);
  if (use == LocatorUse::kUse) return std::nullopt;
  Result<Value> built = BuildLocator(tablet);
  if (!built.has_value()) return std::nullopt;
  // Where the directory takes no files, it serves this reader alone.
  if (use == LocatorUse::kBuild) static_cast<void>(WriteSideCar(directory, name, *built));
  return Locator::Take(std::move(*built), tablet.Identity());
}

}  // namespace anystore::tablet
