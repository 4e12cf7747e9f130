/// `Listing` over the kernel's own records, so that names are not copied.
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <utility>

#include "anystore/filesystem.h"
#include "filesystem/posix/descriptor.h"

namespace anystore::filesystem {

/// A directory being listed.
///
/// Threads: single-thread.
class PosixListing final : public Listing {
 public:
  /// Starts with the first buffer, so that a directory that is gone is told at once. `descriptor`
  /// is the listing's own: the position is kept in it.
  ///
  /// Errors: as `Directory::List`.
  [[nodiscard]] static Result<std::unique_ptr<Listing>> Start(Descriptor descriptor,
                                                              std::string path);

  [[nodiscard]] Result<std::size_t> Next(std::span<DirectoryEntry> out) override;

 private:
  PosixListing(Descriptor descriptor, std::string path) noexcept
      : descriptor_(std::move(descriptor)), path_(std::move(path)) {}

  /// Reads the next buffer; errno or 0.
  [[nodiscard]] int Fill() noexcept;
  [[nodiscard]] Error Fail(int os_error) const {
    return Error::FromErrno(os_error, "list " + path_);
  }

  const Descriptor descriptor_;
  const std::string path_;
  std::size_t at_ = 0;
  std::size_t filled_ = 0;
  alignas(8) std::array<char, 32768> buffer_;
};

}  // namespace anystore::filesystem
