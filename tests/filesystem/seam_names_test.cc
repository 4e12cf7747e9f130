// The rules for names, and the errors that are common to all calls, on every filesystem.
#include <gmock/gmock.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <filesystem>
#include <functional>

#include "anystore/simulated_disk.h"
#include "filesystem/seam.h"
#include "scratch_directory.h"

namespace anystore::seam {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class SeamNames : public Seam {
 protected:
  using Verb = std::function<std::string_view(std::string_view name)>;

  /// Every call that takes a name, with what it says.
  [[nodiscard]] std::vector<std::pair<std::string, Verb>> Verbs() {
    Directory& d = root();
    std::vector<std::pair<std::string, Verb>> verbs = {
        {"Open", [&](auto name) { return Outcome(d.Open(name, kReading)); }},
        {"Open to make", [&](auto name) { return Outcome(d.Open(name, kMaking)); }},
        {"MakeDirectory", [&](auto name) { return Outcome(d.MakeDirectory(name)); }},
        {"Remove", [&](auto name) { return Outcome(d.Remove(name)); }},
        {"RemoveDirectory", [&](auto name) { return Outcome(d.RemoveDirectory(name)); }},
        {"RemoveTree", [&](auto name) { return Outcome(d.RemoveTree(name)); }},
        {"Rename from", [&](auto name) { return Outcome(d.Rename(name, "x", Replace::kYes)); }},
        {"Rename to", [&](auto name) { return Outcome(d.Rename("there", name, Replace::kNo)); }},
        {"Link from", [&](auto name) { return Outcome(d.Link(name, "x")); }},
        {"Link to", [&](auto name) { return Outcome(d.Link("there", name)); }},
        {"Lock", [&](auto name) { return Outcome(d.Lock(name, LockMode::kShared)); }},
    };
    if (unnamed_ != nullptr) {
      verbs.emplace_back("Link of an unnamed file to",
                         [&](auto name) { return Outcome(unnamed_->Link(name)); });
    }
    return verbs;
  }
  /// Those that take the empty name for the directory itself.
  [[nodiscard]] std::vector<std::pair<std::string, Verb>> VerbsOfDirectories() {
    Directory& d = root();
    std::vector<std::pair<std::string, Verb>> verbs = {
        {"OpenDirectory", [&](auto name) { return Outcome(d.OpenDirectory(name)); }},
        {"Stat", [&](auto name) { return Outcome(d.Stat(name)); }},
        {"Stat through links", [&](auto name) { return Outcome(d.Stat(name, Follow::kYes)); }},
        {"List", [&](auto name) { return Outcome(d.List(name)); }},
        {"Sync", [&](auto name) { return Outcome(d.Sync(name)); }},
    };
    if (unnamed_ != nullptr) {
      verbs.emplace_back("OpenUnnamed", [&](auto name) { return Outcome(d.OpenUnnamed(name)); });
    }
    return verbs;
  }
  /// Expects the same of every call, and that nothing was touched.
  void ExpectOfAll(std::string_view name, std::string_view outcome) {
    for (const auto& verbs : {Verbs(), VerbsOfDirectories()}) {
      for (const auto& [what, verb] : verbs) EXPECT_EQ(verb(name), outcome) << what;
    }
    EXPECT_THAT(Names(root()), ElementsAre("d/", "there"));
    EXPECT_THAT(Names(root(), "d"), IsEmpty());
  }

  void SetUp() override {
    Write(root(), "there", "");
    Must(root().MakeDirectory("d"));
    if (root().traits().unnamed_files) unnamed_ = Must(root().OpenUnnamed(""));
  }

 private:
  std::unique_ptr<File> unnamed_;
};

INSTANTIATE_TEST_SUITE_P(Everywhere, SeamNames, ::testing::ValuesIn(AllCases()), CaseName);

TEST_P(SeamNames, BadNamesAreRefusedBeforeAnythingIsTouched) {
  using std::string_view_literals::operator""sv;
  for (const std::string_view name :
       {"/"sv, "/there"sv, "there/"sv, "d//x"sv, "d/"sv, "."sv, ".."sv, "d/."sv, "d/.."sv,
        "d/../there"sv, "./there"sv, "../x"sv, "x\0"sv, "\0"sv, "d/\0x"sv, "there\0x"sv}) {
    SCOPED_TRACE(Quoted(name));
    ExpectOfAll(name, "invalid_argument");
  }
}

TEST_P(SeamNames, LongNamesAreTooLarge) {
  const std::size_t most = root().traits().name_bytes_max;
  ExpectOfAll(std::string(most + 1, 'n'), "too_large");
  ExpectOfAll("d/" + std::string(most + 1, 'n'), "too_large");
  ExpectOfAll("missing/" + std::string(most + 1, 'n') + "/x", "too_large");
  std::string path = "d";
  while (path.size() < 4'096) path += "/0123456789";
  ExpectOfAll(path, "too_large");
}

TEST_P(SeamNames, TheEmptyNameIsTheDirectoryItselfOrNothing) {
  for (const auto& [what, verb] : Verbs()) EXPECT_EQ(verb(""), "invalid_argument") << what;
  for (const auto& [what, verb] : VerbsOfDirectories()) EXPECT_EQ(verb(""), "ok") << what;
}

TEST_P(SeamNames, TheLongestNamesWork) {
  const std::string longest(root().traits().name_bytes_max, 'n');
  Write(root(), longest, "long");
  EXPECT_THAT(Names(root()), ElementsAre("d/", longest, "there"));
  Must(root().Rename(longest, "d/" + longest, Replace::kNo));
  EXPECT_EQ(Read(root(), "d/" + longest), "long");
  // The longest path that has a name at all, the file at its end included.
  std::string path = "p";
  Must(root().MakeDirectory(path));
  while (path.size() < 3'900) {
    path += "/" + std::string(199, 'p');
    Must(root().MakeDirectory(path));
  }
  path += "/" + std::string(4'094 - path.size(), 'f');
  ASSERT_EQ(path.size(), 4'095U);
  Write(root(), path, "deep");
  EXPECT_EQ(Read(root(), path), "deep");
  EXPECT_EQ(Must(root().Stat(path)).size, 4U);
  Must(root().RemoveTree("p"));
}

TEST_P(SeamNames, AllOtherBytesAreNames) {
  std::vector<std::string> names = {"...",  "..a", ".hidden",  "-rf",       " ",        "a b",
                                    "a\nb", "\t",  "\\",       "*",         "\x7f",     "\x01",
                                    "~",    "a:b", "\xc3\xa9", "e\xcc\x81", "\xff\xfe", "\x80"};
  for (const std::string& name : names) {
    Write(root(), "d/" + name, name);
    EXPECT_EQ(Read(root(), "d/" + name), name);
    EXPECT_EQ(Must(root().Stat("d/" + name)).size, name.size());
  }
  std::sort(names.begin(), names.end());
  EXPECT_EQ(Names(root(), "d"), names);
  for (const std::string& name : names) Must(root().Remove("d/" + name));
}

TEST_P(SeamNames, CaseTellsNamesApart) {
  if (!root().traits().case_sensitive) GTEST_SKIP();
  Write(root(), "a", "small");
  Write(root(), "A", "large");
  EXPECT_EQ(Read(root(), "a"), "small");
  EXPECT_EQ(Read(root(), "A"), "large");
}

TEST_P(SeamNames, WhatIsMissingOnTheWayIsNotFound) {
  for (const auto& [what, verb] : Verbs()) {
    EXPECT_EQ(verb("missing/x"), what == "RemoveTree" ? "ok" : "not_found") << what;
  }
  for (const auto& [what, verb] : VerbsOfDirectories()) {
    EXPECT_EQ(verb("missing"), "not_found") << what;
    EXPECT_EQ(verb("d/missing/x"), "not_found") << what;
  }
  EXPECT_THAT(Names(root()), ElementsAre("d/", "there"));
}

TEST_P(SeamNames, AFileOnTheWayIsAnInvalidArgument) { ExpectOfAll("there/x", "invalid_argument"); }

TEST_P(SeamNames, ErrorsNameWhatWasTried) {
  EXPECT_THAT(ErrorOf(root().Open("missing", kReading)).ToString(), HasSubstr("missing"));
  EXPECT_THAT(ErrorOf(root().Rename("missing", "new", Replace::kNo)).ToString(),
              HasSubstr("missing"));
  EXPECT_THAT(ErrorOf(root().Remove("d/missing")).ToString(), HasSubstr("d/missing"));
}

// Links, which only the host can have made.

class SeamLinks : public SeamNames {
 protected:
  void SetUp() override {
    SeamNames::SetUp();
    Write(root(), "there", "target");
    Write(root(), "d/f", "inside");
    Make("to_file", "there");
    Make("to_directory", "d");
    Make("to_nothing", "nothing");
    Make("round", "round");
  }
  void Make(const char* name, const char* target) {
    std::filesystem::create_symlink(target, HostPath(name));
  }
};

INSTANTIATE_TEST_SUITE_P(Everywhere, SeamLinks,
                         ::testing::Values(Case{Medium::kPosix, Front::kNothing},
                                           Case{Medium::kPosix, Front::kIntercepted}),
                         CaseName);

TEST_P(SeamLinks, AreSeenAndFollowed) {
  EXPECT_EQ(Must(root().Stat("to_file")).kind, FileKind::kLink);
  EXPECT_EQ(Must(root().Stat("to_file", Follow::kYes)).kind, FileKind::kFile);
  EXPECT_EQ(Must(root().Stat("to_file", Follow::kYes)).size, 6U);
  EXPECT_EQ(Must(root().Stat("to_directory", Follow::kYes)).kind, FileKind::kDirectory);
  EXPECT_EQ(Must(root().Stat("to_nothing")).kind, FileKind::kLink);
  EXPECT_EQ(Outcome(root().Stat("to_nothing", Follow::kYes)), "not_found");
  EXPECT_EQ(Must(root().Stat("round")).kind, FileKind::kLink);
  EXPECT_EQ(Outcome(root().Stat("round", Follow::kYes)), "invalid_argument");
  EXPECT_EQ(Read(root(), "to_file"), "target");
  EXPECT_EQ(Read(root(), "to_directory/f"), "inside");
  EXPECT_THAT(Names(root()),
              ElementsAre("d/", "round@", "there", "to_directory@", "to_file@", "to_nothing@"));
}

TEST_P(SeamLinks, AreFollowedByOpenButForExclusive) {
  EXPECT_EQ(Outcome(root().Open("to_nothing", kReading)), "not_found");
  EXPECT_EQ(Outcome(root().Open("round", kReading)), "invalid_argument");
  for (const char* name : {"to_file", "to_directory", "to_nothing", "round"}) {
    EXPECT_EQ(Outcome(root().Open(name, kMakingNew)), "already_exists") << name;
  }
  Write(root(), "to_file", "through");
  EXPECT_EQ(Read(root(), "there"), "through");
}

TEST_P(SeamLinks, AreRemovedNotFollowed) {
  Must(root().Remove("to_file"));
  EXPECT_EQ(Outcome(root().RemoveDirectory("to_directory")), "invalid_argument");
  Must(root().RemoveTree("to_directory"));
  Must(root().MakeDirectory("tree"));
  Make("tree/to_directory", "../d");
  Make("tree/round", "round");
  Must(root().RemoveTree("tree"));
  EXPECT_EQ(Read(root(), "there"), "target");
  EXPECT_EQ(Read(root(), "d/f"), "inside");
}

// Errors that every call may return.

dev_t DeviceOf(const std::string& path) {
  struct stat info = {};
  return ::stat(path.c_str(), &info) == 0 ? info.st_dev : 0;
}

TEST(SeamErrors, TraitsThatAreFalseAreKept) {
  SimulatedDisk disk({.traits = {.directory_sync = false,
                                 .filesystem_sync = false,
                                 .hard_links = false,
                                 .map = false,
                                 .case_sensitive = false,
                                 .name_bytes_max = 20}});
  const auto root = Must(disk.OpenDirectory("/"));
  Write(*root, "a", "bytes");
  EXPECT_EQ(Read(*root, "A"), "bytes") << "one name";
  EXPECT_EQ(Outcome(root->Open("A", kMakingNew)), "already_exists");
  EXPECT_EQ(Outcome(root->Link("a", "b")), "unsupported");
  EXPECT_EQ(Outcome(Must(root->Open("a", kReading))->Map(0, 5)), "unsupported");
  EXPECT_EQ(Outcome(root->SyncFileSystem()), "unsupported");
  EXPECT_EQ(Outcome(root->Sync("")), "ok") << "it does nothing";
  EXPECT_EQ(Outcome(root->MakeDirectory(std::string(20, 'n'))), "ok");
  EXPECT_EQ(Outcome(root->MakeDirectory(std::string(21, 'n'))), "too_large");
}

TEST(SeamErrors, AFullMediumHasNoSpace) {
  SimulatedDisk disk({.capacity_bytes = 64'000});
  const auto root = Must(disk.OpenDirectory("/"));
  const auto file = Must(root->Open("a", kMaking));
  Must(file->WriteAt(0, std::string(40'000, 'x')));
  EXPECT_EQ(Outcome(file->WriteAt(40'000, std::string(60'000, 'y'))), "no_space");
  EXPECT_LT(Must(root->Space()).available, 24'001U);
  EXPECT_EQ(Read(*file, 0, 40'000), std::string(40'000, 'x'));
  Must(file->Truncate(0));
  EXPECT_EQ(Outcome(file->Allocate(0, 100'000, Allocation::kExtend)), "no_space");
  EXPECT_EQ(Outcome(file->Allocate(0, 100'000, Allocation::kKeepSize)), "no_space");
  Must(file->WriteAt(0, std::string(60'000, 'z')));
  Must(root->Remove("a"));
  EXPECT_LT(Must(root->Space()).available, 4'001U) << "an open file keeps its space";
}

TEST(SeamErrors, AFailingMediumIsAnIoError) {
  const auto own = HostFileSystem().OpenDirectory("/proc/self");
  if (own.has_value()) {
    // Nothing is mapped at address 0.
    const auto memory = (*own)->Open("mem", kReading);
    std::array<char, 8> bytes;
    if (memory.has_value()) {
      EXPECT_EQ(Outcome((*memory)->ReadAt(0, bytes)), "io_error");
    }
  }
  SimulatedDisk disk;
  const auto root = Must(disk.OpenDirectory("/"));
  const auto file = Must(root->Open("a", kMaking));
  disk.CutPower();
  EXPECT_EQ(Outcome(file->WriteAt(0, "x")), "io_error");
  EXPECT_EQ(Outcome(file->Sync(SyncScope::kData)), "io_error");
  EXPECT_EQ(Outcome(root->Stat("a")), "io_error");
  EXPECT_EQ(Outcome(root->Sync("")), "io_error");
  EXPECT_EQ(Outcome(disk.OpenDirectory("/")), "io_error");
}

TEST(SeamErrors, AnotherFilesystemOfTheHostIsUnsupported) {
  const testing::ScratchDirectory here;
  if (!std::filesystem::is_directory("/dev/shm") || DeviceOf("/dev/shm") == DeviceOf(here.path())) {
    GTEST_SKIP() << "only one filesystem";
  }
  const testing::ScratchDirectory there("/dev/shm");
  const auto root = Must(HostFileSystem().OpenDirectory("/"));
  const std::string from = here.path().native().substr(1) + "/f";
  const std::string to = there.path().native().substr(1) + "/f";
  Write(*root, from, "stays");
  if (Must(HostFileSystem().OpenDirectory(here.path().native()))->traits().unnamed_files) {
    const auto file = Must(root->OpenUnnamed(here.path().native().substr(1)));
    EXPECT_EQ(Outcome(file->Link(to)), "unsupported");
  }
  EXPECT_EQ(Outcome(root->Rename(from, to, Replace::kYes)), "unsupported");
  EXPECT_EQ(Outcome(root->Rename(from, to, Replace::kNo)), "unsupported");
  EXPECT_EQ(Outcome(root->Link(from, to)), "unsupported");
  EXPECT_EQ(Read(*root, from), "stays");
}

TEST(SeamErrors, WithoutDescriptorsResourcesAreExhausted) {
  const testing::ScratchDirectory here;
  const auto root = Must(HostFileSystem().OpenDirectory(here.path().native()));
  Write(*root, "a", "bytes");
  Must(root->MakeDirectory("d"));
  rlimit before;
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &before), 0);
  const rlimit none = {.rlim_cur = 0, .rlim_max = before.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &none), 0);
  const std::string_view file = Outcome(root->Open("a", kReading));
  const std::string_view directory = Outcome(root->OpenDirectory("d"));
  const std::string_view listing = Outcome(root->List(""));
  const std::string_view lock = Outcome(root->Lock("a", LockMode::kExclusive));
  const std::string_view filesystem = Outcome(HostFileSystem().OpenDirectory("/"));
  // Nobody has asked this directory yet what its filesystem can do.
  const std::string_view unnamed = Outcome(root->OpenUnnamed(""));
  const Retry retry = ErrorOf(root->Open("a", kReading)).retry();
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &before), 0);
  EXPECT_EQ(file, "resource_exhausted");
  EXPECT_EQ(directory, "resource_exhausted");
  EXPECT_EQ(listing, "resource_exhausted");
  EXPECT_EQ(lock, "resource_exhausted");
  EXPECT_EQ(filesystem, "resource_exhausted");
  if (Must(root->OpenDirectory(""))->traits().unnamed_files) {
    EXPECT_EQ(unnamed, "resource_exhausted");
    Must(Must(root->OpenUnnamed(""))->Link("b"));
  }
  EXPECT_EQ(retry, Retry::kTemporary);
  EXPECT_EQ(Read(*root, "a"), "bytes");
}

TEST(SeamErrors, FilesLongerThanTheProcessMayWriteAreTooLarge) {
  const testing::ScratchDirectory here;
  const auto root = Must(HostFileSystem().OpenDirectory(here.path().native()));
  const auto file = Must(root->Open("a", kMaking));
  rlimit before;
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
  const rlimit small = {.rlim_cur = 5'000, .rlim_max = before.rlim_max};
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &small), 0);
  const std::string_view write = Outcome(file->WriteAt(4'000, std::string(2'000, 'x')));
  const std::string_view truncate = Outcome(file->Truncate(6'000));
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &before), 0);
  std::signal(SIGXFSZ, handler);
  EXPECT_EQ(write, "too_large");
  EXPECT_EQ(truncate, "too_large");
  EXPECT_EQ(Read(*file, 4'000, 2'000), std::string(1'000, 'x')) << "any part may be written";
}

}  // namespace
}  // namespace anystore::seam
