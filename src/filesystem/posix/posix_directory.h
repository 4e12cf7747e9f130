/// `Directory` over a descriptor of the kernel.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

#include "anystore/filesystem.h"
#include "filesystem/posix/descriptor.h"
#include "filesystem/posix/kept_directories.h"
#include "filesystem/posix/posix_traits.h"

namespace anystore::filesystem {

/// A directory of the kernel: all names are looked up from its descriptor.
///
/// Threads: thread-safe.
class PosixDirectory final : public Directory {
 public:
  /// Opens `path`, as the process sees it.
  ///
  /// Errors: as `FileSystem::OpenDirectory`.
  [[nodiscard]] static Result<std::unique_ptr<Directory>> OpenPath(std::string_view path);

  [[nodiscard]] const FileSystemTraits& traits() const override;
  [[nodiscard]] std::string_view path() const override { return path_; }
  [[nodiscard]] std::string power_session() const override;
  [[nodiscard]] Result<std::unique_ptr<File>> Open(std::string_view name,
                                                   const FileOptions& options) override;
  [[nodiscard]] Result<std::unique_ptr<File>> OpenUnnamed(std::string_view directory,
                                                          std::uint32_t mode) override;
  [[nodiscard]] Result<std::unique_ptr<Directory>> OpenDirectory(std::string_view name) override;
  Status MakeDirectory(std::string_view name, std::uint32_t mode) override;
  [[nodiscard]] Result<FileInfo> Stat(std::string_view name, Follow follow) override;
  Status Remove(std::string_view name) override;
  Status RemoveDirectory(std::string_view name) override;
  Status Rename(std::string_view from, std::string_view to, Replace replace) override;
  Status Link(std::string_view from, std::string_view to) override;
  [[nodiscard]] Result<std::unique_ptr<Listing>> List(std::string_view name) override;
  Status Sync(std::string_view name, const SyncSite& site) override;
  void KeepDirectories(std::size_t count_max) override { kept_.Allow(count_max); }
  Status SyncFileSystem(const SyncSite& site) override;
  [[nodiscard]] Result<FileSystemSpace> Space() override;
  [[nodiscard]] Result<std::unique_ptr<FileLock>> Lock(std::string_view name,
                                                       LockMode mode) override;
  /// `File::Link` of a descriptor from OpenUnnamed.
  [[nodiscard]] Status LinkUnnamed(int file, std::string_view name) const;

 private:
  PosixDirectory(Descriptor descriptor, std::string path) noexcept
      : descriptor_(std::move(descriptor)), path_(std::move(path)) {}

  [[nodiscard]] static Result<std::unique_ptr<Directory>> Adopt(Descriptor descriptor,
                                                                std::string path);
  [[nodiscard]] Status Take(std::string_view name, KernelName* out,
                            EmptyName empty = EmptyName::kRefused) const {
    return out->Set(name, traits_.common.name_bytes_max, empty);
  }
  [[nodiscard]] std::string PathOf(std::string_view name) const;
  [[nodiscard]] Error Fail(int os_error, std::string_view verb, std::string_view name) const;
  [[nodiscard]] Error Fail(int os_error, std::string_view verb, std::string_view from,
                           std::string_view to) const;
  [[nodiscard]] Status CheckStillThere(std::string_view verb) const;
  [[nodiscard]] Result<KeptDirectories::Held> HoldBelow(std::string_view name,
                                                        const KernelName& kernel_name);

  const Descriptor descriptor_;
  const std::string path_;
  KeptDirectories kept_;
  // What costs a sync to know is read when somebody first asks: see traits().
  mutable std::once_flag traits_read_;
  mutable PosixTraits traits_ = {};
  mutable std::atomic<int> probe_error_ = 0;
};

}  // namespace anystore::filesystem
