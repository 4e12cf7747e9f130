#include <utility>

#include "filesystem/intercepted/handles.h"
#include "filesystem/names.h"

namespace anystore::filesystem {
namespace {

using SharedPointer = Handle::SharedPointer;

class InterceptedListing final : public Listing {
 public:
  InterceptedListing(std::unique_ptr<Listing> inner, const SharedPointer& shared, const Call& call)
      : handle_(shared, call), inner_(std::move(inner)) {}

  Result<std::size_t> Next(std::span<DirectoryEntry> out) override {
    Call call = handle_.CallOf(Operation::kListNext);
    call.length = out.size();
    return handle_.Run(call, [&](const Decision&, Outcome& outcome) {
      Result<std::size_t> count = inner_->Next(out);
      if (count.has_value()) {
        outcome.count = *count;
        outcome.entries = out.first(*count);
      }
      return count;
    });
  }

 private:
  const Handle handle_;
  const std::unique_ptr<Listing> inner_;
};

class InterceptedLock final : public FileLock {
 public:
  InterceptedLock(std::unique_ptr<FileLock> inner, const SharedPointer& shared, const Call& call)
      : handle_(shared, call), inner_(std::move(inner)) {}

 private:
  const Handle handle_;
  const std::unique_ptr<FileLock> inner_;
};

class InterceptedDirectory final : public Directory {
 public:
  InterceptedDirectory(std::unique_ptr<Directory> inner, const SharedPointer& shared,
                       const Call& call)
      : handle_(shared, call), inner_(std::move(inner)) {}

  const FileSystemTraits& traits() const override { return inner_->traits(); }
  std::string_view path() const override { return inner_->path(); }
  std::string power_session() const override { return inner_->power_session(); }

  Result<std::unique_ptr<File>> Open(std::string_view name, const FileOptions& options) override {
    const std::string path = PathOf(name);
    Call call = handle_.CallOf(Operation::kOpen, path);
    call.options = options;
    return handle_.Run(call, [&](const Decision&, Outcome&) -> Result<std::unique_ptr<File>> {
      ANYSTORE_ASSIGN_OR_RETURN(std::unique_ptr<File> file, inner_->Open(name, options));
      return Intercept(std::move(file), handle_.shared(), call, handle_.path());
    });
  }

  Result<std::unique_ptr<File>> OpenUnnamed(std::string_view directory,
                                            std::uint32_t mode) override {
    const std::string path = PathOf(directory);
    Call call = handle_.CallOf(Operation::kOpenUnnamed, path);
    call.mode = mode;
    return handle_.Run(call, [&](const Decision&, Outcome&) -> Result<std::unique_ptr<File>> {
      ANYSTORE_ASSIGN_OR_RETURN(std::unique_ptr<File> file, inner_->OpenUnnamed(directory, mode));
      return Intercept(std::move(file), handle_.shared(), call, handle_.path());
    });
  }

  Result<std::unique_ptr<Directory>> OpenDirectory(std::string_view name) override {
    const std::string path = PathOf(name);
    Call call = handle_.CallOf(Operation::kOpenDirectory, path);
    return handle_.Run(call, [&](const Decision&, Outcome&) -> Result<std::unique_ptr<Directory>> {
      ANYSTORE_ASSIGN_OR_RETURN(std::unique_ptr<Directory> opened, inner_->OpenDirectory(name));
      return std::make_unique<InterceptedDirectory>(std::move(opened), handle_.shared(), call);
    });
  }

  Status MakeDirectory(std::string_view name, std::uint32_t mode) override {
    const std::string path = PathOf(name);
    Call call = handle_.CallOf(Operation::kMakeDirectory, path);
    call.mode = mode;
    return handle_.Run(
        call, [&](const Decision&, Outcome&) { return inner_->MakeDirectory(name, mode); });
  }

  Result<FileInfo> Stat(std::string_view name, Follow follow) override {
    const std::string path = PathOf(name);
    Call call = handle_.CallOf(Operation::kStat, path);
    call.follow = follow;
    return handle_.Run(call, [&](const Decision&, Outcome& outcome) {
      Result<FileInfo> info = inner_->Stat(name, follow);
      if (info.has_value()) outcome.info = *info;
      return info;
    });
  }

  Status Remove(std::string_view name) override {
    const std::string path = PathOf(name);
    Call call = handle_.CallOf(Operation::kRemove, path);
    return handle_.Run(call, [&](const Decision&, Outcome&) { return inner_->Remove(name); });
  }

  Status RemoveDirectory(std::string_view name) override {
    const std::string path = PathOf(name);
    Call call = handle_.CallOf(Operation::kRemoveDirectory, path);
    return handle_.Run(call,
                       [&](const Decision&, Outcome&) { return inner_->RemoveDirectory(name); });
  }

  Status Rename(std::string_view from, std::string_view to, Replace replace) override {
    const std::string path = PathOf(from);
    const std::string new_path = PathOf(to);
    Call call = handle_.CallOf(Operation::kRename, path);
    call.new_path = new_path;
    call.replace = replace;
    return handle_.Run(
        call, [&](const Decision&, Outcome&) { return inner_->Rename(from, to, replace); });
  }

  Status Link(std::string_view from, std::string_view to) override {
    const std::string path = PathOf(from);
    const std::string new_path = PathOf(to);
    Call call = handle_.CallOf(Operation::kLink, path);
    call.new_path = new_path;
    return handle_.Run(call, [&](const Decision&, Outcome&) { return inner_->Link(from, to); });
  }

  Result<std::unique_ptr<Listing>> List(std::string_view name) override {
    const std::string path = PathOf(name);
    Call call = handle_.CallOf(Operation::kList, path);
    return handle_.Run(call, [&](const Decision&, Outcome&) -> Result<std::unique_ptr<Listing>> {
      ANYSTORE_ASSIGN_OR_RETURN(std::unique_ptr<Listing> listing, inner_->List(name));
      return std::make_unique<InterceptedListing>(std::move(listing), handle_.shared(), call);
    });
  }

  Status Sync(std::string_view name, const SyncSite& site) override {
    const std::string path = PathOf(name);
    Call call = handle_.CallOf(Operation::kSyncDirectory, path);
    call.site = &site;
    return handle_.Run(call, [&](const Decision&, Outcome&) { return inner_->Sync(name, site); });
  }

  void KeepDirectories(std::size_t count_max) override { inner_->KeepDirectories(count_max); }

  Status SyncFileSystem(const SyncSite& site) override {
    Call call = handle_.CallOf(Operation::kSyncFileSystem);
    call.site = &site;
    return handle_.Run(call,
                       [&](const Decision&, Outcome&) { return inner_->SyncFileSystem(site); });
  }

  Result<FileSystemSpace> Space() override {
    Call call = handle_.CallOf(Operation::kSpace);
    return handle_.Run(call, [&](const Decision&, Outcome&) { return inner_->Space(); });
  }

  Result<std::unique_ptr<FileLock>> Lock(std::string_view name, LockMode mode) override {
    const std::string path = PathOf(name);
    Call call = handle_.CallOf(Operation::kLock, path);
    call.lock_mode = mode;
    return handle_.Run(call, [&](const Decision&, Outcome&) -> Result<std::unique_ptr<FileLock>> {
      ANYSTORE_ASSIGN_OR_RETURN(std::unique_ptr<FileLock> lock, inner_->Lock(name, mode));
      return std::make_unique<InterceptedLock>(std::move(lock), handle_.shared(), call);
    });
  }

 private:
  [[nodiscard]] std::string PathOf(std::string_view name) const {
    return JoinNames(handle_.path(), name);
  }

  // Before the directory, so that it counts as closed after it is.
  const Handle handle_;
  const std::unique_ptr<Directory> inner_;
};

}  // namespace

InterceptedFileSystem::InterceptedFileSystem(FileSystem& inner, Interceptor& interceptor,
                                             std::string root)
    : shared_(std::make_shared<Shared>(inner, interceptor, std::move(root))) {}

InterceptedFileSystem::~InterceptedFileSystem() = default;

Result<std::unique_ptr<Directory>> InterceptedFileSystem::OpenDirectory(std::string_view path) {
  const std::string name = NameOfPath(path);
  Call call;
  call.operation = Operation::kOpenDirectory;
  call.path = name;
  return shared_->Run(call, [&](const Decision&, Outcome&) -> Result<std::unique_ptr<Directory>> {
    ANYSTORE_ASSIGN_OR_RETURN(std::unique_ptr<Directory> opened,
                              shared_->root.empty()
                                  ? shared_->inner.OpenDirectory(path)
                                  : shared_->inner.OpenDirectory(JoinNames(shared_->root, name)));
    return std::make_unique<InterceptedDirectory>(std::move(opened), shared_, call);
  });
}

std::uint64_t InterceptedFileSystem::calls() const noexcept { return shared_->calls.load(); }

std::size_t InterceptedFileSystem::open_handles() const noexcept { return shared_->open.load(); }

}  // namespace anystore::filesystem
