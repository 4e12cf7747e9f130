#include "backends/engine_directory.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <system_error>
#include <utility>
#include <vector>

#include "anystore/filesystem.h"
#include "base/canonical_path.h"
#include "core/identity.h"

namespace anystore::backends {
namespace {

Error FromErrorCode(const std::error_code& error, std::string tried) {
  return Error::FromErrno(error.value(), std::move(tried));
}

bool IsIdentityName(std::string_view name) {
  if (!name.starts_with(internal::kIdentityFile)) return false;
  const std::string_view rest = name.substr(internal::kIdentityFile.size());
  return rest.empty() || rest.starts_with('.');
}

/// Which parts of a database a directory has.
struct Parts {
  bool current = false;
  bool mark = false;
  bool data = false;
  bool any = false;
  /// The last file that only a relative has.
  std::string relative = {};
  /// The last file that is no part of one.
  std::string foreign = {};
};

Part PartOf(std::string_view name, const EngineFiles& files) {
  if (name == "CURRENT") return Part::kCurrent;
  if (name == files.mark) return Part::kMark;
  return files.part_of(name);
}

Result<Parts> PartsIn(const std::filesystem::path& path, const EngineFiles& files) {
  Parts parts;
  std::error_code error;
  std::filesystem::directory_iterator entries(path, error);
  for (; !error && entries != std::filesystem::directory_iterator(); entries.increment(error)) {
    const std::string name = entries->path().filename().string();
    parts.any = true;
    if (IsIdentityName(name)) continue;
    const Part part = PartOf(name, files);
    parts.current = parts.current || part == Part::kCurrent;
    parts.mark = parts.mark || part == Part::kMark;
    parts.data = parts.data || part == Part::kData;
    if (part == Part::kNone) parts.foreign = name;
    if (part == Part::kRelative) parts.relative = name;
  }
  if (error) return FromErrorCode(error, "list " + path.string());
  return parts;
}

Result<std::unique_ptr<Directory>> OnHost(const std::filesystem::path& directory) {
  return Environment::Host().files->OpenDirectory(directory.string());
}

Status PlaceIdentity(const std::filesystem::path& directory, const StoreIdentity& identity,
                     Random* random) {
  ANYSTORE_ASSIGN_OR_RETURN(const auto on_host, OnHost(directory));
  return internal::WriteIdentity(*on_host, identity, random);
}

/// Removes the record, and what a record that was cut off left.
void RemoveIdentity(const std::filesystem::path& directory) {
  std::error_code error;
  std::vector<std::filesystem::path> records;
  for (const auto& entry : std::filesystem::directory_iterator(directory, error)) {
    if (IsIdentityName(entry.path().filename().string())) records.push_back(entry.path());
  }
  for (const std::filesystem::path& record : records) std::filesystem::remove(record, error);
}

/// Whether there is a place for a new database, and then whether its directory exists already.
Result<bool> FreePlace(const std::filesystem::path& path, const EngineFiles& files) {
  ANYSTORE_ASSIGN_OR_RETURN(const Inspection found, Inspect(path, files));
  const std::string engine(files.engine);
  switch (found.place) {
    case Place::kDatabase:
      return Error(Code::kAlreadyExists, "there is a " + engine + " database");
    case Place::kRemains:
      return Error(Code::kAlreadyExists,
                   "there are remains of a " + engine + " database; destroy it first");
    case Place::kOther:
      return Error(Code::kAlreadyExists, "something else is in its place: " + found.foreign);
    case Place::kEmpty:
    case Place::kUnfinished:
      return true;
    case Place::kNothing:
      break;
  }
  return false;
}

/// Makes a directory, in a parent that exists, and makes that survive a power cut.
Status MakeDirectory(const std::filesystem::path& path) {
  if (::mkdir(path.c_str(), 0777) != 0) {
    if (errno == ENOENT) {
      return Error(Code::kIoError,
                   "the directory above does not exist: " + path.parent_path().string());
    }
    return Error::FromErrno(errno, "make directory " + path.string());
  }
  return SyncDirectory(path.parent_path());
}

}  // namespace

bool IsNumber(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

std::string_view EndingOfNumbered(std::string_view name) {
  const std::string_view number = name.substr(0, name.find('.'));
  return IsNumber(number) ? name.substr(number.size()) : std::string_view();
}

Result<Inspection> Inspect(const std::filesystem::path& path, const EngineFiles& files) {
  struct stat about{};
  if (::stat(path.c_str(), &about) != 0) {
    if (errno == ENOENT) return Inspection{.place = Place::kNothing};
    if (errno == ENOTDIR) {
      return Inspection{.place = Place::kOther, .foreign = "a part of the path is a file"};
    }
    return Error::FromErrno(errno, "stat " + path.string());
  }
  if (!S_ISDIR(about.st_mode)) {
    return Inspection{.place = Place::kOther, .foreign = "not a directory"};
  }
  ANYSTORE_ASSIGN_OR_RETURN(Parts parts, PartsIn(path, files));
  Inspection found{.place = Place::kEmpty, .foreign = std::move(parts.foreign)};
  if (!parts.relative.empty()) {
    found = {.place = Place::kOther, .foreign = parts.relative};
  } else if (parts.current && (parts.mark || !files.always_marked)) {
    found.place = Place::kDatabase;
  } else if (parts.current || !found.foreign.empty()) {
    found.place = Place::kOther;
    if (found.foreign.empty()) found.foreign = "CURRENT without " + std::string(files.mark);
  } else if (parts.data) {
    // Numbered logs alone may be anybody's.
    found.place = parts.mark ? Place::kRemains : Place::kOther;
    if (!parts.mark) found.foreign = "numbered files without " + std::string(files.mark);
  } else if (parts.any) {
    found.place = Place::kUnfinished;
  }
  return found;
}

Error NotThere(const Inspection& found, const EngineFiles& files) {
  switch (found.place) {
    case Place::kNothing:
      return Error(Code::kNotFound, "there is no such directory");
    case Place::kEmpty:
    case Place::kUnfinished:
      return Error(Code::kNotFound, "there is no database in the directory");
    case Place::kRemains:
      return Error(Code::kNotFound,
                   "there are only remains of a database whose removal was cut off");
    case Place::kDatabase:
    case Place::kOther:
      break;
  }
  return Error(Code::kIdentityMismatch,
               "not a " + std::string(files.engine) + " database: " + found.foreign);
}

Status CheckRemovable(const std::filesystem::path& path, const EngineFiles& files) {
  ANYSTORE_ASSIGN_OR_RETURN(const Inspection found, Inspect(path, files));
  if (found.place != Place::kDatabase && found.place != Place::kRemains) {
    return NotThere(found, files);
  }
  if (found.foreign.empty()) return Ok();
  return Error(Code::kIdentityMismatch,
               "the directory holds something beside the database: " + found.foreign);
}

Status SyncDirectory(const std::filesystem::path& directory) {
  const int handle = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (handle < 0) return Error::FromErrno(errno, "open " + directory.string());
  const int failed = ::fsync(handle) != 0 ? errno : 0;
  ::close(handle);
  // Some file systems cannot sync a directory and say so in this way.
  if (failed != 0 && failed != EINVAL)
    return Error::FromErrno(failed, "sync " + directory.string());
  return Ok();
}

Status RemoveDirectory(const std::filesystem::path& path) {
  RemoveIdentity(path);
  if (::rmdir(path.c_str()) == 0 || errno == ENOENT) return Ok();
  return Error::FromErrno(errno, "remove " + path.string());
}

Result<StoreIdentity> IdentityIn(const std::filesystem::path& directory) {
  ANYSTORE_ASSIGN_OR_RETURN(const auto on_host, OnHost(directory));
  return internal::ReadIdentity(*on_host);
}

Result<std::filesystem::path> Canonical(const std::string& path) {
  ANYSTORE_ASSIGN_OR_RETURN(std::string canonical, base::CanonicalPath(path));
  return std::filesystem::path(std::move(canonical));
}

Result<std::uint64_t> BytesIn(const std::filesystem::path& directory) {
  std::uint64_t bytes = 0;
  std::error_code error;
  std::filesystem::recursive_directory_iterator files(directory, error);
  for (; !error && files != std::filesystem::recursive_directory_iterator();
       files.increment(error)) {
    // A file that a compaction has just removed takes no space.
    std::error_code gone;
    if (!files->is_regular_file(gone)) continue;
    if (const auto size = files->file_size(gone); !gone) bytes += size;
  }
  if (error) return FromErrorCode(error, "list " + directory.string());
  return bytes;
}

Status CreateIn(const std::filesystem::path& directory, const EngineFiles& files,
                const StoreIdentity& identity, Random* random, const std::function<Status()>& make,
                const std::function<void()>& unmake) {
  ANYSTORE_ASSIGN_OR_RETURN(const bool had_directory, FreePlace(directory, files));
  if (!had_directory) ANYSTORE_TRY(MakeDirectory(directory));
  // The record first: what makes the directory a database comes last.
  Status made = PlaceIdentity(directory, identity, random);
  if (made.has_value()) {
    made = make();
    if (!made.has_value()) unmake();
  }
  if (made.has_value()) return made;
  if (had_directory) {
    RemoveIdentity(directory);
  } else {
    static_cast<void>(RemoveDirectory(directory));
  }
  return made;
}

}  // namespace anystore::backends
