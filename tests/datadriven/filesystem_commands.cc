#include "datadriven/filesystem_commands.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "anystore/file_batch.h"
#include "filesystem/trace/text.h"

namespace anystore::datadriven {
namespace {

using filesystem::Call;
using filesystem::Operation;
using filesystem::Outcome;

std::string InfoText(const Result<FileInfo>& info) {
  if (!info.has_value()) return CodeText(info);
  Call call;
  call.operation = Operation::kStat;
  Outcome outcome;
  outcome.info = *info;
  return OutcomeText(call, outcome);
}

std::string BytesResult(const Result<Value>& value) {
  return value.has_value() ? ShortBytes(*value) : CodeText(value);
}

std::uint32_t ModeKey(Arguments& arguments, std::uint32_t usual) {
  const auto mode = arguments.Key("mode");
  return mode.has_value() ? static_cast<std::uint32_t>(std::stoul(*mode, nullptr, 8)) : usual;
}

// The value whose word stands there; the first one where none does.
template <class Enum, std::size_t n>
Enum OneOf(Arguments& arguments, const std::array<std::string_view, n>& words, Enum usual) {
  for (std::size_t i = 0; i < n; ++i) {
    if (arguments.Flag(words[i])) return static_cast<Enum>(i);
  }
  return usual;
}

std::string PathOf(Arguments& arguments) {
  const std::string path = arguments.Next("path");
  return path == "/" ? "" : path;
}

}  // namespace

FilesystemCommands::FilesystemCommands(const std::string& medium, Arguments& arguments)
    : world_(medium, arguments), root_(world_.files().OpenDirectory("/").value()) {
  world_.let_go = [this] {
    handles_.clear();
    root_.reset();
  };
}

std::string FilesystemCommands::Run(const Case& given) {
  if (given.command == "run") {
    return RunLines(given.input, [this](const std::string& line) { return RunOne(line, ""); });
  }
  return RunOne(given.command, given.input);
}

std::string FilesystemCommands::RunOne(const std::string& line, const std::string& input) {
  Arguments arguments(line);
  const std::string& command = arguments.command();
  std::optional<std::string> printed;
  if (command == "close") {
    if (handles_.erase(arguments.Next("handle")) == 0) throw BadCase(line + ": it is not open");
    printed = "ok";
  } else if (command == "batch") {
    printed = Batch(arguments, input);
  } else if (command == "replay") {
    printed = ReplayTrace(input);
  } else {
    printed = world_.Run(arguments, input);
    if (root_ == nullptr) root_ = world_.files().OpenDirectory("/").value();
    if (!printed.has_value()) printed = RunOnFile(arguments);
    if (!printed.has_value()) printed = RunOnDirectory(arguments);
  }
  if (!printed.has_value()) throw BadCase("unknown command: " + command);
  arguments.End();
  return *printed;
}

File& FilesystemCommands::FileOf(Arguments& arguments) {
  const std::string name = arguments.Next("handle");
  const auto found = handles_.find(name);
  auto* const file =
      found != handles_.end() ? std::get_if<std::unique_ptr<File>>(&found->second) : nullptr;
  if (file == nullptr) throw BadCase(arguments.command() + ": no open file " + name);
  return **file;
}

Directory& FilesystemCommands::DirectoryOf(Arguments& arguments) {
  const auto name = arguments.Key("in");
  if (!name.has_value()) return *root_;
  const auto found = handles_.find(*name);
  auto* const directory =
      found != handles_.end() ? std::get_if<std::unique_ptr<Directory>>(&found->second) : nullptr;
  if (directory == nullptr) throw BadCase(arguments.command() + ": no open directory " + *name);
  return **directory;
}

template <class T>
std::string FilesystemCommands::Keep(Arguments& arguments, const std::string& name,
                                     Result<std::unique_ptr<T>> opened) {
  const std::string as = arguments.Key("as").value_or(name);
  if (!opened.has_value()) return CodeText(opened);
  handles_.insert_or_assign(as, *std::move(opened));
  return "ok";
}

std::optional<std::string> FilesystemCommands::RunOnFile(Arguments& arguments) {
  const std::string& command = arguments.command();
  if (command == "read") {
    File& file = FileOf(arguments);
    const std::uint64_t offset = arguments.NextNumber("offset");
    std::string buffer(arguments.NextNumber("length"), '\0');
    const Result<std::size_t> read = file.ReadAt(offset, buffer);
    return read.has_value() ? ShortBytes(buffer.substr(0, *read)) : CodeText(read);
  }
  if (command == "write") {
    File& file = FileOf(arguments);
    const std::uint64_t offset = arguments.NextNumber("offset");
    return CodeText(file.WriteAt(offset, BytesFrom(arguments.NextWord("bytes"))));
  }
  if (command == "append") {
    File& file = FileOf(arguments);
    return CodeText(file.Append(BytesFrom(arguments.NextWord("bytes"))));
  }
  if (command == "stat_file") return InfoText(FileOf(arguments).Stat());
  if (command == "sync_file") {
    const SyncScope scope = OneOf(arguments, filesystem::kScopeWords, SyncScope::kAll);
    return CodeText(FileOf(arguments).Sync(scope));
  }
  if (command == "link_file") {
    File& file = FileOf(arguments);
    return CodeText(file.Link(PathOf(arguments)));
  }
  if (command == "truncate") {
    File& file = FileOf(arguments);
    return CodeText(file.Truncate(arguments.NextNumber("size")));
  }
  if (command == "allocate") {
    const Allocation allocation =
        OneOf(arguments, filesystem::kAllocationWords, Allocation::kExtend);
    File& file = FileOf(arguments);
    const std::uint64_t offset = arguments.NextNumber("offset");
    return CodeText(file.Allocate(offset, arguments.NextNumber("length"), allocation));
  }
  if (command == "map") {
    File& file = FileOf(arguments);
    const std::uint64_t offset = arguments.NextNumber("offset");
    return BytesResult(file.Map(offset, arguments.NextNumber("length")));
  }
  return std::nullopt;
}

std::optional<std::string> FilesystemCommands::RunOnDirectory(Arguments& arguments) {
  const std::string& command = arguments.command();
  Directory& in = DirectoryOf(arguments);
  if (command == "open") {
    FileOptions options;
    options.access = OneOf(arguments, filesystem::kAccessWords, FileAccess::kRead);
    options.creation = OneOf(arguments, filesystem::kCreationWords, FileCreation::kNever);
    options.truncate = arguments.Flag("truncate");
    options.mode = ModeKey(arguments, options.mode);
    const std::string path = PathOf(arguments);
    return Keep(arguments, path, in.Open(path, options));
  }
  if (command == "open_unnamed") {
    const std::uint32_t mode = ModeKey(arguments, 0666);
    const std::string path = PathOf(arguments);
    return Keep(arguments, path, in.OpenUnnamed(path, mode));
  }
  if (command == "open_directory") {
    const std::string path = PathOf(arguments);
    return Keep(arguments, path, in.OpenDirectory(path));
  }
  if (command == "lock") {
    const LockMode mode = OneOf(arguments, filesystem::kLockWords, LockMode::kExclusive);
    const std::string path = PathOf(arguments);
    return Keep(arguments, path, in.Lock(path, mode));
  }
  if (command == "sync_filesystem") return CodeText(in.SyncFileSystem());
  if (command == "put") {
    const FileBatchOptions options{
        .durable = !arguments.Flag("process"),
        .replace = arguments.Flag("no_replace") ? Replace::kNo : Replace::kYes,
        .make_directories = arguments.Flag("make_directories"),
        .random = &world_.random(),
    };
    const std::uint32_t mode = ModeKey(arguments, 0666);
    const std::string path = PathOf(arguments);
    const std::string bytes = BytesFrom(arguments.NextWord("bytes"));
    return CodeText(WriteFile(in, {.name = path, .bytes = bytes, .mode = mode}, options));
  }
  if (command == "cat") {
    const Result<std::unique_ptr<File>> file = in.Open(PathOf(arguments), {});
    return file.has_value() ? BytesResult((*file)->ReadAll()) : CodeText(file);
  }
  return RunOnNames(arguments, in);
}

std::optional<std::string> FilesystemCommands::RunOnNames(Arguments& arguments, Directory& in) {
  const std::string& command = arguments.command();
  if (command == "make_directory") {
    const std::uint32_t mode = ModeKey(arguments, 0777);
    return CodeText(in.MakeDirectory(PathOf(arguments), mode));
  }
  if (command == "stat") {
    const Follow follow = arguments.Flag("follow") ? Follow::kYes : Follow::kNo;
    return InfoText(in.Stat(PathOf(arguments), follow));
  }
  if (command == "remove") return CodeText(in.Remove(PathOf(arguments)));
  if (command == "remove_directory") return CodeText(in.RemoveDirectory(PathOf(arguments)));
  if (command == "remove_tree") return CodeText(in.RemoveTree(PathOf(arguments)));
  if (command == "sync_directory") return CodeText(in.Sync(PathOf(arguments)));
  if (command == "rename" || command == "link") {
    const Replace replace = arguments.Flag("no_replace") ? Replace::kNo : Replace::kYes;
    const std::string from = PathOf(arguments);
    const std::string to = PathOf(arguments);
    return CodeText(command == "link" ? in.Link(from, to) : in.Rename(from, to, replace));
  }
  if (command == "list") {
    const Result<std::unique_ptr<Listing>> listing = in.List(PathOf(arguments));
    if (!listing.has_value()) return CodeText(listing);
    std::vector<std::string> names;
    std::array<DirectoryEntry, 3> entries;
    for (;;) {
      const Result<std::size_t> count = (*listing)->Next(entries);
      if (!count.has_value()) return CodeText(count);
      if (*count == 0) break;
      for (std::size_t i = 0; i < *count; ++i) {
        names.push_back(base::AsWord(entries[i].name) +
                        (entries[i].kind == FileKind::kDirectory ? "/" : ""));
      }
    }
    std::ranges::sort(names);
    std::string text;
    for (const std::string& name : names) text.append(text.empty() ? "" : " ").append(name);
    return text.empty() ? "(nothing)" : text;
  }
  return std::nullopt;
}

std::string FilesystemCommands::Batch(Arguments& arguments, const std::string& input) {
  const std::string temporary = arguments.Key("temporary").value_or("");
  FileBatchOptions options;
  options.durable = !arguments.Flag("process");
  options.replace = arguments.Flag("no_replace") ? Replace::kNo : Replace::kYes;
  options.temporary_directory = temporary;
  options.make_directories = arguments.Flag("make_directories");
  options.file_syncs_max = arguments.KeyNumber("file_syncs_max").value_or(options.file_syncs_max);
  options.random = &world_.random();
  FileBatch batch(*root_, options);
  std::string text;
  for (const std::string& line : LinesOf(input)) {
    Arguments words(line);
    const std::string path = words.Next("path");
    if (words.command() == "add") {
      const std::string bytes = BytesFrom(words.NextWord("bytes"));
      const Status added = batch.Add({.name = path, .bytes = bytes});
      if (!added.has_value()) text += line + ": " + CodeText(added) + "\n";
    } else if (words.command() == "remove") {
      batch.Remove(path);
    } else {
      throw BadCase("a batch takes add and remove, not " + words.command());
    }
    words.End();
  }
  text += CodeText(batch.Commit());
  for (const std::string& directory : batch.unsynced()) {
    text += "\nunsynced " + (directory.empty() ? "/" : base::AsWord(directory));
  }
  return text;
}

std::string FilesystemCommands::ReplayTrace(const std::string& input) {
  const auto difference = filesystem::Replay(input, world_.files());
  if (!difference.has_value()) return std::string(difference.error().message());
  if (!difference->has_value()) return "the same";
  return "line " + std::to_string((*difference)->line) + ": " + (*difference)->call + "\nnow " +
         (*difference)->actual;
}

}  // namespace anystore::datadriven
