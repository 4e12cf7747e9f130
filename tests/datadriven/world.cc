#include "datadriven/world.h"

#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>
#include <regex>
#include <utility>
#include <vector>

#include "filesystem/names.h"
#include "filesystem/trace/text.h"

namespace anystore::datadriven {
namespace {

using filesystem::Call;
using filesystem::Decision;
using filesystem::JoinNames;
using filesystem::Operation;
using filesystem::Outcome;

constexpr std::array<std::pair<std::string_view, DiskProfile>, 3> kProfiles = {
    {{"strict", DiskProfile::kStrict},
     {"journaled", DiskProfile::kJournaled},
     {"no_journal", DiskProfile::kNoJournal}}};

template <class T>
T Must(Result<T> result) {
  if (!result.has_value()) throw BadCase(result.error().ToString());
  return *std::move(result);
}

// The names in a directory in order, with their kinds.
std::vector<std::pair<std::string, FileKind>> NamesIn(Directory& root, const std::string& name) {
  std::vector<std::pair<std::string, FileKind>> names;
  const std::unique_ptr<Listing> listing = Must(root.List(name));
  std::array<DirectoryEntry, 16> entries;
  while (const std::size_t count = Must(listing->Next(entries))) {
    for (std::size_t i = 0; i < count; ++i) names.emplace_back(entries[i].name, entries[i].kind);
  }
  std::ranges::sort(names);
  return names;
}

// A line for everything below `name`.
void AddTree(Directory& root, const std::string& name, bool modes,
             std::vector<std::string>& lines) {
  for (const auto& [last, kind] : NamesIn(root, name)) {
    const std::string path = JoinNames(name, last);
    std::string line = modes ? base::OctalMode(Must(root.Stat(path)).mode) + " " : "";
    line += base::AsWord(path);
    if (kind == FileKind::kDirectory) {
      lines.push_back(line + "/");
      AddTree(root, path, modes, lines);
    } else if (kind == FileKind::kFile) {
      const auto file = Must(root.Open(path, {}));
      lines.push_back(line + " " + ShortBytes(Must(file->ReadAll())));
    } else {
      lines.push_back(line + (kind == FileKind::kLink ? " link" : " other"));
    }
  }
}

std::string Joined(const std::vector<std::string>& lines, std::string_view separator) {
  std::string text;
  for (const std::string& line : lines) text.append(text.empty() ? "" : separator).append(line);
  return text.empty() ? "(nothing)" : text;
}

}  // namespace

std::string ShortBytes(std::string_view bytes) {
  Call call;
  call.operation = Operation::kRead;
  Outcome outcome;
  outcome.bytes = bytes;
  return OutcomeText(call, outcome);
}

std::string BytesFrom(const base::Word& word) {
  auto bytes = filesystem::BytesOf(word);
  if (!bytes.has_value()) throw BadCase("no bytes: " + word.text);
  return *std::move(bytes);
}

Survivors SurvivorsFrom(std::string_view name) {
  const auto* const found = std::ranges::find_if(
      kAllSurvivors, [name](Survivors survivors) { return Name(survivors) == name; });
  if (found == std::end(kAllSurvivors))
    throw BadCase("no class of survivors: " + std::string(name));
  return *found;
}

World::World(std::string medium, Arguments& arguments) : medium_(std::move(medium)) {
  // So that modes are the same wherever the tests run.
  ::umask(022);
  if (medium_ == "memory") {
    memory_ = NewMemoryFileSystem(clock_);
    Wrap(*memory_, "");
  } else if (medium_ == "posix") {
    scratch_.emplace();
    std::filesystem::permissions(scratch_->path(), std::filesystem::perms(0755));
    Wrap(HostFileSystem(), scratch_->path().string());
  } else if (medium_ == "simulated") {
    SimulatedDiskOptions options{.clock = &clock_};
    if (const auto seed = arguments.KeyNumber("seed")) options.seed = *seed;
    if (const auto capacity = arguments.KeyNumber("capacity")) options.capacity_bytes = *capacity;
    if (const auto name = arguments.Key("profile")) {
      const auto* const profile =
          std::ranges::find(kProfiles, *name, &std::pair<std::string_view, DiskProfile>::first);
      if (profile == kProfiles.end()) throw BadCase("no profile: " + *name);
      options.profile = profile->second;
    }
    disk_ = std::make_unique<SimulatedDisk>(options);
    Wrap(*disk_, "");
  } else {
    throw BadCase("no medium: " + medium_ + "; there are memory, posix, simulated");
  }
}

void World::Wrap(FileSystem& inner, std::string root) {
  inner_ = &inner;
  root_ = root;
  filesystem::Interceptor& self = *this;
  files_ = std::make_unique<filesystem::InterceptedFileSystem>(inner, self, std::move(root));
}

Decision World::Before(const Call& call) {
  return faults_ != nullptr ? faults_->Before(call) : Decision::Proceed();
}

void World::After(const Call& call, const Outcome& outcome) { trace_.After(call, outcome); }

void World::Closed(std::uint64_t handle) { trace_.Closed(handle); }

SimulatedDisk& World::Disk() {
  if (disk_ == nullptr) throw BadCase("only a simulated disk does that");
  return *disk_;
}

std::optional<std::string> World::Run(Arguments& arguments, const std::string& input) {
  const std::string& command = arguments.command();
  if (command == "tree") return Tree(arguments);
  if (command == "crash") return Crash(arguments);
  if (command == "images") return Images(arguments);
  if (command == "cut_power") {
    Disk().CutPower(arguments.KeyNumber("after").value_or(0));
    return "ok";
  }
  if (command == "unstable") return std::to_string(Disk().unstable_changes());
  if (command == "faults") {
    auto rules = filesystem::FaultRules::Parse(input, {.clock = &clock_});
    if (!rules.has_value()) return std::string(rules.error().message());
    faults_ = *std::move(rules);
    return "ok";
  }
  if (command == "report") return faults_ != nullptr ? faults_->Report() : "";
  if (command == "trace") return TakeTrace();
  if (command == "changes") return TakeChanges();
  if (command == "forget") {
    trace_.Take();
    return "ok";
  }
  if (command == "clock") {
    const auto passed = clock_.Now().time_since_epoch();
    return std::to_string(std::chrono::duration_cast<std::chrono::microseconds>(passed).count()) +
           " us";
  }
  return std::nullopt;
}

std::string World::Tree(Arguments& arguments) {
  const bool modes = arguments.Flag("modes");
  const std::string from =
      arguments.HasNext() ? filesystem::NameOfPath(arguments.Next("path")) : "";
  const auto root = Must(inner_->OpenDirectory(root_.empty() ? "/" : root_));
  std::vector<std::string> lines;
  AddTree(*root, from, modes, lines);
  return Joined(lines, "\n");
}

std::string World::Crash(Arguments& arguments) {
  const Survivors survivors = SurvivorsFrom(arguments.Next("class of survivors"));
  auto left = Disk().Crash(survivors, arguments.KeyNumber("seed").value_or(1));
  disk_->CutPower();
  if (let_go) let_go();
  if (files_->open_handles() != 0) throw BadCase("something is open still");
  trace_.Take();
  files_.reset();
  disk_ = std::move(left);
  Wrap(*disk_, "");
  return "ok";
}

std::string World::Images(Arguments& arguments) {
  const auto images = Disk().Images(arguments.KeyNumber("max").value_or(64));
  const std::string from =
      arguments.HasNext() ? filesystem::NameOfPath(arguments.Next("path")) : "";
  std::vector<std::string> texts;
  for (const auto& image : images) {
    const auto root = Must(image->OpenDirectory("/"));
    std::vector<std::string> lines;
    if (root->Stat(from).has_value()) {
      AddTree(*root, from, /*modes=*/false, lines);
    } else {
      lines.emplace_back("(missing)");
    }
    texts.push_back(Joined(lines, "; "));
  }
  // Those that differ in more than can be read here are one.
  std::ranges::sort(texts);
  texts.erase(std::unique(texts.begin(), texts.end()), texts.end());
  return images.empty() ? "too many" : Joined(texts, "\n");
}

std::string World::TakeTrace() {
  static const std::regex line_of_site("(site=[^ :]+):[0-9]+");
  return std::regex_replace(trace_.Take(), line_of_site, "$1");
}

std::string World::TakeChanges() {
  // Without numbers, which change whenever somebody looks once more.
  static const std::regex number("^[0-9]+ ");
  static const std::regex handle(" @[0-9]+");
  std::string text;
  for (const std::string& line : LinesOf(TakeTrace())) {
    const auto parsed = Must(filesystem::ParseTraceLine(line));
    if (parsed->is_close || !filesystem::ChangesOrSyncs(parsed->call.operation)) continue;
    text += std::regex_replace(std::regex_replace(line, number, ""), handle, "") + "\n";
  }
  return text.empty() ? "(nothing)" : text;
}

}  // namespace anystore::datadriven
