/// `File` over a descriptor of the kernel.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "anystore/file.h"
#include "filesystem/posix/descriptor.h"
#include "filesystem/posix/posix_traits.h"

struct stat;

namespace anystore::filesystem {

class PosixDirectory;

/// What the kernel says of a file, in our words.
[[nodiscard]] FileInfo InfoOf(const struct stat& status) noexcept;

/// A file of the kernel.
///
/// Threads: thread-safe: it keeps no position of its own.
class PosixFile final : public File {
 public:
  /// `path` is for messages. `links_below`: the directory for which it was made without a name;
  /// null: it was opened by one.
  PosixFile(Descriptor descriptor, std::string path, ShortReads short_reads = ShortReads::kAnywhere,
            const PosixDirectory* links_below = nullptr) noexcept
      : descriptor_(std::move(descriptor)),
        short_reads_(short_reads),
        path_(std::move(path)),
        links_below_(links_below) {}

  [[nodiscard]] Result<FileInfo> Stat() override;
  Status Sync(SyncScope scope, const SyncSite& site) override;
  Status Link(std::string_view name) override;
  Status Truncate(std::uint64_t size) override;
  Status SetDates(const FileDates& dates) override;
  Status Allocate(std::uint64_t offset, std::uint64_t length, Allocation allocation) override;
  [[nodiscard]] Result<Value> Map(std::uint64_t offset, std::uint64_t length) override;
  void Advise(std::uint64_t offset, std::uint64_t length, ReadAdvice advice) override;
  void BeginWriteOut() override;
  [[nodiscard]] Result<std::size_t> ReadSome(std::uint64_t offset, std::span<char> out) override;
  [[nodiscard]] Result<std::size_t> WriteSome(std::uint64_t offset,
                                              std::span<const std::string_view> pieces) override;
  [[nodiscard]] bool EndsWhereReadStopped(std::uint64_t offset) const noexcept override {
    return short_reads_ == ShortReads::kAtPages && offset % kPageBytesMin != 0;
  }

 private:
  [[nodiscard]] Error Fail(int os_error, std::string_view verb) const;
  [[nodiscard]] Result<std::size_t> ReadFailed(int os_error, std::uint64_t offset,
                                               std::span<char> out);
  [[nodiscard]] Result<std::size_t> GatherSome(std::uint64_t offset,
                                               std::span<const std::string_view> pieces) const;
  [[nodiscard]] Error WriteFailed(int os_error, std::uint64_t offset, std::size_t bytes) const;

  const Descriptor descriptor_;
  const ShortReads short_reads_;
  const std::string path_;
  const PosixDirectory* const links_below_;
};

}  // namespace anystore::filesystem
