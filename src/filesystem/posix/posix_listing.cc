#include "filesystem/posix/posix_listing.h"

#include <dirent.h>
#include <sys/stat.h>

#include <cerrno>
#include <optional>
#include <string_view>

namespace anystore::filesystem {
namespace {

/// What `name` is; nothing when it is gone by now. Filesystems that do not say are asked again.
std::optional<FileKind> KindOf(int directory, const dirent64& record) noexcept {
  unsigned char type = record.d_type;
  if (type == DT_UNKNOWN) {
    struct stat status;
    if (fstatat(directory, record.d_name, &status, AT_SYMLINK_NOFOLLOW) != 0) {
      if (errno == ENOENT) return std::nullopt;
    } else {
      type = IFTODT(status.st_mode);
    }
  }
  switch (type) {
    case DT_REG:
      return FileKind::kFile;
    case DT_DIR:
      return FileKind::kDirectory;
    case DT_LNK:
      return FileKind::kLink;
    default:
      return FileKind::kOther;
  }
}

}  // namespace

Result<std::unique_ptr<Listing>> PosixListing::Start(Descriptor descriptor, std::string path) {
  std::unique_ptr<PosixListing> listing(new PosixListing(std::move(descriptor), std::move(path)));
  if (const int os_error = listing->Fill(); os_error != 0) return listing->Fail(os_error);
  return listing;
}

int PosixListing::Fill() noexcept {
  const ssize_t filled =
      Uninterrupted([&] { return getdents64(descriptor_.get(), buffer_.data(), buffer_.size()); });
  at_ = 0;
  filled_ = filled > 0 ? static_cast<std::size_t>(filled) : 0;
  return filled < 0 ? errno : 0;
}

Result<std::size_t> PosixListing::Next(std::span<DirectoryEntry> out) {
  std::size_t count = 0;
  while (count == 0) {
    if (at_ == filled_) {
      // Removed meanwhile, so empty before: the end.
      if (const int os_error = Fill(); os_error != 0 && os_error != ENOENT) return Fail(os_error);
      if (filled_ == 0) return std::size_t{0};
    }
    for (; at_ < filled_ && count < out.size();) {
      const auto& record = *reinterpret_cast<const dirent64*>(buffer_.data() + at_);
      at_ += record.d_reclen;
      const std::string_view name = record.d_name;
      if (name == "." || name == "..") continue;
      if (const auto kind = KindOf(descriptor_.get(), record)) {
        out[count++] = {.name = name, .kind = *kind};
      }
    }
  }
  return count;
}

}  // namespace anystore::filesystem
