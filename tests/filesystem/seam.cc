#include "filesystem/seam.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <filesystem>
#include <optional>

#include "anystore/simulated_disk.h"
#include "filesystem/intercepted/intercepted.h"
#include "scratch_directory.h"

namespace anystore::seam {
namespace {

using filesystem::Call;
using filesystem::Decision;
using filesystem::InterceptedFileSystem;
using filesystem::Interceptor;
using filesystem::Operation;

class Bystander final : public Interceptor {
 public:
  Decision Before(const Call& /*call*/) override { return Decision::Proceed(); }
};

class Stutterer final : public Interceptor {
 public:
  Decision Before(const Call& call) override {
    if (call.operation != Operation::kRead && call.operation != Operation::kWrite) {
      return Decision::Proceed();
    }
    if (transfers_.fetch_add(1) % 2 == 0)
      return Decision::Fail(Error::FromErrno(EINTR, "transfer"));
    return Decision::Shorten(call.length / 3 + 1);
  }

 private:
  std::atomic<std::uint64_t> transfers_{0};
};

class PosixSubject final : public Subject {
 public:
  PosixSubject() : path_((directory_.path() / "test").string()) {
    // A temporary directory has a mode of its own.
    Must(Must(files().OpenDirectory(directory_.path().native()))->MakeDirectory("test"));
  }
  FileSystem& files() override { return HostFileSystem(); }
  const std::string& path() const override { return path_; }
  Clock& clock() override { return *Environment::Host().clock; }

 private:
  testing::ScratchDirectory directory_;
  const std::string path_;
};

/// A filesystem that belongs to the test: the empty directory is one below its root.
class OwnSubject : public Subject {
 public:
  const std::string& path() const override { return path_; }
  Clock& clock() override { return clock_; }

 protected:
  void MakePath() {
    const auto root = Must(files().OpenDirectory("/"));
    Must(root->MakeDirectory(path_.substr(1)));
  }

 private:
  ManualClock clock_{Instant(std::chrono::hours(24 * 365 * 50))};
  const std::string path_ = "/test";
};

class MemorySubject final : public OwnSubject {
 public:
  MemorySubject() : files_(NewMemoryFileSystem(clock())) { MakePath(); }
  FileSystem& files() override { return *files_; }

 private:
  std::unique_ptr<FileSystem> files_;
};

class SimulatedSubject final : public OwnSubject {
 public:
  SimulatedSubject() : disk_({.seed = 1, .clock = &clock()}) { MakePath(); }
  FileSystem& files() override { return disk_; }

 private:
  SimulatedDisk disk_;
};

std::unique_ptr<Subject> NewMedium(Medium medium) {
  switch (medium) {
    case Medium::kPosix:
      return std::make_unique<PosixSubject>();
    case Medium::kMemory:
      return std::make_unique<MemorySubject>();
    case Medium::kSimulated:
      break;
  }
  return std::make_unique<SimulatedSubject>();
}

/// Another subject behind an interceptor.
template <class Kind>
class InterceptedSubject final : public Subject {
 public:
  explicit InterceptedSubject(Medium medium)
      : inner_(NewMedium(medium)), files_(inner_->files(), interceptor_) {}
  FileSystem& files() override { return files_; }
  const std::string& path() const override { return inner_->path(); }
  Clock& clock() override { return inner_->clock(); }

 private:
  std::unique_ptr<Subject> inner_;
  Kind interceptor_;
  InterceptedFileSystem files_;
};

}  // namespace

std::vector<Case> AllCases() {
  std::vector<Case> cases;
  for (const Medium medium : {Medium::kPosix, Medium::kMemory, Medium::kSimulated}) {
    for (const Front front : {Front::kNothing, Front::kIntercepted, Front::kStuttering}) {
      cases.push_back({.medium = medium, .front = front});
    }
  }
  return cases;
}

std::string CaseName(const ::testing::TestParamInfo<Case>& info) {
  static constexpr std::array<std::string_view, 3> kMedia = {"posix", "memory", "simulated"};
  static constexpr std::array<std::string_view, 3> kFronts = {"", "_intercepted", "_stuttering"};
  return std::string(kMedia[static_cast<std::size_t>(info.param.medium)]) +
         std::string(kFronts[static_cast<std::size_t>(info.param.front)]);
}

std::unique_ptr<Subject> NewSubject(const Case& chosen) {
  switch (chosen.front) {
    case Front::kNothing:
      return NewMedium(chosen.medium);
    case Front::kIntercepted:
      return std::make_unique<InterceptedSubject<Bystander>>(chosen.medium);
    case Front::kStuttering:
      break;
  }
  return std::make_unique<InterceptedSubject<Stutterer>>(chosen.medium);
}

void Write(Directory& directory, std::string_view name, std::string_view bytes) {
  Must(Must(directory.Open(name, kReplacing))->WriteAt(0, bytes));
}

std::string Read(Directory& directory, std::string_view name) {
  return std::string(Must(Must(directory.Open(name, kReading))->ReadAll()).bytes());
}

std::string Read(File& file, std::uint64_t offset, std::size_t bytes_max) {
  std::string bytes(bytes_max, '?');
  bytes.resize(Must(file.ReadAt(offset, bytes)));
  return bytes;
}

std::vector<std::string> Names(Directory& directory, std::string_view name) {
  std::vector<std::string> names;
  const auto listing = Must(directory.List(name));
  std::array<DirectoryEntry, 5> entries;
  while (const std::size_t count = Must(listing->Next(entries))) {
    for (std::size_t i = 0; i < count; ++i) {
      names.emplace_back(entries[i].name);
      if (entries[i].kind == FileKind::kDirectory) names.back() += '/';
      if (entries[i].kind == FileKind::kLink) names.back() += '@';
    }
  }
  std::sort(names.begin(), names.end());
  return names;
}

Seam::Seam() {
  // The modes that tests expect are those of an ordinary account.
  ::umask(022);
  subject_ = NewSubject(GetParam());
  root_ = Must(subject_->files().OpenDirectory(subject_->path()));
}

std::string Seam::HostPath(std::string_view name) const {
  return subject_->path() + "/" + std::string(name);
}

}  // namespace anystore::seam
