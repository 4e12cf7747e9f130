/// The dates of values that got their names before their bytes were stable: by them those that a
/// power cut left torn are told from whole ones. docs/formats/flatfs.md has their form.
#pragma once

#include <cstdint>
#include <string_view>

#include "anystore/environment.h"
#include "anystore/file.h"

namespace anystore::flatfs {

/// How many tags there are: each is a part of a second, in nanoseconds.
inline constexpr std::uint32_t kTags = 1'000'000'000;

/// What is known of bytes by themselves.
///
/// Threads: thread-compatible.
class Fingerprint {
 public:
  /// Adds bytes at the end.
  void Extend(std::string_view bytes) noexcept;
  [[nodiscard]] std::uint32_t Get() const noexcept;

 private:
  std::uint32_t crc_ = 0;
  std::uint64_t size_ = 0;
};

/// The dates of a file that is written now: it was changed in this second, and at that part of it
/// which the tag is; it will have been read a minute later, at a time that stands for the
/// fingerprint of its bytes. Reading the file does not change that, where reads are dated once a
/// day.
[[nodiscard]] FileDates MarkedDates(std::uint32_t tag, std::uint32_t fingerprint, Instant now);
/// Whether a file has such dates.
[[nodiscard]] bool IsMarked(const FileInfo& info, std::uint32_t tag);
/// The fingerprint in the dates of a file.
///
/// Requires: IsMarked.
[[nodiscard]] std::uint32_t MarkedFingerprint(const FileInfo& info);

}  // namespace anystore::flatfs
