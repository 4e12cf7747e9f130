/// What the filesystem below a directory can do.
#pragma once

#include <cstdint>
#include <string>

#include "anystore/filesystem.h"

namespace anystore::filesystem {

/// How a file without a name gets one.
enum class UnnamedLink : std::uint8_t {
  kNever,
  kByDescriptor,  ///< For users with a privilege; since Linux 6.10 for all.
  kByProc,        ///< By what /proc says of the descriptor.
};

/// Where a read that meets no end of the file may stop before it is done.
enum class ShortReads : std::uint8_t {
  kAnywhere,
  kAtPages,  ///< Only between two pages, because the second one cannot be read.
};

/// No page is smaller, and all are multiples of it.
inline constexpr std::uint64_t kPageBytesMin = 4096;

/// What we know of a filesystem beyond what its users ask.
struct PosixTraits {
  FileSystemTraits common = {};
  /// Whether EINVAL from a rename that must not replace is about the names, not about the flag.
  bool renames_without_replacing = false;
  UnnamedLink unnamed_link = UnnamedLink::kNever;
  ShortReads short_reads = ShortReads::kAnywhere;
  /// Where `dates_with_names` is a question of whether there is a journal.
  bool is_ext4_dating_seldom = false;
};

/// All that can be known without touching the medium: one call of the kernel. `directory_sync` is
/// true.
///
/// Errors: 0, or errno.
[[nodiscard]] int ReadTraits(int directory, PosixTraits* traits) noexcept;
/// Gives the file of a descriptor a name: 0, or -1 and errno.
int LinkUnnamed(UnnamedLink how, int file, int directory, const char* name) noexcept;
/// What works in this directory. Tries it with a file that goes at once.
[[nodiscard]] UnnamedLink FindUnnamedLink(int directory) noexcept;
/// Whether names below this directory are told apart by case, as far as the directory itself knows.
[[nodiscard]] bool IsCaseSensitive(int directory) noexcept;
/// Whether the ext4 that a directory is on has a journal. False where the kernel does not say.
[[nodiscard]] bool HasExt4Journal(int directory);
/// What the kernel calls the time since it was started; empty: it does not say.
[[nodiscard]] std::string ReadBoot();
/// Whether the errno of an fsync of a directory means that the filesystem has no such thing.
[[nodiscard]] bool RefusesDirectorySync(int os_error) noexcept;

}  // namespace anystore::filesystem
