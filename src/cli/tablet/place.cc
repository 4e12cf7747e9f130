#include "cli/tablet/place.h"

#include <span>
#include <string_view>
#include <utility>

#include "cli/stores.h"
#include "cli/text.h"
#include "filesystem/names.h"

namespace anystore::cli {
namespace {

// The entries of a tablet; errors say of which.
class PathSource final : public tablet::EntrySource {
 public:
  PathSource(const std::string& path, std::unique_ptr<tablet::EntrySource> source)
      : path_(Printable(path)), source_(std::move(source)) {}

  [[nodiscard]] Result<std::span<const tablet::TabletEntry>> Next() override {
    auto batch = source_->Next();
    if (!batch.has_value()) return std::move(batch).error().In(path_);
    return batch;
  }
  Status Seek(std::string_view key) override {
    Status sought = source_->Seek(key);
    if (!sought.has_value()) return std::move(sought).error().In(path_);
    return sought;
  }

 private:
  const std::string path_;
  const std::unique_ptr<tablet::EntrySource> source_;
};

}  // namespace

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

Result<std::shared_ptr<tablet::Tablet>> OpenTablet(const std::string& path,
                                                   tablet::ReaderOptions options) {
  options.locator = tablet::LocatorUse::kIgnore;
  ANYSTORE_ASSIGN_OR_RETURN(const FilePlace place, FindFile(path));
  Result<std::shared_ptr<tablet::Tablet>> opened = tablet::Tablet::Open(
      *place.directory, place.name, options, std::make_shared<tablet::BlockCache>(0));
  if (!opened.has_value()) return place.Failed(std::move(opened).error());
  return opened;
}

Result<std::unique_ptr<tablet::EntrySource>> OpenEntries(const std::string& path,
                                                         const tablet::ReaderOptions& options) {
  ANYSTORE_ASSIGN_OR_RETURN(const std::shared_ptr<tablet::Tablet> tablet,
                            OpenTablet(path, options));
  return std::make_unique<PathSource>(path, tablet->NewSource(KeyRange(), {}));
}

}  // namespace anystore::cli
