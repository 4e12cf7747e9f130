/// What every call to the kernel needs: a descriptor that closes itself, calls that are made again
/// when a signal came between, names with a zero behind them.
#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <limits>
#include <string_view>
#include <utility>

#include "anystore/error.h"
#include "filesystem/names.h"

namespace anystore::filesystem {

/// The kernel counts bytes of a file with a sign.
inline constexpr std::uint64_t kOffsetMax =
    static_cast<std::uint64_t>(std::numeric_limits<off_t>::max());
static_assert(sizeof(off_t) == 8);

/// The result of `call`, made again as long as signals interrupt it. errno is that of the last.
template <class Call>
auto Uninterrupted(const Call& call) {
  for (;;) {
    const auto result = call();
    if (result >= 0 || errno != EINTR) return result;
  }
}

/// Gives back descriptors that are held only so that something goes faster. Whether there were any:
/// then what failed for want of one is worth another try.
bool GiveBackDescriptors();

/// Owns a descriptor.
class Descriptor {
 public:
  Descriptor() noexcept = default;
  explicit Descriptor(int fd) noexcept : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Descriptor() {
    // Never again after EINTR: the number is free by then, and may be another thread's.
    if (fd_ >= 0) close(fd_);
  }

  /// openat; invalid, with errno, when it fails. Not passed on to programs that are started, and
  /// never 0, 1 or 2, where others would write what is meant for people.
  [[nodiscard]] static Descriptor Open(int directory, const char* name, int flags,
                                       mode_t mode = 0) noexcept {
    const auto open = [&] { return openat(directory, name, flags | O_CLOEXEC | O_NOCTTY, mode); };
    Descriptor opened(Uninterrupted(open));
    if (opened.fd_ < 0 && (errno == EMFILE || errno == ENFILE) && GiveBackDescriptors()) {
      opened.fd_ = Uninterrupted(open);
    }
    if (opened.fd_ > STDERR_FILENO || opened.fd_ < 0) [[likely]]
      return opened;
    return Descriptor(fcntl(opened.fd_, F_DUPFD_CLOEXEC, STDERR_FILENO + 1));
  }

  [[nodiscard]] bool valid() const noexcept { return fd_ >= 0; }
  [[nodiscard]] int get() const noexcept { return fd_; }

 private:
  int fd_ = -1;
};

/// A checked name as the kernel takes it.
class KernelName {
 public:
  /// The buffer is left as it is: most names are short.
  KernelName() noexcept {}  // NOLINT(cppcoreguidelines-pro-type-member-init)
  KernelName(const KernelName&) = delete;
  KernelName& operator=(const KernelName&) = delete;

  /// Takes a name; the empty one, where that is allowed, becomes ".".
  ///
  /// Errors: those of CheckName.
  Status Set(std::string_view name, std::uint32_t component_bytes_max,
             EmptyName empty = EmptyName::kRefused) {
    ANYSTORE_TRY(CheckName(name, component_bytes_max, empty));
    if (name.empty()) name = ".";
    std::memcpy(bytes_.data(), name.data(), name.size());
    bytes_[name.size()] = '\0';
    return Ok();
  }

  [[nodiscard]] const char* c_str() const noexcept { return bytes_.data(); }

 private:
  std::array<char, kNameBytesMax + 1> bytes_;
};

}  // namespace anystore::filesystem
