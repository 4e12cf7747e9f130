#include <algorithm>
#include <map>
#include <memory>
#include <utility>
#include <variant>
#include <vector>

#include "anystore/value.h"
#include "base/words.h"
#include "filesystem/trace/text.h"
#include "filesystem/trace/trace.h"

namespace anystore::filesystem {
namespace {

constexpr std::uint64_t kNamesMax = 1U << 16U;

/// Keeps what came of the last call.
class LastOutcome final : public Interceptor {
 public:
  Decision Before(const Call& /*call*/) override { return Decision::Proceed(); }
  void After(const Call& call, const Outcome& outcome) override {
    text = OutcomeText(call, outcome);
  }

  std::string text = {};
};

/// A directory that a call opened, and where.
struct OpenedDirectory {
  std::shared_ptr<Directory> directory;
  std::string path;
};

/// A listing, with what the trace and the replay have seen of it.
struct OpenedListing {
  std::unique_ptr<Listing> listing;
  std::vector<std::string> expected = {};
  std::vector<std::string> actual = {};
};

/// A file, and the directory that it was opened on.
struct OpenedFile {
  std::unique_ptr<File> file;
  std::weak_ptr<Directory> directory;
  std::string path;
};

using Opened = std::variant<OpenedDirectory, OpenedListing, OpenedFile, std::unique_ptr<FileLock>>;

class Replayer {
 public:
  explicit Replayer(FileSystem& files) : files_(files, last_) {}

  /// Makes the call of a line. What came of it, where that is something else.
  Result<std::optional<std::string>> Make(const TraceLine& line) {
    if (line.is_close) {
      ANYSTORE_TRY(CheckHandle(line));
      opened_.erase(line.call.handle);
      return std::nullopt;
    }
    if (line.decided) return std::nullopt;
    if (line.call.operation == Operation::kListNext) return MakeListNext(line);
    ANYSTORE_TRY(MakeOne(line));
    if (last_.text == line.outcome) return std::nullopt;
    return last_.text;
  }

 private:
  Status CheckHandle(const TraceLine& line) const {
    if (opened_.contains(line.call.handle)) return Ok();
    return Error(Code::kInvalidArgument,
                 "@" + std::to_string(line.call.handle) + " is not open here");
  }

  /// The thing that a line is made on.
  template <class T>
  Result<T*> HandleOf(const TraceLine& line) {
    ANYSTORE_TRY(CheckHandle(line));
    T* const handle = std::get_if<T>(&opened_.at(line.call.handle));
    if (handle != nullptr) return handle;
    return Error(Code::kInvalidArgument, "@" + std::to_string(line.call.handle) +
                                             " is nothing to " +
                                             std::string(Name(line.call.operation)));
  }

  /// The directory that a line is made on: told, or opened first, or "/".
  Result<OpenedDirectory*> DirectoryOf(TraceLine line) {
    if (!line.has_handle) {
      if (!first_directory_.has_value()) {
        ANYSTORE_ASSIGN_OR_RETURN(auto root, files_.OpenDirectory("/"));
        Open(0, OpenedDirectory{.directory = std::move(root), .path = ""});
      }
      line.call.handle = *first_directory_;
    }
    return HandleOf<OpenedDirectory>(line);
  }

  template <class T>
  void Open(std::uint64_t number, T opened) {
    if (std::is_same_v<T, OpenedDirectory> && !first_directory_.has_value()) {
      first_directory_ = number;
    }
    opened_.insert_or_assign(number, std::move(opened));
  }

  /// A path as a name in the directory of the path `in`.
  static Result<std::string> NameIn(std::string_view in, std::string_view path) {
    if (in.empty()) return std::string(path);
    if (path == in) return std::string();
    if (path.starts_with(in) && path[in.size()] == '/') {
      return std::string(path.substr(in.size() + 1));
    }
    return Error(Code::kInvalidArgument,
                 Quoted(path) + " is not below the directory it is called on, " + Quoted(in));
  }

  Status MakeOne(const TraceLine& line) {
    switch (line.call.operation) {
      case Operation::kFileStat:
      case Operation::kFileSync:
      case Operation::kFileLink:
      case Operation::kTruncate:
      case Operation::kSetDates:
      case Operation::kAllocate:
      case Operation::kMap:
      case Operation::kRead:
      case Operation::kWrite: {
        ANYSTORE_ASSIGN_OR_RETURN(OpenedFile* const opened, HandleOf<OpenedFile>(line));
        return MakeOnFile(line, *opened);
      }
      case Operation::kOpenDirectory:
        return MakeOpenDirectory(line);
      default:
        break;
    }
    ANYSTORE_ASSIGN_OR_RETURN(const OpenedDirectory* const in, DirectoryOf(line));
    ANYSTORE_ASSIGN_OR_RETURN(const std::string name, NameIn(in->path, line.path));
    std::string new_name;
    if (HasNewPath(line.call.operation)) {
      ANYSTORE_ASSIGN_OR_RETURN(new_name, NameIn(in->path, line.new_path));
    }
    return MakeInDirectory(line, *in, name, new_name);
  }

  Status MakeOpenDirectory(const TraceLine& line) {
    const std::uint64_t number = line.call.number;
    Result<std::unique_ptr<Directory>> made = Error(Code::kInternal);
    if (line.has_handle ? line.call.handle == 0 : !first_directory_.has_value()) {
      made = files_.OpenDirectory(line.path);
    } else {
      ANYSTORE_ASSIGN_OR_RETURN(const OpenedDirectory* const in, DirectoryOf(line));
      ANYSTORE_ASSIGN_OR_RETURN(const std::string name, NameIn(in->path, line.path));
      made = in->directory->OpenDirectory(name);
    }
    if (made.has_value()) {
      Open(number, OpenedDirectory{.directory = *std::move(made), .path = line.path});
    }
    return Ok();
  }

  /// What a call returns is kept by `last_`; here only what it opened matters.
  Status MakeInDirectory(const TraceLine& line, const OpenedDirectory& opened,
                         const std::string& name, const std::string& new_name) {
    const Call& call = line.call;
    Directory& in = *opened.directory;
    const auto keep = [&](Result<std::unique_ptr<File>> file) {
      if (!file.has_value()) return;
      Open(
          call.number,
          OpenedFile{.file = *std::move(file), .directory = opened.directory, .path = opened.path});
    };
    switch (call.operation) {
      case Operation::kOpen:
        keep(in.Open(name, call.options));
        return Ok();
      case Operation::kOpenUnnamed:
        keep(in.OpenUnnamed(name, call.mode));
        return Ok();
      case Operation::kList:
        if (auto listing = in.List(name); listing.has_value()) {
          Open(call.number, OpenedListing{.listing = *std::move(listing)});
        }
        return Ok();
      case Operation::kLock:
        if (auto lock = in.Lock(name, call.lock_mode); lock.has_value()) {
          Open(call.number, *std::move(lock));
        }
        return Ok();
      case Operation::kMakeDirectory:
        return Seen(in.MakeDirectory(name, call.mode));
      case Operation::kStat:
        return Seen(in.Stat(name, call.follow));
      case Operation::kRemove:
        return Seen(in.Remove(name));
      case Operation::kRemoveDirectory:
        return Seen(in.RemoveDirectory(name));
      case Operation::kRename:
        return Seen(in.Rename(name, new_name, call.replace));
      case Operation::kLink:
        return Seen(in.Link(name, new_name));
      case Operation::kSyncDirectory:
        return Seen(in.Sync(name));
      case Operation::kSyncFileSystem:
        return Seen(in.SyncFileSystem());
      case Operation::kSpace:
        return Seen(in.Space());
      default:
        return Error(Code::kInternal, "a call that is on no directory");
    }
  }

  Status MakeOnFile(const TraceLine& line, const OpenedFile& opened) {
    const Call& call = line.call;
    File& file = *opened.file;
    switch (call.operation) {
      case Operation::kFileStat:
        return Seen(file.Stat());
      case Operation::kFileSync:
        return Seen(file.Sync(call.scope));
      case Operation::kFileLink: {
        ANYSTORE_ASSIGN_OR_RETURN(const std::string name, NameIn(opened.path, line.new_path));
        if (opened.directory.expired()) {
          return Error(Code::kInvalidArgument,
                       "the directory that the file was opened on is closed");
        }
        return Seen(file.Link(name));
      }
      case Operation::kTruncate:
        return Seen(file.Truncate(call.offset));
      case Operation::kSetDates:
        return Seen(file.SetDates(call.dates));
      case Operation::kAllocate:
        return Seen(file.Allocate(call.offset, call.length, call.allocation));
      case Operation::kMap:
        return Seen(file.Map(call.offset, call.length));
      case Operation::kRead: {
        if (call.length > kTransferBytesMax) {
          return Error(Code::kInvalidArgument, "a read over " + std::to_string(kTransferBytesMax));
        }
        std::string buffer(call.length, '\0');
        return Seen(file.ReadSome(call.offset, buffer));
      }
      default: {
        const std::vector<std::string_view> pieces(line.pieces.begin(), line.pieces.end());
        return Seen(file.WriteSome(call.offset, pieces));
      }
    }
  }

  template <class T>
  static Status Seen(const Result<T>& /*result*/) {
    return Ok();
  }

  /// Listings come in any order and in portions of any size: the names are compared at the end.
  Result<std::optional<std::string>> MakeListNext(const TraceLine& line) {
    ANYSTORE_ASSIGN_OR_RETURN(OpenedListing* const opened, HandleOf<OpenedListing>(line));
    std::vector<DirectoryEntry> entries(std::clamp<std::uint64_t>(line.call.length, 1, kNamesMax));
    const bool at_end = line.outcome == "end";
    do {
      const bool worked = opened->listing->Next(entries).has_value();
      if (!worked || !AddNames(line.outcome, opened->expected)) {
        if (last_.text == line.outcome) return std::nullopt;
        return last_.text;
      }
      AddNames(last_.text, opened->actual);
    } while (at_end && last_.text != "end");
    if (!at_end) return std::nullopt;
    std::ranges::sort(opened->expected);
    std::ranges::sort(opened->actual);
    if (opened->expected == opened->actual) return std::nullopt;
    std::string text = "end, after the names";
    for (const std::string& name : opened->actual) text += " " + name;
    return text;
  }

  LastOutcome last_;
  InterceptedFileSystem files_;
  std::map<std::uint64_t, Opened> opened_;
  std::optional<std::uint64_t> first_directory_;
};

}  // namespace

Result<std::optional<TraceDifference>> Replay(std::string_view trace, FileSystem& files) {
  Replayer replayer(files);
  const auto wrong = [](std::size_t line, const Error& error) {
    return Error(error.code(),
                 "trace: line " + std::to_string(line) + ", " + std::string(error.message()));
  };
  for (std::size_t number = 1; !trace.empty(); ++number) {
    const std::string_view text = trace.substr(0, trace.find('\n'));
    trace.remove_prefix(std::min(text.size() + 1, trace.size()));
    const Result<std::optional<TraceLine>> line = ParseTraceLine(text);
    if (!line.has_value()) return wrong(number, line.error());
    if (!line->has_value()) continue;
    Result<std::optional<std::string>> actual = replayer.Make(**line);
    if (!actual.has_value()) return wrong(number, actual.error());
    if (actual->has_value()) {
      return TraceDifference{.line = number,
                             .call = std::string(text),
                             .expected = (*line)->outcome,
                             .actual = **std::move(actual)};
    }
  }
  return std::nullopt;
}

}  // namespace anystore::filesystem
