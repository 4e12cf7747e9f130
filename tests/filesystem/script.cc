#include "filesystem/script.h"

#include <algorithm>
#include <utility>

#include "base/crc.h"

namespace anystore::script {
namespace {

constexpr std::array<std::string_view, 28> kVerbs = {"open",
                                                     "open_unnamed",
                                                     "close",
                                                     "read",
                                                     "read_all",
                                                     "write",
                                                     "gather",
                                                     "append",
                                                     "truncate",
                                                     "allocate",
                                                     "map",
                                                     "advise",
                                                     "stat_file",
                                                     "link_file",
                                                     "sync_file",
                                                     "open_directory",
                                                     "close_directory",
                                                     "make_directory",
                                                     "stat",
                                                     "remove",
                                                     "remove_directory",
                                                     "remove_tree",
                                                     "rename",
                                                     "link",
                                                     "list",
                                                     "sync",
                                                     "lock",
                                                     "unlock"};

/// Relative frequencies, in the order of the verbs.
constexpr std::array<std::uint8_t, 28> kWeights = {16, 5, 2, 8, 3, 12, 4, 6, 6,  5, 4, 1, 4, 7,
                                                   1,  5, 1, 9, 5, 7,  5, 2, 14, 7, 5, 1, 4, 3};

constexpr std::array<std::uint32_t, 4> kModes = {0666, 0777, 0600, 0640};

bool UsesFile(Verb verb) { return verb >= Verb::kClose && verb <= Verb::kSyncFile; }

/// Mostly one to three components of three names, so that calls meet each other.
std::string DrawName(const Choose& choose) {
  static constexpr std::array<std::string_view, 10> kOdd = {
      "", ".", "..", "a/", "/a", "a//b", "a/../b", "b/./c", "a/b/c/a/b", "d"};
  if (choose(40) == 0) return std::string(kOdd[choose(kOdd.size())]);
  const std::uint64_t depth = std::array<std::uint64_t, 6>{1, 1, 1, 2, 2, 3}[choose(6)];
  std::string name;
  for (std::uint64_t i = 0; i < depth; ++i) {
    if (i != 0) name += '/';
    name += static_cast<char>('a' + choose(3));
  }
  return name;
}

/// Small ones, ones around the edges of pages and of what memory holds in one piece, and now and
/// then one that no file has.
std::uint64_t DrawOffset(const Choose& choose) {
  switch (choose(8)) {
    case 0:
    case 1:
      return 0;
    case 2:
    case 3:
      return 4096 * choose(4) + choose(3) + (4096 - 1);
    case 4:
      return choose(20) == 0 ? (choose(3) + 1) * 262'144 - 2 + choose(4) : choose(40'000);
    case 5:
      return choose(30) == 0 ? ~std::uint64_t{0} - choose(3) : choose(600);
    default:
      return choose(100);
  }
}

std::uint64_t DrawLength(const Choose& choose) {
  switch (choose(8)) {
    case 0:
      return choose(2);
    case 1:
      return 4096 * (1 + choose(2)) - 1 + choose(3);
    case 2:
      return choose(10'000);
    default:
      return 1 + choose(64);
  }
}

FileOptions DrawOptions(const Choose& choose) {
  FileOptions options;
  options.access = choose(4) == 0 ? FileAccess::kRead : FileAccess::kReadWrite;
  options.creation = static_cast<FileCreation>(std::min<std::uint64_t>(choose(5), 2));
  // What contradicts itself is worth a try, but not every other one.
  if (options.access == FileAccess::kRead && choose(8) != 0) {
    options.creation = FileCreation::kNever;
  } else {
    options.truncate = choose(6) == 0;
  }
  options.mode = kModes[choose(kModes.size())];
  return options;
}

/// A number that tells contents apart.
std::string Digest(std::string_view bytes) {
  return std::to_string(bytes.size()) + " bytes, crc " + std::to_string(base::Crc32c(bytes));
}

std::string Bytes(std::uint64_t length, std::uint8_t pattern) {
  std::string bytes(length, '\0');
  std::uint32_t state = pattern;
  for (char& byte : bytes) {
    state = state * 1664525U + 1013904223U;
    byte = static_cast<char>(state >> 24U);
  }
  return bytes;
}

template <class T>
std::string Failure(const Result<T>& result) {
  return std::string(CodeName(result.error().code()));
}

std::string Said(const Status& status) { return status.has_value() ? "ok" : Failure(status); }

std::string Said(const Result<FileInfo>& info) {
  if (!info.has_value()) return Failure(info);
  static constexpr std::array<std::string_view, 4> kKinds = {"file", "directory", "link", "other"};
  std::string text(kKinds[static_cast<std::size_t>(info->kind)]);
  text += ", mode " + std::to_string(info->mode);
  if (info->kind == FileKind::kFile) {
    text += ", " + std::to_string(info->size) + " bytes, " + std::to_string(info->links) + " links";
  }
  return text;
}

std::string Said(const Result<Value>& value) {
  return value.has_value() ? Digest(value->bytes()) : Failure(value);
}

Result<std::vector<std::pair<std::string, FileKind>>> SortedNames(Directory& directory,
                                                                  std::string_view name) {
  ANYSTORE_ASSIGN_OR_RETURN(const auto listing, directory.List(name));
  std::vector<std::pair<std::string, FileKind>> names;
  std::array<DirectoryEntry, 4> entries;
  for (;;) {
    ANYSTORE_ASSIGN_OR_RETURN(const std::size_t count, listing->Next(entries));
    if (count == 0) break;
    for (std::size_t i = 0; i < count; ++i) names.emplace_back(entries[i].name, entries[i].kind);
  }
  std::sort(names.begin(), names.end());
  return names;
}

/// Keeps what was opened; what the slot held before is closed first.
template <class T, class Slot>
std::string Keep(Result<std::unique_ptr<T>> opened, Slot* slot) {
  if (!opened.has_value()) return Failure(opened);
  *slot = *std::move(opened);
  return "ok";
}

}  // namespace

std::string ToString(const Step& step) {
  std::string text(kVerbs[static_cast<std::size_t>(step.verb)]);
  if (UsesFile(step.verb)) {
    text += " f" + std::to_string(step.slot);
    if (step.verb == Verb::kLinkFile) return text + " to " + Quoted(step.new_name);
    text += " offset " + std::to_string(step.offset) + " length " + std::to_string(step.length);
    if (step.verb == Verb::kAllocate) {
      text += " kind " + std::to_string(static_cast<int>(step.allocation));
    }
    return text + " pattern " + std::to_string(step.pattern);
  }
  text += " d" + std::to_string(step.directory) + " slot " + std::to_string(step.slot) + " " +
          Quoted(step.name);
  switch (step.verb) {
    case Verb::kOpen:
      text += " access " + std::to_string(static_cast<int>(step.options.access)) + " creation " +
              std::to_string(static_cast<int>(step.options.creation));
      if (step.options.truncate) text += " truncate";
      text += " mode " + std::to_string(step.options.mode);
      break;
    case Verb::kOpenUnnamed:
      text += " mode " + std::to_string(step.options.mode);
      break;
    case Verb::kRename:
    case Verb::kLink:
      text += " to " + Quoted(step.new_name);
      if (step.replace == Replace::kYes) text += " replace";
      break;
    case Verb::kLock:
      text += step.lock == LockMode::kShared ? " shared" : " exclusive";
      break;
    default:
      break;
  }
  return text;
}

Step Draw(const Choose& choose) {
  static constexpr std::uint64_t kTotal = [] {
    std::uint64_t total = 0;
    for (const std::uint8_t weight : kWeights) total += weight;
    return total;
  }();
  Step step;
  std::uint64_t at = choose(kTotal);
  std::size_t verb = 0;
  while (at >= kWeights[verb]) at -= kWeights[verb++];
  step.verb = static_cast<Verb>(verb);
  if (UsesFile(step.verb)) {
    step.slot = choose(kFiles);
    if (step.verb == Verb::kLinkFile) {
      step.new_name = DrawName(choose);
      return step;
    }
    step.offset = DrawOffset(choose);
    step.length = DrawLength(choose);
    step.allocation = static_cast<Allocation>(choose(3));
    step.pattern = static_cast<std::uint8_t>(choose(256));
    return step;
  }
  const bool opens_file = step.verb == Verb::kOpen || step.verb == Verb::kOpenUnnamed;
  if (opens_file) step.slot = choose(kFiles);
  if (step.verb == Verb::kOpenDirectory || step.verb == Verb::kCloseDirectory) {
    step.slot = 1 + choose(kDirectories - 1);
  }
  if (step.verb == Verb::kLock || step.verb == Verb::kUnlock) step.slot = choose(kLocks);
  step.directory = choose(3) == 0 ? choose(kDirectories) : 0;
  step.name = DrawName(choose);
  if (step.verb == Verb::kOpenUnnamed && choose(2) == 0) step.name.clear();
  step.new_name = DrawName(choose);
  step.options = DrawOptions(choose);
  step.replace = choose(2) == 0 ? Replace::kNo : Replace::kYes;
  step.lock = choose(2) == 0 ? LockMode::kShared : LockMode::kExclusive;
  return step;
}

Abilities::Abilities(FileSystem& files, std::string_view path) {
  const auto directory = files.OpenDirectory(path).value();
  const auto file = directory
                        ->Open("abilities", {.access = FileAccess::kReadWrite,
                                             .creation = FileCreation::kIfMissing})
                        .value();
  zeroes_ = file->Allocate(0, 1, Allocation::kZero).has_value();
  unnamed_files_ = directory->traits().unnamed_files;
}

bool Abilities::Allow(const Step& step) const {
  switch (step.verb) {
    case Verb::kAllocate:
      return zeroes_ || step.allocation != Allocation::kZero;
    case Verb::kOpenUnnamed:
      return unnamed_files_;
    default:
      return true;
  }
}

Player::Player(FileSystem& files, std::string_view path) {
  auto root = files.OpenDirectory(path);
  if (root.has_value()) directories_[0] = *std::move(root);
}

std::string Player::Play(const Step& step) {
  if (UsesFile(step.verb)) {
    OpenedFile& opened = files_[step.slot];
    if (opened.file == nullptr) return "nothing is open";
    if (step.verb != Verb::kClose) return PlayOnFile(step, *opened.file);
    opened = {};
    return "ok";
  }
  if (step.verb == Verb::kCloseDirectory) {
    directories_[step.slot].reset();
    return "ok";
  }
  if (step.verb == Verb::kUnlock) {
    locks_[step.slot].reset();
    return "ok";
  }
  if (directories_[step.directory] == nullptr) return "nothing is open";
  return PlayOnDirectory(step, *directories_[step.directory]);
}

std::string Player::PlayOnFile(const Step& step, File& file) {
  const std::string bytes = Bytes(step.length, step.pattern);
  switch (step.verb) {
    case Verb::kRead: {
      std::string out(step.length, '?');
      const auto read = file.ReadAt(step.offset, out);
      return read.has_value() ? Digest(std::string_view(out).substr(0, *read)) : Failure(read);
    }
    case Verb::kReadAll:
      return Said(file.ReadAll());
    case Verb::kWrite:
      return Said(file.WriteAt(step.offset, bytes));
    case Verb::kGather: {
      const std::string_view all = bytes;
      const std::size_t third = bytes.size() / 3;
      const std::array<std::string_view, 4> pieces = {
          all.substr(0, third), "", all.substr(third, third), all.substr(2 * third)};
      return Said(file.WritePiecesAt(step.offset, pieces));
    }
    case Verb::kAppend: {
      const auto at = file.Append(bytes + "!");
      return at.has_value() ? "at " + std::to_string(*at) : Failure(at);
    }
    case Verb::kTruncate:
      return Said(file.Truncate(step.offset));
    case Verb::kAllocate:
      return Said(file.Allocate(step.offset, step.length, step.allocation));
    case Verb::kMap:
      return Said(file.Map(step.offset, step.length));
    case Verb::kAdvise:
      file.Advise(step.offset, step.length, static_cast<ReadAdvice>(step.pattern % 5));
      return "ok";
    case Verb::kStatFile:
      return Said(file.Stat());
    case Verb::kLinkFile:
      return Said(file.Link(step.new_name));
    default:
      return Said(file.Sync(step.pattern % 2 == 0 ? SyncScope::kData : SyncScope::kAll));
  }
}

std::string Player::KeepFile(const Step& step, Result<std::unique_ptr<File>> opened) {
  if (!opened.has_value()) return Failure(opened);
  files_[step.slot] = {.in = directories_[step.directory], .file = *std::move(opened)};
  return "ok";
}

std::string Player::PlayOnDirectory(const Step& step, Directory& directory) {
  switch (step.verb) {
    case Verb::kOpen:
      return KeepFile(step, directory.Open(step.name, step.options));
    case Verb::kOpenUnnamed:
      return KeepFile(step, directory.OpenUnnamed(step.name, step.options.mode));
    case Verb::kOpenDirectory:
      return Keep(directory.OpenDirectory(step.name), &directories_[step.slot]);
    case Verb::kMakeDirectory:
      return Said(directory.MakeDirectory(step.name, step.options.mode | 0100U));
    case Verb::kStat:
      return Said(
          directory.Stat(step.name, step.replace == Replace::kNo ? Follow::kNo : Follow::kYes));
    case Verb::kRemove:
      return Said(directory.Remove(step.name));
    case Verb::kRemoveDirectory:
      return Said(directory.RemoveDirectory(step.name));
    case Verb::kRemoveTree:
      return Said(directory.RemoveTree(step.name));
    case Verb::kRename:
      return Said(directory.Rename(step.name, step.new_name, step.replace));
    case Verb::kLink:
      return Said(directory.Link(step.name, step.new_name));
    case Verb::kList: {
      const auto names = SortedNames(directory, step.name);
      if (!names.has_value()) return Failure(names);
      std::string text = "lists";
      for (const auto& [name, kind] : *names) {
        text += " " + name + (kind == FileKind::kDirectory ? "/" : "");
      }
      return text;
    }
    case Verb::kLock:
      return Keep(directory.Lock(step.name, step.lock), &locks_[step.slot]);
    default:
      return Said(directory.Sync(step.name));
  }
}

std::string Player::Describe() {
  std::string text;
  DescribeTree("", &text);
  for (std::size_t i = 0; i < kFiles; ++i) {
    File* const file = files_[i].file.get();
    if (file == nullptr) continue;
    text +=
        "f" + std::to_string(i) + ": " + Said(file->Stat()) + ", " + Said(file->ReadAll()) + "\n";
  }
  return text;
}

void Player::DescribeTree(const std::string& name, std::string* text) {
  const auto names = SortedNames(*directories_[0], name);
  if (!names.has_value()) {
    *text += name + ": " + Failure(names) + "\n";
    return;
  }
  for (const auto& [child, kind] : *names) {
    const std::string path = name.empty() ? child : name + "/" + child;
    *text += path + ": " + Said(directories_[0]->Stat(path));
    if (kind == FileKind::kDirectory) {
      *text += "\n";
      DescribeTree(path, text);
      continue;
    }
    const auto file = directories_[0]->Open(path, {});
    *text += ", " + (file.has_value() ? Said((*file)->ReadAll()) : Failure(file)) + "\n";
  }
}

}  // namespace anystore::script
