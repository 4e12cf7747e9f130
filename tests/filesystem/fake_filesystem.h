// A filesystem that does nothing, says that it worked, and notes what it was asked.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "anystore/filesystem.h"

namespace anystore::testing {

using Notes = std::vector<std::string>;

inline std::string SiteText(const SyncSite& site) { return std::to_string(site.line()); }

class FakeFile final : public File {
 public:
  explicit FakeFile(Notes& notes) : notes_(notes) {}

  Result<FileInfo> Stat() override {
    notes_.push_back("stat_file");
    return FileInfo{.size = 10};
  }
  Status Sync(SyncScope scope, const SyncSite& site) override {
    notes_.push_back("sync_file " + std::to_string(static_cast<int>(scope)) + " line " +
                     SiteText(site));
    return Ok();
  }
  Status Link(std::string_view name) override {
    notes_.push_back("link_file " + std::string(name));
    return Ok();
  }
  Status Truncate(std::uint64_t size) override {
    notes_.push_back("truncate " + std::to_string(size));
    return Ok();
  }
  Status SetDates(const FileDates& dates) override {
    notes_.push_back("set_dates " + std::to_string(dates.accessed.time_since_epoch().count()) +
                     " " + std::to_string(dates.modified.time_since_epoch().count()));
    return Ok();
  }
  Status Allocate(std::uint64_t offset, std::uint64_t length, Allocation allocation) override {
    notes_.push_back("allocate " + std::to_string(offset) + " " + std::to_string(length) + " " +
                     std::to_string(static_cast<int>(allocation)));
    return Ok();
  }
  Result<Value> Map(std::uint64_t offset, std::uint64_t length) override {
    notes_.push_back("map " + std::to_string(offset) + " " + std::to_string(length));
    return Value::Forever("mapped");
  }
  void Advise(std::uint64_t offset, std::uint64_t length, ReadAdvice advice) override {
    notes_.push_back("advise " + std::to_string(offset) + " " + std::to_string(length) + " " +
                     std::to_string(static_cast<int>(advice)));
  }
  void BeginWriteOut() override { notes_.push_back("begin_write_out"); }
  Result<std::size_t> ReadSome(std::uint64_t offset, std::span<char> out) override {
    notes_.push_back("read " + std::to_string(offset) + " " + std::to_string(out.size()));
    std::ranges::fill(out, 'r');
    return out.size();
  }
  Result<std::size_t> WriteSome(std::uint64_t offset,
                                std::span<const std::string_view> pieces) override {
    std::string note = "write " + std::to_string(offset);
    std::size_t bytes = 0;
    for (const std::string_view piece : pieces) {
      note.append(" ").append(piece);
      bytes += piece.size();
    }
    notes_.push_back(note);
    return bytes;
  }

 private:
  Notes& notes_;
};

class FakeListing final : public Listing {
 public:
  Result<std::size_t> Next(std::span<DirectoryEntry> out) override {
    out[0] = {.name = "only", .kind = FileKind::kFile};
    return 1;
  }
};

class FakeDirectory final : public Directory {
 public:
  FakeDirectory(Notes& notes, std::string path) : notes_(notes), path_(std::move(path)) {}

  const FileSystemTraits& traits() const override { return traits_; }
  std::string_view path() const override { return path_; }
  std::string power_session() const override { return "session of " + path_; }
  Result<std::unique_ptr<File>> Open(std::string_view name, const FileOptions& options) override {
    ANYSTORE_TRY(Note("open", name, options.truncate ? " truncate" : ""));
    return std::make_unique<FakeFile>(notes_);
  }
  Result<std::unique_ptr<File>> OpenUnnamed(std::string_view directory,
                                            std::uint32_t mode) override {
    ANYSTORE_TRY(Note("open_unnamed", directory, " " + std::to_string(mode)));
    return std::make_unique<FakeFile>(notes_);
  }
  Result<std::unique_ptr<Directory>> OpenDirectory(std::string_view name) override {
    ANYSTORE_TRY(Note("open_directory", name));
    return std::make_unique<FakeDirectory>(notes_, path_ + "/" + std::string(name));
  }
  Status MakeDirectory(std::string_view name, std::uint32_t mode) override {
    return Note("make_directory", name, " " + std::to_string(mode));
  }
  Result<FileInfo> Stat(std::string_view name, Follow follow) override {
    ANYSTORE_TRY(Note("stat", name, follow == Follow::kYes ? " follow" : ""));
    return FileInfo{.size = 20};
  }
  Status Remove(std::string_view name) override { return Note("remove", name); }
  Status RemoveDirectory(std::string_view name) override { return Note("remove_directory", name); }
  Status Rename(std::string_view from, std::string_view to, Replace replace) override {
    return Note("rename", from, " " + std::string(to) + (replace == Replace::kNo ? " new" : ""));
  }
  Status Link(std::string_view from, std::string_view to) override {
    return Note("link", from, " " + std::string(to));
  }
  Result<std::unique_ptr<Listing>> List(std::string_view name) override {
    ANYSTORE_TRY(Note("list", name));
    return std::make_unique<FakeListing>();
  }
  Status Sync(std::string_view name, const SyncSite& site) override {
    return Note("sync_directory", name, " line " + SiteText(site));
  }
  Status SyncFileSystem(const SyncSite& site) override {
    return Note("sync_filesystem", "", "line " + SiteText(site));
  }
  Result<FileSystemSpace> Space() override {
    ANYSTORE_TRY(Note("space", ""));
    return FileSystemSpace{.capacity = 30, .available = 3};
  }
  Result<std::unique_ptr<FileLock>> Lock(std::string_view name, LockMode mode) override {
    ANYSTORE_TRY(Note("lock", name, mode == LockMode::kShared ? " shared" : ""));
    return std::make_unique<FileLock>();
  }

 private:
  Status Note(std::string_view operation, std::string_view name, const std::string& rest = {}) {
    notes_.push_back(std::string(operation) + " " + std::string(name) + rest);
    return Ok();
  }

  Notes& notes_;
  const std::string path_;
  const FileSystemTraits traits_ = {.name_bytes_max = 77};
};

class FakeFileSystem final : public FileSystem {
 public:
  Result<std::unique_ptr<Directory>> OpenDirectory(std::string_view path) override {
    notes.push_back("filesystem " + std::string(path));
    return std::make_unique<FakeDirectory>(notes, std::string(path));
  }

  Notes notes = {};
};

}  // namespace anystore::testing
