#include "backends/rocksdb/directory.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string_view>
#include <system_error>

namespace anystore::rocksdb {
namespace {

enum class Part : std::uint8_t {
  kNone,         // no file of RocksDB
  kBookkeeping,  // made before a new database becomes one, by the appearance of CURRENT
  kCurrent,
  kIdentity,
  kData,
};

bool IsNumber(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

/// Which part of a RocksDB database has this name.
Part PartOf(std::string_view name) {
  if (name == "CURRENT") return Part::kCurrent;
  if (name == "IDENTITY") return Part::kIdentity;
  if (name == "LOCK" || name == "LOG" || name.starts_with("LOG.old.")) return Part::kBookkeeping;
  for (const std::string_view prefix : {"MANIFEST-", "OPTIONS-"}) {
    if (!name.starts_with(prefix)) continue;
    std::string_view number = name.substr(prefix.size());
    if (number.ends_with(".dbtmp")) number.remove_suffix(6);
    return IsNumber(number) ? Part::kBookkeeping : Part::kNone;
  }
  const std::size_t dot = name.find('.');
  if (dot == std::string_view::npos || !IsNumber(name.substr(0, dot))) return Part::kNone;
  const std::string_view ending = name.substr(dot);
  if (ending == ".dbtmp") return Part::kBookkeeping;
  const bool data = ending == ".sst" || ending == ".ldb" || ending == ".log" || ending == ".blob";
  return data ? Part::kData : Part::kNone;
}

Error FromErrorCode(const std::error_code& error, std::string tried) {
  return Error::FromErrno(error.value(), std::move(tried));
}

}  // namespace

Result<Inspection> Inspect(const std::filesystem::path& path) {
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
  Inspection found{.place = Place::kEmpty};
  bool has_current = false;
  bool has_identity = false;
  bool has_data = false;
  bool has_any = false;
  std::error_code error;
  std::filesystem::directory_iterator files(path, error);
  for (; !error && files != std::filesystem::directory_iterator(); files.increment(error)) {
    const std::string name = files->path().filename().string();
    const Part part = PartOf(name);
    has_any = true;
    has_current = has_current || part == Part::kCurrent;
    has_identity = has_identity || part == Part::kIdentity;
    has_data = has_data || part == Part::kData;
    if (part == Part::kNone) found.foreign = name;
  }
  if (error) return FromErrorCode(error, "list " + path.string());
  if (has_current && has_identity) {
    found.place = Place::kDatabase;
  } else if (has_current || !found.foreign.empty()) {
    found.place = Place::kOther;
    found.is_relative = has_current;
    if (found.foreign.empty()) found.foreign = "CURRENT without IDENTITY";
  } else if (has_data) {
    // Numbered logs alone may be anybody's.
    found.place = has_identity ? Place::kRemains : Place::kOther;
    if (!has_identity) found.foreign = "numbered files without IDENTITY";
  } else if (has_any) {
    found.place = Place::kUnfinished;
  }
  return found;
}

Status MakeDirectory(const std::filesystem::path& path) {
  if (::mkdir(path.c_str(), 0777) != 0) {
    if (errno == ENOENT) {
      return Error(Code::kIoError,
                   "the directory above does not exist: " + path.parent_path().string());
    }
    return Error::FromErrno(errno, "make directory " + path.string());
  }
  const std::string parent = path.parent_path();
  const int directory = ::open(parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (directory < 0) return Error::FromErrno(errno, "open " + parent);
  const int failed = ::fsync(directory) != 0 ? errno : 0;
  ::close(directory);
  // Some file systems cannot sync a directory and say so in this way.
  if (failed != 0 && failed != EINVAL) return Error::FromErrno(failed, "sync " + parent);
  return Ok();
}

Result<std::filesystem::path> Canonical(const std::filesystem::path& path) {
  std::error_code error;
  // Absolute first: of a relative path whose first component does not exist, weakly_canonical makes
  // nothing, and "x" has no directory above it.
  const std::filesystem::path absolute = std::filesystem::absolute(path, error);
  if (error) return FromErrorCode(error, "resolve " + path.string());
  std::filesystem::path canonical = std::filesystem::weakly_canonical(absolute, error);
  // What lies behind a file, or cannot be looked at, is told by whoever looks there.
  if (error) canonical = absolute;
  // "x/" names x.
  if (!canonical.has_filename()) canonical = canonical.parent_path();
  return canonical;
}

}  // namespace anystore::rocksdb
