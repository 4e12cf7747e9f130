#include "backends/flatfs/unsynced/mark.h"

#include <chrono>

#include "base/crc.h"

namespace anystore::flatfs {
namespace {

using std::chrono::seconds;

/// More than passes between the marking of a file and its name, which dates the inode: a file that
/// seems to be read before that is dated by the next reader.
constexpr seconds kAhead{64};
/// A part of a second holds so many bits of the fingerprint; the second itself has the others.
constexpr unsigned kBits = 29;
constexpr std::uint32_t kMask = (1U << kBits) - 1;
constexpr std::uint32_t kSeconds = 1U << (32 - kBits);

seconds SecondOf(Instant instant) {
  return std::chrono::floor<seconds>(instant.time_since_epoch());
}

std::uint32_t PartOf(Instant instant) {
  return static_cast<std::uint32_t>((instant.time_since_epoch() - SecondOf(instant)).count());
}

seconds SecondsAhead(const FileInfo& info) {
  return SecondOf(info.accessed) - SecondOf(info.modified) - kAhead;
}

}  // namespace

void Fingerprint::Extend(std::string_view bytes) noexcept {
  crc_ = base::ExtendCrc32c(crc_, bytes);
  size_ += bytes.size();
}

/// Of bytes that end early, in zeros too.
std::uint32_t Fingerprint::Get() const noexcept {
  constexpr std::uint64_t kOdd = 0x9e3779b97f4a7c15;
  return crc_ ^ static_cast<std::uint32_t>(size_ * kOdd >> 32U);
}

FileDates MarkedDates(std::uint32_t tag, std::uint32_t fingerprint, Instant now) {
  const seconds second = SecondOf(now);
  return {.accessed = Instant(second + kAhead + seconds(fingerprint >> kBits) +
                              Duration(fingerprint & kMask)),
          .modified = Instant(second + Duration(tag))};
}

bool IsMarked(const FileInfo& info, std::uint32_t tag) {
  const seconds ahead = SecondsAhead(info);
  return PartOf(info.modified) == tag && ahead >= seconds(0) && ahead < seconds(kSeconds) &&
         PartOf(info.accessed) <= kMask;
}

std::uint32_t MarkedFingerprint(const FileInfo& info) {
  return static_cast<std::uint32_t>(SecondsAhead(info).count()) << kBits | PartOf(info.accessed);
}

}  // namespace anystore::flatfs
