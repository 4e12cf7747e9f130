#include "tablet/locator/side_car.h"

#include <array>
#include <string>
#include <utility>

#include "tablet/locator/locator_builder.h"
#include "tablet/locator/locator_header.h"
#include "tablet/writing/new_file.h"

namespace anystore::tablet {
namespace {

/// The bytes of a file that says to be the locator of the tablet. Of another one, and of one that
/// is not as long as it says, only the header is read.
Result<Value> ReadSideCar(Directory& directory, const std::string& name, bool map,
                          const TabletIdentity& tablet) {
  ANYSTORE_ASSIGN_OR_RETURN(const std::unique_ptr<File> file, directory.Open(name, {}));
  ANYSTORE_ASSIGN_OR_RETURN(const FileInfo info, file->Stat());
  std::array<char, kLocatorHeaderBytes> bytes{};
  ANYSTORE_ASSIGN_OR_RETURN(const std::size_t read, file->ReadAt(0, bytes));
  const auto header = LoadLocatorHeader({bytes.data(), read});
  const bool fits = header.has_value() && header->tablet == tablet &&
                    info.size == kLocatorHeaderBytes + kLineBytes * std::size_t{header->line_count};
  if (!fits) return Error(Code::kCorruption);
  return map ? file->Map(0, info.size) : file->ReadAll();
}

Status WriteSideCar(Directory& directory, const std::string& name, std::string_view bytes) {
  ANYSTORE_ASSIGN_OR_RETURN(NewFile file, NewFile::Create(directory, name, Replace::kYes));
  ANYSTORE_TRY(file.Append(bytes));
  return file.Publish();
}

}  // namespace

std::optional<Locator> FindLocator(Directory& directory, const Tablet& tablet,
                                   const TabletIdentity& identity) {
  const LocatorUse use = tablet.options().locator;
  if (use == LocatorUse::kIgnore) return std::nullopt;
  const std::string name = tablet.name() + std::string(kLocatorSuffix);
  if (Result<Value> bytes = ReadSideCar(directory, name, tablet.mapped(), identity);
      bytes.has_value()) {
    if (auto locator = Locator::Take(std::move(*bytes), identity); locator.has_value())
      return locator;
  }
  if (use == LocatorUse::kUse) return std::nullopt;
  Result<Value> built = BuildLocator(tablet, identity);
  if (!built.has_value()) return std::nullopt;
  // Where the directory takes no files, it serves this reader alone.
  if (use == LocatorUse::kBuild) static_cast<void>(WriteSideCar(directory, name, *built));
  return Locator::Take(std::move(*built), identity);
}

}  // namespace anystore::tablet
